from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.value import g_computation
from arseg.backtest.value.g_computation import compare_courses
from arseg.features import Features
from arseg.models import DiscreteHazard
from arseg.models.contact_contrast import Contrast

EFFECT = SimpleNamespace(
    coefficients=np.array([0.5]),
    covariance=np.array([[0.04]]),
    knows=lambda channel, _: channel != "letter",
)
MODEL = cast("DiscreteHazard", SimpleNamespace(contact_=EFFECT))
# What a touch brings each item: chance paid, days, chance written off; and slopes of that in the coefficient.
PER_TOUCH = np.array([0.1, -2.0, -0.01])


def fake(_: Any, matrix: pd.DataFrame, paths: Any, **options: Any) -> Any:
    del options
    touches = np.array([len(path) for path in paths], dtype=np.float64)
    gains = np.tile(touches[None, :, None] * PER_TOUCH, (len(matrix), 1, 1))
    yield Contrast(np.arange(len(matrix)), gains, 2 * gains[None])


class Playbook:
    """Calls High every week, writes to Medium once, sends Low letters, which the log hardly knows."""

    def prescribe(self, segments: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
        del scores
        kinds = {
            "High": ("call", "firm", 7),
            "Medium": ("email", "nudge", 28),
            "Low": ("letter", "nudge", 28),
        }
        rows = [(row.customer_id, *kinds[row.segment]) for row in segments.itertuples()]
        return pd.DataFrame(rows, columns=["customer_id", "channel", "tone", "cadence_days"])


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.setattr(g_computation, "contrasts", fake)
    items = pd.DataFrame({"invoice_id": ["i", "j"], "customer_id": ["A", "B"]})
    matrix = pd.DataFrame({"balance": [100.0, 50.0]}, index=pd.Index(["i", "j"], name="invoice_id"))
    features = cast("Features", SimpleNamespace(items=items, matrix=lambda: matrix))
    scores = pd.DataFrame({"customer_id": ["A", "B"]})
    segments = pd.DataFrame(
        {
            "policy": ["mild", "mild", "firm", "firm"],
            "customer_id": ["A", "B", "A", "B"],
            "segment": ["Medium", "Low", "High", "none"],
        }
    )
    return compare_courses(
        MODEL, [(features, scores, segments)] * 2, cast("Any", Playbook()), in_force="mild"
    ).set_index(["policy", "measure"])


def test_differences_are_sums_over_items_paired_with_the_policy_in_force(table: pd.DataFrame) -> None:
    # On each of two days: firm calls A four times, mild writes to A once and knows nothing of letters.
    cash = table.loc[("firm", "cash")]
    assert cash["difference"] == pytest.approx(2 * 100 * 0.1 * (4 - 1))
    assert table.loc[("firm", "amount_days"), "difference"] == pytest.approx(2 * 100 * -2.0 * 3)
    assert (table.loc["mild", "difference"] == 0).all()


def test_the_interval_is_that_of_the_effect_by_the_delta_method(table: pd.DataFrame) -> None:
    cash = table.loc[("firm", "cash")]
    slope = 2 * cash["difference"]
    assert cash["high"] - cash["difference"] == pytest.approx(1.959964 * slope * 0.2, rel=1e-6)


def test_contacts_that_the_log_hardly_knows_are_counted_and_bring_nothing(table: pd.DataFrame) -> None:
    mild = table.loc[("mild", "cash")]
    assert (mild["contacts"], mild["unknown_contacts"]) == (4, 2)
    assert (table.loc[("firm", "cash"), "contacts"], mild["customers"], mild["balance"]) == (8, 2, 300.0)
