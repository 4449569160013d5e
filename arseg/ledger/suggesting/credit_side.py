"""Which rows of a list raise what is owed, and which lower it: in most lists credits stand among the invoices.

A list says so by the sign of its amount, or in a column of its own: S and H, Soll and Haben, D and C. Taken for
invoices, its credits would be owed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from arseg.ledger.suggesting.yaml_words import kind_map, quoted

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
    invoice = suggestion.columns_of("invoices")
    if "amount" not in invoice or not {"posting_date", "document_date"} & set(invoice):
        return Sides()
    amount = invoice["amount"].header
    paid = suggestion.columns_of("postings")
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
        sign = f"only_sign: {{{quoted(amount)}"
        only = (_only(settled, ""),) if settled else ()
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
    found = suggestion.columns_of("invoices")
    header = suggestion.kind_header
    seen = suggestion.values.get(header, ())
    day = found.get("posting_date") or found["document_date"]
    yield "      # Credits in rows of their own, on account of their customer."
    yield "      - table: postings"
    yield from (f"        {line}" for line in sides.credit)
    yield "        columns:"
    if "invoice_id" in found:
        yield f'          posting_id: {{column: {quoted(found["invoice_id"].header)}, prefix: "credit-"}}'
    else:
        yield '          posting_id: "?" # {content_id: [NAME, NAME]}'
    yield _mapped("customer_id", found.get("customer_id"))
    yield f'          kind: "?" # {{constant: credit_note}}, or {kind_map(header, seen)}'
    yield f"          amount: {{column: {quoted(found['amount'].header)}, absolute: true}}"
    yield _mapped("currency", found.get("currency"))
    yield f"          value_date: {{column: {quoted(day.header)}}}"
    if "known_on" in found:
        yield f"          known_on: {{latest_of: [{quoted(found['known_on'].header)}, {quoted(day.header)}]}}"
    else:
        yield "          known_on: {assumed: value_date}"
    if sides.settled and "customers" not in suggestion.tables and "customer_id" in found:
        yield "      # Cleared credits say no more than that there is such a customer."
        yield "      - table: customers"
        yield "        keep_one: true"
        yield "        columns:"
        yield _mapped("customer_id", found["customer_id"])
        yield f"          known_on: {{column: {quoted(day.header)}}}"


def _mapped(column: str, match: Match | None) -> str:
    gap = '"?" # {constant: EUR}, or {column: NAME}' if column == "currency" else '"?" # {column: NAME}'
    return f"          {column}: " + (gap if match is None else f"{{column: {quoted(match.header)}}}")


def _only(header: str, value: str, empty: str = "") -> str:
    also = f', {quoted(empty)}: ""' if empty else ""
    return f"only: {{{quoted(header)}: {quoted(value)}{also}}}"
