from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.intervals import draw_customers
from arseg.backtest.replay import ALL, RATIOS, SUMS, UNSCORED, frozen_sums, measure, replay
from arseg.policies import AgingBuckets, OneSizeFitsAll
from arseg.schema import CUSTOMER_SCORES, MEASURES

KEY_DATE = dt.date(2025, 6, 30)


def _items() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "invoice_id": ["i1", "i2", "i3"],
            "customer_id": ["a", "a", "b"],
            "balance": [100.0, 50.0, 200.0],
            "late_day": [30, 30, 60],
            "p_unpaid_30": [0.5, 0.1, 0.2],
        }
    )


def _outcomes() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "invoice_id": ["i1", "i2", "i3"],
            "event": [1, 1, 0],
            "duration": [40, 10, 50],
            "followed_days": [50, 50, 50],
            "cash": [100.0, 50.0, 20.0],
            "credited": [0.0, 0.0, 30.0],
        }
    )


def _flows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "sales": [10.0, 0.0, 5.0],
            "amount_days": [3000.0, 6000.0, 100.0],
            "written_off": [0.0, 9.0, 0.0],
            "recovered": [0.0, 2.0, 0.0],
        }
    )


def test_the_sums_of_a_customer_are_what_came_to_its_items() -> None:
    sums = frozen_sums(_items(), _outcomes(), _flows())
    a, b, c = (sums.loc[name] for name in "abc")
    assert (a["cash"], a["collectable"]) == (150.0, 150.0)
    assert (b["cash"], b["collectable"]) == (20.0, 170.0)
    assert (a["unpaid_30"], a["mature_30"]) == (100.0, 150.0), "i1 was paid on day 40, after its late day"
    assert (b["unpaid_30"], b["mature_30"]) == (0.0, 0.0), "i3 was not followed to its late day"
    assert a["expected_30"] == pytest.approx(0.5 * 100 + 0.1 * 50)
    assert b["net_written_off"] == 7.0
    assert (c["sales"], c["cash"]) == (5.0, 0.0), "a customer without open items still has flows"


def test_a_write_off_is_no_payment() -> None:
    sums = frozen_sums(_items(), _outcomes().assign(event=[3, 2, 0], duration=[10, 10, 50]), _flows())
    assert sums.loc["a", "unpaid_30"] == 100.0, "i1 was written off, i2 credited"


def _scores(customers: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.uniform(0, 1, customers) for name in CUSTOMER_SCORES.names})
    frame["customer_id"] = [f"c{i:03d}" for i in range(customers)]
    frame["oldest_days_past_due"] = rng.integers(-30, 120, customers)
    frame["open_count"] = 1
    frame["reasons"] = ""
    return frame


def _rows(customers: int = 40, dates: int = 3) -> pd.DataFrame:
    parts = []
    for index in range(dates):
        rng = np.random.default_rng(index)
        names = [f"c{i:03d}" for i in range(customers + 2)]
        sums = pd.DataFrame(rng.lognormal(5, 1, (customers + 2, len(SUMS))), columns=list(SUMS), index=names)
        day = KEY_DATE + dt.timedelta(days=30 * index)
        parts.append(replay([AgingBuckets(), OneSizeFitsAll()], _scores(customers, index), sums, day))
    return pd.concat(parts, ignore_index=True)


def test_every_customer_stands_once_per_policy_and_key_date() -> None:
    rows = _rows()
    assert not rows.duplicated(["policy", "key_date", "customer_id"]).any()
    assert (rows.loc[rows["customer_id"] == "c041", "segment"] == UNSCORED).all()


def test_segments_and_the_unscored_add_up_to_the_book_whatever_the_policy() -> None:
    rows = _rows()
    totals = rows.groupby("policy")[list(SUMS)].sum()
    assert totals.iloc[0].to_numpy() == pytest.approx(totals.iloc[1].to_numpy())
    measures = measure(rows, draws=20, seed=1, window="w")
    whole = measures[measures["segment"] == ALL].set_index(["policy", "measure"])["numerator"]
    for policy in rows["policy"].unique():
        for name, (top, *_) in RATIOS.items():
            assert whole[(policy, name)] == pytest.approx(rows.loc[rows["policy"] == policy, top].sum())


def test_measures_carry_numerator_denominator_and_an_interval_around_the_value() -> None:
    measures = measure(_rows(), draws=200, seed=1, window="3 key dates")
    assert list(measures.columns) == list(MEASURES.names)
    known = measures.dropna(subset=["low"])
    assert len(known) > 10
    assert ((known["low"] <= known["value"]) & (known["value"] <= known["high"])).mean() > 0.95
    whole = measures.dropna(subset=["value"])
    assert whole["value"].to_numpy() == pytest.approx((whole["numerator"] / whole["denominator"]).to_numpy())


def test_an_empty_segment_has_no_value_rather_than_zero() -> None:
    measures = measure(_rows(), draws=20, seed=1, window="w").set_index(["policy", "segment", "measure"])
    assert np.isnan(measures.loc[("OneSizeFitsAll()", "High", "dso"), "value"])


def test_the_same_rows_in_another_order_give_the_same_measures() -> None:
    rows = _rows()
    shuffled = rows.sample(frac=1, random_state=3)
    first = (
        measure(rows, draws=50, seed=1, window="w").set_index(["policy", "segment", "measure"]).sort_index()
    )
    other = (
        measure(shuffled, draws=50, seed=1, window="w")
        .set_index(["policy", "segment", "measure"])
        .sort_index()
    )
    pd.testing.assert_frame_equal(first, other, check_exact=False, rtol=1e-12)


def test_every_measure_is_the_sum_over_its_own_rows() -> None:
    rows = _rows()
    measures = measure(rows, draws=20, seed=1, window="w")
    for found in measures.to_dict("records"):
        own = rows[rows["policy"] == found["policy"]]
        if found["segment"] != ALL:
            own = own[own["segment"] == found["segment"]]
        top, bottom, *_ = RATIOS[found["measure"]]
        assert found["numerator"] == pytest.approx(own[top].sum())
        assert found["denominator"] == pytest.approx(own[bottom].sum())
        assert found["customers"] == own["customer_id"].nunique()


def test_an_interval_is_the_quantiles_of_the_drawn_customers() -> None:
    rows = _rows()
    own = rows[(rows["policy"] == "AgingBuckets()") & (rows["segment"] == "Low")]
    names = np.sort(rows["customer_id"].unique())
    sums = own.groupby("customer_id")[["amount_days", "sales"]].sum().reindex(names).fillna(0.0)
    weights = draw_customers(len(names), draws=100, seed=1).weights
    drawn = (weights @ sums["amount_days"].to_numpy()) / (weights @ sums["sales"].to_numpy())
    found = measure(rows, draws=100, seed=1, window="w").set_index(["policy", "segment", "measure"])
    row = found.loc[("AgingBuckets()", "Low", "dso")]
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))
