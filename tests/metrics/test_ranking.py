from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from arseg.metrics import capture, somers_d
from arseg.schema import DataError


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 6, 40), rng.integers(0, 2, 40), rng.random(40)


def somers_by_pairs(risk: np.ndarray, bad: np.ndarray, weight: np.ndarray) -> float:
    score = pairs = 0.0
    for i in np.flatnonzero(bad == 1):
        for j in np.flatnonzero(bad == 0):
            score += weight[i] * weight[j] * np.sign(risk[i] - risk[j])
            pairs += weight[i] * weight[j]
    return score / pairs


@pytest.mark.parametrize("seed", range(5))
def test_somers_d_equals_the_count_over_all_pairs(seed: int) -> None:
    risk, bad, weight = drawn(seed)
    assert somers_d(risk, bad, weight) == pytest.approx(somers_by_pairs(risk, bad, weight))


def test_somers_d_is_twice_the_area_less_one() -> None:
    risk, bad, _ = drawn(9)
    assert somers_d(risk, bad) == pytest.approx(2 * roc_auc_score(bad, risk) - 1)


def test_the_opposite_risk_has_the_opposite_sign() -> None:
    risk, bad, weight = drawn(3)
    assert somers_d(-risk, bad, weight) == pytest.approx(-somers_d(risk, bad, weight))


def test_without_both_outcomes_there_is_no_order() -> None:
    assert np.isnan(somers_d([1, 2], [1, 1]))


def test_bad_must_be_an_outcome() -> None:
    with pytest.raises(DataError, match=r"bad is not an outcome.*Allowed: 0 or 1"):
        somers_d([1, 2], [0, 0.5])


def capture_by_sorting(risk: np.ndarray, amount: np.ndarray, share: float) -> float:
    """Mean over random orders of ties of the amount in the first rows."""
    rng = np.random.default_rng(0)
    rows, caught = round(share * len(risk)), []
    for _ in range(4000):
        order = np.lexsort((rng.random(len(risk)), -risk))
        caught.append(amount[order][:rows].sum())
    return float(np.mean(caught) / amount.sum())


@pytest.mark.parametrize("share", [0.05, 0.1, 0.25, 0.5])
def test_capture_equals_sorting_with_ties_in_proportion(share: float) -> None:
    risk, _, amount = drawn(4)
    assert capture(risk, amount, share) == pytest.approx(capture_by_sorting(risk, amount, share), abs=0.01)


def test_capture_runs_from_nothing_to_everything() -> None:
    risk, _, amount = drawn(5)
    assert capture(risk, amount, 0) == 0
    assert capture(risk, amount, 1) == 1
    assert np.all(np.diff([capture(risk, amount, share) for share in np.linspace(0, 1, 21)]) >= 0)


def test_one_risk_for_all_captures_its_share() -> None:
    assert capture(np.ones(10), np.arange(10), 0.3) == pytest.approx(0.3)


def test_nothing_bad_is_not_a_number() -> None:
    assert np.isnan(capture([1, 2], [0, 0], 0.5))


def test_a_share_above_one_is_refused() -> None:
    with pytest.raises(DataError, match=r"the share is no share. Given: 10"):
        capture([1, 2], [1, 1], 10)


@pytest.mark.parametrize(("risk", "bad"), [([1], [0, 1]), ([np.nan, 1], [0, 1]), ([1, 2], [np.nan, 1])])
def test_what_does_not_pair_is_refused(risk: list[float], bad: list[float]) -> None:
    with pytest.raises(DataError, match="risk and outcome do not pair"):
        somers_d(risk, bad)
