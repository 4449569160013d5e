from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from arseg.forecast.reconciliation import in_coarse_buckets, reconcile_methods
from arseg.schema import AGING_NAMES, DataError, UsageError

ITEMS = pd.DataFrame({"bucket": AGING_NAMES, "balance": [300_000, 140_000, 60_000, 23_000, 5_000]})


def _rates(*values: float) -> pd.DataFrame:
    return pd.DataFrame({"bucket": AGING_NAMES, "rate": values})


def test_gaps_sum_to_the_total_gap_and_the_first_method_has_none() -> None:
    frame = reconcile_methods(
        ITEMS,
        {"vintages": _rates(0.02, 0.04, 0.08, 0.25, 1), "roll rates": _rates(0.021, 0.05, 0.1, 0.3, 0.9)},
    )
    for method, part in frame.groupby("method"):
        cells = part[part["bucket"] != "total"]
        whole = part[part["bucket"] == "total"].iloc[0]
        assert sum(cells["gap"]) == whole["gap"]
        assert sum(cells["allowance"]) == whole["allowance"]
        assert method != "vintages" or not any(part["gap"])


def test_a_method_agrees_within_the_tolerance_and_not_beyond() -> None:
    methods = {"a": _rates(*[0.1] * 5), "b": _rates(*[0.11] * 5), "c": _rates(*[0.112] * 5)}
    agrees = reconcile_methods(ITEMS, methods).query("bucket == 'total'").set_index("method")["agrees"]
    assert agrees.to_dict() == {"a": True, "b": True, "c": False}


def test_nothing_against_nothing_agrees_and_something_against_nothing_does_not() -> None:
    frame = reconcile_methods(ITEMS, {"a": _rates(*[0.0] * 5), "b": _rates(0.0, 0.0, 0.0, 0.0, 0.1)})
    total = frame.query("bucket == 'total'").set_index("method")
    assert total.loc["a", "agrees"]
    assert not total.loc["b", "agrees"]
    assert total.loc["b", "gap"] == Decimal("500.00")


def test_no_method_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no method"):
        reconcile_methods(ITEMS, {})


def test_fine_rates_shown_in_fewer_buckets_provide_the_same() -> None:
    items = pd.DataFrame(
        {
            "segment": ["High", "High", "Low", "Low"],
            "bucket": ["over 90", "over 90", "current", "over 90"],
            "fine_bucket": ["91-120", "over 120", "current", "over 120"],
            "balance": [100.0, 300.0, 1000.0, 50.0],
        }
    )
    fine = pd.DataFrame(
        [
            (s, b, r)
            for s in ("High", "Low")
            for b, r in (("current", 0.01), ("91-120", 0.3), ("over 120", 0.7))
        ],
        columns=["segment", "bucket", "rate"],
    )
    coarse = in_coarse_buckets(items, fine).set_index(["segment", "bucket"])
    assert coarse["lost"].sum() == pytest.approx(100 * 0.3 + 300 * 0.7 + 1000 * 0.01 + 50 * 0.7)
    assert coarse.loc[("High", "over 90"), "rate"] == pytest.approx(0.6)
    with pytest.raises(DataError, match="fine bucket that has no rate"):
        in_coarse_buckets(items, fine.iloc[:3])
