"""Every table and column that passes between rooms, and the error type.

This module imports nothing of arseg. A name that is spelt here is spelt so everywhere: in SQL,
in frames, in the report.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal


class ArsegError(Exception):
    """A refusal in four beats: what is wrong, what was given, what is allowed, what to do.

    Parameters
    ----------
    what
        What is wrong, as a clause without a full stop.
    given
        What was given, quoted as the user wrote it.
    allowed
        What would be allowed.
    do
        What the user should do next.

    Examples
    --------
    >>> print(DataError("the ledger has no cleared invoice", given="demo", allowed="one or more",
    ...                 do="load the payments too"))
    the ledger has no cleared invoice. Given: demo. Allowed: one or more. Do: load the payments too.
    """

    exit_code: int = 1

    def __init__(self, what: str, *, given: object, allowed: object, do: str) -> None:
        self.what = what
        self.given = str(given)
        self.allowed = str(allowed)
        self.do = do
        super().__init__(f"{what}. Given: {given}. Allowed: {allowed}. Do: {do}.")

    def __reduce__(self) -> tuple[object, ...]:
        """Survive a trip between processes, which keyword-only arguments would not."""
        return _rebuild, (type(self), self.what, self.given, self.allowed, self.do)


def _rebuild(kind: type[ArsegError], what: str, given: str, allowed: str, do: str) -> ArsegError:
    return kind(what, given=given, allowed=allowed, do=do)


class DataError(ArsegError):
    """The data or the run failed: exit code 1."""

    exit_code = 1


class UsageError(ArsegError):
    """Wrong usage or configuration: exit code 2."""

    exit_code = 2


class BusyError(ArsegError):
    """Another run holds the lock: exit code 75."""

    exit_code = 75


ColumnType = Literal["text", "date", "money", "integer", "number", "boolean"]

SQL_TYPES: Final[Mapping[ColumnType, str]] = MappingProxyType(
    {
        "text": "VARCHAR",
        "date": "DATE",
        "money": "DECIMAL(18,2)",
        "integer": "INTEGER",
        "number": "DOUBLE",
        "boolean": "BOOLEAN",
    }
)


@dataclass(frozen=True)
class Column:
    """One column: its name, type, meaning, and whether a row may lack it."""

    name: str
    type: ColumnType
    meaning: str
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One table that passes between rooms.

    Parameters
    ----------
    name
        The table's name, in the trade's words.
    columns
        In the order in which they are stored and written.
    key
        The columns that make a row unique.
    event_day
        The column with the day on which the fact happened; ``known_on`` is never before it.
    mandatory
        Whether a ledger may lack the table.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    event_day: str | None = None
    mandatory: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that no row may lack."""
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """Return the column of that name."""
        return next(column for column in self.columns if column.name == name)

    def ddl(self, name: str | None = None) -> str:
        """Return the CREATE TABLE statement; required columns are NOT NULL."""
        body = ", ".join(
            f'"{c.name}" {SQL_TYPES[c.type]}{" NOT NULL" if c.required else ""}' for c in self.columns
        )
        return f"CREATE TABLE {name or self.name} ({body})"


_KNOWN_ON = Column("known_on", "date", "day on which the book knew this row", required=True)


def _required(name: str, kind: ColumnType, meaning: str) -> Column:
    return Column(name, kind, meaning, required=True)


CUSTOMERS: Final = Table(
    "customers",
    (
        _required("customer_id", "text", "the debtor"),
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
        _KNOWN_ON,
    ),
    key=("customer_id", "known_on"),
)

