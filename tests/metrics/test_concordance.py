from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from arseg.metrics import concordance, discrimination_by_day, dynamic_auc, somers_d
from arseg.metrics.followed import FollowUp, Outcome
from arseg.schema import DataError


def concordance_by_hand(book: Any, risk: np.ndarray, tau: int, cause: int) -> float:
    """Count by the definition, pair by pair."""
    event, duration = book.y["event"].to_numpy(), book.y["duration"].to_numpy()
    followed = FollowUp.of(Outcome.read(book.y, book.weight), book.strata).curve
    good = pairs = 0.0
    for i in np.flatnonzero((event == cause) & (duration <= tau)):
        for j in range(len(event)):
            later = duration[j] > duration[i] or (duration[j] == duration[i] and event[j] == 0)
            gone = duration[j] <= duration[i] and event[j] not in {0, cause}
            if not (later or gone):
                continue
            weight = book.weight[i] * book.weight[j] / followed[book.strata[i], duration[i]]
            weight /= followed[book.strata[j], min(duration[i], duration[j])]
            pairs += weight
            good += weight * ((risk[i] > risk[j]) + 0.5 * (risk[i] == risk[j]))
    return good / pairs


@pytest.mark.parametrize(("tau", "cause"), [(12, 1), (30, 1), (30, 2)])
def test_it_is_the_definition_pair_by_pair(book, tau: int, cause: int) -> None:
    risk = book.incidence[:, cause - 1, 2]
    found = concordance(book.y, risk, tau, cause=cause, strata=book.strata, weight=book.weight)
    assert found == pytest.approx(concordance_by_hand(book, risk, tau, cause))


@pytest.mark.parametrize("cause", [1, 2, 3])
def test_it_is_that_of_hazardous(peers, cause: int) -> None:
    found = discrimination_by_day(peers.y, peers.incidence, peers.times)
    own = found[found["cause"] == cause]
    np.testing.assert_allclose(own["concordance"], peers.said["concordance"][str(cause)], rtol=1e-10)


@pytest.mark.parametrize("cause", [1, 3])
def test_the_auc_is_that_of_scikit_learn_under_the_weights_of_the_day(book, cause: int) -> None:
    outcome = Outcome.read(book.y, book.weight)
    weights = FollowUp.of(outcome, book.strata).weights(30)
    risk = book.incidence[:, cause - 1, 2]
    found = dynamic_auc(book.y, risk, 30, cause=cause, strata=book.strata, weight=book.weight)
    assert found == pytest.approx(roc_auc_score(outcome.left(30, cause), risk, sample_weight=weights))


def test_without_censoring_the_auc_is_that_of_the_plain_outcome() -> None:
    rng = np.random.default_rng(3)
    risk, day = rng.random(300), rng.integers(1, 60, 300)
    y = pd.DataFrame({"event": rng.choice([1, 1, 2], 300), "duration": day})
    came = (y["event"] == 1) & (y["duration"] <= 30)
    assert dynamic_auc(y, risk, 30) == pytest.approx((somers_d(risk, came) + 1) / 2)


def test_one_risk_for_all_is_chance(book) -> None:
    assert concordance(book.y, np.ones(120), 30) == pytest.approx(0.5)
    assert dynamic_auc(book.y, np.ones(120), 30) == pytest.approx(0.5)


def test_the_reversed_risk_mirrors_it(book) -> None:
    risk = book.incidence[:, 0, 2]
    assert concordance(book.y, -risk, 30) == pytest.approx(1 - concordance(book.y, risk, 30))


def test_only_the_order_of_the_risk_counts(book) -> None:
    risk = book.incidence[:, 0, 2]
    assert concordance(book.y, np.exp(3 * risk), 30) == concordance(book.y, risk, 30)


def test_a_weight_of_two_is_the_row_twice(book) -> None:
    twice, risk = pd.concat([book.y, book.y.iloc[:40]], ignore_index=True), book.incidence[:, 0, 2]
    weight = np.append(np.full(40, 2.0), np.ones(80))
    assert concordance(book.y, risk, 30, weight=weight) == pytest.approx(
        concordance(twice, np.append(risk, risk[:40]), 30)
    )


def test_early_censoring_does_not_move_it() -> None:
    rng = np.random.default_rng(4)
    speed = rng.gamma(2, 0.02, 20_000)
    true = rng.geometric(np.minimum(speed, 0.9))
    lost = rng.integers(5, 80, 20_000)
    whole = pd.DataFrame({"event": 1, "duration": true})
    cut = pd.DataFrame({"event": (true <= lost).astype(int), "duration": np.minimum(true, lost)})
    assert concordance(cut, speed, 60) == pytest.approx(concordance(whole, speed, 60), abs=0.01)
    assert dynamic_auc(cut, speed, 60) == pytest.approx(dynamic_auc(whole, speed, 60), abs=0.01)


def test_rows_that_were_credited_rank_below_those_that_paid_later() -> None:
    y = pd.DataFrame({"event": [2, 1], "duration": [2, 20]})
    assert concordance(y, [0.1, 0.9], 30) == 1.0
    assert concordance(y, [0.9, 0.1], 30) == 0.0


def test_without_a_pair_it_is_not_a_number() -> None:
    y = pd.DataFrame({"event": [1, 1], "duration": [5, 5]})
    assert np.isnan(concordance(y, [0.1, 0.9], 30))
    assert np.isnan(dynamic_auc(y, [0.1, 0.9], 30))


def test_a_tau_beyond_follow_up_is_refused() -> None:
    y = pd.DataFrame({"event": [1, 0], "duration": [5, 20]})
    with pytest.raises(DataError, match=r"nobody is followed that long. Given: day 30"):
        concordance(y, [0.1, 0.9], 30)


@pytest.mark.parametrize("risk", [[0.1], [0.1, np.nan]])
def test_a_risk_that_does_not_pair_is_refused(risk: list[float]) -> None:
    y = pd.DataFrame({"event": [1, 0], "duration": [5, 40]})
    with pytest.raises(DataError, match=r"risk and outcome do not pair"):
        dynamic_auc(y, risk, 30)
