"""Turn text into days, exact money and text by what is declared, column by column, in SQL.

Every source row gets one number. Each feed puts its rows into a stage table under that number, with
the first reason why the row cannot be loaded, so that a row is loaded whole or quarantined whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from arseg.ledger.feed import DIRECTIVES, ISO_DAY, Feed, Mapped
from arseg.ledger.layout import Limits, Source
from arseg.ledger.read import RawTable
from arseg.schema import LEDGER, POSTING_KINDS, SQL_TYPES, Column, ColumnType, DataError, Table

# A field longer than this is damage, not data.
LONGEST = 65_536

# What each type of column accepts from a typed file; anything else would pass through a rounding.
ACCEPTED: Mapping[ColumnType, frozenset[str]] = {
    "text": frozenset({"text", "integer"}),
    "date": frozenset({"text", "date"}),
    "money": frozenset({"text", "decimal", "integer"}),
    "number": frozenset({"text", "decimal", "integer", "float"}),
}


def open_stage(connection: duckdb.DuckDBPyConnection) -> None:
    """Create one stage table per ledger table, and the table of rejected rows."""
    for table in LEDGER.values():
        body = ", ".join(f"{column.name} {SQL_TYPES[column.type]}" for column in table.columns)
        connection.execute(f"CREATE TABLE stage_{table.name} (row BIGINT, complaint VARCHAR, {body})")
    connection.execute("CREATE TABLE rejected (row BIGINT PRIMARY KEY, reason VARCHAR)")


def stage_rows(
    connection: duckdb.DuckDBPyConnection, raw: RawTable, source: Source, *, first_row: int, limits: Limits
) -> None:
    """Put the rows of one file into the stage tables.

    Parameters
    ----------
    connection
        With the tables of ``open_stage``.
    raw
        The file as text.
    source
        How it is declared.
    first_row
        Number of its first row; the others follow.
    limits
        Which days are believed.

    Raises
    ------
    DataError
        If a typed file gives a column in a type that would lose something.
    """
    rows = pa.array(range(first_row, first_row + len(raw.lines)), pa.int64())
    # By place, because SQL names know no case and a header may.
    columns = {f"s{place}": column for place, column in enumerate(raw.columns.values())}
    connection.register("raw", pa.table({"row": rows, **columns}))
    for feed in source.feeds:
        query = _Conversion(feed, raw, source).query(limits)
        connection.execute(f"INSERT INTO stage_{feed.table} {query}")
    connection.unregister("raw")


def day_pattern(day_format: str) -> str:
    r"""Return the regular expression of a date format; without separators every part has its full width.

    Examples
    --------
    >>> print(day_pattern("%m/%d/%Y"), day_pattern("%Y%m%d"))
    \d{1,2}/\d{1,2}/\d{4} \d{4}\d{2}\d{2}
    """
    width = "{2}" if re.search("%[a-zA-Z]%", day_format) else "{1,2}"
    pieces = re.split("(%[a-zA-Z])", day_format)
    return "".join(
        DIRECTIVES[piece].replace("{1,2}", width) if piece in DIRECTIVES else re.escape(piece)
        for piece in pieces
    )


def money_pattern(thousands_mark: str, decimal_mark: str) -> str:
    r"""Return the regular expression of exact money: at most two decimals, further ones only zero.

    Examples
    --------
    >>> bool(re.fullmatch(money_pattern(".", ","), "1.234,50"))
    True
    """
    whole = "[0-9]+"
    if thousands_mark:
        whole = f"([0-9]{{1,3}}({re.escape(thousands_mark)}[0-9]{{3}})+|[0-9]+)"
    return f"-?{whole}({re.escape(decimal_mark)}[0-9]{{1,2}}0*)?"


@dataclass(frozen=True)
class _Conversion:
    """One feed of one file, as SQL in three layers: text, typed value, reason."""

    feed: Feed
    raw: RawTable
    source: Source

    def query(self, limits: Limits) -> str:
        """Return the SELECT that makes a table's rows, each with the reason against it or NULL."""
        table = LEDGER[self.feed.table]
        mappings = self.feed.mappings(list(self.raw.columns))
        # A derived day comes after the day that it is derived from.
        last = ("known_on",)
        ordered = sorted(
            mappings.items(), key=lambda item: (item[0] in last, item[1].due_minus_days is not None)
        )
        texts = ", ".join(f"{self._text(mapped)} AS t_{name}" for name, mapped in ordered)
        values = ", ".join(f"{self._value(table.column(name), mapped)} AS {name}" for name, mapped in ordered)
        body = ", ".join(
            c.name if c.name in mappings else f"CAST(NULL AS {SQL_TYPES[c.type]})" for c in table.columns
        )
        cases = [*self._damage(mappings), *self._unread(mappings), *_implausible(table, mappings, limits)]
        reason = " ".join(f"WHEN {condition} THEN '{code}'" for code, condition in cases)
        present = " AND ".join(f"{self._place(c)} <> ''" for c in self.feed.skip_row_when_empty) or "true"
        inner = f"SELECT *, {texts} FROM raw WHERE {present}"
        return f"SELECT row, CASE {reason} END, {body} FROM (SELECT *, {values} FROM ({inner}))"

    def _place(self, column: str) -> str:
        return f"s{list(self.raw.columns).index(column)}"

    def _kind(self, mapped: Mapped) -> str:
        return self.raw.kinds.get(mapped.column or "", "text")

    def _text(self, mapped: Mapped) -> str:
        """Return the text of a column before its type, NULL where the field is empty."""
        if mapped.constant is not None:
            text = _quoted(mapped.constant)
        elif mapped.content_id is not None:
            parts = ", ".join(f"coalesce({self._place(name)}, '')" for name in mapped.content_id)
            text = f"left(sha256(concat_ws(chr(31), {parts})), 24)"
        elif mapped.column is not None:
            text = f"nullif({self._place(mapped.column)}, '')"
        else:
            text = "CAST(NULL AS VARCHAR)"
        return _operate(text, mapped)

    def _value(self, column: Column, mapped: Mapped) -> str:
        if mapped.due_minus_days is not None:
            return f"due_date - {mapped.due_minus_days}"
        if mapped.assumed is not None:
            return mapped.assumed
        self._require_exact(column, mapped)
        text, kind = f"t_{column.name}", self._kind(mapped)
        if column.type == "date":
            day_format = ISO_DAY if kind == "date" else mapped.date or self.source.dates
            return _day(text, day_format, self.source.no_date)
        if column.type == "money":
            exact = kind in {"decimal", "integer"}
            return _money(
                text, *(("", ".") if exact else (self.source.thousands_mark, self.source.decimal_mark))
            )
        return _number(text) if column.type == "number" else text

    def _require_exact(self, column: Column, mapped: Mapped) -> None:
        allowed = ACCEPTED[column.type]
        if self._kind(mapped) not in allowed:
            raise DataError(
                f"{self.raw.name}: column {mapped.column!r} would lose something as {column.type}",
                given=self._kind(mapped),
                allowed=", ".join(sorted(allowed)),
                do="write the column in one of these types",
            )

    def _damage(self, mappings: Mapping[str, Mapped]) -> list[tuple[str, str]]:
        places = dict.fromkeys(self._place(column) for mapped in mappings.values() for column in mapped.reads)
        joined = f"concat_ws('', {', '.join(places) or 'NULL'})"
        return [
            ("control_character", rf"regexp_matches({joined}, '[\x00-\x1F\x7F-\x{{9F}}]')"),
            ("oversized_field", f"length({joined}) > {LONGEST}"),
        ]

    def _unread(self, mappings: Mapping[str, Mapped]) -> list[tuple[str, str]]:
        """Return the cases of text that gives no value; what is merely missing comes last."""
        table = LEDGER[self.feed.table]
        cases = []
        for name, mapped in mappings.items():
            if mapped.map is not None:
                listed = ", ".join(_quoted(value) for value in mapped.map)
                before = self._text(mapped.model_copy(update={"map": None, "prefix": None}))
                cases.append(("unmapped_value", f"{before} NOT IN ({listed})"))
            kind = table.column(name).type
            if kind != "text" and mapped.reads:
                blank = "".join(f" AND t_{name} <> {_quoted(text)}" for text in self.source.no_date)
                cases.append(
                    (
                        f"bad_{kind}",
                        f"t_{name} IS NOT NULL AND {name} IS NULL{blank if kind == 'date' else ''}",
                    )
                )
        return cases + [
            ("missing_required", f"{name} IS NULL") for name in table.required if name in mappings
        ]


