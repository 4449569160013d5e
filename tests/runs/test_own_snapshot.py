"""The snapshot from the kept history says what a snapshot of its own says."""

from __future__ import annotations

import pandas as pd
import pytest

from arseg.ledger import read_ledger, take_snapshot
from arseg.runs.journal import Run
from arseg.runs.own_snapshot import own_snapshot

ASKED = (
    "SELECT invoice_id, customer_id, CAST(balance AS DOUBLE) AS balance, days_past_due FROM open_items ORDER BY ALL",
    "SELECT invoice_id, customer_id, due_date, CAST(amount AS DOUBLE) AS amount FROM invoices ORDER BY ALL",
    "SELECT invoice_id, kind, CAST(amount AS DOUBLE) AS amount, value_date FROM postings ORDER BY ALL",
    "SELECT customer_id, portfolio FROM customers ORDER BY ALL",
)


@pytest.mark.parametrize("asked", ASKED)
def test_it_says_what_a_snapshot_of_its_own_says(told_run: Run, asked: str) -> None:
    with own_snapshot(told_run) as kept:
        found, present, day = kept.sql(asked), kept.present, kept.key_date
    with take_snapshot(read_ledger(told_run.ledger_path), told_run.key_date) as alone:
        pd.testing.assert_frame_equal(found, alone.sql(asked), check_exact=True)
        assert present == alone.present
    assert day == told_run.key_date
    assert len(found)
