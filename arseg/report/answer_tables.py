"""Which published tables of the four questions the page shows, under which question, and which of their rows and columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from arseg.report.findings import Row


@dataclass(frozen=True)
class Column:
    """A column: its title, the field it shows, how, and the fields of an interval below it."""

    title: str
    field: str
    look: str = "text"
    between: tuple[str, str] | None = None


@dataclass(frozen=True)
class Shown:
    """A table of the page: which published table, which of its rows, which of its columns."""

    question: str
    name: str
    caption: str
    columns: Sequence[Column]
    keep: Callable[[Row], bool] = lambda _: True
    under: str = ""


_ENDS: Final = ("low", "high")
_POLICY: Final = Column("Policy", "policy", "code")

SHOWN: Final[tuple[Shown, ...]] = (
    Shown(
        "discrimination",
        "segment_shares",
        "Observed against expected, over all key dates: share of the balance unpaid 60 days after due, or lost",
        (
            _POLICY,
            Column("Segment", "segment"),
            Column("Measure", "measure"),
            Column("#Items", "items", "count"),
            Column("#Observed", "observed", "share", _ENDS),
            Column("#Expected", "expected", "share"),
        ),
        lambda row: row["key_date"] is None and row["measure"] in {"unpaid_60", "lost"},
    ),
    Shown(
        "discrimination",
        "lift",
        "Lead over sorting by age and by mean delay: Somers' D and bad amount caught in the first tenth, 30 days after due",
        (
            Column("Ranking", "ranking", "code"),
            Column("Against", "against"),
            Column("Measure", "measure"),
            Column("#Of the other", "baseline", "number"),
            Column("#Lead", "value", "number", _ENDS),
        ),
        lambda row: (
            row["age"] == 30 and row["weight"] == "amount" and row["measure"] in {"somers_d", "capture_10%"}
        ),
    ),
    Shown(
        "discrimination",
        "separation_pairs",
        "By how much one segment did worse than the next: share of the balance unpaid 30 days after due",
        (
            _POLICY,
            Column("Segment", "higher"),
            Column("Less", "lower"),
            Column("#Difference", "difference", "share", _ENDS),
            Column("Separated", "separated", "yes"),
        ),
        lambda row: row["measure"] == "unpaid_30",
    ),
    Shown(
        "discrimination",
        "early_warning",
        "Early warning of a write-off or 90 days past due: lead time against false alarms",
        (
            Column("Alarm by", "ranking"),
            Column("#From", "threshold", "threshold"),
            Column("#Events", "events", "count"),
            Column("#Warned", "warned_share", "share"),
            Column("#Lead", "lead_days", "days"),
            Column("#False per 100 customer-years", "false_per_100_customer_years", "rate"),
        ),
        under="warnings",
    ),
    Shown(
        "discrimination",
        "contact_errors",
        "Too firm with the good, too gentle with the bad",
        (
            _POLICY,
            Column("Error", "error"),
            Column("#Rate", "value", "share", _ENDS),
            Column("#Customers", "customers", "count"),
            Column("Meaning", "meaning", "long"),
        ),
    ),
    Shown(
        "replay",
        "receivables",
        "Receivables measures of the whole book over the replay",
        (
            Column("Measure", "label"),
            Column("#Value", "value", "unit", _ENDS),
            Column("#Numerator", "numerator", "total"),
            Column("#Denominator", "denominator", "total"),
            Column("Note", "note", "long"),
        ),
        lambda row: row["segment"] == "all",
    ),
    Shown(
        "replay",
        "dso_change",
        "Why DSO moved over the replay, days",
        (
            Column("Factor", "factor"),
            Column("#Before", "before", "number"),
            Column("#After", "after", "number"),
            Column("#Effect", "effect", "number"),
        ),
    ),
    Shown(
        "replay",
        "measures_apart",
        "Unpaid 30 days after due in High, before the final window and in it",
        (
            Column("Part", "part"),
            _POLICY,
            Column("#Value", "value", "unit", _ENDS),
            Column("#Customers", "customers", "count"),
        ),
        lambda row: row["measure"] == "unpaid_30_share" and row["segment"] == "High",
    ),
    Shown(
        "counterfactual",
        "claims",
        "What is claimed of collections software, beside this book",
        (
            Column("Claim", "said", "long"),
            Column("#Here", "value", "unit", _ENDS),
            Column("#n", "n", "count"),
            Column("#Effect of the policy", "effect", "effect", ("effect_low", "effect_high")),
            Column("On", "effect_measure"),
            Column("Why not", "why", "long"),
        ),
        under="claims",
    ),
    Shown(
        "counterfactual",
        "g_computation",
        "By the model: what each policy's contacts would bring more than those of the policy in force (g-computation)",
        (
            _POLICY,
            Column("Measure", "measure"),
            Column("#Difference", "difference", "effect", _ENDS),
            Column("#Contacts", "contacts", "count"),
            Column("Definition", "definition", "long"),
        ),
    ),
    Shown(
        "counterfactual",
        "targeting",
        "What a ranking gains by whom it puts first, per decision (AUTOC, currency)",
        (
            Column("Ranking", "ranking"),
            Column("Treatment", "treatment"),
            Column("#Gain", "value", "effect", _ENDS),
            Column("Why not", "why", "long"),
        ),
        lambda row: row["weighting"] == "AUTOC",
    ),
    Shown(
        "counterfactual",
        "at_cuts",
        "What changes at a known cut of the desk's rule (regression discontinuity)",
        (
            Column("By", "by"),
            Column("#Cut", "cut", "number"),
            Column("On", "measure"),
            Column("#Jump", "estimate", "effect", _ENDS),
            Column("Why not", "why", "long"),
        ),
    ),
    Shown(
        "counterfactual",
        "rule_changes",
        "What a known change of the desk's rule did (difference in differences)",
        (
            Column("From", "on"),
            Column("By", "by"),
            Column("Where", "where"),
            Column("On", "measure"),
            Column("#Change", "estimate", "effect", _ENDS),
            Column("Why not", "why", "long"),
        ),
    ),
    Shown(
        "counterfactual",
        "trial",
        "What a holdout over these customers could see, and what it costs at the most",
        (
            Column("Measure", "measure"),
            Column("#Now", "value", "unit"),
            Column("#Held out", "share", "share"),
            Column("#Smallest difference found", "detectable", "unit"),
            Column("#Largest customer", "concentration", "share"),
            Column("#Cost", "cost", "total"),
        ),
    ),
    Shown(
        "self_check",
        "self_check",
        "The same analysis where the truth is known",
        (
            Column("Desk", "desk"),
            Column("Figure", "figure"),
            Column("#Worlds", "worlds", "count"),
            Column("#Found", "found", "number", _ENDS),
            Column("#Should be", "should", "text"),
            Column("Meaning", "meaning", "long"),
        ),
    ),
)
