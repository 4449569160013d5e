"""Targeting curves against a slow reading and against known uplift."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arseg.backtest.value.outcomes import cross_fit
from arseg.backtest.value.targeting import (
    WEIGHTINGS,
    qini_curve,
    rank_weighted_effect,
    uplift_scores,
    value_by_minutes,
)
from arseg.schema import DataError, UsageError

from .conftest import EFFECT, draw_log


def test_scores_average_to_the_effect_in_every_group_known_beforehand() -> None:
    logged, state, _ = draw_log(1, customers=1500)
    scores = uplift_scores(
        logged, cross_fit(logged, state, kind="linear"), treatment="call", component="cash"
    )
    risky = (state["risk"] > 0).to_numpy()
    assert scores[risky].mean() == pytest.approx(1.5 * EFFECT[2], abs=0.2)
    assert scores[~risky].mean() == pytest.approx(EFFECT[2], abs=0.2)


def test_a_ranking_by_uplift_is_above_nothing_and_one_by_chance_is_not() -> None:
    logged, state, _ = draw_log(2, customers=1500)
    scores = uplift_scores(
        logged, cross_fit(logged, state, kind="linear"), treatment="call", component="cash"
    )
    chance = np.random.default_rng(3).random(len(scores))
    for weighting in WEIGHTINGS:
        good = rank_weighted_effect(
            scores, (state["risk"] > 0).to_numpy(float), logged.customer, weighting=weighting
        )
        none = rank_weighted_effect(scores, chance, logged.customer, weighting=weighting)
        bad = rank_weighted_effect(
            scores, -(state["risk"] > 0).to_numpy(float), logged.customer, weighting=weighting
        )
        assert good.low > 0
        assert none.low < 0 < none.high
        assert bad.high < 0


def test_the_interval_holds_the_truth() -> None:
    # Half have an effect of 1.5 times the other half's: the first half is 0.25 calls above the mean.
    truth = 0.25 * EFFECT[2] * (1 - np.log(0.5) - 1 + 0.0)
    held = []
    for seed in range(60):
        logged, state, _ = draw_log(seed, customers=200)
        scores = uplift_scores(
            logged, cross_fit(logged, state, kind="linear"), treatment="call", component="cash"
        )
        found = rank_weighted_effect(scores, (state["risk"] > 0).to_numpy(float), logged.customer, draws=100)
        held.append(found.low <= truth <= found.high)
    assert np.mean(held) > 0.85


@given(st.lists(st.tuples(st.floats(-5, 5), st.integers(0, 3)), min_size=2, max_size=9))
def test_the_area_is_that_of_a_slow_reading_over_all_orders_of_ties(rows: list[tuple[float, int]]) -> None:
    from arseg.backtest.value.targeting import _rate

    scores, priority = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    means = {p: scores[priority == p].mean() for p in set(priority.tolist())}
    ranked = [means[p] for p in sorted(priority.tolist(), reverse=True)]
    toc = [np.mean(ranked[:k]) - scores.mean() for k in range(1, len(ranked) + 1)]
    assert _rate(scores, priority, "AUTOC") == pytest.approx(np.mean(toc), abs=1e-9)
    shares = [k / len(ranked) * value for k, value in enumerate(toc, start=1)]
    assert _rate(scores, priority, "QINI") == pytest.approx(np.mean(shares), abs=1e-9)


def test_the_curve_starts_at_nothing_and_ends_at_all() -> None:
    scores, priority, minutes = (
        np.array([5.0, 1.0, -2.0]),
        np.array([3.0, 2.0, 1.0]),
        np.array([10.0, 5.0, 5.0]),
    )
    curve = value_by_minutes(scores, priority, minutes, points=5)
    assert curve["minutes"].tolist() == [0, 5, 10, 15, 20]
    assert curve["value"].tolist() == [0, 2.5, 5, 6, 4]
    assert curve["treated"].tolist() == [0, 0.5, 1, 2, 3]


def test_rows_that_tie_share_their_place_whatever_their_order() -> None:
    scores, same = np.array([4.0, 0.0]), np.zeros(2)
    one, other = (
        value_by_minutes(s, same, np.ones(2), points=3)["value"].tolist() for s in (scores, scores[::-1])
    )
    assert one == other == [0, 2, 4]


def test_the_qini_curve_of_a_ranking_by_chance_lies_on_nothing() -> None:
    chance = np.random.default_rng(1)
    curve = qini_curve(chance.normal(1, 1, 20_000), chance.random(20_000))
    assert curve["gain"].abs().max() < 0.02
    assert curve["gain"].iloc[[0, -1]].abs().max() < 1e-9


def test_what_cannot_be_ranked_is_refused() -> None:
    logged, state, _ = draw_log(1, customers=20)
    outcomes = cross_fit(logged, state, kind="linear")
    with pytest.raises(UsageError, match="there is no treatment 'none'"):
        uplift_scores(logged, outcomes, treatment="none", component="cash")
    with pytest.raises(UsageError, match="there is no weighting 'AUUC'"):
        rank_weighted_effect(np.ones(9), np.ones(9), np.arange(9), weighting="AUUC")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="too few customers to rank"):
        rank_weighted_effect(np.ones(3), np.ones(3), np.arange(3))
    with pytest.raises(DataError, match="a contact takes no time"):
        value_by_minutes(np.ones(2), np.ones(2), np.zeros(2))
    with pytest.raises(DataError, match="do not fit"):
        qini_curve(np.ones(2), np.ones(3))
    with pytest.raises(DataError, match="is not a number"):
        qini_curve(np.array([1.0, np.nan]), np.ones(2))
