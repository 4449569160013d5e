from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.allowance import roll_forward
from arseg.forecast.audit_export import Statement, export_provision, verify_export
from arseg.forecast.book_provision import MethodRates, Rules, provide
from arseg.forecast.outlook import Outlook
from arseg.schema import AGING_NAMES, UsageError


def _rates(segments: tuple[str, ...], rates: tuple[float, ...], reached: float) -> pd.DataFrame:
    return pd.DataFrame(
        [(s, b, reached, r) for s in segments for b, r in zip(AGING_NAMES, rates, strict=True)],
        columns=["segment", "bucket", "reached", "rate"],
    )


def _method(*rates: float) -> MethodRates:
    return MethodRates(_rates(("High", "Low"), rates, 1e6), _rates(("all",), rates, 2e6))


def _items(n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(6)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, 30, n).astype(str),
            "segment": rng.choice(["High", "Low"], n),
            "bucket": rng.choice(AGING_NAMES, n),
            "balance": rng.lognormal(7, 1, n).round(2),
            "secured": np.where(rng.random(n) < 0.1, 100.0, 0.0),
            "collected_after": 10.0,
            "specific_allowance": np.where(np.arange(n) == 3, 50.0, np.nan),
        }
    )


METHODS = {
    "vintages": _method(0.01, 0.05, 0.04, 0.3, 0.6),
    "roll rates": _method(0.011, 0.05, 0.05, 0.3, 0.6),
}


def test_the_parts_of_a_provision_fit_to_the_cent() -> None:
    found = provide(_items(), METHODS)
    total = found.reconciliation.query("method == 'vintages' and bucket == 'total'")["allowance"].iloc[0]
    assert total + Decimal("50.00") == found.allowance == sum(found.by_segment().values())
    steps = dict(zip(found.exclusions["step"], found.exclusions["amount"], strict=True))
    assert steps["exposed"] == sum(found.matrix["exposed"])
    assert steps["gross"] == sum(found.matrix["gross"])
    cells = len(found.matrix)
    assert abs(Decimal(str(found.items["expected_loss"].sum())) - total) <= Decimal(
        "0.005"
    ) * cells + Decimal("0.001")


def test_rates_are_shown_before_and_after_they_were_put_in_order() -> None:
    rates = provide(_items(), METHODS).rates["vintages"]
    assert {"own_rate", "pool_rate", "own_weight", "rate_before", "rate"} <= set(rates.columns)
    assert rates.groupby("segment")["rate"].apply(lambda part: part.is_monotonic_increasing).all()
    assert not rates.groupby("segment")["rate_before"].apply(lambda part: part.is_monotonic_increasing).any()
    kept = provide(_items(), METHODS, rules=Rules(monotone=False)).rates["vintages"]
    assert kept["rate"].tolist() == kept["rate_before"].tolist()


def test_cash_after_the_balance_day_counts_only_under_the_expedient() -> None:
    expedient = Rules(outlook=Outlook("asu2025_05"), subsequent_collections=True)
    with_it = provide(_items(), METHODS, rules=expedient)
    assert with_it.allowance < provide(_items(), METHODS).allowance
    with pytest.raises(UsageError, match="only under the expedient of ASU 2025-05"):
        Rules(subsequent_collections=True)


def test_two_months_roll_forward_and_go_to_the_auditor(tmp_path: Path) -> None:
    first, second = provide(_items(150), METHODS), provide(_items(), METHODS)
    moves = pd.DataFrame({"segment": ["High"], "written_off": [100.0], "recovered": [3.5], "fx": [0.0]})
    roll = roll_forward(first.by_segment(), second.by_segment(), moves)
    last = roll.iloc[-1]
    assert last["closing"] == second.allowance
    assert last["opening"] + last["charge"] - last["written_off"] + last["recovered"] == last["closing"]
    day = pd.Timestamp("2026-10-31").date()
    stated = Statement(day, "vintages", "none", "EUR", second.specific)
    export_provision(
        tmp_path / "out",
        stated,
        second.matrix,
        {"items": second.items, "rates": second.rates["vintages"], "roll_forward": roll},
    )
    assert verify_export(tmp_path / "out")["totals"]["allowance"] == str(second.allowance)


def test_no_method_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no method"):
        provide(_items(), {})
