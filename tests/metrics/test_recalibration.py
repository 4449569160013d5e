from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from arseg.metrics.recalibration import line, log_odds, newton


@pytest.fixture(scope="module", name="drawn")
def _drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    p = rng.uniform(0.05, 0.95, 500)
    observed = (rng.random(500) < 1 / (1 + np.exp(-(0.4 + 0.7 * log_odds(p))))).astype(float)
    return p, observed, rng.uniform(0.5, 2, 500)


def test_the_line_is_that_of_a_weighted_logistic_regression(drawn) -> None:
    p, observed, weight = drawn
    design = sm.add_constant(log_odds(p))
    oracle = sm.GLM(observed, design, family=sm.families.Binomial(), freq_weights=weight).fit()
    assert line(p, observed, weight) == pytest.approx(tuple(oracle.params), abs=1e-7)


def test_the_level_alone_makes_what_is_expected_what_came(drawn) -> None:
    p, observed, weight = drawn
    level = newton(np.ones((500, 1)), log_odds(p), observed, weight)[0]
    moved = 1 / (1 + np.exp(-(level + log_odds(p))))
    assert (weight * moved).sum() == pytest.approx((weight * observed).sum())


@pytest.mark.parametrize(
    ("p", "observed"),
    [([0.2, 0.8], [1.0, 1.0]), ([0.4, 0.4], [0.0, 1.0]), ([0.2, 0.8], [0.0, 1.0]), ([], [])],
    ids=["one outcome", "one prediction", "separated", "nothing"],
)
def test_what_cannot_be_estimated_is_not_a_number(p: list[float], observed: list[float]) -> None:
    found = line(np.array(p), np.array(observed), np.ones(len(p)))
    assert np.isnan(found).all()
