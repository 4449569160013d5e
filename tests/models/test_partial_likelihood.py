from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from arseg.models.partial_likelihood import (
    Spells,
    breslow,
    fit_coefficients,
    hazard_ratios,
    residuals,
)

REFERENCE = json.loads((Path(__file__).parent / "reference" / "cox.json").read_text(encoding="utf-8"))
ROWS = {name: np.array(column) for name, column in REFERENCE["rows"].items()}
MATRIX = np.column_stack([ROWS["a"], ROWS["b"]]).astype(float)


def spells(*, entry=None, weight=None) -> Spells:
    rows = len(MATRIX)
    entry = np.zeros(rows, dtype=int) if entry is None else entry
    weight = np.ones(rows) if weight is None else weight.astype(float)
    return Spells(entry, ROWS["duration"], ROWS["event"] == 1, weight, 200)


@pytest.fixture(scope="module", name="tied")
def _tied() -> tuple[np.ndarray, Spells]:
    """400 rows, half the events in ties, entered late, of unequal weight."""
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(400, 4))
    leaves = np.ceil(20 * rng.exponential(np.exp(-0.6 * matrix[:, 0] + 0.3 * matrix[:, 1]))).clip(1, 60)
    entry = np.minimum(rng.integers(0, 15, 400), leaves - 1).astype(int)
    weight = rng.integers(1, 4, 400).astype(float)
    return matrix, Spells(entry, leaves.astype(int), rng.random(400) < 0.7, weight, 60)


def test_the_coefficients_are_those_of_lifelines() -> None:
    found = fit_coefficients(MATRIX, spells(), ridge=0.0)
    np.testing.assert_allclose(found, REFERENCE["coefficients"], atol=1e-6)


def test_the_baseline_is_that_of_lifelines() -> None:
    ratio = hazard_ratios(MATRIX - MATRIX.mean(axis=0), np.array(REFERENCE["coefficients"]))
    cumulative = np.cumsum(breslow(spells(), ratio))
    for day, value in REFERENCE["cumulative_at_mean"].items():
        assert cumulative[int(day) - 1] == pytest.approx(value, rel=1e-9)


def test_delayed_entry_is_that_of_lifelines() -> None:
    found = fit_coefficients(MATRIX, spells(entry=ROWS["entry"]), ridge=0.0)
    np.testing.assert_allclose(found, REFERENCE["coefficients_with_entry"], atol=1e-6)


def test_a_weight_is_the_row_so_many_times_as_statsmodels_counts_them() -> None:
    found = fit_coefficients(MATRIX, spells(weight=ROWS["weight"]), ridge=0.0)
    np.testing.assert_allclose(found, REFERENCE["coefficients_with_weight"], atol=1e-6)


def test_ties_and_delayed_entry_together_are_those_of_statsmodels(tied) -> None:
    from statsmodels.duration.hazard_regression import PHReg

    matrix, late = tied
    even = Spells(late.entry, late.leaves, late.happened, np.ones(400), 60)
    # statsmodels also counts the day of entry as one at risk.
    theirs = PHReg(even.leaves, matrix, status=even.happened * 1, entry=even.entry + 0.5, ties="breslow")
    np.testing.assert_allclose(
        fit_coefficients(matrix, even, ridge=0.0), theirs.fit(disp=0).params, atol=1e-5
    )


def test_the_summit_is_flat_in_every_direction(tied) -> None:
    """A dumber second reading: the likelihood term by term, its slope by differences."""
    matrix, late = tied

    def height(b: np.ndarray) -> float:
        total = -0.5 * 2.0 * b @ b
        for i in np.flatnonzero(late.happened):
            risk = (late.entry < late.leaves[i]) & (late.leaves >= late.leaves[i])
            mean = np.log((late.weight[risk] * np.exp(matrix[risk] @ b)).sum())
            total += late.weight[i] * (matrix[i] @ b - mean)
        return total

    found = fit_coefficients(matrix, late, ridge=2.0)
    steps = 1e-4 * np.eye(4)
    slopes = [(height(found + step) - height(found - step)) / 2e-4 for step in steps]
    np.testing.assert_allclose(slopes, 0, atol=1e-4)


def test_a_column_that_tells_all_is_held_by_the_ridge() -> None:
    """Without a ridge the coefficient would be infinite: the likelihood climbs for ever."""
    leaves = np.arange(1, 41)
    perfect = Spells(np.zeros(40, dtype=int), leaves, leaves <= 20, np.ones(40), 40)
    matrix = np.where(leaves <= 20, 1.0, -1.0)[:, None]
    found = fit_coefficients(matrix, perfect, ridge=1.0)
    assert 1.0 < found[0] < 3.0


def test_without_a_ridge_such_a_column_still_ends_somewhere() -> None:
    leaves = np.arange(1, 41)
    perfect = Spells(np.zeros(40, dtype=int), leaves, leaves <= 20, np.ones(40), 40)
    found = fit_coefficients(np.where(leaves <= 20, 1.0, -1.0)[:, None], perfect, ridge=0.0)
    assert np.isfinite(found).all()


def test_no_column_gives_no_coefficient() -> None:
    assert fit_coefficients(MATRIX[:, :0], spells(), ridge=1.0).shape == (0,)


def test_residuals_sum_to_zero(tied) -> None:
    """Breslow's baseline expects as many events as there were."""
    matrix, late = tied
    ratio = hazard_ratios(matrix, np.array([0.5, -0.2, 0.0, 0.1]))
    assert late.weight @ residuals(late, ratio) == pytest.approx(0, abs=1e-9)


def test_those_at_risk_are_counted_by_hand() -> None:
    late = Spells(np.array([0, 1, 2]), np.array([2, 3, 3]), np.ones(3, bool), np.ones(3), 4)
    assert late.at_risk(late.weight).tolist() == [1, 2, 2, 0]
    assert breslow(late, np.ones(3)).tolist() == [0, 0.5, 1.0, 0]
