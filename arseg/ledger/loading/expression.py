"""The SQL of one mapped column: its text, its typed value, and whether the text gives no value.

Source columns stand in SQL by their place (``s0``, ``s1``, ...), because SQL names know no case and a
header may; an empty field is NULL there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from arseg.ledger.declared.day_format import ISO_DAY, day_sql
from arseg.ledger.declared.mapped import Carried, Mapped, PlusDays, Term
from arseg.ledger.declared.source import Source
from arseg.ledger.sources.reading import UNSUPPORTED
from arseg.ledger.sql_text import quoted
from arseg.schema import Column, ColumnType, DataError

# What each type of column accepts from a typed file; anything else would pass through a rounding.
ACCEPTED: Final[Mapping[ColumnType, frozenset[str]]] = MappingProxyType(
    {
        "text": frozenset({"text", "integer"}),
        "date": frozenset({"text", "date"}),
        "money": frozenset({"text", "decimal", "integer"}),
        "number": frozenset({"text", "decimal", "integer", "float"}),
    }
)

LINE_BREAKS: Final = "[\\r\\n\\t]+"

# A number of days; more than so many digits are none.
WHOLE: Final = r"-?[0-9]{1,5}(\.0+)?"


@dataclass(frozen=True)
class Header:
    """The columns of one source as read, by place, with what a typed source says each is."""

    name: str
    columns: Sequence[str]
    kinds: Mapping[str, str]

    def place(self, column: str) -> str:
        """Return the SQL name of a column."""
        return f"s{list(self.columns).index(column)}"

    def kind(self, column: str) -> str:
        """Return what the source says a column is: text, date, decimal, integer, float."""
        return self.kinds.get(column, "text")

    def exact(self, columns: Sequence[str]) -> bool:
        """Return whether amounts of these columns were spelt from typed ones, so that no mark is declared."""
        return bool(columns) and all(self.kind(column) in {"decimal", "integer"} for column in columns)


@dataclass(frozen=True)
class Expression:
    """One column of a table, from one source.

    Parameters
    ----------
    column
        The table's column.
    mapped
        Where it comes from.
    header
        The source's columns.
    source
        How the source is written.
    """

    column: Column
    mapped: Mapped
    header: Header
    source: Source

    def text(self) -> str:
        """Return the text before its type, NULL where there is none."""
        return operate(self._origin(), self.mapped)

    def value(self) -> str:
        """Return the typed value, NULL where the text gives none; reads ``t_<name>``."""
        self._require_exact()
        derived = self._derived()
        return self._typed(f"t_{self.column.name}") if derived is None else derived

    def unread(self) -> str | None:
        """Return the condition that there is text but no value; None where that cannot be."""
        mapped, kind = self.mapped, self.column.type
        if mapped.latest_of is not None:
            return " OR ".join(self._no_day(column) for column in mapped.latest_of)
        if mapped.plus_days is not None:
            places = [self.header.place(column) for column in mapped.plus_days.counted]
            odd = [f"({place} IS NOT NULL AND {count_sql(place)} IS NULL)" for place in places]
            return " OR ".join([self._no_day(mapped.plus_days.day), *odd])
        if mapped.running is not None:
            return " OR ".join(self._no_amount(term.column) for term in mapped.running)
        if kind == "text" or not mapped.reads:
            return None
        text = f"t_{self.column.name}"
        blank = self._sentinel(text) if kind == "date" else "false"
        return f"{text} IS NOT NULL AND {self.column.name} IS NULL AND NOT ({blank})"

    def _derived(self) -> str | None:
        """Return a value that is made of values; None where it is made of ``text``."""
        mapped = self.mapped
        if mapped.due_minus_days is not None:
            return f"due_date - {mapped.due_minus_days}"
        if mapped.latest_of is not None:
            return f"greatest({', '.join(self._day(self.header.place(c), [c]) for c in mapped.latest_of)})"
        if mapped.plus_days is not None:
            return self._later(mapped.plus_days)
        if mapped.running is not None:
            return self._signed(_total(mapped.running))
        return mapped.assumed

    def _typed(self, text: str) -> str:
        if self.column.type == "date":
            return self._day(text, self.mapped.made_of)
        if self.column.type == "money":
            return self._signed(self.source.money(exact=self.header.exact(self.mapped.made_of)).sql(text))
        if self.column.type == "number":
            return number_sql(text)
        if self.source.line_breaks and not is_id(self.column):
            return f"regexp_replace({text}, '{LINE_BREAKS}', ' ', 'g')"
        return text

    def _origin(self) -> str:
        mapped, place = self.mapped, self.header.place
        if mapped.constant is not None:
            return quoted(mapped.constant)
        if mapped.carried is not None:
            return term_name(mapped.carried)
        if mapped.content_id is not None:
            parts = ", ".join(f"coalesce({place(name)}, '')" for name in mapped.content_id)
            return f"left(sha256(concat_ws(chr(31), {parts})), 24)"
        if mapped.joined is not None:
            return "(" + f" || {quoted(mapped.separator)} || ".join(map(place, mapped.joined)) + ")"
        if mapped.first_of is not None:
            return f"coalesce({', '.join(map(place, mapped.first_of))})"
        return "CAST(NULL AS VARCHAR)" if mapped.column is None else place(mapped.source_column)

    def _formats(self, columns: Sequence[str]) -> list[str]:
        typed = bool(columns) and all(self.header.kind(column) == "date" for column in columns)
        return [ISO_DAY] if typed else self.mapped.date or self.source.dates

    def _sentinel(self, text: str) -> str:
        return (
            f"{text} IN ({', '.join(map(quoted, self.source.no_date))})" if self.source.no_date else "false"
        )

    def _day(self, text: str, columns: Sequence[str]) -> str:
        day = day_sql(text, self._formats(columns), zone=self.source.zone, times_in=self.source.times_in)
        return f"CASE WHEN {self._sentinel(text)} THEN NULL ELSE {day} END" if self.source.no_date else day

    def _no_day(self, column: str) -> str:
        text = self.header.place(column)
        return (
            f"({text} IS NOT NULL AND NOT ({self._sentinel(text)}) AND {self._day(text, [column])} IS NULL)"
        )

    def _no_amount(self, column: str) -> str:
        text = self.header.place(column)
        amount = self.source.money(exact=self.header.exact([column])).sql(text)
        return f"({text} IS NOT NULL AND {amount} IS NULL)"

    def _later(self, plus: PlusDays) -> str:
        day = self._day(self.header.place(plus.day), [plus.day])
        if isinstance(plus.days, int):
            return f"{day} + {plus.days}"
        counts = [f"nullif({count_sql(self.header.place(column))}, 0)" for column in plus.days]
        return f"{day} + coalesce({', '.join(counts)}, 0)"

    def _signed(self, amount: str) -> str:
        if self.mapped.sign is not None:
            listed = ", ".join(map(quoted, self.mapped.sign.negative))
            below = f"{self.header.place(self.mapped.sign.column)} IN ({listed})"
            amount = f"CASE WHEN {below} THEN -({amount}) ELSE {amount} END"
        if self.mapped.negate:
            amount = f"-({amount})"
        return f"abs({amount})" if self.mapped.absolute else amount

    def _require_exact(self) -> None:
        allowed = ACCEPTED[self.column.type]
        for column in dict.fromkeys(name for need in self.mapped.reads for name in need):
            kind = self.header.kind(column)
            # What only chooses or counts may be of any type that has a text.
            lost = kind not in allowed if column in self.mapped.made_of else kind.startswith(UNSUPPORTED)
            if lost:
                raise DataError(
                    f"{self.header.name}: column {column!r} would lose something as {self.column.type}",
                    given=kind,
                    allowed=", ".join(sorted(allowed)),
                    do="write the column in one of these types",
                    code="lossy_cast",
                    file=self.header.name,
                    column=column,
                )


def is_id(column: Column) -> bool:
    """Return whether a column's text names something, so that a blank at its end would name another."""
    return column.type == "text" and (
        column.name.endswith("_id") or column.name in {"currency", "kind", "parent", "restates", "series"}
    )


