"""Propose a layout for a file that nobody has declared yet: by the names in its header alone.

Values are shown, never judged: how days and amounts are written, and in which currency, stays a gap
that a person fills. A proposal with gaps is no valid layout, so nothing is loaded by guess.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from arseg.ledger.bounds import Bounds
from arseg.ledger.feed import Feed
from arseg.ledger.layout import Layout, read_layout, shipped_layouts
from arseg.ledger.read import lacking, open_file
from arseg.ledger.source import Source
from arseg.ledger.trade_words import NEAR, layout_words, likeness, words_of
from arseg.schema import LEDGER, Table, UsageError

# Enough rows to show what a column holds.
SHOWN_ROWS: Final = 50
EXAMPLES: Final = 3

# What a layout may say without a column of the source: a constant, or the event day that stands in.
SAYABLE: Final = frozenset({"known_on", "currency", "kind"})

# Columns whose name alone would make a table of any file.
_MARKS: Final[Mapping[str, tuple[str, ...]]] = {
    "invoices": ("invoice_id", "due_date", "amount"),
    "postings": ("value_date", "amount"),
    "customers": ("customer_id", "name"),
}


@dataclass(frozen=True)
class Match:
    """One column of a table, the header that it may come from, how near their names are, and examples."""

    table: str
    column: str
    header: str
    score: float
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Fit:
    """The shipped layout whose source the header fits best: so many of the columns that it needs."""

    layout: str
    source: str
    found: int
    needed: int


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
    """

    name: str
    header: tuple[str, ...]
    mapped: tuple[Match, ...]
    left_over: tuple[str, ...]
    missing: tuple[str, ...]
    fit: Fit | None
    kinds: Mapping[str, str]

    @property
    def tables(self) -> tuple[str, ...]:
        """The proposed tables, in the ledger's order."""
        return tuple(name for name in LEDGER if any(match.table == name for match in self.mapped))

    def to_yaml(self) -> str:
        """Return the proposed layout; every gap stands as ``"?"`` and makes it invalid until it is filled."""
        from arseg.ledger.proposal import write_proposal

        return write_proposal(self)

    def to_json(self) -> str:
        """Return one JSON object: the lists and, under ``layout``, the YAML."""
        facts = asdict(self) | {"tables": self.tables, "layout": self.to_yaml()}
        return json.dumps(facts, ensure_ascii=False, sort_keys=True)

    def __str__(self) -> str:
        lines = [self.to_yaml().rstrip(), "", f"# Mapped: {len(self.mapped)} columns, by name only."]
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
    encoding: str = "utf-8",
    delimiter: str = ",",
    learn_from: Sequence[str] | None = None,
) -> Suggestion:
    """Propose a layout for a file by the names in its header; nothing is loaded, no value is judged.

    Parameters
    ----------
    path
        A .csv, .tsv or .txt file, packed with gzip or not, .xlsx or .parquet.
    encoding, delimiter
        How to read its text.
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
            "the file does not exist", given=path, allowed="an existing file", do="check the path"
        )
    reading = open_file(path, _plain_source(encoding, delimiter), name=path.name, bounds=Bounds())
    header = tuple(dict.fromkeys(reading.header))
    shown: dict[str, tuple[str, ...]] = {}
    for batch in islice(reading.batches(), 1):
        columns = {n: values.slice(0, SHOWN_ROWS).to_pylist() for n, values in batch.columns.items()}
        shown = {
            n: tuple(dict.fromkeys(str(v) for v in values if v))[:EXAMPLES] for n, values in columns.items()
        }
    layouts = [read_layout(name) for name in (shipped_layouts() if learn_from is None else learn_from)]
    return _suggest(path.name, header, layouts, shown, reading.kinds)


def _suggest(
    name: str,
    header: tuple[str, ...],
    layouts: Sequence[Layout],
    shown: Mapping[str, tuple[str, ...]],
    kinds: Mapping[str, str],
) -> Suggestion:
    fit, near = _best_fit(header, layouts)
    scores = _Scores(header, layout_words(layouts), layout_words([near] if near else []))
    mapped: list[Match] = []
    for table in LEDGER.values():
        found = scores.match(table)
        if _is_proposed(table, found):
            mapped += [
                Match(table.name, c, *found[c], shown.get(found[c][0], ())) for c in table.names if c in found
            ]
    tables = {match.table for match in mapped} or {"invoices"}
    there = {(match.table, match.column) for match in mapped}
    missing = [f"{t}.{c}" for t in LEDGER if t in tables for c in LEDGER[t].required if (t, c) not in there]
    used = {match.header for match in mapped}
    left_over = tuple(sorted(set(header) - used))
    return Suggestion(name, header, tuple(mapped), left_over, tuple(missing), fit, dict(kinds))


def _plain_source(encoding: str, delimiter: str) -> Source:
    from pydantic import ValidationError

    try:
        feed = Feed(table="customers", same_names=True)
        return Source(files=["*"], encoding=encoding, delimiter=delimiter, feeds=[feed])
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        raise UsageError(
            "the file cannot be read so",
            given=f"encoding {encoding!r}, delimiter {delimiter!r}",
            allowed=first["msg"].removeprefix("Value error, "),
            do="name the encoding and the delimiter of the file",
        ) from None


def _best_fit(header: Iterable[str], layouts: Sequence[Layout]) -> tuple[Fit | None, Layout | None]:
    """Return the layout with the source of which the header has the largest share, then the most columns."""
    names = list(header)
    best: tuple[float, int, Fit, Layout] | None = None
    for layout in layouts:
        for source in layout.sources:
            needs = source.reads
            found = len(needs) - len(lacking(names, needs))
            share = found / len(needs)
            if found and (best is None or (share, found) > best[:2]):
                best = (share, found, Fit(layout.name, source.files[0], found, len(needs)), layout)
    if best is None:
        return None, None
    return best[2], best[3] if best[0] == 1.0 else None


@dataclass(frozen=True)
class _Scores:
    """How near each header is to each column: by the trade's words, and by names that layouts use."""

    header: Sequence[str]
    used: Mapping[tuple[str, str], set[str]]
    fitting: Mapping[tuple[str, str], set[str]]

    def match(self, table: Table) -> dict[str, tuple[str, float]]:
        """Return for each column of a table its header and score; each header at most once, nearest first."""
        pairs = [
            (-score, place, header)
            for place, column in enumerate(table.names)
            for header in self.header
            if (score := self._score(table.name, column, header)) >= NEAR
        ]
        found: dict[str, tuple[str, float]] = {}
        taken: set[str] = set()
        # Sorted by what is there, not by where it stands, so that the order of columns is without effect.
        for score, place, header in sorted(pairs):
            column = table.names[place]
            if column not in found and header not in taken:
                found[column] = (header, -score)
                taken.add(header)
        return found

    def _score(self, table: str, column: str, header: str) -> float:
        if header in self.fitting.get((table, column), ()):
            return 1.0
        known = 0.9 if header in self.used.get((table, column), ()) else 0.0
        spoken = max(likeness(header, word) for word in words_of(table, column))
        return round(max(known, 0.98 * spoken), 2)


def _is_proposed(table: Table, found: Mapping[str, tuple[str, float]]) -> bool:
    """Return whether enough of a table is there to be worth a feed."""
    if table.name in _MARKS:
        marks = sum(name in found for name in _MARKS[table.name])
        return marks >= 2
    needed = [name for name in table.required if name not in SAYABLE]
    return all(name in found and found[name][1] > 0.75 for name in needed)
