"""What each measure of a receivables report is called, means, and how segments make the book (science 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from arseg.metrics.roll_up import RollUp

Unit = Literal["days", "share", "amount", "per year", "per 1,000"]


@dataclass(frozen=True)
class Definition:
    """One measure: its name for readers, its unit, how segments roll up, and its formula in words."""

    label: str
    unit: Unit
    roll_up: RollUp
    formula: str


_AMOUNTS = {
    "opening": ("Receivables at the start", "net of cash on account"),
    "sales": ("Sales", "invoices issued in the period"),
    "cash": ("Cash", "payments in the period, on account too"),
    "credited": ("Credit notes", "credit notes of the period"),
    "written_off": ("Write-offs", "write-offs of the period"),
    "recovered": ("Recoveries", "recoveries of the period"),
    "reversed": ("Reversals", "payments of any time taken back in the period"),
    "closing": (
        "Receivables at the end",
        "opening + sales - cash - credited - written off + recovered + reversed",
    ),
    "receivables": (
        "Receivables on invoices",
        "what stands on invoices at the end, cash on account not set off",
    ),
    "unapplied": ("Cash on account", "receivables on invoices less receivables at the end"),
}

_RATIOS: Mapping[str, tuple[str, Unit, RollUp, str]] = {
    "sales_weighted_dso": (
        "DSO, sales-weighted",
        "days",
        "recompute",
        "sum over the last 24 issue months of unpaid / sales x days of the month",
    ),
    "countback_dso": (
        "DSO, countback",
        "days",
        "recompute",
        "days of the latest sales, by day, that the receivables hold",
    ),
    "simple_dso": (
        "DSO, simple, closing receivables",
        "days",
        "sales-weighted",
        "receivables on invoices at the end / sales less credit notes x days of the period",
    ),
    "best_possible_dso": (
        "DSO, best possible",
        "days",
        "sales-weighted",
        "part of them not past due / sales less credit notes x days of the period",
    ),
    "average_days_delinquent": (
        "Average days delinquent",
        "days",
        "sales-weighted",
        "part of them past due / sales less credit notes x days of the period",
    ),
    "average_receivables_dso": (
        "DSO, average receivables",
        "days",
        "sales-weighted",
        "sum over the days of the period of the open balance / sales",
    ),
    "turnover": ("Turnover", "per year", "harmonic", "sales stretched to a year / mean receivables"),
    "cei": (
        "CEI, period's sales",
        "share",
        "denominator-weighted",
        "(opening + sales - closing) / (opening + sales - current at the end)",
    ),
    "cei_crf_monthly": (
        "CEI, average month's sales",
        "share",
        "denominator-weighted",
        "the same with sales / months of the period: for comparison with published figures only",
    ),
    "cash_cei": (
        "CEI, cash only",
        "share",
        "denominator-weighted",
        "cash less reversals / (opening + sales - current at the end - credit notes - net write-offs)",
    ),
    "period_collection_rate": (
        "Collected in the period",
        "share",
        "denominator-weighted",
        "cash less reversals / (opening + sales): moves with sales growth",
    ),
    "bad_debt_ratio": (
        "Bad debt to sales, period",
        "share",
        "sales-weighted",
        "(write-offs - recoveries) of the period / sales less credit notes of the period",
    ),
    "bad_debt_cohort": (
        "Bad debt to sales, cohort",
        "share",
        "sales-weighted",
        "(write-offs - recoveries) known of the invoices issued in the period / their amount",
    ),
    "bad_debt_to_receivables": (
        "Bad debt to receivables",
        "share",
        "denominator-weighted",
        "(write-offs - recoveries) of the period / mean receivables",
    ),
    "loss_180": (
        "Unpaid 180 days after due",
        "share",
        "denominator-weighted",
        "neither paid nor credited by due + 180 / (amount - credit notes) of invoices due in the period",
    ),
    "percent_current": (
        "Current",
        "share",
        "denominator-weighted",
        "receivables not past due / receivables on invoices at the end",
    ),
    "percent_over_90": (
        "More than 90 days past due",
        "share",
        "denominator-weighted",
        "receivables more than 90 days past due / receivables on invoices at the end",
    ),
    "days_to_pay": (
        "Days to pay",
        "days",
        "denominator-weighted",
        "sum of cash x (value date - issue day) / cash applied in the period",
    ),
    "days_late": (
        "Days late",
        "days",
        "denominator-weighted",
        "sum of cash x (value date - due day) / cash applied in the period; early is below zero",
    ),
    "days_beyond_terms": (
        "Days beyond terms",
        "days",
        "denominator-weighted",
        "the same with early payments counted as on time",
    ),
    "open_days_late": (
        "Days past due of the open book",
        "days",
        "denominator-weighted",
        "sum of balance x days past due, zero where not due / open balance at the end",
    ),
    "promises_kept": (
        "Promises kept",
        "share",
        "denominator-weighted",
        "promises with 95 % in by the promised day + 3 business days / matured promises of the period",
    ),
    "promised_amount_kept": (
        "Promised amount kept",
        "share",
        "denominator-weighted",
        "cash in these windows, at most what was promised / promised",
    ),
    "self_cure": (
        "Self-cure within 30 days",
        "share",
        "denominator-weighted",
        "items late in the period paid in full within 30 days without a contact, contact being censoring",
    ),
    "first_contact_success": (
        "First contact answered",
        "share",
        "denominator-weighted",
        "first contacts (none in 30 days before) followed by a promise or a later payment within 7 days / all",
    ),
    "cost_to_collect": (
        "Cost to collect",
        "per 1,000",
        "denominator-weighted",
        "minutes of contacts x cost of a minute / cash on items past due, x 1,000",
    ),
    "resolution_days": (
        "Days to resolution, of 90",
        "days",
        "recompute",
        "mean days from due until paid or credited, at most 90, of the items late in the period",
    ),
}
_AGED: Final[Mapping[str, tuple[str, Unit, RollUp, str]]] = {
    f"collected_{age}": (
        f"Collected within {age} days of due",
        "share",
        "denominator-weighted",
        f"cash by due + {age} / (amount - credit notes) of the invoices due in the period",
    )
    for age in (30, 60, 90)
}
_RECOVERED: Final[Mapping[str, tuple[str, Unit, RollUp, str]]] = {
    f"recovered_{age}": (
        f"Recovered within {age} days past due",
        "share",
        "recompute",
        f"cash by day {age} on what was unpaid after its due day, share of that amount (Aalen-Johansen)",
    )
    for age in (30, 60, 90)
}

DEFINITIONS: Final[Mapping[str, Definition]] = MappingProxyType(
    {
        **{name: Definition(*said) for name, said in {**_RATIOS, **_AGED, **_RECOVERED}.items()},
        **{name: Definition(label, "amount", "sum", text) for name, (label, text) in _AMOUNTS.items()},
    }
)
