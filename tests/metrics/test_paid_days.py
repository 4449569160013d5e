from __future__ import annotations

import pandas as pd
import pytest

from arseg.metrics.paid_days import days_late, days_to_pay, open_days_late
from arseg.schema import DataError


def value(parts: pd.DataFrame) -> float:
    return float(parts["numerator"].sum() / parts["denominator"].sum())


def test_large_payments_weigh_more() -> None:
    assert value(days_to_pay([900.0, 100.0], [30, 60])) == 33.0


def test_early_payers_count_below_zero_unless_clipped() -> None:
    cash, late = [100.0, 100.0, 200.0], [-10, 0, 15]
    assert value(days_late(cash, late)) == pytest.approx((-1000 + 3000) / 400)
    assert value(days_late(cash, late, clipped=True)) == pytest.approx(3000 / 400)


def test_a_bounced_payment_takes_its_days_back() -> None:
    parts = days_to_pay([100.0, 100.0, -100.0], [20, 40, 40])
    assert value(parts) == 20.0


def test_collecting_old_debt_makes_days_late_worse_and_the_open_book_better() -> None:
    usual = days_late([100.0], [5])
    with_old = days_late([100.0, 100.0], [5, 200])
    assert value(with_old) > value(usual)
    assert value(open_days_late([100.0], [5])) < value(open_days_late([100.0, 100.0], [5, 200]))


def test_amounts_without_days_are_refused() -> None:
    with pytest.raises(DataError, match="amounts and days do not pair"):
        days_to_pay([1.0, 2.0], [3])
    with pytest.raises(DataError, match="none missing"):
        days_late([1.0], [float("nan")])
