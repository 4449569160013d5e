from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies import BalanceBands
from arseg.schema import DataError, UsageError

RANK = {"Low": 0, "Medium": 1, "High": 2}


def book(*balances: float, of: str = "open_balance") -> pd.DataFrame:
    ids = [f"C{place:04d}" for place in range(len(balances))]
    return pd.DataFrame({"customer_id": ids, of: list(balances)})


few_values = st.lists(st.integers(0, 8), min_size=1, max_size=40)
shares = st.integers(0, 10)
several = settings(max_examples=200, deadline=None, derandomize=True)


@pytest.mark.parametrize("ties", ["down", "up"])
def test_without_ties_the_top_fifth_is_high_and_half_is_low(ties) -> None:
    assigned = BalanceBands(ties=ties).assign(book(*range(10, 110, 10)))
    assert assigned["segment"].tolist() == ["Low"] * 5 + ["Medium"] * 3 + ["High"] * 2
    assert BalanceBands(ties=ties).boundaries(book(*range(10, 110, 10))) == (60.0, 90.0)


def test_a_tie_at_the_boundary_goes_down_or_up_as_declared() -> None:
    tied = book(1, 1, 1, 1, 5, 5, 5, 5, 5, 5)
    assert BalanceBands(0.2, 0.8).boundaries(tied) == (5.0, math.inf)
    assert BalanceBands(0.2, 0.8, ties="up").boundaries(tied) == (1.0, 5.0)
    assert BalanceBands(0.2, 0.8).assign(tied)["segment"].tolist() == ["Low"] * 4 + ["Medium"] * 6
    assert BalanceBands(0.2, 0.8, ties="up").assign(tied)["segment"].tolist() == ["Medium"] * 4 + ["High"] * 6


@several
@given(few_values, shares)
def test_down_is_the_smallest_balance_that_enough_customers_stay_below(values, tenths) -> None:
    enough = [b for b in sorted(set(values)) if 10 * sum(v < b for v in values) >= tenths * len(values)]
    bands = BalanceBands(tenths / 10, 1.0) if tenths < 10 else BalanceBands(0.0, 1.0)
    place = 0 if tenths < 10 else 1
    assert bands.boundaries(book(*values))[place] == (enough[0] if enough else math.inf)


@several
@given(few_values, st.integers(0, 9))
def test_up_is_the_largest_balance_that_the_rest_reach(values, tenths) -> None:
    reached = [b for b in set(values) if 10 * sum(v >= b for v in values) >= (10 - tenths) * len(values)]
    bands = BalanceBands(tenths / 10, 1.0, ties="up")
    assert bands.boundaries(book(*values))[0] == max(reached)


@several
@given(few_values, st.sampled_from(["down", "up"]))
def test_equal_balances_share_a_segment_and_larger_ones_never_have_a_lower_one(values, ties) -> None:
    assigned = BalanceBands(ties=ties).assign(book(*sorted(values)))
    ranks = assigned["segment"].map(RANK)
    assert ranks.is_monotonic_increasing
    by_balance = ranks.groupby(pd.Series(sorted(values)))
    assert (by_balance.min() == by_balance.max()).all()
    share = (assigned["segment"] == "High").mean()
    assert share <= 0.2 + 1e-12 if ties == "down" else share >= 0.2 - 1e-12


def test_amounts_are_boundaries_as_declared_and_why_names_the_one_that_decided() -> None:
    bands = BalanceBands(100, 2500.5, by="amount", of="overdue_balance")
    assigned = bands.assign(book(99.99, 100, 2500.5, of="overdue_balance"))
    assert assigned["why"].tolist() == [
        "overdue balance 99.99, Low below 100.00",
        "overdue balance 100.00, Medium from 100.00",
        "overdue balance 2,500.50, High from 2,500.50",
    ]
    assert bands.boundaries(book(7.0, of="overdue_balance")) == (100.0, 2500.5)


def test_a_boundary_that_nobody_reaches_is_told_so() -> None:
    assert (
        BalanceBands().assign(book(5, 5))["why"].tolist()
        == ["open balance 5.00, Low below a balance that nobody has, the 50 % quantile"] * 2
    )


def test_the_boundary_that_was_used_is_in_why() -> None:
    why = BalanceBands(0.5, 0.75).assign(book(10, 20, 30, 40))["why"].tolist()
    assert why[0] == "open balance 10.00, Low below 30.00, the 50 % quantile"
    assert why[3] == "open balance 40.00, High from 40.00, the 75 % quantile"


def test_noise_below_a_cent_parts_nobody() -> None:
    assert len(set(BalanceBands(ties="up").assign(book(0.1 + 0.2, 0.3))["segment"])) == 1


def test_an_empty_book_has_no_boundary() -> None:
    assert BalanceBands().boundaries(book()) == (math.inf, math.inf)


def test_quantiles_are_shares() -> None:
    with pytest.raises(UsageError, match=r"BalanceBands: a threshold is out of range.*Allowed: 0 to 1\."):
        BalanceBands(100, 1000)


def test_a_misspelt_kind_names_the_near_one() -> None:
    with pytest.raises(UsageError, match=r"BalanceBands: by is 'quantiles'.*Do: write 'quantile'"):
        BalanceBands(by="quantiles")


def test_a_customer_without_balance_is_refused() -> None:
    with pytest.raises(DataError, match="open_balance is unknown for 1 customers"):
        BalanceBands().assign(book(1.0, float("nan")))
