"""Turn text into days, exact money and text by what is declared, column by column, in SQL.

Every source row gets one number. Each feed puts its rows into a stage table under that number, with
the first reason why the row cannot be loaded, so that a row is loaded whole or quarantined whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from arseg.ledger.declared.feed import Feed
from arseg.ledger.declared.layout import Limits
from arseg.ledger.declared.mapped import Mapped, Values
from arseg.ledger.declared.source import Source
from arseg.ledger.loading.event_log import log_query
from arseg.ledger.loading.expression import Expression, Header, is_id, one_of
from arseg.ledger.sources.reading import Batch, Reading, number_rows
from arseg.ledger.sql_text import quoted
from arseg.schema import LEDGER, POSTING_KINDS, SQL_TYPES, Table

# A field longer than this is damage, not data.
LONGEST = 65_536

# Blanks of any alphabet, and marks that nobody sees.
BLANKS = r"[\s\p{Z}\p{C}]"
# What may be cut off; a control character is damage.
TRIMMED = r"[\s\p{Z}\p{Cf}]"
# Between ids that are looked at together; nobody's id holds it.
BETWEEN = "\ufffd"
CONTROLS = r"[\x00-\x1F\x7F-\x{9F}]"
# Where a field may break lines, a name may too.
CONTROLS_IN_TEXT = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{9F}]"


def open_stage(connection: duckdb.DuckDBPyConnection, path: str = ":memory:") -> None:
    """Attach the stage: one table per ledger table, the text of every row, and the rows rejected so far."""
    connection.execute(f"ATTACH {quoted(path)} AS stage")
    # Days of instants are read off in the declared zone, whatever this machine's is.
    connection.execute("SET TimeZone = 'UTC'")
    for table in LEDGER.values():
        body = ", ".join(f"{column.name} {SQL_TYPES[column.type]}" for column in table.columns)
        connection.execute(
            f"CREATE TABLE stage.{table.name} (row BIGINT, rank BIGINT, complaint VARCHAR, {body})"
        )
    connection.execute("CREATE TABLE stage.texts (row BIGINT, place INTEGER, line BIGINT, text VARCHAR)")
    connection.execute("CREATE TABLE stage.rejected (row BIGINT PRIMARY KEY, reason VARCHAR)")


def stage_source(
    connection: duckdb.DuckDBPyConnection,
    reading: Reading,
    source: Source,
    *,
    place: int,
    first_row: int,
    limits: Limits,
) -> int:
    """Put the rows of one source into the stage tables, and return how many there were.

    Parameters
    ----------
    connection
        With the tables of ``open_stage``.
    reading
        The source as text.
    source
        How it is declared.
    place
        Its number among the sources.
    first_row
        Number of its first row; the others follow.
    limits
        Which days are believed.

    Raises
    ------
    DataError
        If a typed source gives a column in a type that would lose something, or it cannot be read.
    """
    conversion = _Conversion(Header(reading.name, reading.header, reading.kinds), source, limits)
    row = first_row
    for batch in reading.batches():
        connection.register("raw_batch", _numbered(batch, row))
        connection.execute(f"INSERT INTO stage.texts SELECT row, {place}, line, text FROM raw_batch")
        if source.log is None:
            conversion.stage(connection, conversion.clean("raw_batch"))
        elif row == first_row:
            connection.execute(f"CREATE TABLE stage.raw_log AS {conversion.clean('raw_batch')}")
        else:
            connection.execute(f"INSERT INTO stage.raw_log {conversion.clean('raw_batch')}")
        connection.unregister("raw_batch")
        row += len(batch.lines)
    if source.log is not None and row > first_row:
        conversion.stage(connection, "SELECT * FROM stage.raw_log")
        connection.execute("DROP TABLE stage.raw_log")
    return row - first_row


def _numbered(batch: Batch, row: int) -> pa.Table:
    # By place, because SQL names know no case and a header may.
    columns = {f"s{place}": column for place, column in enumerate(batch.columns.values())}
    return pa.table(
        {"row": number_rows(row, len(batch.lines)), "line": batch.lines, "text": batch.texts, **columns}
    )


@dataclass(frozen=True)
class _Conversion:
    """The feeds of one source, as SQL in layers: clean text, typed value, reason."""

    header: Header
    source: Source
    limits: Limits

    def clean(self, raw: str) -> str:
        """Return the SELECT of a batch's columns, where an empty field is NULL."""
        return f"SELECT row{''.join(f', {self._cleaned(c)}' for c in self.header.columns)} FROM {raw}"

    def stage(self, connection: duckdb.DuckDBPyConnection, rows: str) -> None:
        """Convert rows and put each into its tables; a row that belongs to none is rejected."""
        query = f"SELECT *, row AS rank FROM ({rows})"
        if self.source.log is not None:
            query = log_query(rows, self.header, self.source)
        ignored = _any_of(self.source.ignore, self.header)
        if ignored != "false" or all(feed.filtered for feed in self.source.feeds):
            fed = " OR ".join(self._wanted(feed) for feed in self.source.feeds)
            connection.execute(
                f"INSERT INTO stage.rejected SELECT row, CASE WHEN {ignored} THEN 'ignored' ELSE 'no_feed' END "
                f"FROM ({rows}) WHERE {ignored} OR NOT ({fed})"
            )
            query = f"SELECT * FROM ({query}) WHERE NOT {ignored}"
        for feed in self.source.feeds:
            connection.execute(f"INSERT INTO stage.{feed.table} {self._query(feed, query)}")

    def _query(self, feed: Feed, rows: str) -> str:
        """Return the SELECT that makes a table's rows, each with the reason against it or NULL."""
        table = LEDGER[feed.table]
        mappings = feed.mappings(list(self.header.columns))
        made = {
            name: Expression(table.column(name), mapped, self.header, self.source)
            for name, mapped in sorted(mappings.items(), key=_derived_last)
        }
        texts = ", ".join(f"{one.text()} AS t_{name}" for name, one in made.items())
        values = ", ".join(f"{one.value()} AS {name}" for name, one in made.items())
        body = ", ".join(
            c.name if c.name in made else f"CAST(NULL AS {SQL_TYPES[c.type]})" for c in table.columns
        )
        cases = [*self._damage(made), *_unread(table, made), *_implausible(table, mappings, self.limits)]
        reason = " ".join(f"WHEN {condition} THEN '{code}'" for code, condition in cases)
        inner = f"SELECT *, {texts} FROM ({rows}) WHERE {self._wanted(feed)}"
        return f"SELECT row, rank, CASE {reason} END, {body} FROM (SELECT *, {values} FROM ({inner}))"

    def _cleaned(self, column: str) -> str:
        place = self.header.place(column)
        text = f"regexp_replace({place}, '^{TRIMMED}+|{TRIMMED}+$', '', 'g')" if self.source.trim else place
        text = f"nullif({text}, '')"
        if self.source.no_value:
            text = f"CASE WHEN {text} NOT IN ({', '.join(map(quoted, self.source.no_value))}) THEN {text} END"
        return f"{text} AS {place}"

    def _wanted(self, feed: Feed) -> str:
        """Return the condition under which a row makes a row of the feed's table; never NULL."""
        place = self.header.place
        parts = [f"{place(column)} IS NOT NULL" for column in feed.skip_row_when_empty]
        parts += [one_of(place(column), texts) for column, texts in feed.only.items()]
        if feed.never:
            parts.append(f"NOT {_any_of(feed.never, self.header)}")
        for one, other in feed.only_equal.items():
            parts.append(f"{place(one)} IS NOT DISTINCT FROM {place(other)}")
        for one, other in feed.never_equal.items():
            parts.append(f"{place(one)} IS DISTINCT FROM {place(other)}")
        for column, sign in feed.only_sign.items():
            amount = self.source.money(exact=self.header.exact([column])).sql(place(column))
            compared = {"positive": ">", "negative": "<", "nonzero": "<>"}[sign]
            # What cannot be read goes on, to be rejected for what it is.
            parts.append(f"coalesce({amount} {compared} 0, {place(column)} IS NOT NULL)")
        return f"({' AND '.join(parts) or 'true'})"

    def _damage(self, made: Mapping[str, Expression]) -> Iterator[tuple[str, str]]:
        every = dict.fromkeys(c for one in made.values() for need in one.mapped.reads for c in need)
        joined = f"concat_ws('', {', '.join(map(self.header.place, every)) or 'NULL'})"
        ids = [f"t_{name}" for name, one in made.items() if is_id(one.column) and one.mapped.reads]
        named = f"concat_ws('{BETWEEN}', {', '.join(ids) or 'NULL'})"
        if self.source.line_breaks:
            yield "control_character", f"regexp_matches({joined}, '{CONTROLS_IN_TEXT}')"
            yield "control_character", f"regexp_matches({named}, '{CONTROLS}')"
        else:
            yield "control_character", f"regexp_matches({joined}, '{CONTROLS}')"
        yield "padded_text", f"regexp_matches({named}, '(?:^|{BETWEEN}){BLANKS}|{BLANKS}(?:$|{BETWEEN})')"
        yield "oversized_field", f"length({joined}) > {LONGEST}"


