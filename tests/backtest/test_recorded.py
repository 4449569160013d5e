from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.recorded import Recorded
from arseg.ledger import Ledger
from arseg.schema import DataError

DAY = dt.date(2025, 6, 30)


def test_the_segment_in_force_is_the_last_one_known_by_the_day(small_ledger: Ledger, small_book: Any) -> None:
    found = Recorded.read(small_ledger).segments_on(DAY)
    expected: dict[str, str] = {}
    for row in sorted(small_book["assignments"], key=lambda row: (row["key_date"], row["known_on"])):
        if row["known_on"] <= DAY:
            expected[row["customer_id"]] = row["segment"]
    assert found.to_dict() == expected


def test_what_is_recorded_later_does_not_change_what_was_in_force(
    small_book: Any, make_ledger: Callable[..., Ledger], poison: Callable[..., Any]
) -> None:
    poisoned = poison(small_book, np.random.default_rng(11), DAY)
    one, other = (Recorded.read(make_ledger(**book)).segments_on(DAY) for book in (small_book, poisoned))
    pd.testing.assert_series_equal(one, other)


def test_only_the_named_policy_counts_and_the_name_is_written(small_ledger: Ledger) -> None:
    named = Recorded.read(small_ledger, "AgingBuckets()")
    assert repr(named) == "Recorded(policy='AgingBuckets()')"
    with pytest.raises(DataError, match=r"the ledger records no segment\. Given: RiskTiers\(\)"):
        Recorded.read(small_ledger, "RiskTiers()")


def test_a_ledger_without_assignments_has_no_policy_in_force(make_ledger: Callable[..., Ledger]) -> None:
    ledger = make_ledger([{"invoice_id": "i"}], [{"invoice_id": "i", "value_date": dt.date(2024, 2, 1)}])
    with pytest.raises(DataError, match="the ledger records no segment"):
        Recorded.read(ledger)


def test_a_segment_that_is_none_is_refused() -> None:
    table = pd.DataFrame({"customer_id": ["a"], "segment": ["Gold"]})
    with pytest.raises(DataError, match=r"assignments name unknown segments\. Given: Gold"):
        Recorded(table=table)