INVOICES: Final = Table(
    "invoices",
    (
        _required("invoice_id", "text", "the receivable, unique in the ledger"),
        _required("customer_id", "text", "the debtor"),
        Column("entity", "text", "selling entity or company code"),
        _required("document_date", "date", "issue day"),
        Column("posting_date", "date", "day of entry in the books"),
        _required("due_date", "date", "due day; the due day itself counts as current"),
        _required("amount", "money", "gross amount, in currency"),
        _required("currency", "text", "ISO 4217"),
        Column("delivered_on", "date", "day on which the customer received it"),
        _KNOWN_ON,
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
        _required("posting_id", "text", "the posting, unique in the ledger"),
        Column("invoice_id", "text", "the invoice; empty for cash on account"),
        Column("customer_id", "text", "the payer, where cash is on account"),
        _required("kind", "text", "payment, credit_note, write_off, recovery, reversal"),
        _required("amount", "money", "amount, positive, in currency"),
        Column("currency", "text", "ISO 4217; the invoice's where empty"),
        _required("value_date", "date", "day on which the balance changed"),
        Column("initiated_on", "date", "day on which the customer started the payment"),
        Column("method", "text", "transfer, check, card, direct_debit, ..."),
        _KNOWN_ON,
    ),
    key=("posting_id",),
    event_day="value_date",
    mandatory=True,
)

DISPUTES: Final = Table(
    "disputes",
    (
        _required("dispute_id", "text", "the dispute"),
        _required("invoice_id", "text", "the invoice in dispute"),
        _required("opened_on", "date", "day of opening"),
        Column("closed_on", "date", "day of closing, in the row that knows it"),
        Column("reason", "text", "pricing, scope, administration, quality, ..."),
        _KNOWN_ON,
    ),
    key=("dispute_id", "known_on"),
    event_day="opened_on",
)

PROMISES: Final = Table(
    "promises",
    (
        _required("promise_id", "text", "the promise"),
        _required("customer_id", "text", "who promised"),
        Column("invoice_id", "text", "the invoice; empty for the whole account"),
        _required("made_on", "date", "day of the promise"),
        _required("due_on", "date", "promised day of payment"),
        Column("amount", "money", "promised amount, in reporting currency"),
        _KNOWN_ON,
    ),
    key=("promise_id", "known_on"),
    event_day="made_on",
)

CONTACTS: Final = Table(
    "contacts",
    (
        _required("contact_id", "text", "the touch"),
        _required("customer_id", "text", "who was contacted"),
        Column("invoice_id", "text", "the invoice; empty for the whole account"),
        _required("contacted_on", "date", "day of the contact"),
        _required("channel", "text", "call, email, letter, portal"),
        Column("tone", "text", "nudge, reminder, firm"),
        Column("outcome", "text", "reached, no_answer, promise, dispute, ..."),
        Column("minutes", "number", "collector minutes spent"),
        Column("collector", "text", "who made it"),
        Column("treatment", "text", "treatment that asked for it"),
        Column("propensity", "number", "probability with which it was chosen, where known"),
        _KNOWN_ON,
    ),
    key=("contact_id",),
    event_day="contacted_on",
)

CREDIT: Final = Table(
    "credit",
    (
        _required("customer_id", "text", "the debtor"),
        _required("effective_on", "date", "day from which it holds"),
        # `limit` and `score` alone are a reserved word in SQL and our word for a model's output.
        Column("credit_limit", "money", "limit, in reporting currency"),
        Column("credit_score", "number", "bureau or internal credit score; higher is safer"),
        Column("insured", "money", "insured exposure, in reporting currency"),
        _KNOWN_ON,
    ),
    key=("customer_id", "effective_on", "known_on"),
    event_day="effective_on",
)

INDICATORS: Final = Table(
    "indicators",
    (
        _required("series", "text", "name of the series"),
        Column("industry", "text", "industry it speaks of; empty for macro"),
        _required("period", "date", "first day of the reference period"),
        _required("value", "number", "value, in the series' own unit"),
        _KNOWN_ON,
    ),
    key=("series", "industry", "period", "known_on"),
    event_day="period",
)

