"""Scoring a matrix in Arrow batches, here and on Spark."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from arseg.backtest import Plan, Walk
from arseg.features import Features
from arseg.ledger import Ledger
from arseg.ledger.spark import SparkEngine
from arseg.models import DiscreteHazard, save_model
from arseg.schema import ITEM_SCORES
from arseg.scores import SCORED, score, score_batches

NAMES = [name for name in ITEM_SCORES.names if name != "reasons"]


@pytest.fixture(scope="module", name="scored")
def _scored(
    small_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, pa.Table, pd.DataFrame]:
    """Return a stored model, a matrix as Arrow, and what ``score`` says of it."""
    walk = Walk(small_ledger, Plan(landmarks=4, fewest_events=20))
    X, y = walk.training(pd.Timestamp("2025-06-30").date())
    model = DiscreteHazard(trees=5).fit(X, y)
    folder = tmp_path_factory.mktemp("model")
    save_model(model, folder)
    features = walk.landmark(pd.Timestamp("2025-06-30").date()).features
    return folder, as_arrow(features), local(features, model)


def as_arrow(features: Features) -> pa.Table:
    matrix = features.matrix().reset_index()
    matrix.insert(1, "customer_id", features.items["customer_id"].to_numpy())
    return pa.Table.from_pandas(matrix, preserve_index=False)


def local(features: Features, model: DiscreteHazard) -> pd.DataFrame:
    return score(features, model, reasons=False).items[NAMES]


def test_an_items_score_does_not_hang_on_the_others_of_its_batch(
    scored: tuple[Path, pa.Table, pd.DataFrame],
) -> None:
    folder, matrix, expected = scored
    batches = matrix.to_batches(max_chunksize=7)
    assert len(batches) > 3
    found = pa.Table.from_batches(list(score_batches(folder)(iter(batches)))).to_pandas()
    pd.testing.assert_frame_equal(found[NAMES], expected, check_dtype=False, rtol=1e-12)


@pytest.mark.spark
def test_spark_scores_what_we_score(scored: tuple[Path, pa.Table, pd.DataFrame]) -> None:
    if shutil.which("java") is None:
        pytest.skip("Java is absent")
    folder, matrix, expected = scored
    settings = {"spark.sql.execution.arrow.maxRecordsPerBatch": "20"}
    with SparkEngine(settings=settings) as engine, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        rows = engine.session.createDataFrame(matrix).mapInArrow(score_batches(folder), SCORED)
        found = rows.toArrow().to_pandas().sort_values("invoice_id", ignore_index=True)
    pd.testing.assert_frame_equal(found[NAMES], expected, check_dtype=False, rtol=1e-12)
