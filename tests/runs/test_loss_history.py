from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.exclusions import pool_exposures
from arseg.runs import loss_history
from arseg.runs.item_curves import EVERY
from arseg.runs.journal import Run
from arseg.schema import AGING_NAMES


@pytest.fixture(scope="module")
def items(told_run: Run) -> pd.DataFrame:
    exposures = pool_exposures(told_run.load(EVERY))
    return exposures.assign(exposed=exposures["exposed"].astype("float64"))


@pytest.fixture(scope="module")
def tracked(told_run: Run) -> pd.DataFrame:
    return loss_history.track(told_run)


def test_a_step_loses_no_money(tracked: pd.DataFrame) -> None:
    parts = tracked[["cash", "credited", "written_off", "open"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(tracked["balance"].to_numpy())


def test_past_segments_are_those_of_the_backtests_key_dates(told_run: Run, tracked: pd.DataFrame) -> None:
    days = set(loss_history.past_segments(told_run).index.get_level_values("key_date"))
    assert days == {pd.Timestamp(day) for day in told_run.load("backtest")["key_dates"]}
    assert {"High", "Medium", "Low"} & set(tracked["segment"])


def test_each_method_gives_every_open_segment_a_rate_in_every_bucket(
    told_run: Run, items: pd.DataFrame, tracked: pd.DataFrame
) -> None:
    made = [
        loss_history.vintages(told_run, items),
        loss_history.rolls(told_run, items, tracked),
        loss_history.transitions(told_run, items, tracked),
    ]
    for method in made:
        cells = method.segments.set_index(["segment", "bucket"])["rate"]
        assert set(cells.index) == {
            (name, bucket) for name in set(items["segment"]) for bucket in AGING_NAMES
        }
        assert cells.between(0, 1).all()
        assert method.pool["bucket"].tolist() == list(AGING_NAMES)


def test_a_shown_rate_is_weighted_by_what_stands_there_today() -> None:
    names = loss_history.named((1, 8, 31, 61, 91))
    items = pd.DataFrame({"segment": "High", "days_past_due": [3, 9], "exposed": [100.0, 300.0]})
    pool = pd.DataFrame({"bucket": names, "reached": 1.0, "rate": [0.0, 0.1, 0.5, 0.6, 0.7, 0.8]})
    found = loss_history._shown(items, None, pool, (1, 8, 31, 61, 91), 1.0)
    rates = found.pool.set_index("bucket")["rate"]
    assert rates["1-30"] == pytest.approx((100 * 0.1 + 300 * 0.5) / 400)
    assert rates[["current", "31-60", "61-90", "over 90"]].tolist() == pytest.approx([0.0, 0.6, 0.7, 0.8])
    # A segment without a history of its own has the pool's rates, and no weight.
    own = found.segments.set_index("bucket")
    assert np.allclose(own["rate"], rates)
    assert (own["reached"] == 0).all()
