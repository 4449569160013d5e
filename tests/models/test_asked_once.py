"""What is asked once is what is predicted, at whatever days and in whatever order it is read."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.models import CalibratedModel, CustomerMeanDelay, DiscreteHazard, TimeToPayment, asked_once
from arseg.models.asked_once import AskedBook, ask, parts, set_up

Rows = tuple[pd.DataFrame, pd.DataFrame]
READ = ([1], [7, 30, 90], [365], [2, 14, 200, 365], [30])


@pytest.fixture(scope="module", name="rows")
def _rows() -> Rows:
    rng = np.random.default_rng(7)
    X = pd.DataFrame(
        {
            "days_past_due": rng.integers(-300, 200, 1500),
            "terms_days": 30.0,
            "key_day": rng.choice([20_000, 20_031, 20_061, 20_092, 20_122], 1500),
            "cleared_days_late_mean_12m": rng.normal(5, 9, 1500),
        }
    ).astype("float64")
    event = rng.choice([0, 1, 1, 1, 2, 3], 1500)
    return X, pd.DataFrame({"event": event, "duration": rng.integers(1, 150, 1500)})


@pytest.fixture(scope="module", name="fitted")
def _fitted(rows: Rows) -> dict[str, TimeToPayment]:
    coarse, fine = DiscreteHazard(trees=15), DiscreteHazard(trees=15, row_limit=3000)
    bent = CalibratedModel("DiscreteHazard", {"trees": 15}, later_key_dates=2)
    mean = CustomerMeanDelay()
    models: dict[str, TimeToPayment] = {"coarse": coarse, "fine": fine, "bent": bent, "mean": mean}
    return {name: model.fit(*rows) for name, model in models.items()}


@pytest.mark.parametrize("name", ["coarse", "fine", "bent", "mean"])
@pytest.mark.parametrize("times", READ, ids=str)
def test_a_reading_is_the_prediction(
    fitted: dict[str, TimeToPayment], rows: Rows, name: str, times: list[int]
) -> None:
    said = ask(fitted[name], rows[0])
    said.at([90])
    found, wanted = said.at(times), fitted[name].predict_cumulative_incidence(rows[0], times)
    np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-15)


def test_a_model_of_hazards_asks_its_trees_once(
    fitted: dict[str, TimeToPayment], rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = fitted["fine"]
    book = AskedBook(model, rows[0])
    first = book.at([30])
    plain: Any = DiscreteHazard._hazards
    asked = []
    monkeypatch.setattr(
        DiscreteHazard,
        "_hazards",
        lambda *given, **more: asked.append(len(given[1])) or plain(*given, **more),
    )
    np.testing.assert_array_equal(book.at([30]), first)
    book.at([5, 300])
    assert asked == []
    AskedBook(model, rows[0]).at([30])
    assert sum(asked) == len(rows[0])


@pytest.mark.parametrize("name", ["fine", "bent"])
def test_a_book_in_parts_says_what_the_whole_says_in_the_order_of_its_items(
    fitted: dict[str, TimeToPayment], rows: Rows, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = AskedBook(fitted[name], rows[0]).at([7, 60])
    monkeypatch.setattr(asked_once, "_AT_ONCE", 400)
    book = AskedBook(fitted[name], rows[0])
    assert list(book.each(lambda rows, _: rows.stop - rows.start)) == [400, 400, 400, 300]
    np.testing.assert_array_equal(book.at([7, 60]), whole)
    once = AskedBook(fitted[name], rows[0], keep=False)
    np.testing.assert_array_equal(np.concatenate(list(once.each(lambda _, said: said.at([7, 60])))), whole)
    assert once._said == {}


def test_it_is_read_in_single_precision_where_that_is_asked_for(
    fitted: dict[str, TimeToPayment], rows: Rows
) -> None:
    book = AskedBook(fitted["coarse"], rows[0])
    found = book.at([7, 60], np.float32)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, book.at([7, 60]).astype(np.float32))


def test_of_no_items_nothing_is_said_and_it_has_its_shape(
    fitted: dict[str, TimeToPayment], rows: Rows
) -> None:
    assert list(parts(0)) == [slice(0, 0)]
    for model in fitted.values():
        assert AskedBook(model, rows[0].iloc[:0]).at([7, 60]).shape == (0, 3, 2)


def test_a_model_that_is_set_up_answers_as_before() -> None:
    model = DiscreteHazard(trees=3)
    set_up(model)
    X = pd.DataFrame({"days_past_due": np.arange(60.0), "terms_days": 30.0, "key_day": 20_000.0})
    y = pd.DataFrame({"event": 1, "duration": 1 + np.arange(60) % 9})
    model.fit(X, y)
    said = copy.deepcopy(model).predict_cumulative_incidence(X, [5])
    set_up(model)
    assert np.array_equal(model.predict_cumulative_incidence(X, [5]), said)
