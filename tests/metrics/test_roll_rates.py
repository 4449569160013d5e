from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.metrics.roll_rates import (
    ENDS,
    STATES,
    aging_bucket,
    expected_visits,
    lifetime_outcomes,
    net_roll,
    roll,
    roll_matrix,
    roll_sums,
)
from arseg.schema import DataError

MONEY = st.integers(-50, 200)


def chain(rows: dict[str, dict[str, float]]) -> pd.DataFrame:
    columns = [*rows, "paid", "credited", "written off"]
    return pd.DataFrame(rows).T.reindex(columns=columns).fillna(0.0)


def test_the_due_day_is_current_and_buckets_start_on_their_first_day() -> None:
    days = [-5, 0, 1, 30, 31, 60, 61, 90, 91, 400]
    expected = ["current"] * 2 + ["1-30"] * 2 + ["31-60"] * 2 + ["61-90"] * 2 + ["over 90"] * 2
    assert aging_bucket(days).tolist() == expected


def test_the_published_sales_that_aged_give_their_loss_rates() -> None:
    """Of 100,000 sold 50,000 are unpaid at due, 23,000 at 31 days, 8,000 at 61, 2,000 at 91, which are never paid."""
    left = [100_000, 50_000, 23_000, 8_000, 2_000]
    rows = {
        state: {following: after / before, "paid": 1 - after / before}
        for state, following, before, after in zip(STATES[:4], STATES[1:5], left, left[1:], strict=False)
    }
    rows["over 90"] = {"written off": 1.0}
    loss = lifetime_outcomes(chain(rows))["written off"]
    assert (100 * loss).round(4).tolist() == [2.0, 4.0, 8.6957, 25.0, 100.0]
    assert float(loss @ [300_000, 140_000, 60_000, 23_000, 5_000]) == pytest.approx(27_567.39, abs=5e-3)


def test_cures_and_returns_are_followed_to_the_end() -> None:
    """Solved by hand: a = 0.5 b + 0.4 paid..., b = 0.25 a + 0.5 written off + 0.25 paid."""
    matrix = chain({"a": {"b": 0.5, "paid": 0.5}, "b": {"a": 0.25, "paid": 0.25, "written off": 0.5}})
    ends, visits = lifetime_outcomes(matrix), expected_visits(matrix)
    assert ends["written off"].tolist() == pytest.approx([0.25 / 0.875, 0.5 / 0.875])
    assert visits.loc["a"].tolist() == pytest.approx([1 / 0.875, 0.5 / 0.875])


def test_simulated_dollars_end_where_the_chain_says() -> None:
    rng = np.random.default_rng(3)
    matrix = chain(
        {
            "a": {"a": 0.1, "b": 0.4, "paid": 0.5},
            "b": {"a": 0.2, "b": 0.3, "paid": 0.2, "credited": 0.1, "written off": 0.2},
        }
    )
    names, steps = list(matrix.columns), matrix.to_numpy()
    state = np.zeros(40_000, dtype=int)
    while (state < 2).any():
        moving = np.flatnonzero(state < 2)
        drawn = rng.random(len(moving))[:, None] > np.cumsum(steps[state[moving]], axis=1)
        state[moving] = drawn.sum(axis=1)
    shares = pd.Series(state).map(lambda place: names[place]).value_counts(normalize=True)
    for end in ENDS:
        assert lifetime_outcomes(matrix).loc["a", end] == pytest.approx(shares[end], abs=0.01)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 200), MONEY, MONEY, MONEY, MONEY), min_size=1, max_size=8))
def test_every_balance_goes_somewhere_and_shares_sum_to_one(rows: list[tuple[int, ...]]) -> None:
    names = [str(number) for number in range(len(rows))]
    frame = pd.DataFrame(rows, columns=["before", "balance", "cash", "credited", "written_off"]).astype(float)
    before = pd.DataFrame({"invoice_id": names, "bucket": "current", "balance": frame["before"]})
    after = frame.drop(columns="before").assign(invoice_id=names, bucket="1-30")
    rolled = roll(before, after)
    assert (rolled["amount"] > 0).all()
    assert rolled.groupby("invoice_id")["amount"].sum()[names].tolist() == pytest.approx(
        frame["before"].tolist()
    )
    matrix = roll_matrix(roll_sums(rolled))
    assert matrix.loc["current"].sum() == pytest.approx(1)
    assert matrix.drop(index="current").isna().all(axis=None), "no other state held anything"


def test_an_item_rolls_by_what_its_postings_were() -> None:
    before = pd.DataFrame({"invoice_id": ["a", "b", "c"], "bucket": "31-60", "balance": [100.0, 50.0, 30.0]})
    after = pd.DataFrame(
        {
            "invoice_id": ["a", "b"],
            "bucket": ["61-90", "disputed"],
            "balance": [20.0, 50.0],
            "cash": [50.0, 0.0],
            "credited": [10.0, 0.0],
            "written_off": [20.0, 0.0],
        }
    )
    sums = roll_sums(roll(before, after)).loc["31-60"]
    assert sums[["61-90", "disputed", "paid", "credited", "written off"]].tolist() == [20, 50, 50, 40, 20]


def test_a_state_that_was_never_seen_makes_those_that_lead_to_it_unknown() -> None:
    matrix = chain({"a": {"b": 0.5, "paid": 0.5}, "b": {}, "c": {"paid": 1.0}})
    matrix.loc["b"] = np.nan
    ends = lifetime_outcomes(matrix)
    assert ends.loc[["a", "b"]].isna().all(axis=None)
    assert ends.loc["c", "paid"] == 1


def test_an_amount_that_never_leaves_is_refused() -> None:
    with pytest.raises(DataError, match=r"sit in a state for ever. Given: \['a'\]"):
        lifetime_outcomes(chain({"a": {"a": 1.0}, "b": {"paid": 1.0}}))
    with pytest.raises(DataError, match="the rows are no shares"):
        expected_visits(chain({"a": {"paid": 0.7}}))


def test_the_net_roll_can_exceed_one_where_the_tracked_one_cannot() -> None:
    assert net_roll([100, 10], [100, 20]).value.tolist() == [0.2]
    assert net_roll([10, 0], [100, 20]).value.tolist() == [2.0]
    assert net_roll([0, 0], [1, 1]).value.tolist() == pytest.approx([np.nan], nan_ok=True)


def test_items_that_come_twice_or_owe_nothing_cannot_be_tracked() -> None:
    before = pd.DataFrame({"invoice_id": ["a"], "bucket": ["current"], "balance": [0.0]})
    after = before.assign(cash=0.0, credited=0.0, written_off=0.0)
    with pytest.raises(DataError, match="the items cannot be tracked"):
        roll(before, after)
    with pytest.raises(DataError, match="lacks columns"):
        roll(before, before)
