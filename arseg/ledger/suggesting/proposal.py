"""Write a proposed layout as YAML that a person completes: what is known stands there, every gap is a ``"?"``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

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
_TYPED: Final = (".parquet", ".xlsx")


def write_proposal(suggestion: Suggestion) -> str:
    """Return the YAML of a proposed layout; it is valid once every gap is filled.

    Parameters
    ----------
    suggestion
        What was found.
    """
    name = suggestion.name.removesuffix(".gz")
    word = re.sub(r"\W+", "_", name.rpartition(".")[0]).strip("_").lower() or "own"
    lines = [
        '# A proposal by the names in the header. Fill every gap ("?") and check every line before you load.',
        f"name: {word}",
        f"title: {_text(f'Proposed for {name}')}",
        f"reporting: {GAP} # {{currency: EUR}}, with rates where there are more: {{currency: EUR, rates: {{USD: 0.92}}}}",
        "sources:",
        f"  - files: [{_text(name)}]",
        *_writing(suggestion, name),
        "    feeds:",
    ]
    for table in suggestion.tables or ("invoices",):
        lines += _feed(LEDGER[table], suggestion)
    return "\n".join(lines) + "\n"


def _writing(suggestion: Suggestion, name: str) -> Iterator[str]:
    """Give the lines on how the file is written, as far as a typed file does not say it itself."""
    if not name.lower().endswith(_TYPED):
        yield f"    encoding: {GAP} # utf-8, cp1252, ..."
        yield f"    delimiter: {_text(suggestion.delimiter)}"
        if suggestion.skip_lines:
            yield f"    skip_lines: {suggestion.skip_lines}"
    types = {"date": {"text"}, "money": {"text"}}
    for kind, gaps in (
        ("date", [f"    dates: {GAP} # as %Y-%m-%d, %d.%m.%Y or %m/%d/%Y"]),
        ("money", [f"    decimal_mark: {GAP} # . or ,", f"    thousands_mark: {GAP} # empty, . or ,"]),
    ):
        headers = [m.header for m in suggestion.mapped if _type(m) == kind]
        spelt = {suggestion.kinds.get(header, "text") for header in headers} or {"text"}
        if spelt & types[kind]:
            yield from gaps


def _type(match: Match) -> str:
    return LEDGER[match.table].column(match.column).type


def _feed(table: Table, suggestion: Suggestion) -> Iterator[str]:
    found = {m.column: m for m in suggestion.mapped if m.table == table.name}
    yield f"      - table: {table.name}"
    if table.name == "customers" and len(suggestion.tables) > 1:
        yield "        keep_one: true"
    if table.name == "postings" and "value_date" in found and "invoices" in suggestion.tables:
        yield f"        skip_row_when_empty: [{_text(found['value_date'].header)}]"
    yield "        columns:"
    for column in table.names:
        if column == "kind" and table.name == "postings":
            # What a source calls its kinds is never ours, so a column alone would not do.
            yield f"          kind: {GAP} # {_kind(found.get('kind'))}"
        elif column in found:
            yield f"          {column}: {{column: {_text(found[column].header)}}}{_remark(found[column])}"
        elif column == "known_on" and table.event_day is not None:
            yield f"          known_on: {{assumed: {table.event_day}}} # no header says when the book knew it"
        elif column in table.required:
            yield f"          {column}: {GAP} # {_ADVICE.get(column, '{column: NAME}')}"


def _kind(match: Match | None) -> str:
    ours = "payment, credit_note, write_off, recovery, reversal"
    if match is None:
        return f"{{constant: payment}}, or {{column: NAME, map: {{...}}}} to {ours}"
    return f"{{column: {_text(match.header)}, map: {{...}}}} to {ours}, or {{constant: payment}}"


def _remark(match: Match) -> str:
    examples = ", ".join(match.examples)
    clean = re.sub(r"[^\w\s.,;:/%$€£()+'-]", "", examples).replace("\n", " ")[:60]
    return f" # {match.score:.2f}" + (f"; as {clean}" if clean else "")


def _text(text: str) -> str:
    """Return text as a double-quoted YAML scalar."""
    return json.dumps(text, ensure_ascii=False)
