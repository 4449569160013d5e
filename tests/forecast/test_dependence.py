from __future__ import annotations

import numpy as np
import pytest

from arseg.forecast.dependence import Dependence, gamma_of
from arseg.schema import UsageError

CURVE = np.array([0.9, 0.6, 0.3, 0.05, 1e-9])


def test_without_dependence_the_hazard_is_minus_the_logarithm() -> None:
    assert Dependence(0, 0, 0).hazards(CURVE[:4]) == pytest.approx(-np.log(CURVE[:4]))


@pytest.mark.parametrize("variance", [0.05, 0.5, 2.0])
def test_averaged_over_paces_the_curve_comes_back(variance: float) -> None:
    dependence = Dependence(customer=variance, book=0, week=0)
    hazard = dependence.hazards(CURVE[:4])
    paces = gamma_of(np.random.default_rng(1), variance, (400_000, 1))
    assert np.exp(-paces * hazard).mean(axis=0) == pytest.approx(CURVE[:4], abs=0.003)


def test_averaged_over_all_paces_the_curve_comes_back_nearly() -> None:
    dependence = Dependence(customer=0.5, book=0.02, week=0.03)
    hazard = dependence.hazards(CURVE[:4])
    before = np.concatenate([[0], hazard[:-1]])
    weekly = dependence.stretched(before, hazard - before)
    rng = np.random.default_rng(2)
    pace = gamma_of(rng, 0.5, (300_000, 1)) * dependence.paces(rng, 300_000, 4)
    assert np.exp(-(pace * weekly).cumsum(axis=1)).mean(axis=0) == pytest.approx(CURVE[:4], abs=0.006)


def test_paces_have_mean_one_and_their_variance() -> None:
    drawn = gamma_of(np.random.default_rng(3), 0.3, (200_000,))
    assert drawn.mean() == pytest.approx(1, abs=0.01)
    assert drawn.var() == pytest.approx(0.3, abs=0.01)
    assert Dependence(0, 0, 0).paces(np.random.default_rng(1), 2, 3).tolist() == [[1, 1, 1], [1, 1, 1]]


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_a_variance_below_zero_is_refused(value: float) -> None:
    with pytest.raises(UsageError, match="a variance of the paces"):
        Dependence(customer=value)
    with pytest.raises(UsageError, match="together is no chance"):
        Dependence(together=1.1)


def test_hazards_are_finite_and_never_fall() -> None:
    hazard = Dependence().hazards(CURVE)
    assert np.isfinite(hazard).all()
    assert (np.diff(hazard) > 0).all()
