"""The nine tables of a ledger; every row has an event day and the day on which it was known."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from arseg.schema.table import KNOWN_ON, Column, Table, required

CUSTOMERS: Final = Table(
    "customers",
    (
        required("customer_id", "text", "the debtor"),
        Column("name", "text", "name, shown in the worklist only"),
        Column("parent", "text", "customer_id of the group's head"),
        Column("industry", "text", "industry"),
        Column("country", "text", "country, ISO 3166 alpha-2 where known"),
        Column("region", "text", "region within the country or sales region"),
        Column("business_type", "text", "company, sole_trader, public, ..."),
        Column("onboarded_on", "date", "day on which the relationship began"),
        Column("terms", "text", "agreed payment terms, as written"),
        Column("invoice_delivery", "text", "paper, email, portal, edi"),
        Column("payment_method", "text", "usual method: transfer, check, card, direct_debit"),
        Column("portfolio", "text", "the collector's portfolio"),
        Column("language", "text", "language of correspondence, ISO 639-1"),
        KNOWN_ON,
    ),
    key=("customer_id", "known_on"),
)

INVOICES: Final = Table(
    "invoices",
    (
        required("invoice_id", "text", "the receivable, unique in the ledger"),
        required("customer_id", "text", "the debtor"),
        Column("entity", "text", "selling entity or company code"),
        required("document_date", "date", "issue day"),
        Column("posting_date", "date", "day of entry in the books"),
        required("due_date", "date", "due day; the due day itself counts as current"),
        required("amount", "money", "gross amount, in currency"),
        required("currency", "text", "ISO 4217"),
        Column("delivered_on", "date", "day on which the customer received it"),
        Column("viewed_on", "date", "day on which the customer opened it, where the channel tells"),
        KNOWN_ON,
    ),
    key=("invoice_id", "known_on"),
    event_day="document_date",
    mandatory=True,
)

POSTING_KINDS: Final = ("payment", "credit_note", "write_off", "recovery", "reversal")

# A recovery and a reversal put a balance back: recovered cash is a recovery plus a payment, so that
# invoiced = paid + credited + written off - recovered - reversed + open holds to the cent.
BALANCE_SIGN: Final[Mapping[str, int]] = MappingProxyType(
    {"payment": -1, "credit_note": -1, "write_off": -1, "recovery": 1, "reversal": 1}
)

POSTINGS: Final = Table(
    "postings",
    (
        required("posting_id", "text", "the posting, unique in the ledger"),
        Column("invoice_id", "text", "the invoice; empty for cash on account"),
        Column("customer_id", "text", "the payer, where cash is on account"),
        required("kind", "text", "payment, credit_note, write_off, recovery, reversal"),
        required("amount", "money", "amount, positive, in currency; below zero only where it cancels"),
        Column("currency", "text", "ISO 4217; the invoice's where empty"),
        required("value_date", "date", "day on which the balance changed"),
        Column("initiated_on", "date", "day on which the customer started the payment"),
        Column("method", "text", "transfer, check, card, direct_debit, ..."),
        Column("restates", "text", "the posting that this row cancels (amount below zero) or replaces"),
        KNOWN_ON,
    ),
    key=("posting_id",),
    event_day="value_date",
    mandatory=True,
)

DISPUTES: Final = Table(
    "disputes",
    (
        required("dispute_id", "text", "the dispute"),
        required("invoice_id", "text", "the invoice in dispute"),
        required("opened_on", "date", "day of opening"),
        Column("closed_on", "date", "day of closing, in the row that knows it"),
        Column("reason", "text", "pricing, scope, administration, quality, ..."),
        KNOWN_ON,
    ),
    key=("dispute_id", "known_on"),
    event_day="opened_on",
)

PROMISES: Final = Table(
    "promises",
    (
        required("promise_id", "text", "the promise"),
        required("customer_id", "text", "who promised"),
        Column("invoice_id", "text", "the invoice; empty for the whole account"),
        required("made_on", "date", "day of the promise"),
        required("due_on", "date", "promised day of payment"),
        Column("amount", "money", "promised amount, in reporting currency"),
        KNOWN_ON,
    ),
    key=("promise_id", "known_on"),
    event_day="made_on",
)

CONTACTS: Final = Table(
    "contacts",
    (
        required("contact_id", "text", "the touch"),
        required("customer_id", "text", "who was contacted"),
        Column("invoice_id", "text", "the invoice; empty for the whole account"),
        required("contacted_on", "date", "day of the contact"),
        required("channel", "text", "call, email, letter, portal"),
        Column("tone", "text", "nudge, reminder, firm"),
        Column("outcome", "text", "reached, no_answer, promise, dispute, ..."),
        Column("minutes", "number", "collector minutes spent"),
        Column("collector", "text", "who made it"),
        Column("treatment", "text", "treatment that asked for it"),
        Column("propensity", "number", "probability with which it was chosen, where known"),
        KNOWN_ON,
    ),
    key=("contact_id",),
    event_day="contacted_on",
)

CREDIT: Final = Table(
    "credit",
    (
        required("customer_id", "text", "the debtor"),
        required("effective_on", "date", "day from which it holds"),
        # `limit` and `score` alone are a reserved word in SQL and our word for a model's output.
        Column("credit_limit", "money", "limit, in reporting currency"),
        Column("credit_score", "number", "bureau or internal credit score; higher is safer"),
        Column("insured", "money", "insured exposure, in reporting currency"),
        Column("open_orders", "money", "ordered and not yet invoiced, in reporting currency"),
        Column("margin", "number", "margin on the customer's sales, as a share"),
        Column("failure_risk", "number", "probability of insolvency within a year, as given"),
        KNOWN_ON,
    ),
    key=("customer_id", "effective_on", "known_on"),
    event_day="effective_on",
)

INDICATORS: Final = Table(
    "indicators",
    (
        required("series", "text", "name of the series"),
        Column("industry", "text", "industry it speaks of; empty for macro"),
        required("period", "date", "first day of the reference period"),
        required("value", "number", "value, in the series' own unit"),
        KNOWN_ON,
    ),
    key=("series", "industry", "period", "known_on"),
    event_day="period",
)

ASSIGNMENTS: Final = Table(
    "assignments",
    (
        required("customer_id", "text", "the debtor"),
        required("key_date", "date", "the day we stood on"),
        required("policy", "text", "the policy, as written"),
        required("segment", "text", "the segment it gave"),
        Column("treatment", "text", "the treatment it gave"),
        Column("propensity", "number", "probability of that treatment, where it was drawn"),
        Column("publication", "text", "version id of the publication"),
        KNOWN_ON,
    ),
    key=("customer_id", "key_date", "policy", "known_on"),
    event_day="key_date",
)

LEDGER: Final[Mapping[str, Table]] = MappingProxyType(
    {
        table.name: table
        for table in (
            CUSTOMERS,
            INVOICES,
            POSTINGS,
            DISPUTES,
            PROMISES,
            CONTACTS,
            CREDIT,
            INDICATORS,
            ASSIGNMENTS,
        )
    }
)
