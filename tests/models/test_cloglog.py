"""Complementary log-log regression beside a margin."""

from __future__ import annotations

import numpy as np
import pytest

from arseg.models.cloglog import derivatives, fit_beside, hazard_of, log_likelihood, robust_covariance

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]
TRUE = np.array([0.5, -0.3])


@pytest.fixture(scope="module", name="rows")
def _rows() -> Rows:
    rng = np.random.default_rng(0)
    margin, inputs = rng.normal(-2, 1, 20_000), rng.normal(size=(20_000, 2))
    return margin, inputs, rng.random(20_000) < hazard_of(margin + inputs @ TRUE)


def test_the_slope_is_that_of_the_log_likelihood() -> None:
    margin, happened, one = np.array([-3.0, 0.2, 1.0]), np.array([True, False, True]), np.ones(1)
    slope, curve = derivatives(margin, happened)
    for place in range(3):
        ends = [log_likelihood(margin[[place]] + step, happened[[place]], one) for step in (-1e-6, 1e-6)]
        assert slope[place] == pytest.approx((ends[1] - ends[0]) / 2e-6, rel=1e-5)
    assert (curve > 0).all()


def test_the_coefficients_come_out_within_their_errors(rows: Rows) -> None:
    margin, inputs, happened = rows
    theta = fit_beside(margin, inputs, happened, np.ones(len(margin)), np.zeros(2), steps=25)
    covariance = robust_covariance(
        margin + inputs @ theta, inputs, happened, np.ones(len(margin)), np.arange(len(margin))
    )
    assert (np.abs(theta - TRUE) < 3 * np.sqrt(np.diag(covariance))).all()
    assert np.sqrt(np.diag(covariance)).max() < 0.03


def test_rows_that_say_the_same_twice_say_it_once(rows: Rows) -> None:
    margin, inputs, happened = rows
    once = robust_covariance(margin, inputs, happened, np.ones(len(margin)), np.arange(len(margin)))
    twice = [np.tile(part, (2,) + (1,) * (part.ndim - 1)) for part in rows]
    item = np.tile(np.arange(len(margin)), 2)
    found = robust_covariance(*twice, np.ones(len(item)), item)
    assert found == pytest.approx(once, rel=1e-2)


def test_little_evidence_is_pulled_to_nothing() -> None:
    happened = np.array([True, True])
    theta = fit_beside(np.full(2, -2.0), np.ones((2, 1)), happened, np.ones(2), np.zeros(1), steps=25)
    assert 0 < theta[0] < 1
