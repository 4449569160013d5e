"""Columns that a wide and long matrix can do without."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.models import DiscreteHazard, screening


@pytest.fixture(name="wide")
def _wide(draw, monkeypatch: pytest.MonkeyPatch) -> tuple:
    monkeypatch.setattr(screening, "CELLS", 100_000)
    monkeypatch.setattr(screening, "KEPT", 28)
    book = draw(10_000, seed=6)
    noise = np.random.default_rng(0).normal(size=(10_000, 60))
    names = [f"noise_{number}" for number in range(60)]
    return book, book.X.join(pd.DataFrame(noise, index=book.X.index, columns=names))


def test_noise_goes_and_what_says_something_stays(wide) -> None:
    book, X = wide
    model = DiscreteHazard(trees=20).fit(X, book.y)
    assert set(book.X.columns) - {"balance"} <= set(model.features_)
    assert len(model.features_) < 29
    assert sum(name.startswith("noise") for name in model.features_) < 18


def test_a_screened_model_asks_for_its_own_columns_only(wide) -> None:
    book, X = wide
    model = DiscreteHazard(trees=20).fit(X, book.y)
    found = model.predict_cumulative_incidence(X[model.features_], [30, 90])
    assert (found == model.predict_cumulative_incidence(X, [30, 90])).all()


def test_the_order_of_rows_does_not_count(wide) -> None:
    book, X = wide
    turned = np.random.default_rng(3).permutation(len(X))
    models = [
        DiscreteHazard(trees=10).fit(frame, target)
        for frame, target in ((X, book.y), (X.iloc[turned], book.y.iloc[turned]))
    ]
    assert models[0].features_ == models[1].features_
    found = [model.predict_cumulative_incidence(X[:50], [30]) for model in models]
    assert (found[0] == found[1]).all()


def test_a_small_matrix_keeps_all_its_columns(draw) -> None:
    book = draw(500, seed=6)
    X = book.X.assign(**{f"noise_{number}": float(number) for number in range(90)})
    assert len(DiscreteHazard(trees=2).fit(X, book.y).features_) == X.shape[1]
