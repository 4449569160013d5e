"""A month-end as a credit manager might meet it; every number is invented."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from arseg.report import Findings

from .forward_made import told

IN_FORCE = "AgingBuckets()"
POLICY = "RiskTiers(medium_from=0.15, high_from=0.35)"
POLICIES = (POLICY, IN_FORCE, "WeightedScore()", "OneSizeFitsAll()")
SEGMENTS = ("High", "Medium", "Low")
KEY_DATE = dt.date(2026, 10, 31)


def headline() -> pd.DataFrame:
    columns = [
        *("measure", "label", "value", "low", "high", "unit", "numerator", "denominator"),
        *("customers", "before", "better", "history", "definition", "note"),
    ]
    dso = [46.1, 45.6, 45.9, 44.8, 43.9, 44.3, 43.2, 42.1, 42.4, 41.3, 40.6, 39.8312]
    loss = [0.0016, 0.0018, 0.0016, 0.0019, 0.0021, 0.0019, 0.002, 0.0019, 0.002, 0.0021, 0.0019, 0.002134]
    rate = [0.902, 0.906, 0.904, 0.911, 0.91, 0.917, 0.92, 0.922, 0.921, 0.927, 0.928, 0.9311]
    return pd.DataFrame(
        [
            [
                *("dso", "DSO, sales-weighted", 39.8312, 39.1, 40.52, "days", 10_213_400.0 * 39.8312),
                *(10_213_400.0, 2813, 40.6, "lower", dso),
                "receivables x days / credit sales of the window",
                "behaviour \u22121.1, terms +0.3",
            ],
            [
                *("bad_debt_ratio", "Bad-debt ratio, 12-month cohorts", 0.002134, 0.00141, 0.0029, "share"),
                *(201_400.0, 94_376_000.0, 2790, 0.0019, "lower", loss),
                "write-offs less recoveries / credit sales of the cohorts",
                "3 customers carry 61 %",
            ],
            [
                *("collection_rate", "Collected within 60 days of due", 0.9311, 0.9248, 0.9371, "share"),
                *(87_873_000.0, 94_376_000.0, 2790, 0.928, "higher", rate),
                "cash within 60 days of due / amount due",
                "",
            ],
        ],
        columns=columns,
    )


def segments() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ["Low", 1911, 4_870_400.0, 310_200.0, 0.0437, 0.0412, 0.0333, 0.0504, "Scheduled reminder"],
            [
                "High",
                214,
                1_921_300.0,
                1_403_000.0,
                0.3391,
                0.4104,
                0.3602,
                0.4611,
                "Call now, daily reminder",
            ],
            [
                "Medium",
                688,
                3_412_100.0,
                871_000.0,
                0.1903,
                0.1688,
                0.1407,
                0.1982,
                "E-mail within 48 h, then call",
            ],
        ],
        columns=[
            *("segment", "customers", "exposure", "overdue", "expected_unpaid_30"),
            *("observed_unpaid_30", "observed_low", "observed_high", "treatment"),
        ],
    )


def profiles() -> pd.DataFrame:
    rows = [
        ("High", 214, 611, 5_120.5, 47.0, 0.7303, 0.0312, 0.8104, 0.0441),
        ("Medium", 688, 1_402, 3_411.0, 11.0, 0.2553, 0.0187, 0.4433, 0.0232),
        ("Low", 1911, 3_077, 1_902.0, -9.0, 0.0637, 0.0024, 0.1907, 0.0119),
    ]
    columns = [
        *("segment", "customers", "items", "median_balance", "median_oldest"),
        *("overdue_share", "disputed_share", "late_share", "largest_share"),
    ]
    return pd.DataFrame(rows, columns=columns)


def monitor() -> pd.DataFrame:
    rows = [
        ("features", "cleared_days_late_mean_12m", 0.6123, 0.5021, 7.42, 1e-7, True),
        ("cash", "came of expected", 0.981, 1.012, -0.61, 0.55, False),
        ("scores", "p_unpaid_30", 0.4, 0.4, 0.02, None, False),
    ]
    return pd.DataFrame(rows, columns=["monitor", "series", "value", "usual", "standardised", "p", "alarm"])


def answered() -> dict[str, dict[str, pd.DataFrame]]:
    warned = {
        "ranking": ["score", "oldest days past due"],
        "threshold": [0.3, 30.0],
        "events": 41,
        "warned_share": [0.66, 0.61],
        "lead_days": [47.0, 21.0],
        "false_per_100_customer_years": [24.0, 29.0],
    }
    claimed = {
        "said": ["DSO down by 75 %"],
        "value": 40.2,
        "low": 34.1,
        "high": 46.9,
        "unit": "days",
        "n": 5968,
        "effect": [None],
        "effect_low": [None],
        "effect_high": [None],
        "effect_measure": "",
        "why": "counted, but nothing here tells what the policy changed of it",
    }
    return {
        "discrimination": {"early_warning": pd.DataFrame(warned)},
        "counterfactual": {"claims": pd.DataFrame(claimed)},
    }


def moves() -> pd.DataFrame:
    rows = [
        ("Low", "Medium", 12),
        ("Medium", "High", 5),
        ("High", "Medium", 9),
        ("Medium", "Low", 21),
        ("Low", "Low", 1870),
    ]
    return pd.DataFrame(rows, columns=["from_segment", "to_segment", "customers"])


def cash() -> pd.DataFrame:
    weekly = [412, 436, 395, 460, 421, 404, 388, 431, 372, 399, 361, 380, 352]
    rows = []
    for number, thousands in enumerate(weekly):
        week = dt.date(2026, 11, 2) + dt.timedelta(weeks=number)
        wide = 36 + 12 * number
        rows.append(
            [
                pd.Timestamp(week),
                1e3 * thousands,
                *(1e3 * (thousands - wide / 2), 1e3 * (thousands + wide / 2)),
                *(1e3 * (thousands - wide), 1e3 * (thousands + wide)),
            ]
        )
    return pd.DataFrame(rows, columns=["week", "expected", "low_50", "high_50", "low_80", "high_80"])


def measures() -> pd.DataFrame:
    level = {
        "dso": {"High": 61.2, "Medium": 44.7, "Low": 31.9, "all": 39.83},
        "bad_debt_ratio": {"High": 0.0121, "Medium": 0.0022, "Low": 0.0004, "all": 0.0021},
        "collection_rate": {"High": 0.781, "Medium": 0.902, "Low": 0.973, "all": 0.931},
        "unpaid_30_share": {"High": 0.41, "Medium": 0.169, "Low": 0.041, "all": 0.117},
    }
    blur = dict(zip(POLICIES, (0.0, 0.35, 0.2, 0.0), strict=True))
    rows = []
    for policy in POLICIES:
        names = ("Medium", "all") if policy == "OneSizeFitsAll()" else (*SEGMENTS, "all")
        for measure, values in level.items():
            for segment in names:
                pooled = values["all"]
                mixed = segment if policy != "OneSizeFitsAll()" else "all"
                value = values[mixed] + blur[policy] * (pooled - values[mixed])
                rows.append(
                    [
                        *(policy, segment, measure, value * 1e6, 1e6, value, 0.9 * value),
                        None if (segment, measure) == ("Low", "bad_debt_ratio") else _high(measure, value),
                        "days" if measure == "dso" else "share",
                        {"High": 214, "Medium": 688, "Low": 1911, "all": 2813}[segment],
                        "12 key dates 2025-07 to 2026-06, 90 days each",
                        f"how {measure} is defined",
                    ]
                )
    columns = [
        *("policy", "segment", "measure", "numerator", "denominator", "value", "low", "high"),
        *("unit", "customers", "window", "definition"),
    ]
    return pd.DataFrame(rows, columns=columns)


def _high(measure: str, value: float) -> float:
    return 1.12 * value if measure == "dso" else min(1.12 * value, 0.5 + value / 2)


def accuracy() -> pd.DataFrame:
    loss = {
        "DiscreteHazard(trees=150)": (0.3812, 0.3011, 0.4102, 0.4322),
        "KaplanMeierByTerms()": (0.4313, 0.3409, 0.4688, 0.4841),
        "CustomerMeanDelay()": (0.4208, 0.2989, 0.4601, 0.5033),
    }
    rows = [
        (model, horizon, 48_211, 2_790, value)
        for model, values in loss.items()
        for horizon, value in zip((0, 7, 30, 60), values, strict=True)
    ]
    return pd.DataFrame(rows, columns=["model", "horizon", "rows", "customers", "log_loss"])


def calibration() -> pd.DataFrame:
    expected = [0.011, 0.024, 0.041, 0.066, 0.094, 0.131, 0.178, 0.244, 0.352, 0.561]
    observed = [0.013, 0.022, 0.045, 0.061, 0.098, 0.127, 0.189, 0.236, 0.367, 0.548]
    return pd.DataFrame(
        {
            "group": range(1, 11),
            "rows": [4821] * 10,
            "expected": expected,
            "observed": observed,
            "low": [None, *(round(share * 0.8, 4) for share in observed[1:])],
            "high": [None, *(round(share * 1.2, 4) for share in observed[1:])],
        }
    )


def worklist(size: int = 60) -> pd.DataFrame:
    rows = []
    for number in range(size):
        segment = SEGMENTS[min(number // 20, 2)]
        manual = segment != "Low"
        rows.append(
            {
                "rank": number + 1,
                "customer_id": f"C{7919 * (number + 3) % 100_000:05d}",
                "name": f"CANARY-NAME-{number}",
                "segment": segment,
                "stage": ("late", "mid", "early")[number % 3],
                "treatment": {"High": "Call now", "Medium": "E-mail, then call", "Low": "Reminder"}[segment],
                "channel": {"High": "call", "Medium": "email", "Low": "email"}[segment],
                "tone": "firm" if manual else "nudge",
                "handling": "collector" if manual else "automatic",
                "deadline": pd.Timestamp(2026, 11, 2 + number % 3),
                "minutes": 12.0 if manual else 0.0,
                "open_balance": 84_300.0 - 1_111.0 * number,
                "overdue_balance": 61_020.5 - 900.0 * number,
                "expected_value": 2_410.0 - 37.0 * number,
                "on_today": number < 34,
                "collector": "collector 1" if manual else "",
                "why": "overdue 64 days; paid 5 of the last 6 invoices late; open balance near its limit",
            }
        )
    return pd.DataFrame(rows)


def quality() -> pd.DataFrame:
    rows = [
        (
            "note",
            "no_contacts",
            "contacts are not logged; what a policy would have changed is not identified",
            0,
            None,
        ),
        (
            "warning",
            "assumed_clock",
            "postings carry no entry day; the posting day stands in for it",
            48_211,
            None,
        ),
        ("warning", "due_before_issue", "invoices are due before they were issued", 7, 12_044.5),
    ]
    return pd.DataFrame(rows, columns=["severity", "code", "message", "count", "amount"])


def checked() -> dict[str, Any]:
    source = {"source": "invoices.csv", "sha256": "ab" * 32, "rows_read": 1_234, "rows_loaded": 1_230}
    postings = {"first_known": "2024-01-02", "last_known": "2026-10-30", "age_days": 1, "max_age_days": 3}
    customers = {
        "first_known": "2024-01-02",
        "last_known": "2026-06-30",
        "age_days": 123,
        "max_age_days": None,
    }
    return {
        "as_of": "2026-10-31",
        "stale": [],
        "sources": [{**source, "rows_quarantined": 4, "reasons": {"bad_date": 3, "orphan_posting": 1}}],
        "freshness": [
            {"table": "postings", "rows": 48_211, **postings, "stale": False},
            {"table": "customers", "rows": 300, **customers, "stale": False},
        ],
        "restatements": {"sentences": ["112 later versions of invoices (2.0%), 1,200.00 EUR."]},
    }


def realistic(**changes: Any) -> Findings:
    """Return the findings of an ordinary month-end, with some fields replaced."""
    ordinary = Findings(
        title="Northwind Trading",
        experiment="month-end",
        key_date=KEY_DATE,
        compared_with=dt.date(2026, 9, 30),
        currency="EUR",
        policy=POLICY,
        in_force=IN_FORCE,
        headline=headline(),
        segments=segments(),
        profiles=profiles(),
        monitor=monitor(),
        answers=answered(),
        moves=moves(),
        cash=cash(),
        measures=measures(),
        accuracy=accuracy(),
        calibration=calibration(),
        worklist=worklist(),
        quality=quality(),
        checked=checked(),
        capacity={"hours": 12.0, "used_hours": 11.4, "shadow_price": 214.31},
        stamps=(
            {"text": "Data fresh, 1 day", "strong": "fresh", "level": "good"},
            {"text": "Model calibrated, valid to 31 Jan", "strong": "calibrated", "level": "good"},
            {"text": "Second clock assumed on 2 tables", "strong": "assumed", "level": "warn"},
        ),
        reproduce={
            "commands": [
                "arseg load data/demo --layout arseg --into demo",
                "arseg run experiments/demo.yaml",
            ],
            "ledger": "sha256 5d41402abc4b2a76b9719d911017c592ae3f",
            "playbook": "standard, sha256 7d793037a0760186574b0282f2f435e7",
        },
        definitions=(
            ("Exposure", "open balance at the key date, in the reporting currency"),
            ("Key date", "the day we stand on; nothing known later exists"),
        ),
        notes=("Synthetic data.", "Write-offs of the last cohort are still being followed."),
        identification="no contacts are logged, so treated and untreated customers cannot be told apart.",
        key_dates=tuple(dt.date(2025 + (6 + m) // 12, (6 + m) % 12 + 1, 28) for m in range(12)),
        version="2026-10-31-a41f",
        forward=told(),
    )
    return dataclasses.replace(ordinary, **changes)


def bare() -> Findings:
    """Return findings with nothing in them but their identity."""
    return Findings(
        title="Empty", experiment="e", key_date=KEY_DATE, currency="EUR", policy="", in_force=IN_FORCE
    )


@pytest.fixture(name="findings", scope="session")
def realistic_findings() -> Findings:
    return realistic()


@pytest.fixture(name="make_findings", scope="session")
def make_realistic_findings() -> Callable[..., Findings]:
    return realistic


@pytest.fixture(scope="session")
def empty_findings() -> Findings:
    return bare()
