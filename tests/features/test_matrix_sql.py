"""The matrix in one SQL text is the matrix."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pytest

from arseg.features import build_features, find_blocks
from arseg.features.matrix_sql import matrix_sql
from arseg.ledger import Ledger, take_snapshot
from oracle.edges import edge_book

DAY = dt.date(2025, 6, 16)


@pytest.mark.parametrize("seed", [0, 3])
def test_the_text_gives_the_matrix_to_the_bit(seed: int, make_ledger: Callable[..., Ledger]) -> None:
    ledger = make_ledger(**edge_book(seed, DAY), complete_to=DAY)
    with take_snapshot(ledger, DAY) as snapshot:
        expected = build_features(snapshot).matrix()
        found = snapshot.sql(f"{matrix_sql(find_blocks(), snapshot.present)} ORDER BY open_items.invoice_id")
    assert found["invoice_id"].tolist() == expected.index.tolist()
    assert list(found.columns[2:]) == list(expected.columns)
    assert np.array_equal(found.iloc[:, 2:].to_numpy("float64"), expected.to_numpy(), equal_nan=True)
