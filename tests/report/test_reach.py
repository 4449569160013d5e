from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from arseg.report import Findings
from arseg.report.reach import preferred_table, reach


def findings(**parts: Any) -> Findings:
    about = {"title": "Book", "experiment": "demo", "key_date": dt.date(2026, 10, 31), "currency": "EUR"}
    return Findings(**about, policy="RiskTiers()", in_force="RiskTiers()", **parts)


REMINDED = (
    "3 customers not yet due: each has a day for a reminder, 1 of them more than 3 days before due because "
    "their way of paying takes longer to post."
)
TOLD = {"plan": "2 customers wait.", "reminders": 3, "earlier": 1, "usual_days": 3, "sooner_invoices": 0}


def test_the_plan_and_the_reminders_are_sentences() -> None:
    assert reach(findings(reaching=TOLD))["sentences"] == [
        "2 customers wait.",
        REMINDED,
    ]
    paper = TOLD | {"earlier": 0, "sooner_invoices": 2}
    assert reach(findings(reaching=paper))["sentences"][1].endswith(
        "; the invoices of 2 should go out earlier, as they travel on paper."
    )
    assert reach(findings())["sentences"] == []


def test_what_is_preferred_stands_with_its_n_and_what_it_is_worth() -> None:
    rows = pd.DataFrame(
        [
            [
                "Low",
                "payment_method",
                "card",
                7,
                1.0,
                "descriptive",
                "used most of the 1 payment methods seen",
            ],
            ["Low", "channel", "", 0, None, "", "too little is known"],
            ["High", "channel", "call", 40, 0.75, "identified", "largest of 2 identified effects"],
        ],
        columns=["segment", "kind", "preferred", "n", "share", "evidence", "why"],
    )
    cells = preferred_table(reach(findings(preferred=rows)))["groups"][0]["rows"]
    assert [[each["text"] for each in row[:4]] for row in cells] == [
        ["Channel", "High", "call", "40"],
        ["Payment method", "Low", "card", "7"],
    ]
    assert [row[5]["text"] for row in cells] == ["identified", "descriptive"]
