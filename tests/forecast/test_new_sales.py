from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.new_sales import SalesBaseline, collection_curve, sales_baseline
from arseg.schema import DataError

KEY_DATE = dt.date(2026, 10, 31)
NOW = pd.Timestamp(KEY_DATE)
AT_ONCE = np.ones(92)


def _sales(weeks: int, amount: float = 700.0) -> pd.DataFrame:
    days = NOW - pd.to_timedelta(np.arange(7 * weeks), unit="D")
    return pd.DataFrame(
        {"day": days, "amount": amount / 7, "segment": np.where(np.arange(7 * weeks) % 2, "High", "Low")}
    )


def test_steady_sales_go_on_as_they_were_and_groups_share_them() -> None:
    baseline = sales_baseline(_sales(60), AT_ONCE, key_date=KEY_DATE, by=["segment"])
    assert baseline.expected.sum(axis=0) == pytest.approx(np.full(13, 700.0), rel=0.001)
    assert baseline.noise == pytest.approx(0, abs=1e-9)


def test_a_season_that_came_twice_is_expected_again() -> None:
    sales = _sales(2 * 52 + 2)
    december = sales["day"].dt.month == 12
    sales.loc[december, "amount"] *= 3
    expected = sales_baseline(sales, AT_ONCE, key_date=KEY_DATE).expected[0]
    month = [(KEY_DATE + dt.timedelta(days=7 * week + 4)).month for week in range(13)]
    ratio = np.mean(expected[[m == 12 for m in month]]) / np.mean(expected[[m == 11 for m in month]])
    assert 1.8 < ratio < 3


def test_sales_paid_at_once_come_in_their_own_week_and_the_rest_is_conserved() -> None:
    baseline = SalesBaseline(pd.DataFrame(index=range(1)), np.full((1, 13), 70.0), 0.0, AT_ONCE, KEY_DATE)
    assert baseline.cash(draws=2, seed=1).expected[0] == pytest.approx(np.full(13, 70.0))
    on_day_14 = np.where(np.arange(92) >= 14, 1.0, 0.0)
    later = SalesBaseline(pd.DataFrame(index=range(1)), np.full((1, 13), 70.0), 0.0, on_day_14, KEY_DATE)
    assert later.cash(draws=2, seed=1).expected[0] == pytest.approx([0, 0, *[70.0] * 11])


def test_cash_of_sales_is_what_a_loop_over_days_brings() -> None:
    rng = np.random.default_rng(2)
    collected = np.sort(rng.uniform(0, 1, 92))
    weekly = rng.uniform(10, 100, 5)
    baseline = SalesBaseline(pd.DataFrame(index=range(1)), weekly[None, :], 0.0, collected, KEY_DATE)
    cash = np.zeros(5)
    for sold in range(35):
        for day in range(sold, 35):
            came = collected[day - sold] - (collected[day - sold - 1] if day > sold else 0.0)
            cash[day // 7] += weekly[sold // 7] / 7 * came
    assert baseline.cash(draws=1, seed=1).expected[0] == pytest.approx(cash)


def test_noise_spreads_the_futures_around_the_baseline() -> None:
    baseline = SalesBaseline(pd.DataFrame(index=range(1)), np.full((1, 13), 70.0), 0.04, AT_ONCE, KEY_DATE)
    drawn = baseline.cash(draws=4000, seed=3).draws[:, 0]
    assert drawn.mean() == pytest.approx(70, rel=0.01)
    assert drawn.std(axis=0) == pytest.approx(np.full(13, 14.0), rel=0.08)


def test_scenarios_of_sales_and_terms() -> None:
    baseline = SalesBaseline(pd.DataFrame(index=range(1)), np.full((1, 13), 70.0), 0.0, AT_ONCE, KEY_DATE)
    assert baseline.scaled(0.8).cash(draws=1, seed=1).expected[0] == pytest.approx(np.full(13, 56.0))
    moved = baseline.collected_later(14).cash(draws=1, seed=1).expected[0]
    assert moved == pytest.approx([0, 0, *[70.0] * 11])


def test_the_curve_of_finished_invoices_is_the_plain_share() -> None:
    invoices = pd.DataFrame(
        {"invoice_id": ["i", "j"], "day": NOW - pd.Timedelta(days=200), "amount": [100.0, 300.0]}
    )
    payments = pd.DataFrame(
        {
            "invoice_id": ["i", "j"],
            "day": [NOW - pd.Timedelta(days=170), NOW - pd.Timedelta(days=150)],
            "amount": [100.0, 150.0],
        }
    )
    curve = collection_curve(invoices, payments, known_to=KEY_DATE)
    assert curve[[29, 30, 49, 50, 91]] == pytest.approx([0, 0.25, 0.25, 0.625, 0.625])


def test_young_invoices_count_as_far_as_they_go() -> None:
    # Of 100 two-day-old ones half was paid on day 1; the old ones paid nothing until day 30, then all.
    invoices = pd.DataFrame(
        {
            "invoice_id": ["old", "new"],
            "day": [NOW - pd.Timedelta(days=200), NOW - pd.Timedelta(days=2)],
            "amount": 100.0,
        }
    )
    payments = pd.DataFrame(
        {
            "invoice_id": ["old", "new"],
            "day": [NOW - pd.Timedelta(days=170), NOW - pd.Timedelta(days=1)],
            "amount": [100.0, 50.0],
        }
    )
    curve = collection_curve(invoices, payments, known_to=KEY_DATE)
    assert curve[[0, 1, 29, 30]] == pytest.approx([0, 0.25, 0.25, 1.0])


def test_too_short_a_history_is_refused() -> None:
    with pytest.raises(DataError, match=r"too few weeks of sales for a baseline\. Given: 5 weeks"):
        sales_baseline(_sales(6), AT_ONCE, key_date=KEY_DATE)
    with pytest.raises(DataError, match="no invoice was followed"):
        collection_curve(
            pd.DataFrame({"invoice_id": ["i"], "day": [NOW], "amount": [1.0]}),
            pd.DataFrame({"invoice_id": [], "day": [], "amount": []}),
            known_to=KEY_DATE,
        )
