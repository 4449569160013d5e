from __future__ import annotations

import pandas as pd
import pytest

from arseg.forecast.roll_rates import roll_rates, track_step
from arseg.schema import AGING_NAMES, DataError, UsageError


def _tracked() -> pd.DataFrame:
    """Return a step in which 20, 50, 60, 70 % roll on and half of the oldest is written off."""
    rows = []
    for place, share in enumerate((0.2, 0.5, 0.6, 0.7)):
        rows.append(
            (AGING_NAMES[place], AGING_NAMES[place + 1], 1000.0, 1000 * (1 - share), 0.0, 0.0, 1000 * share)
        )
    rows.append(("over 90", "over 90", 1000.0, 300.0, 0.0, 300.0, 400.0))
    columns = ["bucket", "next_bucket", "balance", "cash", "credited", "written_off", "open"]
    return pd.DataFrame(rows, columns=columns).assign(customer_id="a", segment="High")


def test_the_rate_is_the_product_of_the_rolls_to_the_end() -> None:
    rates = roll_rates(_tracked(), by_segment=False)
    assert rates["roll"].tolist() == pytest.approx([0.2, 0.5, 0.6, 0.7, 0.5])
    assert rates["rate"].tolist() == pytest.approx([0.021, 0.105, 0.21, 0.35, 0.5])


def test_a_recovery_takes_its_share_off_every_bucket() -> None:
    rates, net = roll_rates(_tracked()), roll_rates(_tracked(), recovery=0.2)
    assert net["rate"].tolist() == pytest.approx((0.8 * rates["rate"]).tolist())
    with pytest.raises(UsageError, match="the recovery is no share"):
        roll_rates(_tracked(), recovery=1.2)


def test_what_is_not_yet_due_after_the_step_is_no_roll() -> None:
    waiting = pd.DataFrame(
        [("current", "current", 9000.0, 0.0, 0.0, 0.0, 9000.0, "a", "High")],
        columns=[
            "bucket",
            "next_bucket",
            "balance",
            "cash",
            "credited",
            "written_off",
            "open",
            "customer_id",
            "segment",
        ],
    )
    with_it = roll_rates(pd.concat([_tracked(), waiting]), by_segment=False)
    assert with_it["rate"].tolist() == pytest.approx(
        roll_rates(_tracked(), by_segment=False)["rate"].tolist()
    )


def test_a_bucket_without_money_makes_the_younger_ones_unknown_only_where_they_lead_there() -> None:
    rates = roll_rates(_tracked().iloc[[0, 1, 2, 4]], by_segment=False)
    assert rates["rate"].isna().tolist() == [True, True, True, True, False]
    paid = _tracked().assign(open=0.0).iloc[[0]]
    assert roll_rates(paid, by_segment=False)["rate"].isna().tolist() == [False, True, True, True, True]


def test_tracked_money_is_conserved_and_lands_a_step_later() -> None:
    outcomes = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "balance": [100.0, 80.0],
            "cash": [10.0, 0.0],
            "credited": [5.0, 0.0],
            "written_off": [0.0, 80.0],
            "followed_days": 30,
        }
    )
    step = track_step(outcomes, pd.Series([0, 95]))
    assert step[["bucket", "next_bucket"]].to_numpy().tolist() == [
        ["current", "1-30"],
        ["over 90", "over 90"],
    ]
    assert (step[["cash", "credited", "written_off", "open"]].sum(axis=1) == step["balance"]).all()


def test_steps_of_different_length_are_refused() -> None:
    outcomes = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "balance": 1.0,
            "cash": 0.0,
            "credited": 0.0,
            "written_off": 0.0,
            "followed_days": [30, 31],
        }
    )
    with pytest.raises(DataError, match=r"followed for different days\. Given: \[30, 31\]"):
        track_step(outcomes, pd.Series([1, 1]))
