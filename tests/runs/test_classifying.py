"""The experiment's classifier: taught by what was known, judged on later days, read as a card."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from arseg.backtest import Plan, Walk
from arseg.backtest.customer_rows import CustomerRows, customer_matrix
from arseg.ledger import Ledger
from arseg.models import Scorecard
from arseg.runs import classifying
from arseg.runs.classifying import JUDGED, classify
from arseg.runs.sections import Classifying

DAY = dt.date(2025, 11, 30)


@pytest.fixture(scope="module", name="walk")
def _walk(small_ledger: Ledger) -> Walk:
    plan = Plan(landmarks=9, draws=40)
    return Walk(small_ledger, plan, blocks=["item", "payment_history", "exposure", "aging"])


def test_too_small_a_book_teaches_no_card_and_the_reason_is_said(walk: Walk) -> None:
    found = classify(Classifying(), walk, DAY)
    assert found.customers.empty
    assert found.card.empty
    assert "40 customers could be followed" in found.note


def test_a_card_gives_every_customer_points_that_its_table_adds_up_to(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classifying, "FEWEST", (20, 3))
    found = classify(Classifying(days=30), walk, DAY)
    X = customer_matrix(walk.landmark(DAY))
    assert found.customers["customer_id"].tolist() == X.index.tolist()
    assert found.customers["p_bad"].between(0, 1).all()
    base = int(found.card.loc[found.card["feature"] == "base", "points"].iloc[0])
    lines = found.card[found.card["feature"] != "base"].groupby("feature")["points"]
    assert found.customers["points"].between(base + lines.min().sum(), base + lines.max().sum()).all()
    # More points, less risk.
    order = found.customers.sort_values("points")["p_bad"].to_numpy()
    assert np.corrcoef(np.arange(len(order)), order)[0, 1] < 0


def test_a_classifier_is_judged_on_days_after_those_that_taught_it(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classifying, "FEWEST", (20, 3))
    taught: list[int] = []
    fit = Scorecard.fit

    def watched(self: Scorecard, X: pd.DataFrame, y: pd.Series) -> Scorecard:
        taught.append(len(X))
        return fit(self, X, y)

    monkeypatch.setattr(Scorecard, "fit", watched)
    found = classify(Classifying(days=30), walk, DAY)
    assert found.judged["classifier"].tolist() == ["Scorecard", "BoostedClassifier"]
    assert tuple(found.judged.columns) == JUDGED
    assert taught[1] < taught[0]
    assert (found.judged["low"] <= found.judged["auc"]).all()
    assert (found.judged["auc"] <= found.judged["high"]).all()
    assert "a booster ranks by" in found.note


def test_no_label_of_the_early_days_was_open_on_the_first_late_one() -> None:
    days = pd.date_range("2025-01-31", periods=8, freq="ME")
    keys = pd.DataFrame({"customer_id": "a", "key_date": days})
    rows = CustomerRows(pd.DataFrame({"x": range(8)}), pd.Series([0, 1] * 4), keys)
    early, late = classifying._apart(rows, 90)
    assert late.keys["key_date"].min() == pd.Timestamp("2025-06-30")
    assert early.keys["key_date"].max() + pd.Timedelta(days=90) <= late.keys["key_date"].min()


def test_what_is_alike_for_all_customers_of_a_day_teaches_no_card() -> None:
    days = pd.to_datetime(["2025-01-31"] * 2 + ["2025-02-28"] * 2)
    keys = pd.DataFrame({"customer_id": ["a", "b"] * 2, "key_date": days})
    X = pd.DataFrame({"unemployment": [1.0, 1.0, 2.0, 2.0], "balance": [1.0, 2.0, 1.0, 2.0]})
    assert classifying._telling(CustomerRows(X, pd.Series([0, 1, 0, 1]), keys)) == ["balance"]
