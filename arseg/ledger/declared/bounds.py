"""How large a source may be, so that a small file that unpacks into a huge one is refused before it hurts.

What is honest is streamed and may be large; what must be held at once is held to less.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from arseg.ledger.declared.mapped import Declared
from arseg.schema import DataError

MIB: Final = 1 << 20
GIB: Final = 1 << 30

# Below this a ratio says nothing: a constant column packs a thousandfold, and 64 MiB hurt nobody.
JUDGED_FROM: Final = 64 * MIB

# Rows of so much text that pack so well are no data, though a constant column is: it packs two thousandfold.
WIDE_ROW: Final = 4_096

Size = Annotated[int, Field(ge=1)]


class Bounds(Declared):
    """How large a source may be; a layout may set each.

    Parameters
    ----------
    bytes
        On disk. Ten years of a large ERP's receivables, 50 million rows of 160 bytes, are 8 GiB.
    unpacked_bytes
        After unpacking. Honest text packs 10 to 20 times, so this lets the largest file through packed eightfold.
    ratio
        Unpacked to packed, judged from 64 MiB on. Repetitive CSV reaches 50; gzip cannot exceed 1,030.
    rows
        Of one file or table: ten years of a centre that books 5 million items a year.
    columns
        Of one file or table. SAP's widest line item has some 400; Excel ends at 16,384.
    held_bytes
        What must be held at once: Excel's shared texts, the text of one batch, the dictionary of a Parquet column.
        Four of these fit into 1.5 GiB.
    members
        Parts of a workbook. One sheet makes three, a picture two.
    """

    bytes: Size = 8 * GIB
    unpacked_bytes: Size = 64 * GIB
    ratio: Size = 200
    rows: Size = 50_000_000
    columns: Size = 4_096
    held_bytes: Size = 256 * MIB
    members: Size = 10_000


class Unpacked:
    """Counts what a packed file unpacks to while it is read.

    Parameters
    ----------
    name
        What the file is called in complaints.
    bounds
        How large it may be.

    Examples
    --------
    >>> Unpacked("a.csv.gz", Bounds()).count(1_000, 20_000)
    """

    def __init__(self, name: str, bounds: Bounds) -> None:
        self._name, self._bounds, self._total = name, bounds, 0

    def count(self, packed: int, unpacked: int) -> None:
        """Add what was just unpacked.

        Parameters
        ----------
        packed
            Bytes of the packed file read so far, from its start; 0 where the file is not packed.
        unpacked
            Bytes that came out since the last call.

        Raises
        ------
        DataError
            If there are too many, or too many for so small a file.
        """
        self._total += unpacked
        if packed:
            require_ratio(packed, self._total, self._bounds, name=self._name)
        require_at_most(
            self._total,
            self._bounds.unpacked_bytes,
            "unpacked bytes",
            name=self._name,
            bound="unpacked_bytes",
        )

    def count_rows(self, packed: int, rows: int, text: int) -> None:
        """Add the text of some rows of a file that stores a repeated text once, as Excel and Parquet do.

        Parameters
        ----------
        packed
            Bytes of the file.
        rows
            How many rows.
        text
            Bytes of their text.

        Raises
        ------
        DataError
            If there is too much of it, or rows of much text come out of a small file.
        """
        self.count(packed if text > WIDE_ROW * rows else 0, text)


def require_ratio(packed: int, unpacked: int, bounds: Bounds, *, name: str) -> None:
    """Refuse what unpacks into far more than honest data does.

    Raises
    ------
    DataError
        Naming the file.
    """
    if unpacked > JUDGED_FROM and unpacked > bounds.ratio * packed:
        raise DataError(
            f"{name} unpacks to more than {bounds.ratio} times its size",
            given=f"{packed:,} bytes that become {unpacked:,} or more",
            allowed=f"at most {bounds.ratio}-fold from {JUDGED_FROM // MIB} MiB on",
            do="export it again, or raise bounds: {ratio: ...} in the layout if you trust it",
            code="zip_bomb",
            file=name,
        )


def require_at_most(count: int, most: int, what: str, *, name: str, bound: str) -> None:
    """Refuse more of something than a bound allows.

    Parameters
    ----------
    count, most
        How much there is, how much there may be.
    what
        Of what, in the plural.
    name
        What the source is called in complaints.
    bound
        The bound's name in a layout.

    Raises
    ------
    DataError
        Naming the source and the bound.
    """
    if count > most:
        raise DataError(
            f"{name} has too many {what}",
            given=f"{count:,} or more",
            allowed=f"at most {most:,}",
            do=f"split it, or raise bounds: {{{bound}: ...}} in the layout if you trust it",
            code="too_many",
            file=name,
        )


def require_rows(rows: int, bounds: Bounds, *, name: str) -> None:
    """Refuse more rows than the bounds allow.

    Raises
    ------
    DataError
        Naming the source.
    """
    require_at_most(rows, bounds.rows, "rows", name=name, bound="rows")


def require_columns(columns: int, bounds: Bounds, *, name: str) -> None:
    """Refuse more columns than the bounds allow.

    Raises
    ------
    DataError
        Naming the source.
    """
    require_at_most(columns, bounds.columns, "columns", name=name, bound="columns")


def require_size(path: Path, bounds: Bounds, *, name: str) -> None:
    """Refuse a file that is larger on disk than the bounds allow.

    Raises
    ------
    DataError
        Naming the file.
    """
    require_at_most(path.stat().st_size, bounds.bytes, "bytes", name=name, bound="bytes")


def require_members(members: Sequence[zipfile.ZipInfo], bounds: Bounds, *, name: str) -> None:
    """Refuse a zip file whose members are too many, too large, or packed too well.

    The sizes are those that its directory declares. ``zipfile`` never gives more of a member than is
    declared, and fails on its checksum when there is more, so a lie is no way around.

    Raises
    ------
    DataError
        Naming the file.
    """
    require_at_most(len(members), bounds.members, "parts", name=name, bound="members")
    unpacked = sum(member.file_size for member in members)
    require_at_most(unpacked, bounds.unpacked_bytes, "unpacked bytes", name=name, bound="unpacked_bytes")
    for member in members:
        require_ratio(member.compress_size, member.file_size, bounds, name=name)
    require_ratio(sum(member.compress_size for member in members), unpacked, bounds, name=name)
