from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from arseg.ledger.storing.store import Ledger
from arseg.runs.lab import feature_bench
from arseg.runs.lab.feature_bench import try_block
from arseg.schema import UsageError

BLOCK = """\
-- block: oldest
-- grain: customer
-- column: oldest_days | days | days past due of the oldest open item
-- column: constant | count | always one
SELECT customer_id, MAX(days_past_due) AS oldest_days, 1 AS constant FROM open_items GROUP BY customer_id
"""
DAYS = (dt.date(2025, 6, 30), dt.date(2025, 7, 31))


def test_a_block_is_run_judged_and_held_against_a_ledger_without_a_future(small_ledger: Ledger) -> None:
    found = try_block(small_ledger, BLOCK, key_dates=DAYS, draws=20)
    assert found.leak == "no difference"
    skill = found.skill.set_index("column")
    assert skill.loc["constant", "auc"] == 0.5
    assert skill.loc["oldest_days", "auc"] > 0.55, "who is late stays late in this book"
    assert (
        skill.loc["oldest_days", "low"] <= skill.loc["oldest_days", "auc"] <= skill.loc["oldest_days", "high"]
    )
    assert found.drift.set_index("column").loc["constant", "said"] == "as it was"
    assert len(found.table) == found.table["customer_id"].nunique()


def test_a_block_that_would_see_the_future_is_caught(
    small_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = feature_bench._values
    calls: list[int] = []

    def leaking(snapshot: object, block: object) -> pd.DataFrame:
        calls.append(1)
        values = real(snapshot, block)  # type: ignore[arg-type]
        return values.assign(oldest_days=values["oldest_days"] + len(calls))

    monkeypatch.setattr(feature_bench, "_values", leaking)
    assert try_block(small_ledger, BLOCK, key_dates=DAYS, draws=2).leak.endswith(
        "rows differ without the future"
    )


def test_a_block_that_reaches_for_the_ledger_or_a_day_too_late_is_refused(small_ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="the cell"):
        try_block(small_ledger, BLOCK.replace("open_items", "read_csv('x')"), key_dates=DAYS)
    with pytest.raises(UsageError, match="until 2026-01-14: nothing is known after 2025-12-31"):
        try_block(small_ledger, BLOCK, key_dates=[dt.date(2025, 12, 15)])
