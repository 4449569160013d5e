"""Curves bent to what a later fold saw."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from arseg.metrics import horizon_log_loss, mean_log_loss
from arseg.models import KaplanMeierByTerms
from arseg.models.calibrated import CalibratedModel
from arseg.schema import DataError, UsageError

TIMES = [7, 14, 30, 60, 90]


def slowed(y: pd.DataFrame) -> pd.DataFrame:
    """Return the same items a third slower: a book whose pace has changed since the fit."""
    return y.assign(duration=np.ceil(y["duration"] * 1.5).astype(int))


@pytest.fixture(scope="module", name="books")
def _books(draw) -> tuple:
    early, late, test = (draw(3000, seed=seed) for seed in (1, 2, 3))
    return early, late, test


@pytest.fixture(scope="module", name="model")
def _model(books) -> CalibratedModel:
    early, late, _ = books
    model = CalibratedModel(model="KaplanMeierByTerms").fit(early.X, early.y)
    return model.calibrate(late.X, slowed(late.y), np.floor(late.followed_days * 1.5))


def test_before_it_is_calibrated_it_answers_as_its_model(books) -> None:
    early, _, test = books
    plain = KaplanMeierByTerms().fit(early.X, early.y)
    wrapped = CalibratedModel(model="KaplanMeierByTerms").fit(early.X, early.y)
    found = [one.predict_cumulative_incidence(test.X, TIMES) for one in (plain, wrapped)]
    assert (found[0] == found[1]).all()


def test_a_book_that_has_slowed_is_foretold_better(books, model) -> None:
    early, _, test = books
    y = slowed(test.y).assign(followed_days=np.floor(test.followed_days * 1.5))
    plain = KaplanMeierByTerms().fit(early.X, early.y)
    losses = [
        mean_log_loss(
            horizon_log_loss(y, one.predict_cumulative_incidence(test.X, TIMES), TIMES, horizons=TIMES)
        )
        for one in (plain, model)
    ]
    assert losses[1] < losses[0] - 0.005
    mature = y["followed_days"] >= 30
    paid = ((y["event"] == 1) & (y["duration"] <= 30))[mature].mean()
    said = model.predict_cumulative_incidence(test.X[mature], [30])[:, 0, 0].mean()
    assert said == pytest.approx(paid, abs=0.03)


def test_a_book_that_has_not_changed_is_left_nearly_alone(books) -> None:
    early, late, test = books
    model = CalibratedModel(model="KaplanMeierByTerms").fit(early.X, early.y)
    before = model.predict_cumulative_incidence(test.X, TIMES)
    model.calibrate(late.X, late.y, late.followed_days)
    assert np.abs(model.predict_cumulative_incidence(test.X, TIMES) - before).mean() < 0.02


def test_curves_stay_curves(books, model) -> None:
    found = model.predict_cumulative_incidence(books[2].X, np.arange(1, 366))
    assert (np.diff(found, axis=2) >= -1e-12).all()
    assert found.min() >= 0
    assert found.sum(axis=1).max() <= 1 + 1e-9


def test_a_cause_with_few_events_keeps_its_curve(books) -> None:
    early, late, _ = books
    model = CalibratedModel(model="KaplanMeierByTerms").fit(early.X, early.y)
    model.calibrate(late.X[:600], late.y[:600], late.followed_days[:600])
    assert 0 < (late.y["event"][:600] == 2).sum() < 100
    assert model.lines_[1] != (0.0, 1.0)
    assert model.lines_[2] == (0.0, 1.0)


def test_it_is_stored_with_its_lines(books, model) -> None:
    again = CalibratedModel.from_dict(json.loads(json.dumps(model.to_dict())))
    found = [one.predict_cumulative_incidence(books[2].X[:50], TIMES) for one in (again, model)]
    assert (found[0] == found[1]).all()


def test_what_cannot_be_calibrated_is_refused(books) -> None:
    early, late, _ = books
    with pytest.raises(UsageError, match="is not fitted"):
        CalibratedModel().calibrate(late.X, late.y, late.followed_days)
    model = CalibratedModel(model="KaplanMeierByTerms").fit(early.X, early.y)
    with pytest.raises(DataError, match=r"followed long enough to calibrate on\. Given: 6 days"):
        model.calibrate(late.X, late.y, np.full(len(late.y), 6))
    with pytest.raises(UsageError, match="there is no model of that name"):
        CalibratedModel(model="Oracle").fit(early.X, early.y)
