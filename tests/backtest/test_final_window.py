from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from arseg.backtest.final_window import EARLIER, FINAL, final_key_dates, final_words, measure_apart
from arseg.backtest.plan import Plan
from arseg.backtest.replay import SUMS, measure
from arseg.schema.days import month_ends

DAYS = month_ends(dt.date(2025, 1, 31), dt.date(2025, 8, 31))
SETTLED = dt.date(2025, 12, 21)


def test_no_outcome_of_an_earlier_key_date_reaches_into_the_final_window() -> None:
    plan = Plan(horizon_days=90, final_days=120)
    final = final_key_dates(DAYS, plan, settled=SETTLED)
    start = SETTLED - dt.timedelta(days=120)
    assert final == tuple(day for day in DAYS if (start - day).days < 90)
    assert 0 < len(final) < len(DAYS)


def test_its_length_is_the_horizon_unless_declared_and_zero_is_none() -> None:
    assert final_key_dates(DAYS, Plan(), settled=SETTLED) == final_key_dates(
        DAYS, Plan(final_days=90), settled=SETTLED
    )
    assert final_key_dates(DAYS, Plan(final_days=0), settled=SETTLED) == ()


def _rows() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    keys = [(day, f"c{number:02d}") for day in DAYS for number in range(20)]
    frame = pd.DataFrame(rng.lognormal(5, 1, (len(keys), len(SUMS))), columns=list(SUMS))
    frame["key_date"] = pd.to_datetime([day for day, _ in keys])
    frame["customer_id"] = [name for _, name in keys]
    frame["segment"] = rng.choice(["High", "Medium", "Low"], len(keys))
    return frame.assign(policy="p")


def test_the_parts_are_the_measures_of_their_own_key_dates_and_add_up() -> None:
    rows, final = _rows(), DAYS[-3:]
    apart = measure_apart(rows, final, draws=50, seed=1, horizon_days=90)
    inside = rows["key_date"].isin(pd.to_datetime(list(final)))
    for part, own in ((FINAL, rows[inside]), (EARLIER, rows[~inside])):
        expected = measure(own, draws=50, seed=1, window="w").drop(columns="window")
        found = apart[apart["part"] == part].drop(columns=["part", "window"]).reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected)
    whole = measure(rows, draws=50, seed=1, window="w")
    sums = apart.groupby(["policy", "segment", "measure"])["numerator"].sum()
    np.testing.assert_allclose(sums.sort_index(), whole.set_index(sums.index.names)["numerator"].sort_index())


def test_a_part_without_key_dates_is_absent() -> None:
    assert set(measure_apart(_rows(), [], draws=20, seed=1, horizon_days=90)["part"]) == {EARLIER}


def test_a_final_window_that_holds_every_key_date_says_so() -> None:
    assert final_words(DAYS, DAYS, Plan()).endswith("no key date lies before")
    said = "no choice was made on 3 of 8 key dates, which are reported apart"
    assert final_words(DAYS, DAYS[-3:], Plan()).endswith(said)
