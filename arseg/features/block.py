"""Read one feature block: a SQL file whose header declares what it returns.

The header names the block, its grain, the risk factor that it measures, the tables without which it says
nothing, and every column with its unit and meaning; the data dictionary is made from it. The query below it is guarded before it runs
(`arseg.ledger.guard`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from arseg.features.parts import named_parts
from arseg.ledger.engine import with_parts
from arseg.ledger.guard import SNAPSHOT_TABLES, guard, names_of, refusal
from arseg.schema import UsageError
from arseg.schema.shown import AsWritten, Shown

Grain = Literal["customer", "invoice"]

KEYS: Final[dict[Grain, str]] = {"invoice": "invoice_id", "customer": "customer_id"}

_WORDS: Final = ("block", "grain", "factor", "needs", "part", "column")
_HEADER: Final = "-- block: NAME, -- grain: customer, -- column: NAME | UNIT | MEANING"
_HEADER_LINE: Final = re.compile(r"^--\s*(\w+)\s*:\s*(.*?)\s*$")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class BlockColumn(AsWritten):
    """One column that a block returns.

    Parameters
    ----------
    name
        Subject, measure, window: ``cleared_days_late_mean_12m``.
    unit
        days, count, currency, share, ...; a ``count`` of nothing is 0, any other unit is missing then.
    meaning
        In words.
    needs
        Tables of the snapshot without which the column is missing by design.
    """

    name: str
    unit: str
    meaning: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block(Shown):
    """One guarded feature block.

    Parameters
    ----------
    name
        As in its header and in its file's name.
    grain
        Whether it returns one row per customer or per invoice.
    needs
        Tables of the snapshot without which all its columns are missing by design.
    columns
        In the order of the header.
    sql
        One SELECT, without header and final semicolon; parts stand in it as common tables.
    tables
        Tables of the snapshot that it reads, sorted.
    factor
        The risk factor that it measures, in words; empty where the header names none.
    parts
        Text of each part that it reads (`arseg.features.parts`).
    """

    name: str
    grain: Grain
    needs: tuple[str, ...]
    columns: tuple[BlockColumn, ...]
    sql: str
    tables: tuple[str, ...] = ()
    factor: str = ""
    parts: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> str:
        """The column that makes a row of the block unique."""
        return KEYS[self.grain]


def read_block(path: str | Path) -> Block:
    """Read and guard one ``.sql`` file whose name is the block's name.

    Raises
    ------
    UsageError
        If there is no such file, or it is refused (see `parse_block`).
    """
    path = Path(path)
    if not path.is_file():
        raise UsageError("the block does not exist", given=path, allowed="a .sql file", do="check the path")
    block = parse_block(path.read_text(encoding="utf-8"), where=path.name)
    if block.name != path.stem:
        raise refusal("has another name than its file", path.name, given=block.name, allowed=path.stem)
    return block


def parse_block(text: str, *, where: str = "the block") -> Block:
    """Parse and guard the text of one block.

    Parameters
    ----------
    text
        Header comments, then one SELECT.
    where
        How complaints name it.

    Raises
    ------
    UsageError
        If the header is missing or wrong, the columns are not those that the query returns, or the
        query is anything but one pure SELECT over tables of the snapshot.

    Examples
    --------
    >>> block = parse_block('''-- block: size
    ... -- grain: customer
    ... -- column: open_largest | currency | largest open balance
    ... SELECT customer_id, MAX(balance) AS open_largest FROM open_items GROUP BY customer_id''')
    >>> block.key, block.tables, block.columns[0].unit
    ('customer_id', ('open_items',), 'currency')
    """
    head, own = _split(text, where)
    parts = named_parts(_listed(head.get("part", ())), where)
    sql = with_parts(own, parts)
    query = guard(sql, where=where)
    block = Block(
        name=_name(head["block"][0], "block name", where),
        grain=_grain(head["grain"], where),
        needs=_needs(head.get("needs", ()), where),
        columns=tuple(_column(line, where) for line in head["column"]),
        sql=sql,
        tables=query.tables,
        factor="; ".join(head.get("factor", ())),
        parts=parts,
    )
    _compare([block.key, *(column.name for column in block.columns)], list(query.columns), where)
    return block


def _split(text: str, where: str) -> tuple[dict[str, list[str]], str]:
    """Return the header's values by their word, and the query below them."""
    lines = text.lstrip("\ufeff\r\n\t ").splitlines()
    end = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("--")), len(lines))
    head: dict[str, list[str]] = {}
    for line in lines[:end]:
        found = _HEADER_LINE.match(line)
        if found is None:
            continue
        near = [] if found[1] in _WORDS else difflib.get_close_matches(found[1], _WORDS, n=1)
        if near:
            raise refusal("has an unknown word in its header", where, given=found[1], allowed=near[0])
        head.setdefault(found[1], []).append(found[2])
    for word in ("block", "grain", "column"):
        if word not in head:
            given = repr(lines[0]) if lines else "nothing"
            raise refusal(f"has no header line '-- {word}:'", where, given=given, allowed=_HEADER)
    return head, "\n".join(lines[end:]).strip().rstrip("; \n")


def _grain(values: list[str], where: str) -> Grain:
    if len(values) != 1 or values[0] not in KEYS:
        raise refusal("has a wrong grain", where, given=", ".join(values), allowed=" or ".join(KEYS))
    return values[0]


def _name(text: str, kind: str, where: str) -> str:
    if not _NAME.fullmatch(text):
        allowed = "lower case letters, digits and _, a letter first"
        raise refusal(f"has a wrong {kind}", where, given=repr(text), allowed=allowed)
    return text


def _listed(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name.strip() for line in lines for name in line.split(",")} - {""}))


def _needs(lines: Iterable[str], where: str) -> tuple[str, ...]:
    needs = _listed(lines)
    for table in needs:
        if table not in SNAPSHOT_TABLES:
            allowed = names_of(SNAPSHOT_TABLES)
            raise refusal("needs a table that no snapshot has", where, given=table, allowed=allowed)
    return needs


def _column(line: str, where: str) -> BlockColumn:
    parts = [part.strip() for part in line.split("|")]
    if len(parts) not in {3, 4} or not all(parts):
        allowed = "NAME | UNIT | MEANING, or NAME | UNIT | MEANING | TABLES NEEDED"
        raise refusal("has an incomplete column line", where, given=line, allowed=allowed)
    needs = _needs([parts[3]], where) if len(parts) == 4 else ()
    return BlockColumn(_name(parts[0], "column name", where), parts[1], parts[2], needs)


def _compare(declared: list[str], returned: list[str], where: str) -> None:
    """Refuse a header that does not say exactly what the query returns."""
    for names, verb in ((declared, "declares"), (returned, "returns")):
        for name in names:
            if names.count(name) > 1:
                raise refusal(f"{verb} a column twice", where, given=name, allowed="each column once")
    for name in returned:
        if name not in declared:
            allowed = names_of(declared)
            raise refusal("returns a column that it does not declare", where, given=name, allowed=allowed)
    for name in declared:
        if name not in returned:
            allowed = names_of(returned)
            raise refusal("declares a column that it does not return", where, given=name, allowed=allowed)
