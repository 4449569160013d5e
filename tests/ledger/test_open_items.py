"""The open items alone are those of the whole snapshot, whether the ledger is read anew or its history is kept."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from arseg.ledger import Ledger, observe_contacts, observe_left_alone, observe_outcomes, take_snapshot
from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.open_items import materialise_open_items
from arseg.ledger.receipts import observe_receipts

DAYS = [dt.date(2025, 2, 28), dt.date(2025, 6, 30), dt.date(2025, 11, 15)]


def open_items(ledger: Ledger, day: dt.date, cache: Path | None) -> pd.DataFrame:
    with DuckDBEngine() as engine:
        materialise_open_items(engine, ledger, day, cache=cache)
        return engine.frame("SELECT * FROM open_items")


@pytest.mark.parametrize("day", DAYS)
def test_they_are_those_of_the_snapshot(small_ledger: Ledger, tmp_path: Path, day: dt.date) -> None:
    with take_snapshot(small_ledger, day) as snapshot:
        whole = snapshot.sql("SELECT * FROM open_items")
    assert len(whole)
    for cache in (None, tmp_path):
        found = open_items(small_ledger, day, cache)
        pd.testing.assert_frame_equal(
            found, whole.convert_dtypes(dtype_backend="numpy_nullable").astype(found.dtypes)
        )


@pytest.mark.parametrize(
    "observe", [observe_outcomes, observe_receipts, observe_contacts, observe_left_alone]
)
def test_what_became_of_them_is_the_same_from_a_kept_history(
    small_ledger: Ledger, tmp_path: Path, observe: object
) -> None:
    for day in DAYS:
        anew, kept = observe(small_ledger, day), observe(small_ledger, day, cache=tmp_path)  # type: ignore[operator]
        pd.testing.assert_frame_equal(anew, kept)
    assert (tmp_path / f"{small_ledger.name}.history.duckdb").is_file()