def _derived_last(item: tuple[str, Mapped]) -> tuple[bool, bool]:
    """Order columns so that a derived day comes after the day that it is derived from."""
    name, mapped = item
    return name == "known_on", mapped.due_minus_days is not None


def _any_of(values: Values, header: Header) -> str:
    """Return the condition that one of the columns has one of its values; never NULL."""
    parts = [one_of(header.place(column), texts) for column, texts in values.items()]
    return f"({' OR '.join(parts)})" if parts else "false"


def _unread(table: Table, made: Mapping[str, Expression]) -> list[tuple[str, str]]:
    """Return the cases of text that gives no value; what is merely missing comes last."""
    cases = []
    for name, one in made.items():
        if one.mapped.map is not None and one.mapped.otherwise is None:
            plain = one.mapped.model_copy(update={"map": None, "prefix": None})
            before = Expression(one.column, plain, one.header, one.source).text()
            cases.append(("unmapped_value", f"{before} NOT IN ({', '.join(map(quoted, one.mapped.map))})"))
        unread = one.unread()
        if unread is not None:
            cases.append((f"bad_{table.column(name).type}", unread))
    return cases + [("missing_required", f"{name} IS NULL") for name in table.required if name in made]


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
        kinds = ", ".join(quoted(kind) for kind in POSTING_KINDS)
        # Below zero a posting cancels another, or takes from what stands on account.
        owed = "invoice_id IS NOT NULL" if "invoice_id" in mappings else "false"
        cancels = "(restates IS NOT NULL)" if "restates" in mappings else "false"
        cases += [
            ("unmapped_value", f"kind NOT IN ({kinds})"),
            ("bad_money", f"amount < 0 AND NOT {cancels} AND {owed}"),
        ]
    return cases
