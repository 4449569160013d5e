"""Contributions in batches side by side are those of each item alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.models import DiscreteHazard, person_period
from arseg.models.explained import explained
from arseg.schema import PAID


@pytest.fixture(scope="module", name="fitted")
def _fitted() -> tuple[DiscreteHazard, pd.DataFrame]:
    rng = np.random.default_rng(11)
    X = pd.DataFrame(
        {
            "days_past_due": rng.integers(-40, 60, 700),
            "terms_days": 30.0,
            "key_day": 20_000.0,
            "size": rng.normal(size=700),
        }
    ).astype("float64")
    y = pd.DataFrame({"event": rng.choice([0, 1, 1], 700), "duration": rng.integers(1, 90, 700)})
    return DiscreteHazard(trees=12).fit(X, y), X


def test_they_are_the_mean_over_every_third_of_the_items_own_intervals(
    fitted: tuple[DiscreteHazard, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, X = fitted
    layout, hazard, values = model._layout, model.hazards_[PAID], X[model.features_].to_numpy()
    monkeypatch.setattr(person_period, "_ITEMS_AT_ONCE", 100)
    found = explained(layout, hazard, values, 30)
    for item in (0, 99, 100, 350, 699):
        one = values[item : item + 1]
        age, _ = layout.clocks(one)
        rows = layout.matrix(one, layout.cut(age, np.array([30])))
        np.testing.assert_allclose(found[item], hazard.contributions(rows[::3]).mean(axis=0), atol=1e-9)


def test_of_no_items_nothing_is_said(fitted: tuple[DiscreteHazard, pd.DataFrame]) -> None:
    model, X = fitted
    assert len(explained(model._layout, model.hazards_[PAID], X[model.features_].to_numpy()[:0], 30)) == 0
