"""Curves bent to what a later fold saw."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from arseg.metrics import horizon_log_loss, mean_log_loss
from arseg.models import DiscreteHazard, KaplanMeierByTerms
from arseg.models.calibrated import CalibratedModel, days_followed, known_by, reads_columns
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


def turned(draw) -> tuple[pd.DataFrame, pd.DataFrame, npt.NDArray[np.int64]]:
    """Return the rows of a book that pays a third slower from a day on, followed to one last day."""
    book = draw(6000, seed=4)
    slow = (book.X["key_day"] >= 19500).to_numpy()
    duration = np.where(slow, np.ceil(book.y["duration"] * 1.5), book.y["duration"]).astype(int)
    left = (19800 - book.X["key_day"]).to_numpy()
    gone = (book.y["event"] != 0).to_numpy() & (duration <= left)
    y = pd.DataFrame(
        {"event": np.where(gone, book.y["event"], 0), "duration": np.where(gone, duration, left)}
    )
    return book.X, y, left


def test_fit_learns_the_lines_from_the_last_key_dates_that_were_followed_for_a_month(draw) -> None:
    X, y, left = turned(draw)
    model = CalibratedModel(model="KaplanMeierByTerms", later_key_dates=3).fit(X, y)
    days = np.sort(X["key_day"].unique())[-3:]
    early, later = (X["key_day"] < days[0]).to_numpy(), X["key_day"].isin(days).to_numpy()
    then = known_by(y[early], (days[0] - X["key_day"][early]).to_numpy())
    by_hand = CalibratedModel(model="KaplanMeierByTerms").fit(X[early], then)
    by_hand.calibrate(X[later], y[later], left[later])
    assert model.lines_ == by_hand.lines_
    assert model.lines_[1] != (0.0, 1.0)
    plain = KaplanMeierByTerms().fit(X, y)
    assert model.inner_ is not None
    assert model.inner_.to_dict() == plain.to_dict()


def test_nothing_that_became_known_after_the_later_key_dates_began_teaches_the_early_model(draw) -> None:
    X, y, _ = turned(draw)
    X = X.reset_index(drop=True)
    first = np.sort(X["key_day"].unique())[-3]
    known = (X["key_day"] < first) & (y["duration"] <= first - X["key_day"])
    other = pd.DataFrame({"event": 3, "duration": 400}, index=y.index)
    spoilt = y.where(known | (X["key_day"] >= first), other)
    assert (spoilt != y).any(axis=None)
    fitted = []
    for target in (y, spoilt):
        model = CalibratedModel(model="KaplanMeierByTerms", later_key_dates=3)
        model._learn_lines(X, target, np.ones(len(X)))
        assert model.inner_ is not None
        fitted.append(model.inner_.to_dict())
    assert fitted[0] == fitted[1]


def test_a_book_with_one_key_date_is_not_bent(draw) -> None:
    book = draw(500, seed=1)
    X = book.X.assign(key_day=19000)
    model = CalibratedModel(model="KaplanMeierByTerms", later_key_dates=2).fit(X, book.y)
    assert set(model.lines_.values()) == {(0.0, 1.0)}
    assert (model.predict_cumulative_incidence(X, TIMES) > 0).any()


def test_days_followed_are_those_of_the_open_items_and_else_of_the_last_to_leave() -> None:
    y = pd.DataFrame({"event": [0, 1, 1, 1], "duration": [60, 90, 5, 8]}, index=[7, 7, 8, 9])
    assert days_followed(np.array([1.0, 1.0, 2.0, 2.0]), y).tolist() == [60, 60, 8, 8]


def test_its_reasons_are_those_of_the_model_within(draw) -> None:
    book = draw(600, seed=5)
    plain = DiscreteHazard(trees=5).fit(book.X, book.y)
    wrapped = CalibratedModel(parameters={"trees": 5}).fit(book.X, book.y)
    pd.testing.assert_frame_equal(wrapped.contributions(book.X[:20]), plain.contributions(book.X[:20]))
    assert CalibratedModel(model="KaplanMeierByTerms").fit(book.X, book.y).contributions(book.X) is None


def test_the_model_that_reads_columns_is_found_within_wrappers(draw) -> None:
    book = draw(300, seed=5)
    inner = {"model": "KaplanMeierByTerms", "parameters": {}}
    twice = CalibratedModel(model="CalibratedModel", parameters=inner).fit(book.X, book.y)
    assert isinstance(reads_columns(twice), KaplanMeierByTerms)


def test_a_negative_number_of_key_dates_is_refused() -> None:
    with pytest.raises(UsageError, match=r"out of range: \['later_key_dates'\]"):
        CalibratedModel(later_key_dates=-1)