ASSIGNMENTS: Final = Table(
    "assignments",
    (
        _required("customer_id", "text", "the debtor"),
        _required("key_date", "date", "the day we stood on"),
        _required("policy", "text", "the policy, as written"),
        _required("segment", "text", "the segment it gave"),
        Column("treatment", "text", "the treatment it gave"),
        Column("propensity", "number", "probability of that treatment, where it was drawn"),
        Column("publication", "text", "version id of the publication"),
        _KNOWN_ON,
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

# Science 3.1: an invoice is settled when what is left is noise.
SETTLED_SHARE: Final = 0.005
SETTLED_AMOUNT: Final = 0.01
CREDITED_SHARE: Final = 0.95

OPEN, PAID, CREDITED, WRITTEN_OFF = 0, 1, 2, 3
CAUSES: Final = (PAID, CREDITED, WRITTEN_OFF)
CAUSE_NAMES: Final[Mapping[int, str]] = MappingProxyType(
    {OPEN: "open", PAID: "paid", CREDITED: "credited", WRITTEN_OFF: "written off"}
)

# Days past due at which an aging bucket starts; the due day itself is current.
AGING_EDGES: Final = (1, 31, 61, 91)
AGING_NAMES: Final = ("current", "1-30", "31-60", "61-90", "over 90")

SEGMENTS: Final = ("High", "Medium", "Low")

OUTCOMES: Final = Table(
    "outcomes",
    (
        _required("invoice_id", "text", "an item open at the key date"),
        _required("customer_id", "text", "the debtor"),
        _required("key_date", "date", "the day we stand on"),
        _required("balance", "number", "open balance at the key date, reporting currency"),
        _required("event", "integer", "0 still open, 1 paid, 2 credited, 3 written off"),
        _required("duration", "integer", "days after the key date, >= 1"),
        _required("followed_days", "integer", "days after the key date that were observed"),
        _required("cash", "number", "cash applied while followed, reporting currency"),
        _required("credited", "number", "credit notes while followed, reporting currency"),
        _required("written_off", "number", "write-offs less recoveries while followed"),
    ),
    key=("invoice_id", "key_date"),
)

FLOWS: Final = Table(
    "flows",
    (
        _required("customer_id", "text", "the debtor"),
        _required("opening", "number", "receivables at the end of the key date"),
        _required("sales", "number", "invoices issued in the window"),
        _required("cash", "number", "payments in the window"),
        _required("credited", "number", "credit notes in the window"),
        _required("written_off", "number", "write-offs in the window"),
        _required("recovered", "number", "recoveries in the window"),
        _required("reversed", "number", "reversals in the window"),
        _required("closing", "number", "receivables at the end of the window"),
        _required("amount_days", "number", "sum over the window's days of the open balance"),
    ),
    key=("customer_id",),
)

ITEM_SCORES: Final = Table(
    "item_scores",
    (
        _required("invoice_id", "text", "an item open at the key date"),
        _required("customer_id", "text", "the debtor"),
        _required("balance", "number", "open balance, reporting currency"),
        _required("days_past_due", "integer", "key date - due date"),
        _required("late_day", "integer", "days from the key date to max(due + 30, key date + 30)"),
        _required("p_unpaid_30", "number", "P(not cleared by late_day)"),
        _required("p_write_off", "number", "P(written off within 365 days)"),
        _required("expected_days", "number", "expected days to clearing, capped at 365"),
        _required("expected_loss", "number", "balance x p_write_off, reporting currency"),
        _required("reasons", "text", "why, in words, strongest first; empty where unknown"),
    ),
    key=("invoice_id",),
)

CUSTOMER_SCORES: Final = Table(
    "customer_scores",
    (
        _required("customer_id", "text", "a debtor with at least one open item"),
        _required("open_count", "integer", "open items"),
        _required("open_balance", "number", "open balance, reporting currency"),
        _required("overdue_balance", "number", "balance past due, reporting currency"),
        _required("disputed_balance", "number", "balance in dispute, reporting currency"),
        _required("oldest_days_past_due", "integer", "largest days past due; negative before due"),
        _required("p_unpaid_30", "number", "P(not cleared by late_day), weighted by balance"),
        _required("p_write_off", "number", "P(written off in 365 days), weighted by balance"),
        _required("expected_days", "number", "expected days to clearing, weighted by balance"),
        _required("expected_loss", "number", "sum over items, reporting currency"),
        Column("on_time_share", "number", "share of amount paid by due in 12 months, shrunk"),
        Column("credit_utilisation", "number", "open balance / credit limit"),
        Column("credit_score_change", "number", "change of the credit score over 90 days"),
        Column("industry_late_rate", "number", "late share of the industry's other customers"),
        Column("account_age_days", "number", "days since the first invoice or onboarding"),
        _required("reasons", "text", "why, in words, strongest first; empty where unknown"),
    ),
    key=("customer_id",),
)

SEGMENTATION: Final = Table(
    "segmentation",
    (
        _required("customer_id", "text", "every customer of the scores, exactly once"),
        _required("segment", "text", "High, Medium or Low"),
        _required("why", "text", "the rule that decided, in words"),
    ),
    key=("customer_id",),
)

WORKLIST: Final = Table(
    "worklist",
    (
        _required("rank", "integer", "1 is first"),
        _required("customer_id", "text", "the debtor"),
        Column("name", "text", "the debtor's name"),
        _required("segment", "text", "High, Medium or Low"),
        _required("stage", "text", "stage of the oldest open item"),
        _required("treatment", "text", "treatment of the playbook"),
        _required("channel", "text", "call, email, letter"),
        _required("tone", "text", "nudge, reminder, firm"),
        _required("handling", "text", "automatic, collector, expert"),
        _required("deadline", "date", "act by this day"),
        _required("minutes", "number", "collector minutes"),
        _required("open_balance", "money", "reporting currency"),
        _required("overdue_balance", "money", "reporting currency"),
        _required("expected_value", "money", "assumed value of acting now, reporting currency"),
        _required("on_today", "boolean", "within today's collector hours"),
        _required("collector", "text", "who acts; empty for automatic"),
        _required("why", "text", "why here, in words"),
    ),
    key=("customer_id",),
)

MEASURES: Final = Table(
    "measures",
    (
        _required("policy", "text", "the policy, as written"),
        _required("segment", "text", "High, Medium, Low or all"),
        _required("measure", "text", "dso, bad_debt_ratio, collection_rate, unpaid_30_share, ..."),
        _required("numerator", "number", "sum over the rows"),
        _required("denominator", "number", "sum over the rows"),
        _required("value", "number", "numerator / denominator"),
        Column("low", "number", "lower end of the 95 % interval; empty where not estimable"),
        Column("high", "number", "upper end of the 95 % interval; empty where not estimable"),
        _required("unit", "text", "days or share"),
        _required("customers", "integer", "customers behind the value"),
        _required("window", "text", "key dates and horizon, in words"),
        _required("definition", "text", "the formula, in words"),
    ),
    key=("policy", "segment", "measure"),
)


def parse_day(value: str | dt.date, *, name: str = "key_date") -> dt.date:
    """Return a day from ISO text, a date or a timestamp at midnight.

    Parameters
    ----------
    value
        ``2026-10-31`` or a date.
    name
        What the value is called, for the error.

    Raises
    ------
    UsageError
        If it is not a calendar day.

    Examples
    --------
    >>> parse_day("2026-10-31")
    datetime.date(2026, 10, 31)
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise UsageError(
            f"{name} is not a day", given=repr(value), allowed="YYYY-MM-DD", do=f"write {name} as 2026-10-31"
        ) from None


def require_columns(columns: Iterable[str], needed: Iterable[str], *, frame: str) -> None:
    """Refuse a frame that lacks columns, naming all of them at once.

    Raises
    ------
    DataError
        If one or more are missing.

    Examples
    --------
    >>> require_columns(["a", "b"], ["a"], frame="scores")
    """
    present = list(columns)
    missing = [name for name in needed if name not in present]
    if missing:
        raise DataError(
            f"{frame} lacks columns {missing}",
            given=present,
            allowed="see arseg.schema",
            do="add them or rename on reading",
        )
