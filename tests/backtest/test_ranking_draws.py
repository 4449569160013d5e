from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.backtest.intervals import draw_customers
from arseg.backtest.judged_items import judge_items
from arseg.backtest.ranking_draws import (
    MEASURED,
    SHARES,
    fine_levels,
    measures,
    rank,
    ranking_rows,
    same_sizes,
)
from arseg.metrics import capture, somers_d
from oracle.judged import draw_frames

FRAMES = draw_frames()
JUDGED = judge_items(FRAMES["items"], FRAMES["outcomes"], FRAMES["customers"])
LEVEL = JUDGED.segments(FRAMES["rows"], "drawn")
DRAWN = draw_customers(len(JUDGED.customers), draws=200, seed=1)


def test_somers_d_is_that_of_all_pairs_within_a_key_date_item_by_item() -> None:
    for by_amount in (False, True):
        found = rank(JUDGED, LEVEL, DRAWN, age=60, by_amount=by_amount).value[0]
        own = JUDGED.items[JUDGED.items["came_60"].notna()].assign(level=LEVEL)
        top = bottom = 0.0
        for _, day in own.groupby("key_date"):
            bads, goods = day[day["came_60"] == 1], day[day["came_60"] == 0]
            for bad in bads.to_dict("records"):
                for good in goods.to_dict("records"):
                    weight = bad["balance"] * good["balance"] if by_amount else 1.0
                    top += weight * np.sign(bad["level"] - good["level"])
                    bottom += weight
        assert found == pytest.approx(top / bottom)


def test_on_one_key_date_the_measures_are_those_of_the_metrics_room() -> None:
    frames = {name: part[part["key_date"] == JUDGED.dates[0]] for name, part in FRAMES.items()}
    one = judge_items(frames["items"], frames["outcomes"], frames["customers"])
    level = one.segments(frames["rows"], "drawn")
    found = dict(zip(MEASURED, rank(one, level, DRAWN, age=30, by_amount=True).value, strict=True))
    items = one.items
    assert found["somers_d"] == pytest.approx(somers_d(level, items["came_30"], items["balance"]))
    amount = (items["came_30"] * items["balance"]).groupby(items["customer_id"]).sum()
    risk = pd.Series(level).groupby(items["customer_id"]).first()
    for share in SHARES:
        assert found[f"capture_{share:.0%}"] == pytest.approx(capture(risk, amount, share))


def test_kolmogorov_smirnov_is_the_largest_distance_between_the_shares() -> None:
    bad, good, present = np.array([[1.0, 1.0, 8.0]]), np.array([[6.0, 3.0, 1.0]]), np.array([[7.0, 4.0, 9.0]])
    found = dict(zip(MEASURED, measures(bad, good, present), strict=True))
    assert found["ks"] == pytest.approx(0.9 - 0.2)
    # Of 20 customers the riskiest 20 % are 4 of the 9 in the top level, which holds 8 of 10 bad.
    assert found["capture_20%"] == pytest.approx(0.8 * 4 / 9)


def test_a_book_without_a_bad_item_ranks_nobody() -> None:
    zeros, ones = np.zeros((2, 3)), np.ones((2, 3))
    assert np.isnan(measures(zeros, ones, ones)).all()


@pytest.mark.parametrize("levels", [3, 50])
def test_every_draw_is_the_measures_of_the_drawn_customers(levels: int) -> None:
    risk = JUDGED.items["risk_p_unpaid_30"].to_numpy(dtype=float)
    level = LEVEL if levels == 3 else fine_levels(JUDGED, risk, levels)
    ranked = rank(JUDGED, level, DRAWN, age=30, by_amount=True)
    for place in range(3):
        # A customer drawn twice stands in the book twice.
        times = DRAWN.weights[place].astype(int)
        twice = np.repeat(np.arange(len(JUDGED.items)), times[JUDGED.customer])
        copy = np.concatenate([np.arange(n) for n in times[JUDGED.customer]]).astype(int)
        items = JUDGED.items.iloc[twice].reset_index(drop=True)
        customer, names = pd.factorize(
            items["customer_id"].to_numpy() + "/" + copy.astype(str).astype(object)
        )
        book = replace(
            JUDGED, items=items, customer=customer, date=JUDGED.date[twice], customers=pd.Index(names)
        )
        one = draw_customers(len(names), draws=1, seed=1)
        expected = rank(book, level[twice], one, age=30, by_amount=True).value
        np.testing.assert_allclose(ranked.drawn[place], expected, rtol=1e-6)


def test_a_ranking_has_no_lead_over_itself() -> None:
    ranked = rank(JUDGED, LEVEL, DRAWN, age=30, by_amount=False)
    rows = ranking_rows(ranked, DRAWN, ranked)
    assert (rows["value"] == 0).all()
    assert rows["low"].isna().all()
    assert rows["baseline"].tolist() == pytest.approx(ranking_rows(ranked, DRAWN)["value"].tolist())


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000))
def test_a_baseline_is_cut_into_segments_of_the_policys_own_sizes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    risk_of = rng.integers(0, 5, len(JUDGED.customers)).astype(float)
    risk_of[rng.random(len(risk_of)) < 0.1] = np.nan
    risk = risk_of[JUDGED.customer]
    left_out = np.where(JUDGED.customer == 3, -1, LEVEL)
    found = same_sizes(JUDGED, left_out, risk)
    frame = pd.DataFrame(
        {"date": JUDGED.date, "customer": JUDGED.customer, "level": left_out, "other": found}
    )
    assert frame.groupby(["date", "customer"])["other"].nunique().max() == 1
    one = frame.drop_duplicates(["date", "customer"])
    sizes = one.groupby("date")[["level", "other"]].agg(sorted)
    assert (sizes["level"] == sizes["other"]).all()
    known = one.assign(risk=risk_of[one["customer"]])
    known = known[(known["other"] >= 0) & known["risk"].notna()]
    for _, day in known.groupby("date"):
        highest = day.groupby("other")["risk"].max()
        lowest = day.groupby("other")["risk"].min()
        assert (highest.shift().dropna() <= lowest.loc[highest.shift().dropna().index]).all()


def test_fine_levels_keep_the_order_within_a_key_date_and_ties_together() -> None:
    risk = JUDGED.items["risk_oldest_days_past_due"].to_numpy(dtype=float)
    level = fine_levels(JUDGED, risk, 50)
    frame = pd.DataFrame({"date": JUDGED.date, "risk": risk, "level": level}).sort_values(["date", "risk"])
    for _, day in frame.groupby("date"):
        assert day["level"].is_monotonic_increasing
        assert day.groupby("risk")["level"].nunique().max() == 1
    assert 0 <= level.min() < level.max() < 50
