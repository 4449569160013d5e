"""A history on Spark: the files that are read, and that a key date sees on Spark what it sees on DuckDB."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from arseg.ledger import Ledger, take_snapshot
from arseg.ledger.duckdb_shelf import open_history
from arseg.ledger.history import TABLES
from arseg.ledger.snapshot import ORDER
from arseg.ledger.spark import SparkEngine
from arseg.ledger.spark_shelf import SparkShelf, write_history
from arseg.ledger.views import view_texts

DAY = dt.date(2025, 6, 30)


def test_the_files_hold_every_table_in_the_order_in_which_it_became_known(
    small_ledger: Ledger, tmp_path: Path
) -> None:
    with open_history(small_ledger, None) as history:
        write_history(history, tmp_path)
        written = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
        write_history(history, tmp_path)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == written
    assert sorted(written) == sorted(f"{name}.parquet" for name in TABLES)
    states = pq.read_table(tmp_path / "item_states.parquet")
    assert states["known_from"].to_pylist() == sorted(states["known_from"].to_pylist())
    assert str(states.schema.field("customer_id").type) == "string"


@pytest.fixture(scope="module", name="spark")
def _spark() -> Iterator[SparkEngine]:
    if shutil.which("java") is None:
        pytest.skip("Java is absent")
    with SparkEngine() as engine:
        yield engine


@pytest.mark.spark
def test_a_key_date_sees_on_spark_what_it_sees_on_duckdb(
    spark: SparkEngine, small_ledger: Ledger, tmp_path: Path
) -> None:
    shelf = SparkShelf(open_history(small_ledger, None), small_ledger, tmp_path, spark=spark)
    with shelf.open() as engine, take_snapshot(small_ledger, DAY) as snapshot:
        for name, text in view_texts(DAY, shelf.known).items():
            engine.execute(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS {text}")
        for name, key in ORDER.items():
            expected = snapshot.arrow(f"SELECT * FROM {name}")
            columns = ", ".join(expected.column_names)
            found = engine.execute(f"SELECT {columns} FROM {name} ORDER BY {', '.join(key)}")
            assert found.to_pylist() == expected.to_pylist(), name
