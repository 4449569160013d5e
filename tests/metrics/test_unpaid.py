from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.metrics import capture, capture_at_shares, unpaid_amount
from arseg.schema import DataError

NAN = float("nan")


@pytest.fixture(name="y")
def _y() -> pd.DataFrame:
    return pd.DataFrame(
        {"event": [1, 1, 2, 3, 0, 0], "duration": [30, 31, 4, 4, 90, 20], "followed_days": [90] * 5 + [20]}
    )


def test_bad_is_what_is_open_or_written_off_on_the_day(y: pd.DataFrame) -> None:
    found = unpaid_amount(y, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0], 30)
    np.testing.assert_array_equal(found, [0, 2, 0, 8, 16, NAN])


def test_due_plus_ninety_is_another_day_for_each_row(y: pd.DataFrame) -> None:
    past_due = np.array([60, 60, 90, 95, -1, 75])
    found = unpaid_amount(y, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0], 90 - past_due)
    # Row 3 was past due + 90 on the key date already; row 5 reaches it on day 91, which nobody saw.
    np.testing.assert_array_equal(found, [0, 2, 4, 8, NAN, 32])


@pytest.mark.parametrize(
    ("balance", "day"),
    [([1.0] * 5, 30), ([1.0] * 5 + [-1.0], 30), ([1.0] * 5 + [NAN], 30), ([1.0] * 6, [30, 30])],
)
def test_balances_and_days_that_do_not_fit_are_refused(y: pd.DataFrame, balance: list, day: int) -> None:
    with pytest.raises(DataError, match=r"balances or days do not fit the rows"):
        unpaid_amount(y, balance, day)


def test_follow_up_is_needed(y: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"y lacks columns \['followed_days'\]"):
        unpaid_amount(y[["event", "duration"]], [1.0] * 6, 30)


def test_items_are_ranked_as_capture_ranks_them() -> None:
    rng = np.random.default_rng(10)
    risk, bad = rng.random(200).round(1), rng.exponential(10, 200)
    found = capture_at_shares(risk, bad)
    assert found["share"].tolist() == [0.05, 0.1, 0.2]
    assert found["captured"].tolist() == [capture(risk, bad, share) for share in (0.05, 0.1, 0.2)]
    assert found["ranked"].tolist() == [200] * 3
    assert found["bad_amount"].tolist() == pytest.approx([bad.sum()] * 3)


def test_customers_are_ranked_by_their_worst_item_and_carry_all_their_bad_amount() -> None:
    found = capture_at_shares(
        [0.9, 0.1, 0.5, 0.2],
        [0.0, 30.0, 60.0, 10.0],
        customers=["a", "a", "b", "c"],
        shares=[1 / 3, 2 / 3, 1],
    )
    assert found["ranked"].tolist() == [3] * 3
    assert found["captured"].tolist() == pytest.approx([0.3, 0.9, 1.0])


def test_rows_whose_fate_is_unknown_are_left_out() -> None:
    found = capture_at_shares([3, 2, 1], [NAN, 5.0, 0.0], shares=[0.5])
    assert found[["ranked", "captured"]].to_numpy().tolist() == [[2, 1.0]]


def test_where_nothing_is_bad_it_is_not_a_number() -> None:
    assert capture_at_shares([2, 1], [0.0, NAN], shares=[0.5])["captured"].isna().all()


@pytest.mark.parametrize("customers", [["a"], ["a", None]])
def test_items_without_customer_are_refused(customers: list) -> None:
    with pytest.raises(DataError, match=r"items have no customer"):
        capture_at_shares([2, 1], [1.0, 1.0], customers=pd.Series(customers, dtype=object))


def test_a_risk_that_does_not_pair_is_refused() -> None:
    with pytest.raises(DataError, match=r"risk and outcome do not pair"):
        capture_at_shares([2, 1, 3], [1.0, 1.0])
