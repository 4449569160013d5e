from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]
DAY = dt.date(2025, 6, 30)
RISING = (1, 2, 3, 4, 5, 6)
# Sample standard deviation of 1 to 6, whose mean is 3.5.
SPREAD = math.sqrt(3.5)


def month(before: int) -> dt.date:
    """Return the first day of a month some months before the key date's."""
    months = 2025 * 12 + 5 - before
    return dt.date(months // 12, months % 12 + 1, 1)


def series(values: Sequence[float], newest: int = 1, **told: Any) -> list[dict[str, Any]]:
    """Return monthly values, the last of them for the month that lies ``newest`` months back."""
    count = len(values) - 1
    return [
        {"period": month(newest + count - n), "value": float(value), **told} for n, value in enumerate(values)
    ]


def customers_of(make_ledger: Make, indicators: list[dict[str, Any]], day: dt.date = DAY) -> pd.DataFrame:
    industries = {"C1": "food", "C2": "retail", "C3": None}
    masters = [{"customer_id": who, "industry": industry} for who, industry in industries.items()]
    invoices = [{"invoice_id": f"I{who}", "customer_id": who} for who in industries]
    end = DAY + dt.timedelta(days=9)
    ledger = make_ledger(invoices, customers=masters, indicators=indicators, complete_to=end)
    with take_snapshot(ledger, day) as snapshot:
        return build_features(snapshot, blocks=["economy"]).customers.set_index("customer_id")


def test_a_level_is_told_in_standard_deviations_of_the_months_before(make_ledger: Make) -> None:
    found = customers_of(make_ledger, series([*RISING, 8]))
    assert found["economy_level"].tolist() == [pytest.approx((8 - 3.5) / SPREAD)] * 3
    assert found["economy_age_days"].tolist() == [(DAY - dt.date(2025, 5, 1)).days] * 3
    assert found["economy_change_12m"].isna().all()
    assert found["industry_climate_level"].isna().all()


def test_a_change_is_that_against_the_same_month_a_year_earlier(make_ledger: Make) -> None:
    values = [4, 4, 4, 4, 4, 4, 6, 6, 6, 6, 6, 6, 7]
    found = customers_of(make_ledger, series(values)).loc["C1"]
    spread = math.sqrt(12 / 11)
    assert found["economy_level"] == pytest.approx((7 - 5) / spread)
    assert found["economy_change_12m"] == pytest.approx((7 - 4) / spread)


def test_only_the_36_months_before_the_newest_count_for_its_level(make_ledger: Make) -> None:
    old = [{"period": month(37), "value": 1.0}, {"period": month(38), "value": 900.0}]
    found = customers_of(make_ledger, [*old, *series([2, 3, 4, 5, 6, 8])]).loc["C1"]
    assert found["economy_level"] == pytest.approx((8 - 3.5) / SPREAD)


def test_a_value_released_after_the_key_date_is_invisible_though_its_month_is_over(make_ledger: Make) -> None:
    late = {"period": month(1), "value": 8.0, "known_on": DAY + dt.timedelta(days=1)}
    rows = [*series([*RISING, 5], newest=2), late]
    before, after = (customers_of(make_ledger, rows, DAY + dt.timedelta(days=n)).loc["C1"] for n in (0, 1))
    assert before["economy_level"] == pytest.approx((5 - 3.5) / SPREAD)
    assert before["economy_age_days"] == (DAY - month(2)).days
    assert after["economy_age_days"] == (DAY - month(1)).days + 1
    assert after["economy_level"] > before["economy_level"]


def test_a_revision_replaces_what_it_revises_from_its_release_on(make_ledger: Make) -> None:
    revised = {"period": month(1), "value": 8.0, "known_on": DAY}
    rows = [*series([*RISING, 5]), revised]
    yesterday, today = (customers_of(make_ledger, rows, DAY - dt.timedelta(days=n)).loc["C1"] for n in (1, 0))
    assert yesterday["economy_level"] == pytest.approx((5 - 3.5) / SPREAD)
    assert today["economy_level"] == pytest.approx((8 - 3.5) / SPREAD)


def test_fewer_than_six_months_before_or_none_that_differ_give_no_level(make_ledger: Make) -> None:
    found = customers_of(
        make_ledger,
        [
            *series([*RISING[:5], 8]),
            *series([0.1] * 20 + [0.3], series="constant"),
            *series([0] * 20, series="zero"),
        ],
    ).loc["C1"]
    assert found[["economy_level", "economy_change_12m"]].isna().all()
    assert found["economy_age_days"] == (DAY - month(1)).days


def test_the_economy_is_the_mean_of_the_macro_series_whatever_their_units(make_ledger: Make) -> None:
    trillions = [value * 1e12 for value in (*RISING, 5)]
    shares = [value * 1e-7 for value in (*RISING, 8)]
    rows = [*series(trillions), *series(shares, newest=2, series="share")]
    found = customers_of(make_ledger, rows).loc["C1"]
    assert found["economy_level"] == pytest.approx(((5 - 3.5) + (8 - 3.5)) / 2 / SPREAD)
    assert found["economy_age_days"] == ((DAY - month(1)).days + (DAY - month(2)).days) / 2


def test_a_series_counts_for_ten_standard_deviations_at_most(make_ledger: Make) -> None:
    rows = [*series([*RISING, 900]), *series([*RISING, -900], industry="food")]
    found = customers_of(make_ledger, rows).loc["C1"]
    assert (found["economy_level"], found["industry_climate_level"]) == (10.0, -10.0)


def test_a_customer_hears_of_its_own_industry_only(make_ledger: Make) -> None:
    rows = [*series([*RISING, 8], industry="food"), *series([*RISING, 2], newest=3, industry="retail")]
    found = customers_of(make_ledger, rows)
    levels = found["industry_climate_level"]
    assert levels[["C1", "C2"]].tolist() == pytest.approx([4.5 / SPREAD, -1.5 / SPREAD])
    assert np.isnan(levels["C3"])
    assert found["industry_climate_age_days"][["C1", "C2"]].tolist() == [60, 121]
    assert found["economy_level"].isna().all()
