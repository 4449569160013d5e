"""The frames that rooms above the ledger hand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from arseg.schema.table import Column, Table, required

# What is known of a customer in words, as the key date knew it.
PROFILE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "parent": "customer_id of the group's head",
        "industry": "industry",
        "country": "country",
        "region": "region",
        "business_type": "company, sole_trader, public, ...",
        "invoice_delivery": "how invoices go out: paper, email, portal, edi",
        "payment_method": "usual method of payment",
        "portfolio": "the collector's portfolio",
        "language": "language of correspondence, ISO 639-1",
    }
)

OUTCOMES: Final = Table(
    "outcomes",
    (
        required("invoice_id", "text", "an item open at the key date"),
        required("customer_id", "text", "the debtor"),
        required("key_date", "date", "the day we stand on"),
        required("balance", "number", "open balance at the key date, reporting currency"),
        required("event", "integer", "0 still open, 1 paid, 2 credited, 3 written off"),
        required("duration", "integer", "days after the key date, >= 1"),
        required("followed_days", "integer", "days after the key date that were observed"),
        required("cash", "number", "cash applied while followed, reporting currency"),
        required("credited", "number", "credit notes while followed, reporting currency"),
        required("written_off", "number", "write-offs less recoveries while followed"),
    ),
    key=("invoice_id", "key_date"),
)

FLOWS: Final = Table(
    "flows",
    (
        required("customer_id", "text", "the debtor"),
        required("opening", "number", "receivables at the end of the key date"),
        required("sales", "number", "invoices issued in the window"),
        required("cash", "number", "payments in the window"),
        required("credited", "number", "credit notes in the window"),
        required("written_off", "number", "write-offs in the window"),
        required("recovered", "number", "recoveries in the window"),
        required("reversed", "number", "reversals in the window"),
        required("closing", "number", "receivables at the end of the window"),
        required("amount_days", "number", "sum over the window's days of the open balance"),
    ),
    key=("customer_id",),
)

ITEM_SCORES: Final = Table(
    "item_scores",
    (
        required("invoice_id", "text", "an item open at the key date"),
        required("customer_id", "text", "the debtor"),
        required("balance", "number", "open balance, reporting currency"),
        required("days_past_due", "integer", "key date - due date"),
        required("late_day", "integer", "days from the key date to max(due + 30, key date + 30)"),
        required("p_unpaid_30", "number", "P(neither paid nor credited by late_day)"),
        required("p_write_off", "number", "P(written off within 365 days)"),
        required("expected_days", "number", "expected days until paid or credited, capped at 365"),
        required("expected_loss", "number", "balance x p_write_off, reporting currency"),
        required("reasons", "text", "why, in words, strongest first; empty where unknown"),
    ),
    key=("invoice_id",),
)

CUSTOMER_SCORES: Final = Table(
    "customer_scores",
    (
        required("customer_id", "text", "a debtor with at least one open item"),
        required("open_count", "integer", "open items"),
        required("open_balance", "number", "open balance, reporting currency"),
        required("overdue_balance", "number", "balance past due, reporting currency"),
        required("disputed_balance", "number", "balance in dispute, reporting currency"),
        required("oldest_days_past_due", "integer", "largest days past due; negative before due"),
        required("p_unpaid_30", "number", "P(neither paid nor credited by late_day), weighted by balance"),
        required("p_write_off", "number", "P(written off in 365 days), weighted by balance"),
        required("expected_days", "number", "expected days until paid or credited, weighted by balance"),
        required("expected_loss", "number", "sum over items, reporting currency"),
        Column("on_time_share", "number", "share of amount paid by due in 12 months, shrunk"),
        Column("credit_utilisation", "number", "open balance / credit limit"),
        Column("credit_score_change", "number", "change of the credit score over 90 days"),
        Column("industry_late_rate", "number", "late share of the industry's other customers"),
        Column("account_age_days", "number", "days since the first invoice or onboarding"),
        Column("cleared_count", "number", "invoices cleared in 12 months: the history behind the score"),
        Column("late_share", "number", "share of invoices cleared late in 12 months, as it stands"),
        Column("credit_score", "number", "credit score in force; higher is safer"),
        Column("failure_risk", "number", "probability of insolvency within a year, as given"),
        Column("margin", "number", "margin on the customer's sales, as a share"),
        Column("payer_jumped", "number", "1 where the latest payment came out of the blue, else 0"),
        Column("promised_balance", "number", "promised and still to come, reporting currency"),
        Column("promise_broken_days", "number", "days since the last broken promise ran out, of a year"),
        Column("legal", "number", "1 where the matter went to law within 180 days, else 0"),
        Column("last_contact_days", "number", "days since the last contact, of a year"),
        Column("contacts_7d", "number", "contacts in the last 7 days"),
        Column("contacts_30d", "number", "contacts in the last 30 days"),
        Column("p_bad", "number", "P(bad within the classifier's days), where an experiment has one"),
        Column("points", "integer", "points of the scorecard, more for the safer"),
        Column("reminder_offset_days", "number", "remind so many days before the due day"),
        *(Column(name, "text", f"{meaning}; empty where unknown") for name, meaning in PROFILE.items()),
        required("reasons", "text", "why, in words, strongest first; empty where unknown"),
    ),
    key=("customer_id",),
)

SEGMENTATION: Final = Table(
    "segmentation",
    (
        required("customer_id", "text", "every customer of the scores, exactly once"),
        required("segment", "text", "High, Medium or Low"),
        required("why", "text", "the rule that decided, in words"),
        required("cell", "text", "the cell within the segment where axes are crossed; else the segment"),
    ),
    key=("customer_id",),
)

WORKLIST: Final = Table(
    "worklist",
    (
        required("rank", "integer", "1 is first"),
        required("customer_id", "text", "the debtor"),
        Column("name", "text", "the debtor's name"),
        required("segment", "text", "High, Medium or Low"),
        required("stage", "text", "stage of the oldest open item"),
        required("treatment", "text", "treatment of the playbook"),
        required("channel", "text", "call, email, letter"),
        required("tone", "text", "nudge, reminder, firm"),
        required("handling", "text", "automatic, collector, expert"),
        required("deadline", "date", "act by this day"),
        required("minutes", "number", "collector minutes"),
        required("open_balance", "money", "reporting currency"),
        required("overdue_balance", "money", "reporting currency"),
        required("expected_value", "money", "assumed value of acting now, reporting currency"),
        required("on_today", "boolean", "within today's collector hours"),
        required("collector", "text", "who acts; empty for automatic"),
        required("why", "text", "why here, in words"),
    ),
    key=("customer_id",),
)

DECISIONS: Final = Table(
    "decisions",
    (
        required("customer_id", "text", "who was decided on"),
        required("key_date", "date", "the evening of the decision"),
        required("policy", "text", "the policy that decided, as logged"),
        required("action", "text", "what was done; none where nothing was"),
        Column("propensity", "number", "how likely that was, where it was drawn"),
        required("open_balance", "number", "open that evening, reporting currency"),
        required("overdue_balance", "number", "past due that evening, reporting currency"),
        required("overdue_count", "integer", "items past due"),
        required("oldest_days_past_due", "integer", "largest days past due; negative before due"),
        required("mean_days_past_due", "number", "of what is past due, weighted by balance"),
        required("due_soon_balance", "number", "due within the next 7 days, reporting currency"),
        required("cleared_count", "integer", "items cleared in the year before"),
        Column("cleared_days_late", "number", "their mean days late"),
        required("contacts_7d", "integer", "contacts in the 7 days before"),
        required("contacts_30d", "integer", "contacts in the 30 days before"),
        Column("last_contact_days", "number", "days since the last contact, of 90 days"),
        required("promised", "integer", "1 where a promise stood, else 0"),
        required("cash", "number", "cash less reversals on these items over the horizon"),
        required("amount_days", "number", "sum over the horizon's days of their open balance"),
        required("written_off", "number", "write-offs less recoveries on them over the horizon"),
        required("credited", "number", "credit notes on them over the horizon"),
        required("sales", "number", "invoiced to the customer over the horizon"),
        required("minutes", "number", "collector minutes of the contact that followed"),
    ),
    key=("customer_id", "key_date", "policy"),
)

MEASURES: Final = Table(
    "measures",
    (
        required("policy", "text", "the policy, as written"),
        required("segment", "text", "High, Medium, Low or all"),
        required("measure", "text", "dso, bad_debt_ratio, collection_rate, unpaid_30_share, ..."),
        required("numerator", "number", "sum over the rows"),
        required("denominator", "number", "sum over the rows"),
        required("value", "number", "numerator / denominator"),
        Column("low", "number", "lower end of the 95 % interval; empty where not estimable"),
        Column("high", "number", "upper end of the 95 % interval; empty where not estimable"),
        required("unit", "text", "days or share"),
        required("customers", "integer", "customers behind the value"),
        required("window", "text", "key dates and horizon, in words"),
        required("definition", "text", "the formula, in words"),
    ),
    key=("policy", "segment", "measure"),
)
