from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd

from arseg.report import Findings
from arseg.report.changes import NO_EDITION, NOBODY, SHOWN, causes_table, changes, changes_table

KEY_DATE = dt.date(2026, 10, 31)
CAUSES = ("time", "data", "model", "policy", "override")


def row(customer: str, before: str, after: str, balance: float, **parts: float) -> dict[str, object]:
    scores = {f"score_{name}": parts.get(name, 0.0) for name in CAUSES}
    first = 0.2
    why = f"stays {after}" if before == after else f"{before} to {after} by new data (+1)"
    return {
        "customer_id": customer,
        "before": before,
        "after": after,
        "score_before": first,
        "score_after": first + sum(scores.values()),
        **scores,
        "why": f"{why}; score 0.2000 to {first + sum(scores.values()):.4f}",
        "open_balance": balance,
    }


def findings(*rows: dict[str, object], **told: object) -> Findings:
    by_cause = {name: {"steps_up": 0.0, "steps_down": 0.0, "mean_score": 0.0} for name in CAUSES}
    by_cause["data"] = {"steps_up": 2.0, "steps_down": 1.0, "mean_score": 0.0125}
    about = {"since": "2026-09-30", "version": "2026-09-30-abc", "came": 3, "left": 1, "by_cause": by_cause}
    return Findings(
        title="Book",
        experiment="demo",
        key_date=KEY_DATE,
        currency="EUR",
        policy="RiskTiers()",
        in_force="RiskTiers()",
        changes=pd.DataFrame(list(rows)),
        changed=about | {"note": ""} | told,
    )


MOVED = (
    row("C1", "High", "Low", 900.0, data=-0.15),
    row("C2", "Low", "Medium", 100.0, time=0.01, data=0.2, model=-0.005),
    row("C3", "Low", "High", 5000.0, data=0.3),
    row("C4", "Low", "Low", 9e6),
)


def test_who_rose_stands_first_and_who_stayed_is_not_listed() -> None:
    band = changes(findings(*MOVED))
    assert [each["customer_id"] for each in band["rows"]] == ["C3", "C2", "C1"]
    assert (band["both"]["raw"], band["moved"]["raw"], band["came"]["raw"], band["left"]["raw"]) == (
        4,
        3,
        3,
        1,
    )
    assert band["missing"] == ""


def test_the_parts_of_a_row_stand_in_points_and_sum_to_the_change() -> None:
    case = changes(findings(*MOVED))["rows"][1]
    parts = {name: part["shown"] for name, part in case["parts"].items()}
    assert parts == {
        "time": "+1.0", "data": "+20.0", "model": "\N{MINUS SIGN}0.5", "policy": "\N{EN DASH}", "override": "\N{EN DASH}",
    }  # fmt: skip
    total = sum(part["raw"] for part in case["parts"].values())
    assert abs(total - (case["score_after"]["raw"] - case["score_before"]["raw"])) < 1e-9
    assert case["reason"] == "new data (+1)"


def test_the_tables_say_what_the_band_says() -> None:
    band = changes(findings(*MOVED))
    data = causes_table(band)["groups"][0]["rows"][1]
    assert [each["text"] for each in data] == ["New data", "2", "1", "+1.2"]
    first = changes_table(band)["groups"][0]["rows"][0]
    assert [each["text"] for each in first[:3]] == ["C3", "Low", "High"]


def test_no_more_are_listed_than_anybody_reads() -> None:
    many = [row(f"C{place:02d}", "Low", "High", place) for place in range(40)]
    band = changes(findings(*many))
    assert len(band["rows"]) == SHOWN
    assert band["moved"]["raw"] == 40


def test_what_is_missing_is_said() -> None:
    first = findings(since=None)
    assert changes(first)["missing"] == NO_EDITION
    assert changes(first)["shown"]
    assert not changes(dataclasses.replace(first, changes=None, changed=None))["shown"]
    assert changes(findings(MOVED[3]))["missing"] == NOBODY
    broken = findings(note="the model of the edition before reads other columns")
    assert changes(broken)["missing"].startswith("No reasons are split: the model of the edition before")
