from __future__ import annotations

import numpy as np
import pytest

from arseg.models.penalised_logit import Trials, fit_logit


@pytest.fixture(scope="module", name="trials")
def _trials() -> Trials:
    rng = np.random.default_rng(1)
    matrix = np.column_stack([np.ones(800), rng.normal(size=(800, 3))])
    offset = rng.normal(-1, 0.5, 800)
    chance = 1 / (1 + np.exp(-(offset + matrix @ [0.3, 1.0, -0.5, 0.0])))
    return Trials(matrix, offset, rng.random(800) < chance, rng.integers(1, 4, 800).astype(float))


def test_without_a_penalty_it_is_the_regression_of_statsmodels(trials) -> None:
    import statsmodels.api as sm

    theirs = sm.GLM(
        trials.happened.astype(float),
        trials.matrix,
        family=sm.families.Binomial(),
        offset=trials.offset,
        freq_weights=trials.weight,
    ).fit(tol=1e-12)
    np.testing.assert_allclose(fit_logit(trials, 1e-9), theirs.params, atol=1e-5)


def test_the_bottom_is_flat_in_every_direction(trials) -> None:
    found = fit_logit(trials, 20.0)

    def height(b: np.ndarray) -> float:
        p = 1 / (1 + np.exp(-(trials.offset + trials.matrix @ b)))
        seen = trials.weight * np.log(np.where(trials.happened, p, 1 - p))
        return -seen.sum() + 10 * (b[1:] ** 2).sum()

    slopes = [(height(found + step) - height(found - step)) / 2e-4 for step in 1e-4 * np.eye(4)]
    np.testing.assert_allclose(slopes, 0, atol=0.05)


def test_a_strong_penalty_leaves_the_intercept_only(trials) -> None:
    found = fit_logit(trials, 1e9)
    np.testing.assert_allclose(found[1:], 0, atol=1e-5)
    p = 1 / (1 + np.exp(-(trials.offset + found[0])))
    assert trials.weight @ p == pytest.approx(trials.weight @ trials.happened)


def test_a_column_that_tells_all_stays_finite() -> None:
    told = np.arange(200) < 60
    found = fit_logit(Trials(np.column_stack([np.ones(200), told]), np.zeros(200), told, np.ones(200)), 1.0)
    assert 1 < found[1] < 20


def test_the_start_does_not_show(trials) -> None:
    np.testing.assert_allclose(
        fit_logit(trials, 3.0, np.array([2.0, -3.0, 4.0, 1.0])), fit_logit(trials, 3.0), atol=1e-4
    )


def test_parts_do_not_show(trials, monkeypatch) -> None:
    whole = fit_logit(trials, 3.0)
    monkeypatch.setattr("arseg.models.penalised_logit._ROWS_AT_ONCE", 77)
    np.testing.assert_allclose(fit_logit(trials, 3.0), whole, atol=1e-10)


def test_extreme_offsets_do_not_overflow() -> None:
    trials = Trials(
        np.ones((4, 1)), np.array([-800.0, 800.0, 0.0, 0.0]), np.array([0, 1, 1, 0], bool), np.ones(4)
    )
    np.testing.assert_allclose(fit_logit(trials, 1.0), 0, atol=1e-6)