def number_sql(text: str) -> str:
    """Return the SQL of a finite number, else NULL."""
    pattern = quoted(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
    number = f"TRY_CAST({text} AS DOUBLE)"
    return f"CASE WHEN regexp_full_match({text}, {pattern}) AND isfinite({number}) THEN {number} END"


def count_sql(text: str) -> str:
    """Return the SQL of a whole number of days, else NULL."""
    whole = f"regexp_full_match({text}, {quoted(WHOLE)})"
    return f"CASE WHEN {whole} THEN CAST(CAST({text} AS DECIMAL(18,2)) AS INTEGER) END"


def operate(text: str, mapped: Mapped) -> str:
    """Return SQL text after the declared operations, in their fixed order."""
    if mapped.strip_prefix:
        cut = quoted(mapped.strip_prefix)
        text = f"CASE WHEN starts_with({text}, {cut}) THEN substr({text}, {len(mapped.strip_prefix) + 1}) ELSE {text} END"
    if mapped.strip_suffix:
        cut = quoted(mapped.strip_suffix)
        text = f"CASE WHEN ends_with({text}, {cut}) THEN left({text}, -{len(mapped.strip_suffix)}) ELSE {text} END"
    if mapped.pad_left is not None:
        filled = f"lpad({text}, CAST(greatest(length({text}), {mapped.pad_left}) AS INTEGER), '0')"
        text = f"CASE WHEN regexp_full_match({text}, '[0-9]+') THEN {filled} ELSE {text} END"
    if mapped.map is not None:
        whens = " ".join(f"WHEN {quoted(old)} THEN {quoted(new)}" for old, new in mapped.map.items())
        rest = f" WHEN {text} IS NOT NULL THEN {quoted(mapped.otherwise)}" if mapped.otherwise else ""
        simple = f"CASE {text} {whens} END"
        text = f"coalesce({simple}, CASE{rest} END)" if rest else simple
    if mapped.strip_prefix or mapped.strip_suffix or mapped.map:
        # Nothing is left: an empty field, which a required one may not be.
        text = f"nullif({text}, '')"
    return f"{quoted(mapped.prefix)} || {text}" if mapped.prefix else text


def term_name(term: Term | Carried) -> str:
    """Return the SQL name of what the rows of a case say together."""
    return f"w{hashlib.sha256(term.model_dump_json(exclude={'minus'}).encode()).hexdigest()[:16]}"


def one_of(place: str, texts: Sequence[str]) -> str:
    """Return the condition that a column has one of these values, an empty text standing for none; never NULL."""
    listed = ", ".join(quoted(text) for text in texts if text)
    parts = [f"coalesce({place} IN ({listed}), false)"] * bool(listed) + [f"{place} IS NULL"] * ("" in texts)
    return f"({' OR '.join(parts)})"


def _total(terms: Sequence[Term]) -> str:
    """Return the sum of terms; NULL where the case has said nothing of any of them."""
    parts = " ".join(f"{'-' if term.minus else '+'} coalesce({term_name(term)}, 0)" for term in terms)
    said = " OR ".join(f"{term_name(term)} IS NOT NULL" for term in terms)
    return f"CASE WHEN {said} THEN CAST(0 {parts} AS DECIMAL(18,2)) END"
