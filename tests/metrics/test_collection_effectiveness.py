from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arseg.metrics.collection_effectiveness import (
    cash_cei,
    cash_collectable,
    cei,
    cei_crf_monthly,
    period_collection_rate,
)

MONEY = st.integers(0, 10**6).map(lambda cents: cents / 100)


def test_the_published_example_holds_with_the_periods_sales_and_with_a_months() -> None:
    assert cei(6200, 10890, 6340, 3590).value.item() == pytest.approx(0.7963, abs=5e-5)
    assert cei_crf_monthly(6200, 10890, 6340, 3590, months=3).value.item() == pytest.approx(0.5593, abs=5e-5)
    one = cei_crf_monthly(6200, 10890, 6340, 3590, months=1)
    assert one.value == cei(6200, 10890, 6340, 3590).value


def test_writing_off_raises_cei_and_leaves_cash_cei_no_better() -> None:
    """Of 120 collectable 90 came in; writing off 10 of the 30 past due is science 1.2's 75.0 -> 83.3."""
    assert cei(100, 60, 70, 40).value.item() == pytest.approx(0.75)
    assert cei(100, 60, 60, 40).value.item() == pytest.approx(0.8333, abs=5e-5)
    before = cash_cei(90, cash_collectable(100, 60, 40, credited=0, written_off=0))
    after = cash_cei(90, cash_collectable(100, 60, 40, credited=0, written_off=10))
    assert before.value.item() == pytest.approx(0.75)
    assert after.denominator.item() == 110
    assert after.numerator == before.numerator, "no cash came of it"


@given(MONEY, MONEY, MONEY, MONEY, MONEY, st.floats(0, 1))
def test_cei_counts_exactly_what_is_no_longer_open_and_cash_cei_only_cash(
    opening: float, sales: float, cash: float, credited: float, written_off: float, current: float
) -> None:
    closing = opening + sales - cash - credited - written_off
    now = current * max(closing, 0.0)
    whole = cei(opening, sales, closing, now)
    assert whole.numerator.item() == pytest.approx(cash + credited + written_off, abs=1e-6)
    collectable = cash_collectable(opening, sales, now, credited=credited, written_off=written_off)
    assert whole.denominator.item() - collectable.item() == pytest.approx(credited + written_off, abs=1e-6)
    rate = cash_cei(cash, collectable)
    # What could still be collected in cash is the cash and what is past due.
    if closing >= 0:
        assert rate.denominator.item() == pytest.approx(cash + closing - now, abs=1e-6)


def test_nothing_to_collect_has_no_rate() -> None:
    assert np.isnan(cei(0, 10, 10, 10).value)
    assert np.isnan(cash_cei(0, cash_collectable(0, 10, 20, credited=0, written_off=0)).value)
    assert np.isnan(period_collection_rate(0, 0, 0).value)


def test_arrays_of_segments_broadcast_and_their_sums_make_the_book() -> None:
    opening, sales, closing, current = np.array([[60.0, 40], [30, 30], [50, 20], [20, 20]])
    parts = cei(opening, sales, closing, current)
    book = cei(opening.sum(), sales.sum(), closing.sum(), current.sum())
    weighted = (parts.value * parts.denominator).sum() / parts.denominator.sum()
    assert weighted == pytest.approx(book.value.item())
