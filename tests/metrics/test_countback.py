from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arseg.metrics.countback import countback
from arseg.metrics.receivables import countback_dso, simple_dso
from arseg.schema import DataError

SALES, DAYS = [100.0, 80.0, 120.0], [31, 28, 31]


def test_the_golden_value_of_the_three_month_book_holds() -> None:
    found = countback(210, SALES, DAYS)
    assert found.days == pytest.approx(62.1)
    assert str(found) == "62.1"
    assert countback_dso(210, SALES, DAYS) == found.value


def test_a_history_that_is_used_up_is_a_lower_end_and_never_the_answer() -> None:
    found = countback(300.01, SALES, DAYS)
    assert found.exhausted
    assert str(found) == ">90"
    assert found.value == float("inf")
    assert countback(300, SALES, DAYS).days == 90, "exactly used up is still an answer"


def test_no_receivables_and_credit_balances_are_zero_days() -> None:
    assert countback(0, SALES, DAYS).days == countback(-5, SALES, DAYS).days == 0


def test_a_month_with_sales_below_zero_is_walked_over_and_flagged() -> None:
    found = countback(150, [100, -40, 120], DAYS)
    assert found.days == pytest.approx(31 + 28 + 31 * 30 / 100)
    assert found.negative == 1
    assert countback(100, [100, -40, 120], DAYS).negative == 0, "it was not reached"


def test_the_published_example_that_was_printed_wrong_is_46_days() -> None:
    assert simple_dso(4.6e6, 9.0e6, 90).item() == pytest.approx(46.0)


def walk(receivables: float, sales: list[int]) -> float:
    """Return the smallest number of days whose sales hold the receivables, a hundredth of a day at a time."""
    for hundredths in range(1, 100 * len(sales) + 1):
        whole, part = divmod(hundredths, 100)
        held = sum(sales[len(sales) - whole :]) if whole else 0
        rest = sales[len(sales) - whole - 1] * part / 100 if part else 0
        if held + rest >= receivables - 1e-9:
            return hundredths / 100
    return float("inf")


@given(st.lists(st.integers(0, 50), min_size=1, max_size=15), st.integers(1, 300))
def test_by_day_it_is_the_smallest_span_whose_sales_reach_the_receivables(
    sales: list[int], receivables: int
) -> None:
    found, expected = countback(receivables, sales, np.ones(len(sales))).value, walk(receivables, sales)
    assert found == expected or found == pytest.approx(expected, abs=0.0101)


def test_months_and_days_that_do_not_pair_are_refused() -> None:
    with pytest.raises(DataError, match=r"sales and days do not pair.*shapes \(3,\) and \(2,\)"):
        countback(210, SALES, DAYS[:2])
    with pytest.raises(DataError, match="none missing"):
        countback(float("nan"), SALES, DAYS)
