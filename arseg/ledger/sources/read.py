"""Open one file as a stream of text rows, whatever kind of file it is, and hold its header to the layout."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from arseg.ledger.declared.bounds import Bounds
from arseg.ledger.declared.feed import Needs
from arseg.ledger.declared.source import Source
from arseg.ledger.sources.reading import Reading
from arseg.schema import DataError, UsageError

TEXT_SUFFIXES: Final = (".csv", ".tsv", ".txt")
SUFFIXES: Final = (*TEXT_SUFFIXES, ".xlsx", ".parquet")
DATABASE_SUFFIXES: Final = (".duckdb", ".db")


def open_file(path: Path, source: Source, *, name: str, bounds: Bounds) -> Reading:
    """Open a file of any kind, without checking its header.

    Parameters
    ----------
    path
        The file.
    source
        How it is declared to be written.
    name
        What it is called in reports.
    bounds
        How large it may be.

    Raises
    ------
    DataError
        If it cannot be read as declared.
    UsageError
        If its suffix is not one that can be read.
    """
    suffix = path.with_suffix("").suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
    if suffix in TEXT_SUFFIXES:
        from arseg.ledger.sources.read_text import open_text

        return open_text(path, source, name=name, bounds=bounds)
    if suffix == ".parquet":
        from arseg.ledger.sources.read_parquet import open_parquet

        return open_parquet(path, name=name, bounds=bounds)
    if suffix == ".xlsx":
        from arseg.ledger.sources.read_excel import open_excel

        return open_excel(path, source.sheet, name=name, bounds=bounds, skip_lines=source.skip_lines)
    raise UsageError(
        "the kind of file is unknown",
        given=name,
        allowed=f"{', '.join(SUFFIXES)}, text also with .gz",
        do="export it as one of these",
        code="unknown_file_kind",
        file=name,
    )


def check_header(header: Sequence[str], source: Source, *, name: str) -> None:
    """Refuse a header that has a column twice or lacks one that the layout reads.

    Raises
    ------
    DataError
        Naming the column and, where one is near, the header that may be meant.
    """
    twice = sorted({column for column in header if list(header).count(column) > 1})
    if twice:
        raise DataError(
            f"{name} has a column twice",
            given=", ".join(twice),
            allowed="each header once",
            do="remove or rename one",
            code="duplicate_column",
            file=name,
            column=twice[0],
        )
    missing = lacking(header, source.reads)
    if missing:
        wanted = missing[0]
        near = [n for one in wanted for n in difflib.get_close_matches(one, header, n=1)]
        hint = f"; the nearest header is {near[0]!r}" if near else ""
        raise DataError(
            f"{name} lacks column {' or '.join(map(repr, wanted))}{hint}",
            given=", ".join(header),
            allowed=", ".join(" or ".join(need) for need in source.reads),
            do="rename the column or correct the layout",
            code="missing_column",
            file=name,
            column=wanted[0],
        )


def lacking(header: Sequence[str], needs: Needs) -> list[tuple[str, ...]]:
    """Return the needs of which no alternative is in the header."""
    present = frozenset(header)
    return [need for need in needs if not present & set(need)]
