from __future__ import annotations

import numpy as np
import pytest

from arseg.schema import UsageError
from arseg.world.legacy import FLOOR, at_random, by_softmax, by_thresholds, known_risk, legacy_policy
from arseg.world.reviews import CALL, EMAIL, NONE, Review

_GRID = np.array([(age, money) for age in (1, 5, 10, 31, 90) for money in (50.0, 5e3, 5e5)])


def _review(count: int = 1) -> Review:
    rows = np.tile(_GRID, (count, 1))
    return Review(
        day=100,
        customer=np.arange(len(rows)),
        oldest_days_past_due=rows[:, 0].astype(np.int64),
        overdue=rows[:, 1],
        mean_days_late=np.zeros(len(rows)),
    )


@pytest.mark.parametrize("decide", [at_random, by_softmax])
def test_actions_come_as_often_as_their_logged_probability(decide) -> None:
    review = _review(4000)
    luck = np.random.default_rng(1).random(len(review))
    decision = decide(review, luck)
    assert decision.probabilities is not None
    np.testing.assert_allclose(decision.probabilities.sum(axis=1), 1.0)
    assert decision.probabilities.min() >= FLOOR
    for cell in range(len(_GRID)):
        rows = np.arange(cell, len(review), len(_GRID))
        share = np.bincount(decision.action[rows], minlength=3) / len(rows)
        np.testing.assert_allclose(share, decision.probabilities[cell], atol=0.035)


def test_the_softmax_calls_the_riskier_more_often() -> None:
    review = _review()
    call = by_softmax(review, np.zeros(len(review))).probabilities[:, CALL]
    order = np.argsort(known_risk(review))
    assert (np.diff(call[order]) >= 0).all()
    assert call.max() > 2 * call.min()


def test_thresholds_are_exact_and_log_no_probability() -> None:
    decision = by_thresholds(_review(), np.zeros(len(_GRID)))
    assert decision.probabilities is None
    expected = [NONE] * 3 + [EMAIL] * 3 + [EMAIL, EMAIL, CALL] + [CALL] * 6
    assert decision.action.tolist() == expected


def test_an_unknown_mode_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"unknown legacy mode.*'stocastic'.*write stochastic"):
        legacy_policy("stocastic")
    with pytest.raises(UsageError, match="choose one of them"):
        legacy_policy("xyz")
