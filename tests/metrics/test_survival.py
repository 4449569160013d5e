from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, log_loss

from arseg.metrics import horizon_brier, horizon_log_loss, known_at, mean_log_loss
from arseg.schema import DataError

TIMES = [7, 30, 60]
Drawn = tuple[pd.DataFrame, np.ndarray, np.ndarray]


@pytest.fixture(name="drawn")
def _drawn() -> Drawn:
    rng = np.random.default_rng(0)
    followed = rng.integers(20, 100, 400)
    duration = np.minimum(rng.integers(1, 120, 400), followed)
    event = np.where(duration < followed, rng.choice([1, 1, 1, 2, 3], 400), 0)
    y = pd.DataFrame({"event": event, "duration": duration, "followed_days": followed})
    incidence = np.sort(rng.random((400, 3, 3)), axis=2) / 3
    return y, incidence, rng.random(400)


def by_hand(y: pd.DataFrame, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    mature = np.array([followed >= horizon for followed in y["followed_days"]])
    paid = [e == 1 and d <= horizon for e, d in zip(y["event"], y["duration"], strict=True)]
    return mature, np.array(paid, dtype=int)


def test_log_loss_equals_that_of_scikit_learn(drawn: Drawn) -> None:
    y, incidence, weight = drawn
    found = horizon_log_loss(y, incidence, TIMES, horizons=[7, 60], weight=weight)
    for row, (horizon, place) in zip(found.itertuples(), [(7, 0), (60, 2)], strict=True):
        mature, paid = by_hand(y, horizon)
        wanted = log_loss(paid[mature], incidence[mature, 0, place], sample_weight=weight[mature])
        assert row.log_loss == pytest.approx(wanted)
        assert (row.horizon, row.rows) == (horizon, mature.sum())
        assert row.weight == pytest.approx(weight[mature].sum())


def test_brier_equals_that_of_scikit_learn(drawn: Drawn) -> None:
    y, incidence, weight = drawn
    found = horizon_brier(y, incidence, TIMES, horizons=[30], weight=weight)
    mature, paid = by_hand(y, 30)
    wanted = brier_score_loss(paid[mature], incidence[mature, 0, 1], sample_weight=weight[mature])
    assert found["brier"].item() == pytest.approx(wanted)


def test_early_events_that_were_not_followed_are_not_mature() -> None:
    y = pd.DataFrame({"event": [1, 1, 0], "duration": [2, 50, 30], "followed_days": [10, 60, 30]})
    assert known_at(y, 30).tolist() == [False, True, True]


def test_an_event_beyond_the_horizon_counts_as_not_yet() -> None:
    y = pd.DataFrame({"event": [1], "duration": [50], "followed_days": [60]})
    found = horizon_log_loss(y, np.full((1, 3, 1), 0.1), [30], horizons=[30])
    assert found["log_loss"].item() == pytest.approx(-np.log(0.9))


def test_another_cause_is_not_paid() -> None:
    y = pd.DataFrame({"event": [2], "duration": [5], "followed_days": [60]})
    found = horizon_log_loss(y, np.full((1, 3, 1), 0.1), [30], horizons=[30])
    assert found["log_loss"].item() == pytest.approx(-np.log(0.9))


def test_certain_errors_stay_finite() -> None:
    y = pd.DataFrame({"event": [1, 0], "duration": [5, 60], "followed_days": 60})
    found = horizon_log_loss(y, np.array([0.0, 1.0]).reshape(2, 1, 1), [30], horizons=[30])
    assert found["log_loss"].item() == pytest.approx(-np.log(1e-6))


def test_the_truth_has_the_lowest_loss() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(20_000)
    y = pd.DataFrame({"event": 1, "duration": np.where(rng.random(20_000) < p, 5, 50), "followed_days": 60})
    losses = [
        mean_log_loss(horizon_log_loss(y, (p**power).reshape(-1, 1, 1), [30], horizons=[30]))
        for power in (0.8, 1.0, 1.25)
    ]
    assert losses[1] == min(losses)


def test_no_mature_row_is_not_a_number_and_leaves_the_mean_alone(drawn: Drawn) -> None:
    y, incidence, _ = drawn
    late = y.assign(followed_days=y["followed_days"].clip(upper=59))
    found = horizon_log_loss(late, incidence, TIMES, horizons=[30, 60])
    assert found["rows"].tolist()[1] == 0
    assert np.isnan(found["log_loss"].iloc[1])
    assert mean_log_loss(found) == found["log_loss"].iloc[0]


def test_a_horizon_that_was_not_predicted_is_refused(drawn: Drawn) -> None:
    with pytest.raises(DataError, match=r"horizons were not predicted. Given: \[14\]"):
        horizon_log_loss(drawn[0], drawn[1], TIMES, horizons=[7, 14])


def test_an_incidence_of_another_shape_is_refused(drawn: Drawn) -> None:
    with pytest.raises(DataError, match=r"does not fit the rows and times. Given: \(399, 3, 3\)"):
        horizon_brier(drawn[0], drawn[1][1:], TIMES, horizons=[7])


def test_a_missing_prediction_is_refused(drawn: Drawn) -> None:
    drawn[1][5, 0, 0] = np.nan
    with pytest.raises(DataError, match=r"missing or are no probabilities. Given: 1 rows"):
        horizon_log_loss(drawn[0], drawn[1], TIMES, horizons=[7])


def test_follow_up_is_needed(drawn: Drawn) -> None:
    with pytest.raises(DataError, match=r"y lacks columns \['followed_days'\]"):
        horizon_log_loss(drawn[0][["event", "duration"]], drawn[1], TIMES, horizons=[7])
