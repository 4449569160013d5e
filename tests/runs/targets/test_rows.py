from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from arseg.runs.publication import publish
from arseg.runs.targets.rows import ARROW, content_of, plain_rows
from arseg.runs.targets.tables import METRICS, SEGMENT_CHANGES, TABLES
from arseg.schema import DataError
from oracle.editions import HOSTILE, edition_files

Put = Callable[..., Path]


def test_every_column_has_its_type_whatever_the_file_said(put: Put) -> None:
    content = content_of(put())
    assert (content.experiment, content.version[:10]) == ("demo", "2026-10-31")
    for table in TABLES:
        if table.name in content.tables:
            rows = content.tables[table.name]
            assert [(field.name, field.type) for field in rows.schema] == [
                (column.name, ARROW[column.type]) for column in table.columns
            ]


def test_ids_days_and_money_come_exactly(put: Put) -> None:
    rows = content_of(put()).tables["worklist"].to_pylist()
    assert [row["customer_id"] for row in rows] == list(HOSTILE)
    assert rows[0]["open_balance"] == Decimal("12345678901234.56")
    assert rows[0]["deadline"] == dt.date(2026, 10, 31)
    assert rows[0]["owner"] is None


def test_metrics_are_of_the_book_and_of_each_policy_and_nan_is_unknown(put: Put) -> None:
    rows = content_of(put()).tables[METRICS.name].to_pylist()
    assert [(row["policy"], row["segment"], row["measured_over"]) for row in rows] == [
        (None, None, None),
        ("A()", "High", "9 key dates"),
    ]
    assert [(row["value"], row["low"], row["customers"]) for row in rows] == [(39.25, None, 5)] * 2


def test_only_customers_whose_segment_is_another_are_changes(put: Put) -> None:
    rows = content_of(put("High")).tables[SEGMENT_CHANGES.name].to_pylist()
    assert [(row["customer_id"], row["segment_before"], row["segment_after"]) for row in rows] == [
        (HOSTILE[0], "Low", "High")
    ]
    assert rows[0]["open_balance"] == Decimal("1234.56")
    assert content_of(put("Low")).tables[SEGMENT_CHANGES.name].num_rows == 0


def test_the_publication_carries_the_hash_of_its_manifest(put: Put) -> None:
    version = put()
    content = content_of(version)
    said = content.tables["publications"].to_pylist()[0]
    assert said["manifest_sha256"] == hashlib.sha256((version / "manifest.json").read_bytes()).hexdigest()
    assert (said["policy"], said["predecessor"], said["key_date"]) == (
        "RiskTiers",
        None,
        dt.date(2026, 10, 31),
    )
    assert content.sha256 != content_of(put("Low")).sha256


def test_a_version_without_a_worklist_is_refused(tmp_path: Path) -> None:
    files = {name: content for name, content in edition_files().items() if name != "worklist.parquet"}
    version = publish(files, folder=tmp_path / "demo", version="2026-10-31-00000000", facts={})
    with pytest.raises(DataError, match=r"nothing to file.*Given: no worklist.parquet"):
        content_of(version)


def test_an_edition_without_changes_has_none(tmp_path: Path) -> None:
    files = {name: content for name, content in edition_files().items() if name != "changes.parquet"}
    version = publish(files, folder=tmp_path / "demo", version="2026-10-31-00000000", facts={})
    assert content_of(version).tables["segment_changes"].num_rows == 0


def test_rows_are_plain_tuples() -> None:
    assert plain_rows(pa.table({"a": [1, None], "b": ["x", "y"]})) == [(1, "x"), (None, "y")]
    assert plain_rows(pa.table({"a": pa.array([], pa.int64())})) == []