def _quoted(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def _operate(text: str, mapped: Mapped) -> str:
    """Return SQL text after the declared operations, in their fixed order."""
    if mapped.strip_suffix:
        cut = _quoted(mapped.strip_suffix)
        text = f"CASE WHEN ends_with({text}, {cut}) THEN left({text}, -{len(mapped.strip_suffix)}) ELSE {text} END"
    if mapped.pad_left is not None:
        filled = f"lpad({text}, CAST(greatest(length({text}), {mapped.pad_left}) AS INTEGER), '0')"
        text = f"CASE WHEN regexp_full_match({text}, '[0-9]+') THEN {filled} ELSE {text} END"
    if mapped.map is not None:
        whens = " ".join(f"WHEN {_quoted(old)} THEN {_quoted(new)}" for old, new in mapped.map.items())
        text = f"CASE {text} {whens} END"
    return f"{_quoted(mapped.prefix)} || {text}" if mapped.prefix else text


def _day(text: str, day_format: str, no_date: list[str]) -> str:
    sentinel = f"WHEN {text} IN ({', '.join(map(_quoted, no_date))}) THEN NULL " if no_date else ""
    parsed = f"CAST(try_strptime({text}, {_quoted(day_format)}) AS DATE)"
    return (
        f"CASE {sentinel}WHEN regexp_full_match({text}, {_quoted(day_pattern(day_format))}) THEN {parsed} END"
    )


def _money(text: str, thousands_mark: str, decimal_mark: str) -> str:
    whole = f"replace({text}, {_quoted(thousands_mark)}, '')" if thousands_mark else text
    exact = f"TRY_CAST(replace({whole}, {_quoted(decimal_mark)}, '.') AS DECIMAL(18,2))"
    return f"CASE WHEN regexp_full_match({text}, {_quoted(money_pattern(thousands_mark, decimal_mark))}) THEN {exact} END"


def _number(text: str) -> str:
    pattern = _quoted(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
    number = f"TRY_CAST({text} AS DOUBLE)"
    return f"CASE WHEN regexp_full_match({text}, {pattern}) AND isfinite({number}) THEN {number} END"


def _implausible(table: Table, mappings: Mapping[str, Mapped], limits: Limits) -> list[tuple[str, str]]:
    cases = []
    for column in table.columns:
        if column.type == "date" and column.name in mappings:
            believed = f"{column.name} BETWEEN DATE '{limits.earliest}' AND DATE '{limits.latest}'"
            ahead = f"{column.name} > known_on + {366 * limits.years_ahead}"
            cases.append(("date_out_of_range", f"NOT ({believed}) OR {ahead}"))
    if table.event_day is not None:
        cases.append(("known_before_event", f"known_on < {table.event_day}"))
    if table.name == "postings":
        kinds = ", ".join(_quoted(kind) for kind in POSTING_KINDS)
        cases += [("unmapped_value", f"kind NOT IN ({kinds})"), ("bad_money", "amount < 0")]
    return cases
