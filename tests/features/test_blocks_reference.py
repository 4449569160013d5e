"""Every shipped column against a slow reading of the ledger's raw rows, written apart from the SQL."""

from __future__ import annotations

import datetime as dt
import importlib
import math
from collections.abc import Callable
from typing import Any

import pytest

from arseg.features import Block, Features, build_features, find_blocks
from arseg.ledger import Ledger, take_snapshot, take_snapshots
from oracle.edges import edge_book
from oracle.known import Known, raw_rows

DAY = dt.date(2025, 6, 16)
EXACT = {"currency", "count"}


def agree(features: Features, known: Known, blocks: tuple[Block, ...]) -> int:
    """Compare every figure of every open item and of every customer who has one; return the customers."""
    numbers = sorted(row["invoice_id"] for row in known.open)
    customers = sorted({row["customer_id"] for row in known.open})
    assert features.items["invoice_id"].tolist() == numbers
    assert features.customers["customer_id"].tolist() == customers
    found = {
        "invoice": dict(zip(numbers, features.items.to_dict("records"), strict=True)),
        "customer": dict(zip(customers, features.customers.to_dict("records"), strict=True)),
    }
    for block in blocks:
        figures = importlib.import_module(f"oracle.{block.name}").figures
        for key, row in found[block.grain].items():
            compare(block, key, row, figures(known, key), known.day)
    return len(customers)


def compare(block: Block, key: str, row: dict[str, Any], wanted: dict[str, Any], day: dt.date) -> None:
    assert set(wanted) == {column.name for column in block.columns}, block.name
    for column in block.columns:
        value, given = wanted[column.name], row[column.name]
        where = f"{column.name} of {key} on {day}: {given} is not {value}"
        if value is None:
            assert math.isnan(given), where
        elif column.unit in EXACT:
            assert given == float(value), where
        else:
            assert given == pytest.approx(float(value), rel=1e-9, abs=1e-9), where


def compare_on(ledger: Ledger, days: list[dt.date]) -> tuple[int, set[str]]:
    """Return how many customers were compared, and the columns that said something of one."""
    rows, blocks, compared, said = raw_rows(ledger), find_blocks(), 0, set[str]()
    with take_snapshots(ledger, days) as snapshots:
        for features in snapshots.map(build_features, workers=1):
            compared += agree(features, Known(rows, ledger.rates, features.key_date), blocks)
            matrix = features.matrix()
            said |= set(matrix.columns[matrix.notna().any()])
    return compared, said


@pytest.mark.parametrize("seed", range(8))
def test_every_column_is_what_a_slow_reading_of_the_rows_gives_at_the_edges_of_every_window(
    seed: int, make_ledger: Callable[..., Ledger]
) -> None:
    ledger = make_ledger(**edge_book(seed, DAY), complete_to=DAY + dt.timedelta(days=9))
    compared, said = compare_on(ledger, [DAY + dt.timedelta(days=shift) for shift in (-1, 0, 1)])
    assert compared >= 45
    if seed == 0:
        assert {column.name for block in find_blocks() for column in block.columns} == said


@pytest.mark.parametrize("month", ["2024-02-29", "2024-12-31", "2025-03-31", "2025-12-30"])
def test_every_column_is_what_a_slow_reading_of_the_rows_gives_on_a_book(
    month: str, small_ledger: Ledger
) -> None:
    assert compare_on(small_ledger, [dt.date.fromisoformat(month)])[0] >= 20


def test_every_block_has_a_slow_reading_of_its_own() -> None:
    for block in find_blocks():
        assert importlib.import_module(f"oracle.{block.name}").figures.__doc__


def test_the_aging_bands_partition_the_open_balance_to_the_cent(small_ledger: Ledger) -> None:
    bands = ["current", "1_30", "31_60", "61_90", "over_90"]
    with take_snapshot(small_ledger, "2025-06-30") as snapshot:
        customers = build_features(snapshot, blocks=["aging", "exposure"]).customers
    cents = (customers[[f"open_balance_{band}" for band in bands]] * 100).round().astype("int64")
    assert (cents.sum(axis="columns") == (customers["open_balance"] * 100).round().astype("int64")).all()
    assert (cents.sum() > 0).all()
