"""Propose a layout for a file that nobody has declared yet.

Which header gives which column, its name alone says. How the file is written, its values say where all of them can
be read in one way only. What neither says, such as the reporting currency, stays a gap that a person fills. A proposal
with gaps is no valid layout, so nothing is loaded by guess.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Final

from arseg.ledger.declared.bounds import Bounds
from arseg.ledger.declared.feed import Feed
from arseg.ledger.declared.layout import Layout, read_layout, shipped_layouts
from arseg.ledger.declared.source import Source
from arseg.ledger.sources.read import TEXT_SUFFIXES, open_file
from arseg.ledger.suggesting.dialect import Dialect, look_at
from arseg.ledger.suggesting.fit import Fit, best_fit
from arseg.ledger.suggesting.header_names import HeaderNames, is_proposed
from arseg.ledger.suggesting.trade_words import NEAR, likeness, source_words, words_of
from arseg.ledger.suggesting.written_values import Amounts, Days, amounts_of, days_of
from arseg.schema import LEDGER, UsageError

# Enough rows to show what a column holds, and enough different values to see how they are written.
SHOWN_ROWS: Final = 50
EXAMPLES: Final = 3
_VALUES: Final = 2_000
FEW: Final = 12
_NEGATIVE: Final = re.compile(r"\s*(-|\(|[^\d-]*-[\d.,]|.*\d\s*-\s*$)")


@dataclass(frozen=True)
class Match:
    """One column of a table, the header that it may come from, how near their names are, and examples."""

    table: str
    column: str
    header: str
    score: float
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Suggestion:
    """A proposed layout for one file.

    Parameters
    ----------
    name
        The file's name.
    header
        Its columns, in their order.
    mapped
        Columns of the proposed tables with the header that each may come from.
    left_over
        Headers that no proposed table takes, sorted.
    missing
        Required columns of the proposed tables without a header, as ``table.column``.
    fit
        The shipped layout that fits best; None where none shares a column.
    kinds
        What a typed file says that its columns are.
    dialect
        How a text file was read.
    days, amounts
        How the days and amounts of the mapped columns are written.
    values
        By header, the different values of columns that hold few, as currencies and kinds.
    signed
        Headers of amounts of which some are negative.
    trim
        Whether values or names stand between spaces.
    """

    name: str
    header: tuple[str, ...]
    mapped: tuple[Match, ...]
    left_over: tuple[str, ...]
    missing: tuple[str, ...]
    fit: Fit | None
    kinds: Mapping[str, str]
    dialect: Dialect = field(default_factory=Dialect)
    days: Days = field(default_factory=Days)
    amounts: Amounts = field(default_factory=Amounts)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    signed: tuple[str, ...] = ()
    trim: bool = False

    @property
    def tables(self) -> tuple[str, ...]:
        """The proposed tables, in the ledger's order."""
        return tuple(name for name in LEDGER if any(match.table == name for match in self.mapped))

    def columns_of(self, table: str) -> dict[str, Match]:
        """Return what was found for a table, by its columns."""
        return {match.column: match for match in self.mapped if match.table == table}

    @property
    def kind_header(self) -> str:
        """The header that says what kind of document a row is; empty where none seems to."""
        words = words_of("postings", "kind")[1:]
        several = (name for name in self.header if len(self.values.get(name, ())) > 1)
        return next((name for name in several if any(likeness(name, word) >= NEAR for word in words)), "")

    def to_yaml(self) -> str:
        """Return the proposed layout; every gap stands as ``"?"`` and makes it invalid until it is filled."""
        from arseg.ledger.suggesting.proposal import write_proposal

        return write_proposal(self)

    def to_json(self) -> str:
        """Return one JSON object: the lists and, under ``layout``, the YAML."""
        facts = asdict(self) | {"tables": self.tables, "layout": self.to_yaml()}
        return json.dumps(facts, ensure_ascii=False, sort_keys=True)

    def __str__(self) -> str:
        return f"{self.to_yaml().rstrip()}\n\n{self.remarks()}"

    def remarks(self) -> str:
        """Return as YAML remarks what was mapped, what was left over, and what is missing."""
        lines = [f"# Mapped: {len(self.mapped)} columns, by name only; check each."]
        lines += [f"#   {m.score:.2f}  {m.table}.{m.column} <- {m.header}" for m in self.mapped]
        lines.append(f"# Not mapped: {', '.join(self.left_over) or 'nothing'}.")
        lines.append(f"# Missing: {', '.join(self.missing) or 'nothing'}.")
        best = "none shares a column"
        if self.fit is not None:
            best = f"{self.fit.layout} ({self.fit.source}), {self.fit.found} of the {self.fit.needed} columns it needs"
        lines.append(f"# Nearest shipped layout: {best}.")
        return "\n".join(lines)


