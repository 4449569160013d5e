from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.models import (
    CalibratedModel,
    CustomerMeanDelay,
    DiscreteHazard,
    KaplanMeierByTerms,
    all_models,
)
from arseg.models.protocol import make_model
from arseg.runs.model_card import CARD
from arseg.runs.scorer import DAYS, MODEL_CODE, OUTPUTS, incidences, inputs_of, use_after


class _Known:
    """A model whose answer is its own place in the array."""

    def predict_cumulative_incidence(self, X: pd.DataFrame, times: tuple[int, ...]) -> np.ndarray:
        rows, causes, days = np.ix_(range(len(X)), range(3), times)
        return rows * 10_000.0 + causes * 1000.0 + days


def test_each_cause_and_day_has_its_column_and_each_item_its_row() -> None:
    features = pd.DataFrame({"days_past_due": [3, 9]}, index=pd.Index(["i1", "i2"], name="invoice_id"))
    found = incidences(_Known(), features)  # type: ignore[arg-type]
    assert found.shape == (2, 3 * len(DAYS))
    assert found.loc["i1", "paid_30"] == 30
    assert found.loc["i2", "credited_7"] == 11_007
    assert found.loc["i2", "written_off_365"] == 12_365


def test_the_code_that_mlflow_keeps_only_calls_this_module() -> None:
    assert "from arseg.runs.scorer import as_pyfunc" in MODEL_CODE
    assert len(MODEL_CODE.splitlines()) == 4
    compile(MODEL_CODE, "model.py", "exec")


def book(rows: int = 400) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(1)
    X = pd.DataFrame({"days_past_due": rng.integers(-20, 40, rows), "terms_days": 30, "key_day": 20000})
    X = X.assign(cleared_days_late_mean_12m=rng.normal(5, 3, rows), cleared_count_12m=9, spare=0).astype(
        float
    )
    y = pd.DataFrame({"event": rng.integers(0, 4, rows), "duration": rng.integers(1, 90, rows)})
    return X, y


@pytest.mark.parametrize("name", [kind.__name__ for kind in all_models()])
def test_the_columns_that_a_model_reads_suffice_it(name: str) -> None:
    X, y = book()
    model = make_model(name, {}).fit(X, y)
    reads = inputs_of(model)
    assert set(reads) <= set(X)
    pd.testing.assert_frame_equal(incidences(model, X[reads]), incidences(model, X))


def test_a_calibrated_model_reads_what_the_one_within_reads() -> None:
    X, y = book()
    plain, bent = (
        kind.fit(X, y) for kind in (DiscreteHazard(trees=5), CalibratedModel(parameters={"trees": 5}))
    )
    assert inputs_of(bent) == inputs_of(plain)
    assert inputs_of(KaplanMeierByTerms()) == ["days_past_due", "terms_days", "key_day"]
    assert inputs_of(CustomerMeanDelay())[3:] == ["cleared_days_late_mean_12m", "cleared_count_12m"]


def test_the_answer_has_the_columns_of_the_signature() -> None:
    X, y = book()
    assert tuple(incidences(KaplanMeierByTerms().fit(X, y), X)) == OUTPUTS


def test_a_model_past_its_use_is_told_by_the_day_of_the_rows(tmp_path: Path) -> None:
    rows = pd.DataFrame({"key_day": [20000.0, 20001.0]})
    assert use_after(tmp_path, rows) == "", "no card, no end"
    card = {"model": "M()", "valid_until": "2024-10-04"}
    (tmp_path / CARD).write_text(json.dumps(card), encoding="utf-8")
    assert use_after(tmp_path, rows[:1]) == ""
    assert use_after(tmp_path, rows[:0]) == ""
    assert use_after(tmp_path, rows) == "OVERDUE: M() may be used until 2024-10-04; 2024-10-05 is 1 day later"
