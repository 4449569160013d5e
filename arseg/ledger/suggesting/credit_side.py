"""Which rows of a list raise what is owed, and which lower it: in most lists credits stand among the invoices.

A list says so by the sign of its amount, or in a column of its own: S and H, Soll and Haben, D and C. Taken for
invoices, its credits would be owed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from arseg.ledger.suggesting.suggestion import Match, Suggestion

# What raises what is owed, and what lowers it, as lists say it.
_PAIRS: Final = (
    ("s", "h"), ("soll", "haben"), ("d", "c"), ("dr", "cr"), ("debit", "credit"), ("debe", "haber"), ("d", "h"),
)  # fmt: skip


@dataclass(frozen=True)
class Sides:
    """The lines of a feed that keep to one side.

    Parameters
    ----------
    debit, credit
        Of what raises what is owed, and of what lowers it; no line where the list has one side.
    settled
        The column of the clearing day where a cleared credit says nothing that its invoices do not say.
    """

    debit: tuple[str, ...] = ()
    credit: tuple[str, ...] = ()
    settled: str = ""


def sides_of(suggestion: Suggestion) -> Sides:
    """Return how the rows of a list are told apart.

    Parameters
    ----------
    suggestion
        What was found in the list.
    """
    invoice = _found(suggestion, "invoices")
    if "amount" not in invoice or not {"posting_date", "document_date"} & set(invoice):
        return Sides()
    amount = invoice["amount"].header
    paid = _found(suggestion, "postings")
    # Where a row has no amount of its payment, clearing it says that all of it was paid: by its credits too.
    in_full = "value_date" in paid and paid.get("amount", invoice["amount"]).header == amount
    settled = paid["value_date"].header if in_full else ""
    for header in suggestion.left_over:
        seen = {value.casefold(): value for value in suggestion.values.get(header, ())}
        for raises, lowers in _PAIRS:
            if set(seen) == {raises, lowers}:
                return Sides(
                    (_only(header, seen[raises]),),
                    (_only(header, seen[lowers], settled),),
                    settled,
                )
    if amount in suggestion.signed:
        sign = "only_sign: {" + json.dumps(amount, ensure_ascii=False)
        only = ("only: {" + f'{json.dumps(settled, ensure_ascii=False)}: ""' + "}",) if settled else ()
        return Sides((f"{sign}: positive}}",), (*only, f"{sign}: negative}}"), settled)
    return Sides()


def credit_feeds(suggestion: Suggestion, sides: Sides) -> Iterator[str]:
    """Give the lines of the feeds of credits, on account of their customer as no column names their invoice.

    Parameters
    ----------
    suggestion
        What was found in the list.
    sides
        Of it.
    """
    if not sides.credit:
        return
    found = _found(suggestion, "invoices")
    day = found.get("posting_date") or found["document_date"]
    yield "      # Credits in rows of their own, on account of their customer."
    yield "      - table: postings"
    yield from (f"        {line}" for line in sides.credit)
    yield "        columns:"
    if "invoice_id" in found:
        yield f'          posting_id: {{column: {_text(found["invoice_id"])}, prefix: "credit-"}}'
    else:
        yield '          posting_id: "?" # {content_id: [NAME, NAME]}'
    yield _mapped("customer_id", found.get("customer_id"))
    yield f'          kind: "?" # {{constant: credit_note}}, or {_kinds(suggestion)}'
    yield f"          amount: {{column: {_text(found['amount'])}, absolute: true}}"
    yield _mapped("currency", found.get("currency"))
    yield f"          value_date: {{column: {_text(day)}}}"
    if "known_on" in found:
        yield f"          known_on: {{latest_of: [{_text(found['known_on'])}, {_text(day)}]}}"
    else:
        yield "          known_on: {assumed: value_date}"
    if sides.settled and "customers" not in suggestion.tables and "customer_id" in found:
        yield "      # Cleared credits say no more than that there is such a customer."
        yield "      - table: customers"
        yield "        keep_one: true"
        yield "        columns:"
        yield _mapped("customer_id", found["customer_id"])
        yield f"          known_on: {{column: {_text(day)}}}"


def _found(suggestion: Suggestion, table: str) -> dict[str, Match]:
    return {match.column: match for match in suggestion.mapped if match.table == table}


def _kinds(suggestion: Suggestion) -> str:
    header = suggestion.kind_header
    seen = ", ".join(f"{value}: KIND" for value in suggestion.values.get(header, ()))
    return f"{{column: {json.dumps(header or 'NAME', ensure_ascii=False)}, map: {{{seen or '...'}}}}}"


def _mapped(column: str, match: Match | None) -> str:
    gap = '"?" # {constant: EUR}, or {column: NAME}' if column == "currency" else '"?" # {column: NAME}'
    return f"          {column}: " + (gap if match is None else f"{{column: {_text(match)}}}")


def _only(header: str, value: str, empty: str = "") -> str:
    also = f', {json.dumps(empty, ensure_ascii=False)}: ""' if empty else ""
    return (
        f"only: {{{json.dumps(header, ensure_ascii=False)}: {json.dumps(value, ensure_ascii=False)}{also}}}"
    )


def _text(match: Match) -> str:
    return json.dumps(match.header, ensure_ascii=False)
