from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.replay import measure
from arseg.ledger.storing.store import Ledger
from arseg.policies import AgingBuckets, OneSizeFitsAll, RiskTiers
from arseg.runs.lab.policy_desk import PolicyDesk, open_desk


@pytest.fixture(scope="module", name="desk")
def _desk(small_ledger: Ledger) -> PolicyDesk:
    return open_desk(small_ledger, key_dates="2025-06/2025-07")


def test_the_policy_in_force_tried_against_itself_moves_nothing(desk: PolicyDesk) -> None:
    tried = desk.try_policy(AgingBuckets())
    assert tried.policy == tried.in_force == "AgingBuckets()"
    assert tried.moved["change"].dropna().eq(0).all()
    plan_rows = desk.result.rows
    pd.testing.assert_frame_equal(
        desk.rows(AgingBuckets()).reset_index(drop=True), plan_rows.reset_index(drop=True)
    )


def test_a_backtest_and_what_was_tried_draw_their_measures_and_calibration(desk: PolicyDesk) -> None:
    (axes,) = desk.result.plot("dso").axes
    assert axes.get_ylabel() == "dso (days)"
    (beside,) = desk.try_policy(RiskTiers()).plot().axes
    assert [text.get_text() for text in beside.get_legend().get_texts()] == ["AgingBuckets()", "RiskTiers()"]
    (calibration,) = desk.result.plot_calibration().axes
    drawn = calibration.lines[1].get_ydata()
    assert list(drawn) == desk.result.calibration["observed"].tolist()


def test_a_threshold_moves_the_dso_of_segments_and_never_that_of_the_book(desk: PolicyDesk) -> None:
    low, high = (desk.try_policy(RiskTiers(medium_from=at, high_from=0.9)) for at in (0.05, 0.6))
    dso = {
        name: tried.moved.query("measure == 'dso'").set_index("segment")
        for name, tried in (("low", low), ("high", high))
    }
    assert dso["low"].loc["all", "change"] == pytest.approx(0)
    assert dso["high"].loc["all", "change"] == pytest.approx(0)
    assert dso["low"].loc["Medium", "tried"] != dso["high"].loc["Medium", "tried"]
    assert low.sizes[low.policy]["Medium"] > high.sizes[high.policy]["Medium"]


def test_what_is_tried_is_what_the_measure_of_its_rows_says(desk: PolicyDesk) -> None:
    policy = RiskTiers(medium_from=0.2)
    rows = desk.rows(policy)
    segment = rows.loc[rows["segment"] != "none", "segment"].mode()[0]
    expected = rows[rows["segment"] == segment]
    tried = desk.try_policy(policy).measures
    own = tried[
        (tried["policy"] == repr(policy)) & (tried["measure"] == "dso") & (tried["segment"] == segment)
    ]
    assert own["value"].item() == pytest.approx(expected["amount_days"].sum() / expected["sales"].sum())
    assert len(measure(rows, draws=5, seed=1, window="w")) == len(tried) / 2


def test_more_hours_reach_further_and_cost_less_at_the_margin(desk: PolicyDesk) -> None:
    policy = OneSizeFitsAll("High")
    few, many = (
        desk.try_policy(policy, hours=0.2, collectors=1),
        desk.try_policy(policy, hours=24, collectors=2),
    )
    assert few.hours["hours"] == pytest.approx(0.2)
    assert few.hours["used_hours"] <= 0.2
    assert few.hours["treatments"] < many.hours["treatments"]
    assert few.hours["shadow_price"] >= many.hours["shadow_price"]


def test_the_same_policy_gives_the_same_figures(desk: PolicyDesk) -> None:
    first, second = (desk.try_policy(RiskTiers()).measures for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert np.isfinite(first.loc[first["segment"] == "all", "value"]).all()


def test_what_was_tried_draws_itself_on_anybodys_axes(desk: PolicyDesk) -> None:
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    assert desk.try_policy(RiskTiers()).plot("dso", ax=axes) is axes.figure
    assert "RiskTiers" in repr(desk.try_policy(RiskTiers()))
