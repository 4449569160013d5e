from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from arseg.backtest import BacktestResult
from arseg.backtest.warned import losses, warn_early

DAY = pd.Timestamp("2025-01-31")


def items(*rows: tuple[str, int, int, int, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return items and outcomes: customer, days past due, event, duration, days followed."""
    frame = pd.DataFrame(rows, columns=["customer_id", "days_past_due", "event", "duration", "followed_days"])
    frame["invoice_id"], frame["key_date"] = [f"I{n}" for n in range(len(frame))], DAY
    return frame[["invoice_id", "customer_id", "key_date", "days_past_due"]], frame[
        ["invoice_id", "key_date", "event", "duration", "followed_days"]
    ]


@pytest.mark.parametrize(
    ("row", "after"),
    [
        (("late on day 31", 60, 0, 90, 90), 31),
        (("paid on day 32, after it was late", 60, 1, 32, 90), 31),
        (("written off before it was late", 60, 3, 10, 90), 10),
        (("written off after it was late", 60, 3, 50, 90), 31),
        (("late already, twenty days ago", 111, 1, 5, 90), -20),
    ],
)
def test_a_loss_is_the_first_of_write_off_and_ninety_days(
    row: tuple[str, int, int, int, int], after: int
) -> None:
    found = losses(*items(row))
    assert found["customer_id"].tolist() == [row[0]]
    assert found["day"].tolist() == [DAY + pd.Timedelta(days=after)]


@pytest.mark.parametrize(
    "row", [("paid in time", 60, 1, 31, 90), ("credited", 60, 2, 3, 90), ("not followed", 60, 0, 20, 20)]
)
def test_what_was_cleared_or_not_followed_is_no_loss(row: tuple[str, int, int, int, int]) -> None:
    assert losses(*items(row)).empty


def test_the_first_loss_of_a_customer_counts() -> None:
    found = losses(*items(("A", 60, 0, 90, 90), ("A", 85, 0, 90, 90)))
    assert found["day"].tolist() == [DAY + pd.Timedelta(days=6)]


def result(**changes: Any) -> BacktestResult:
    told = items(("A", 60, 0, 90, 90), ("B", -10, 1, 9, 90))
    customers = pd.DataFrame(
        {
            "customer_id": ["A", "B"],
            "key_date": DAY,
            "p_unpaid_30": [0.6, 0.6],
            "oldest_days_past_due": [60, -10],
            "mean_days_late": [float("nan"), 3.0],
        }
    )
    frames = {"items": told[0], "outcomes": told[1], "customers": customers, "key_dates": (DAY.date(),)}
    return cast("BacktestResult", SimpleNamespace(**(frames | {"horizon_days": 90} | changes)))


def test_the_score_and_the_rules_of_thumb_stand_side_by_side() -> None:
    found = warn_early(result(), within_days=60).set_index(["ranking", "threshold"])
    score = found.loc[("score", 0.5)]
    assert (score["events"], score["warned"], score["lead_days"]) == (1, 1, 31)
    assert (score["alarms"], score["false_alarms"]) == (2, 1)
    age = found.loc[("oldest days past due", 30.0)]
    assert (age["warned"], age["false_alarms"]) == (1, 0)


def test_a_customer_of_whom_nothing_is_known_raises_no_alarm() -> None:
    found = warn_early(result(), within_days=60).set_index(["ranking", "threshold"])
    assert found.loc[("mean days late", 5.0), "alarms"] == 0


def test_a_column_that_a_backtest_does_not_have_is_left_out() -> None:
    customers = result().customers.drop(columns="mean_days_late")
    assert set(warn_early(result(customers=customers))["ranking"]) == {"score", "oldest days past due"}


def test_alarms_that_nobody_could_follow_give_no_rate() -> None:
    found = warn_early(result(), within_days=365)
    followed = found["alarms"] > 0
    assert not followed.all()
    assert found.loc[~followed, "false_per_100_customer_years"].isna().all()
