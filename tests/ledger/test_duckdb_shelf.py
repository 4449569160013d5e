"""A history in the embedded engine."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from arseg.ledger import Ledger
from arseg.ledger.duckdb_shelf import DuckDBShelf, open_history


@pytest.mark.parametrize("kept", ["file", "memory"])
def test_it_can_be_read_by_several_and_written_by_nobody(
    kept: str, small_ledger: Ledger, tmp_path: Path
) -> None:
    with closing(DuckDBShelf(open_history(small_ledger, tmp_path if kept == "file" else None))) as shelf:
        with shelf.open() as one, shelf.open() as other:
            one.execute("CREATE TEMP VIEW own AS SELECT 1 AS n")
            query = f"SELECT count(*) AS n FROM {shelf.known}item_states"
            assert one.execute(query).equals(other.execute(query))
            with pytest.raises(duckdb.Error, match="own"):
                other.execute("SELECT * FROM own")
            with pytest.raises(duckdb.Error, match="disabled"):
                other.execute(f"ATTACH '{small_ledger.path}' AS book")
        assert shelf.workers() == os.cpu_count()


def test_memory_bounds_how_many_key_dates_are_worked_on(small_ledger: Ledger) -> None:
    with closing(DuckDBShelf(open_history(small_ledger, None, memory="200MB"))) as shelf:
        assert shelf.workers() == 1
