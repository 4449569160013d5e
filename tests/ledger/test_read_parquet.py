from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arseg.ledger.read_parquet import read_parquet
from arseg.schema import DataError

DAY = dt.date(2024, 2, 29)


def read(tmp_path: Path, values: pa.Array) -> tuple[list[str | None], str]:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": values}), path)
    columns, kinds, _ = read_parquet(path, name="a.parquet")
    return columns["a"].to_pylist(), kinds["a"]


@pytest.mark.parametrize(
    ("values", "text", "kind"),
    [
        (pa.array(["000123", "NA", None]), ["000123", "NA", None], "text"),
        (pa.array(["x"], pa.large_string()), ["x"], "text"),
        (pa.array(["x", "y"]).dictionary_encode(), ["x", "y"], "text"),
        (pa.array([DAY, None]), ["2024-02-29", None], "date"),
        (pa.array([dt.datetime(2024, 2, 29)], pa.timestamp("us")), ["2024-02-29"], "date"),  # noqa: DTZ001
        (pa.array([Decimal("1234.50")], pa.decimal128(18, 2)), ["1234.50"], "decimal"),
        (pa.array([9007199254740993]), ["9007199254740993"], "integer"),
        (pa.array([0.1, None]), ["0.1", None], "float"),
        (pa.array([None, None]), [None, None], "text"),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)
def test_each_type_has_one_exact_spelling(tmp_path: Path, values: Any, text: list[str], kind: str) -> None:
    assert read(tmp_path, values) == (text, kind)


@pytest.mark.parametrize(
    "values",
    [
        pa.array([dt.datetime(2024, 2, 29, 12)], pa.timestamp("us")),  # noqa: DTZ001
        pa.array([dt.datetime(2024, 2, 29, tzinfo=dt.UTC)], pa.timestamp("us", "UTC")),
    ],
    ids=["noon", "zone"],
)
def test_instants_are_not_days(tmp_path: Path, values: pa.Array) -> None:
    with pytest.raises(DataError, match="column 'a' holds instants, not days"):
        read(tmp_path, values)


@pytest.mark.parametrize("values", [pa.array([[1]]), pa.array([b"x"]), pa.array([{"b": 1}])], ids=str)
def test_a_type_without_exact_text_is_refused(tmp_path: Path, values: pa.Array) -> None:
    with pytest.raises(DataError, match="has a type without exact text"):
        read(tmp_path, values)


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": ["x"]}), path)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DataError, match=r"a\.parquet is not Parquet"):
        read_parquet(path, name="a.parquet")
