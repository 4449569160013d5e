from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from arseg import schema
from arseg.world.parquet import days, ledger_table, money, named, numbered, numbers, write_tables


def test_money_is_exact_beyond_the_precision_of_floats() -> None:
    cents = np.array([0, 1, -1, 2**53 + 1, -(2**53) - 1, 10**17])
    assert money(cents).to_pylist() == [Decimal(int(value)) / 100 for value in cents]


def test_codes_ids_days_and_numbers_may_be_absent() -> None:
    assert named(("a", "b"), np.array([1, -1, 0])).to_pylist() == ["b", None, "a"]
    assert numbered("C", np.array([], dtype=np.int64), width=5).to_pylist() == []
    assert numbers(np.array([1.5, np.nan])).to_pylist() == [1.5, None]
    dated = days(np.array([0, 31]), 19_723, known=np.array([True, False])).to_pylist()
    assert [str(day) for day in dated] == ["2024-01-01", "None"]


def test_a_table_has_the_columns_of_the_schema_and_no_other() -> None:
    text = pa.array(["C1"])
    table = ledger_table(schema.CUSTOMERS, {"customer_id": text})
    assert tuple(table.column_names) == schema.CUSTOMERS.names
    with pytest.raises(AssertionError, match="colour"):
        ledger_table(schema.CUSTOMERS, {"customer_id": text, "colour": text})


def test_files_are_written_beneath_a_folder_that_is_made(tmp_path: Path) -> None:
    paths = write_tables(tmp_path / "new", {"one": pa.table({"a": [1]})})
    assert paths == {"one": tmp_path / "new" / "one.parquet"}
    assert paths["one"].exists()
