"""Write a proposed layout as YAML that a person completes: what is known stands there, every gap is a ``"?"``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from arseg.ledger.suggesting.credit_side import Sides, credit_feeds, sides_of
from arseg.ledger.suggesting.yaml_words import kind_map, quoted, remarked
from arseg.schema import LEDGER, Table

if TYPE_CHECKING:
    from arseg.ledger.suggesting.suggestion import Match, Suggestion

GAP: Final = '"?"'

# What to write in place of a gap, by column, where no header was found.
_ADVICE: Final = {
    "currency": "{constant: EUR}, or {column: NAME}",
    "posting_id": "{column: NAME}, {joined: [NAME, NAME]}, or {content_id: [NAME, NAME]} where the source has none",
    "invoice_id": "{column: NAME}, or {content_id: [NAME, NAME]} where the source has none",
    "document_date": "{column: NAME}, or {due_minus_days: 30}",
    "due_date": "{column: NAME}, or {plus_days: {day: NAME, days: 30}}",
}
# The day by which an invoice makes its customer known.
_KNOWN: Final = ("document_date", "posting_date")
_NEGATIVE: Final = "; some are negative: add absolute: true where the kind says that too"
_TYPED: Final = (".parquet", ".xlsx")


def write_proposal(suggestion: Suggestion) -> str:
    """Return the YAML of a proposed layout; it is valid once every gap is filled.

    Parameters
    ----------
    suggestion
        What was found.
    """
    return write_together([suggestion])


def write_together(suggestions: Sequence[Suggestion]) -> str:
    """Return the YAML of one layout for several files, such as invoices and their payments.

    Parameters
    ----------
    suggestions
        What was found in each; the first names the layout.
    """
    first = suggestions[0]
    name = first.name.removesuffix(".gz")
    word = re.sub(r"\W+", "_", name.rpartition(".")[0]).strip("_").lower() or "own"
    files = ", ".join(each.name.removesuffix(".gz") for each in suggestions)
    lines = [
        '# A proposal by the names in the header. Fill every gap ("?") and check every line before you load.',
        f"name: {word}",
        f"title: {quoted(f'Proposed for {files}')}",
        f"reporting: {GAP} # {_reporting(suggestions)}",
        "sources:",
    ]
    return "\n".join([*lines, *(line for each in suggestions for line in _source(each))]) + "\n"


def _source(suggestion: Suggestion) -> Iterator[str]:
    name = suggestion.name.removesuffix(".gz")
    sides = sides_of(suggestion)
    yield f"  - files: [{quoted(name)}]"
    yield from _writing(suggestion, name, asked=not sides.credit)
    yield "    feeds:"
    for table in suggestion.tables or ("invoices",):
        yield from _feed(LEDGER[table], suggestion, sides)
    yield from credit_feeds(suggestion, sides)


def _reporting(suggestions: Sequence[Suggestion]) -> str:
    """Say what may fill the gap; with the currencies that are seen, of which the first is as good as any."""
    told = [
        each.values.get(m.header, ()) for each in suggestions for m in each.mapped if m.column == "currency"
    ]
    seen = sorted({one for values in told for one in values if one.isalpha()})
    if len(seen) == 1:
        return f"{{currency: {seen[0]}}}, the only one that is seen"
    if seen:
        rates = ", ".join(f"{one}: RATE" for one in seen[1:])
        return f"{{currency: {seen[0]}, rates: {{{rates}}}}}: {', '.join(seen)} are seen"
    return "{currency: EUR}, with rates where there are more: {currency: EUR, rates: {USD: 0.92}}"


def _writing(suggestion: Suggestion, name: str, *, asked: bool) -> Iterator[str]:
    """Give the lines on how the file is written, as far as a typed file does not say it itself."""
    if not name.lower().endswith(_TYPED):
        dialect = suggestion.dialect
        proved = dialect.encoding.startswith("utf")
        yield f"    encoding: {dialect.encoding}" + (
            "" if proved else " # it is not UTF-8; look whether accents are right"
        )
        yield f"    delimiter: {quoted(dialect.delimiter)}"
        if dialect.skip_lines:
            yield f"    skip_lines: {dialect.skip_lines}"
        if dialect.footers:
            yield f"    footers: [{', '.join(map(quoted, dialect.footers))}]"
        if suggestion.trim:
            yield "    trim: true # values stand between spaces"
    if asked and "invoices" in suggestion.tables:
        yield from _ignored(suggestion)
    for kind, lines in (("date", _days(suggestion)), ("money", _amounts(suggestion))):
        headers = [m.header for m in suggestion.mapped if _type(m) == kind]
        if "text" in ({suggestion.kinds.get(header, "text") for header in headers} or {"text"}):
            yield from lines


def _days(suggestion: Suggestion) -> Iterator[str]:
    days = suggestion.days
    if days.formats:
        formats = ", ".join(map(quoted, days.formats))
        yield f"    dates: [{formats}] # the only way to read them all"
    elif days.either:
        yield f"    dates: {GAP} # {' or '.join(map(quoted, days.either))}: the values can be read as each"
    else:
        yield f'    dates: {GAP} # as "%Y-%m-%d", "%d.%m.%Y" or "%m/%d/%Y"'
    if days.no_date:
        yield f"    no_date: [{', '.join(map(quoted, days.no_date))}]"


def _amounts(suggestion: Suggestion) -> Iterator[str]:
    amounts = suggestion.amounts
    if amounts.marks is None:
        yield f"    decimal_mark: {GAP} # . or ,"
        yield f"    thousands_mark: {GAP} # empty, . or ,"
        return
    yield f"    decimal_mark: {quoted(amounts.marks[0])}"
    yield f"    thousands_mark: {quoted(amounts.marks[1])}"
    if amounts.negatives:
        yield f"    negatives: [{', '.join(map(quoted, ('-1', *amounts.negatives)))}]"
    if amounts.symbols:
        yield f"    symbols: [{', '.join(map(quoted, amounts.symbols))}]"


def _type(match: Match) -> str:
    return LEDGER[match.table].column(match.column).type


def _feed(table: Table, suggestion: Suggestion, sides: Sides) -> Iterator[str]:
    found = suggestion.columns_of(table.name)
    flat = table.name == "postings" and "invoices" in suggestion.tables
    yield f"      - table: {table.name}"
    if table.name == "customers" and len(suggestion.tables) > 1:
        yield "        keep_one: true"
    # Whatever a credit is called, it is no name of a customer; a cleared one is told apart by nothing else.
    if table.name == "invoices" or flat or (table.name == "customers" and not sides.settled):
        yield from (f"        {line} # those that raise what is owed" for line in sides.debit)
    if flat and "value_date" in found:
        yield f"        skip_row_when_empty: [{quoted(found['value_date'].header)}]"
    yield "        columns:"
    for column in table.names:
        if column == "kind" and table.name == "postings":
            # What a source calls its kinds is never ours, so a column alone would not do.
            yield f"          kind: {GAP} # {_kind(found.get('kind'), suggestion, flat=flat)}"
        elif column == "posting_id" and flat and "invoice_id" in found:
            yield _payment_of(found["invoice_id"], found.get("posting_id"))
        elif column in found:
            signed = (
                column == "amount"
                and not flat
                and table.name == "postings"
                and found[column].header in suggestion.signed
            )
            said = f"{_remark(found[column])}{_NEGATIVE if signed else ''}"
            yield f"          {column}: {{column: {quoted(found[column].header)}}}{said}"
        else:
            yield from _unsaid(column, table, suggestion)


def _unsaid(column: str, table: Table, suggestion: Suggestion) -> Iterator[str]:
    """Give the line of a column that no header gives, where one is needed."""
    day = next((m.header for m in suggestion.mapped if m.table == "invoices" and m.column in _KNOWN), None)
    if column == "known_on" and table.name == "customers" and day is not None:
        yield f"          known_on: {{column: {quoted(day)}}} # known by its invoice"
    elif column == "known_on" and table.event_day is not None:
        yield f"          known_on: {{assumed: {table.event_day}}} # no header says when the book knew it"
    elif column in table.required:
        yield f"          {column}: {GAP} # {_ADVICE.get(column, '{column: NAME}')}"


def _ignored(suggestion: Suggestion) -> Iterator[str]:
    """Ask which rows do not belong where a list mixes documents of several types."""
    if header := suggestion.kind_header:
        said = (
            f"of {remarked(', '.join(suggestion.values[header]))} those that are no invoices; or no such line"
        )
        yield f"    ignore: {{{quoted(header)}: {GAP}}} # {said}"


def _payment_of(owner: Match, own: Match | None) -> str:
    """Name the payment that stands in its invoice's row: one document may pay several invoices."""
    if own is None:
        return (
            f'          posting_id: {{column: {quoted(owner.header)}, prefix: "paid-"}} # one payment a row'
        )
    return f"          posting_id: {{joined: [{quoted(own.header)}, {quoted(owner.header)}]}}{_remark(own)}"


def _kind(match: Match | None, suggestion: Suggestion, *, flat: bool) -> str:
    """Say what may fill the gap; what stands in an invoice's row is most often its payment."""
    ours = "payment, credit_note, write_off, recovery, reversal"
    header = match.header if match else ""
    mapped = f"{kind_map(header, suggestion.values.get(header, ()))} to {ours}"
    return (
        f"{{constant: payment}}, or {mapped}"
        if flat or match is None
        else f"{mapped}, or {{constant: payment}}"
    )


def _remark(match: Match) -> str:
    clean = remarked(", ".join(one.strip() for one in match.examples))
    return f" # {match.score:.2f}" + (f"; as {clean}" if clean else "")