def suggest_layout(
    path: str | Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    skip_lines: int | None = None,
    learn_from: Sequence[str] | None = None,
) -> Suggestion:
    """Propose a layout for a file by the names in its header and the spelling of its values; nothing is loaded.

    Parameters
    ----------
    path
        A .csv, .tsv or .txt file, packed with gzip or not, .xlsx or .parquet.
    encoding, delimiter, skip_lines
        How to read its text, and how many lines stand before its header; as it seems where None.
    learn_from
        Shipped layouts whose column names count as words of the trade; all where None.

    Raises
    ------
    UsageError
        If there is no such file, or the encoding or the delimiter is none.
    DataError
        If it cannot be read so.
    """
    path = Path(path)
    if not path.is_file():
        raise UsageError(
            "the file does not exist",
            given=path,
            allowed="an existing file",
            do="check the path",
            code="missing_file",
            file=path,
        )
    dialect = _dialect(path, encoding, delimiter, skip_lines)
    reading = open_file(path, _plain_source(dialect), name=path.name, bounds=Bounds())
    strip = str.strip if _is_text(path) else str
    header = tuple(dict.fromkeys(map(strip, reading.header)))
    columns = {
        strip(n): values.to_pylist()
        for batch in islice(reading.batches(), 1)
        for n, values in batch.columns.items()
    }
    shown = {
        n: tuple(dict.fromkeys(str(v) for v in values[:SHOWN_ROWS] if v))[:EXAMPLES]
        for n, values in columns.items()
    }
    layouts = [_shipped(name) for name in (shipped_layouts() if learn_from is None else learn_from)]
    found = _suggest(path.name, header, layouts, shown, reading.kinds)
    padded = _is_text(path) and header != tuple(dict.fromkeys(reading.header))
    return _with_values(replace(found, dialect=dialect, trim=padded), columns)


def _dialect(path: Path, encoding: str | None, delimiter: str | None, skip_lines: int | None) -> Dialect:
    seen = look_at(path) if _is_text(path) and None in {encoding, delimiter, skip_lines} else Dialect()
    return Dialect(
        seen.encoding if encoding is None else encoding,
        seen.delimiter if delimiter is None else delimiter,
        seen.skip_lines if skip_lines is None else skip_lines,
        seen.footers,
    )


def _is_text(path: Path) -> bool:
    return path.name.lower().removesuffix(".gz").endswith(TEXT_SUFFIXES)


def _with_values(found: Suggestion, columns: Mapping[str, Sequence[str | None]]) -> Suggestion:
    """Return the suggestion with what the values say of how they are written."""
    different = {n: list(dict.fromkeys(v for v in values if v))[:_VALUES] for n, values in columns.items()}
    by_type: dict[str, dict[str, list[str]]] = {"date": {}, "money": {}}
    for match in found.mapped:
        kind = LEDGER[match.table].column(match.column).type
        if kind in by_type and found.kinds.get(match.header, "text") == "text":
            by_type[kind][match.header] = different.get(match.header, [])
    few = {
        n: tuple(sorted({v.strip() for v in values} - {""}))
        for n, values in different.items()
        if 0 < len(values) <= FEW
    }
    padded = any(v != v.strip() for m in found.mapped for v in different.get(m.header, ()))
    return replace(
        found,
        days=days_of(by_type["date"]),
        amounts=amounts_of(text for values in by_type["money"].values() for text in values),
        values=few,
        signed=tuple(n for n, values in by_type["money"].items() if any(map(_NEGATIVE.match, values))),
        trim=found.trim or (padded and bool(by_type["date"] or by_type["money"])),
    )


@functools.cache
def _shipped(name: str) -> Layout:
    return read_layout(name)


def _suggest(
    name_of_file: str,
    header: tuple[str, ...],
    layouts: Sequence[Layout],
    shown: Mapping[str, tuple[str, ...]],
    kinds: Mapping[str, str],
) -> Suggestion:
    fit, near = best_fit(header, layouts)
    every = [source for layout in layouts for source in layout.sources]
    found = HeaderNames(header, source_words(every), source_words([near] if near else [])).tables()
    fed = (
        {feed.table for feed in near.feeds}
        if near
        else {name for name in found if is_proposed(name, found)} or {"invoices"}
    )
    mapped = tuple(
        Match(name, column, *found[name][column], shown.get(found[name][column][0], ()))
        for name in LEDGER
        if name in fed
        for column in LEDGER[name].names
        if column in found[name]
    )
    there = {(match.table, match.column) for match in mapped}
    tables = {table for table, _ in there} or {"invoices"}
    missing = tuple(
        f"{t}.{c}" for t in LEDGER if t in tables for c in LEDGER[t].required if (t, c) not in there
    )
    left_over = tuple(sorted(set(header) - {match.header for match in mapped}))
    return Suggestion(name_of_file, header, mapped, left_over, missing, fit, dict(kinds))


def _plain_source(dialect: Dialect) -> Source:
    from pydantic import ValidationError

    try:
        return Source(
            files=["*"],
            encoding=dialect.encoding,
            delimiter=dialect.delimiter,
            skip_lines=dialect.skip_lines,
            footers=list(dialect.footers),
            feeds=[Feed(table="customers", same_names=True)],
        )
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        raise UsageError(
            "the file cannot be read so",
            given=f"encoding {dialect.encoding!r}, delimiter {dialect.delimiter!r}",
            allowed=first["msg"].removeprefix("Value error, "),
            do="name the encoding and the delimiter of the file",
            code="bad_dialect",
        ) from None
