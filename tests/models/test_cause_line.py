from __future__ import annotations

import json

import numpy as np
import pytest

from arseg.models.cause_line import CauseLine, fit_line
from arseg.models.grid import ROW_COLUMNS
from arseg.models.growing import TrainingRows
from arseg.models.rates import Rates

FLAT = Rates((0.1,) * 12)


def days(rows: int) -> np.ndarray:
    """One-day intervals at ten days past due."""
    matrix = np.zeros((rows, len(ROW_COLUMNS)), dtype=np.float32)
    matrix[:, ROW_COLUMNS.index("interval_due_age")] = 10
    matrix[:, ROW_COLUMNS.index("interval_length")] = 1
    return matrix


def fitted(slope: float, rows: int = 4000, limit: int = 9) -> CauseLine:
    """Fit a hazard of 10 % in the mean whose log-odds rise with the first of three columns."""
    rng = np.random.default_rng(0)
    known, terms = rng.normal(size=(rows, 3)), rng.normal(size=(rows, 1))
    chance = 1 / (1 + np.exp(2.2 - slope * known[:, 0]))
    event = (rng.random(rows) < chance).astype(int)
    trained = TrainingRows(days(rows), list(ROW_COLUMNS), event, np.ones(rows), rng.random(rows) < 0.2)
    return fit_line(trained, (terms, known, np.arange(rows)), 1, limit)


def test_without_coefficients_it_is_the_daily_rates() -> None:
    found = CauseLine(FLAT).hazard(days(2), np.zeros((2, 1)), np.zeros((1, 0)), np.zeros(2, int))
    np.testing.assert_allclose(found, 0.1)


def test_a_coefficient_moves_the_log_odds() -> None:
    """0.1 is odds of 1 to 9; e^(0.5 + 2 * 0.3 - 1) times that, by hand."""
    line = CauseLine(FLAT, 0.5, (2.0,), (1,), (-1.0,))
    found = line.hazard(days(1), np.array([[0.3]]), np.array([[7.0, 1.0]]), np.zeros(1, int))
    odds = np.exp(0.1) / 9
    assert found[0] == pytest.approx(odds / (1 + odds), rel=1e-6)


def test_the_slope_of_a_feature_is_found() -> None:
    line = fitted(0.8)
    assert line.features[line.places.index(0)] == pytest.approx(0.8, abs=0.1)


def test_no_more_features_than_allowed_the_strongest_first() -> None:
    assert fitted(0.8, limit=1).places == (0,)
    assert fitted(0.8, limit=0).places == ()


def test_a_handful_of_events_leaves_the_rates() -> None:
    assert fitted(0.8, rows=80).time == ()


def test_a_feature_that_tells_nothing_is_shrunk_to_nothing() -> None:
    assert np.abs(fitted(0.0).features).max() < 0.1


def test_hazards_stay_within_0_and_1_whatever_comes() -> None:
    line = CauseLine(FLAT, 0.0, (1.0,), (), ())
    found = line.hazard(days(2), np.array([[1e4], [-1e4]]), np.zeros((1, 0)), np.zeros(2, int))
    assert found.min() >= 0
    assert found.max() <= 1


def test_a_line_survives_its_dictionary() -> None:
    line = fitted(0.8)
    assert CauseLine.from_dict(json.loads(json.dumps(line.to_dict()))) == line
