"""What the page says of what other policies would have changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from arseg.report import Findings, render_page, summarise
from arseg.report.third_question import NOT_IDENTIFIED, third_question
from arseg.report.wording import MINUS


def findings(**more: Any) -> Findings:
    plain = {"title": "Book", "experiment": "e", "key_date": dt.date(2026, 10, 31), "currency": "EUR"}
    return Findings(**plain, policy="RiskTiers()", in_force="AgingBuckets()", **more)


VERDICTS = pd.DataFrame(
    [
        ("RiskTiers()", True, "", 1.37, 9018),
        ("AgingBuckets()", False, "12 % of the policy's choices were hardly ever made", float("nan"), 9018),
    ],
    columns=["policy", "identified", "reasons", "break_even_lambda", "decisions"],
)
ROWS = pd.DataFrame(
    [
        ("RiskTiers()", "value", -370.8, -1261.4, 519.7, 14778.8, "currency per decision", "cash less cost"),
        ("RiskTiers()", "dso", -1.22, -2.3, -0.1, 38.09, "days", "euro-days / sales"),
        ("RiskTiers()", "collection_rate", 0.012, -0.004, 0.031, 0.558, "share", "cash / balance"),
        ("RiskTiers()", "minutes", 1.067, 0.85, 1.28, 2.7, "minutes per decision", "minutes"),
        (
            "AgingBuckets()",
            "value",
            float("nan"),
            -9000.0,
            4000.0,
            14778.8,
            "currency per decision",
            "cash less cost",
        ),
        ("AgingBuckets()", "dso", float("nan"), -9.0, 4.0, 38.09, "days", "euro-days / sales"),
    ],
    columns=["policy", "measure", "difference", "low", "high", "in_force", "unit", "definition"],
)


def test_without_verdicts_it_begins_with_not_identified() -> None:
    assert third_question(findings())["text"] == NOT_IDENTIFIED
    said = third_question(findings(identification="no contacts."))
    assert said["text"] == "Not identified: no contacts."
    assert third_question(findings(identification="Not identified: why."))["text"] == "Not identified: why."
    assert said["policies"] == []


def test_a_policy_that_history_can_speak_of_has_differences_with_intervals() -> None:
    band = third_question(findings(counterfactual=ROWS, verdicts=VERDICTS))
    assert band["text"].startswith("History can speak of 1 of 2")
    known = band["policies"][0]
    assert known["identified"]
    shown = {
        name: (one["value"]["shown"], one["interval"]["shown"]) for name, one in known["estimates"].items()
    }
    clean = {
        name: tuple(text.replace("\xa0", " ").replace(MINUS, "-") for text in pair)
        for name, pair in shown.items()
    }
    assert clean["dso"] == ("-1.2 days", "-2.3 to -0.1")
    assert clean["collection_rate"] == ("+1.2 pp", "-0.4 to +3.1")
    assert clean["minutes"][0] == "+1.1 minutes"
    assert clean["value"][0] == "-€ 371"
    assert known["break_even"]["shown"] == "1.37"


def test_a_policy_that_it_cannot_speak_of_has_a_reason_and_no_figure() -> None:
    band = third_question(findings(counterfactual=ROWS, verdicts=VERDICTS))
    unknown = band["policies"][1]
    assert not unknown["identified"]
    assert "hardly ever made" in unknown["reasons"]
    assert {one["value"]["shown"] for one in unknown["estimates"].values()} == {"not known"}
    assert {one["value"]["raw"] for one in unknown["estimates"].values()} == {None}
    assert unknown["estimates"]["dso"]["interval"]["low"] == -9.0


def test_where_no_policy_is_identified_the_verdict_says_so() -> None:
    band = third_question(findings(counterfactual=ROWS.tail(2), verdicts=VERDICTS.tail(1)))
    assert band["text"].startswith("Not identified: of 9,018 decisions")


@pytest.mark.parametrize("known", [True, False])
def test_the_page_shows_verdict_figure_and_reason(*, known: bool) -> None:
    frames = {"counterfactual": ROWS, "verdicts": VERDICTS} if known else {}
    html = render_page(summarise(findings(**frames)))
    assert "What other policies would have changed" in html
    assert ("Lambda*" in html) == known
    assert ("hardly ever made" in html) == known
    assert ("DSO (other policies)" in html) == known
