"""Made-up tables of a forecast and a provision, as small as the page's bands need them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd


def told() -> dict[str, Any]:
    """Return two weeks of cash in all and of one segment, and a provision of two cells."""
    bands = {"expected": [100.0, 300.0], "low_80": [80.0, 250.0], "high_80": [120.0, 350.0]}
    to_date = pd.concat(
        [
            pd.DataFrame({"source": "open items", "by": by, "group": group, "ahead": [1, 2], **bands})
            for by, group in (("total", "all"), ("segment", "High"))
        ]
    )
    weeks = {"ahead": [1, 2], "expected": [100.0, 80.0], "actual": [90.0, 110.0]}
    ways = {
        "method": ["arseg", "terms"], "group": "all", "weeks": 2, "actual": 200.0, "wape": [0.2, 0.4],
        "bias": [-0.1, 0.3], "coverage_80": [0.5, None], "crps": [0.1, 0.4],
    }  # fmt: skip
    miss = {
        "expected": [50.0],
        "actual": [20.0],
        "miss": [-30.0],
        "reason": ["later"],
        "why": ["later: 50 expected"],
    }
    money = {name: [Decimal(60), Decimal(40)] for name in ("exposed", "gross")}
    names = ("opening", "charge", "written_off", "recovered", "fx", "closing")
    return {
        "cash_to_date": to_date,
        "cash_scenarios": pd.DataFrame(
            {"scenario": "terms_plus_15", "ahead": [1, 0], "expected_after": [80.0, 240.0],
             "expected": [-20.0, -60.0], "low_80": -70.0, "high_80": -50.0}
        ),
        "said_and_came": pd.DataFrame(
            {"method": "arseg", "group": "all", "origin": pd.Timestamp("2026-08-31"), **weeks}
        ),
        "forecast_accuracy": pd.DataFrame(ways),
        "largest_misses": pd.DataFrame(
            {"origin": [pd.Timestamp("2026-08-31")], "ahead": [1], "customer_id": ["C1"], **miss}
        ),
        "provision_matrix": pd.DataFrame(
            {"segment": "High", "bucket": ["current", "1-30"], "outlook_rate": [0.1, 0.15], **money,
             "allowance": [Decimal(6), Decimal(6)]}
        ),
        "provision_reconciliation": pd.DataFrame(
            {"method": ["vintages", "model"], "bucket": "total", "allowance": [Decimal(12), Decimal(9)],
             "rate": [0.12, 0.09], "gap_share": [0.0, -0.25], "agrees": [True, False]}
        ),
        "loss_backtest": pd.DataFrame(
            {"origin": pd.Timestamp("2026-03-31"), "said": "published", "followed_days": 300, "by": ["bucket", "total"],
             "expected": [5.0, 50.0], "realised": [6.0, 60.0], "still_open": 1.0, "low": [float("nan"), 0.8],
             "high": [float("nan"), 1.6], "verdict": ["too few customers to tell", "not told apart"]}
        ),
        "provision_exclusions": pd.DataFrame(
            {"step": ["gross", "vat", "secured", "exposed"], "amount": [Decimal(110), Decimal(0), Decimal(10), Decimal(100)]}
        ),
        "provision_roll_forward": pd.DataFrame(
            [{"segment": "total", **dict(zip(names, map(Decimal, (10, 5, 4, 1, 0, 12)), strict=True))}]
        ),
        "provision_bridge": pd.DataFrame(
            {"step": ["opening", "volume", "mix", "rates", "outlook", "closing"],
             "amount": list(map(Decimal, (10, 3, -2, 1, 0, 12)))}
        ),
        "facts": {"allowance": "12.00", "specific": "0.00", "in_words": "vintages", "outlook": "none", "notes": ["a note"]},
        "notes": ["Sales to come are switched off."],
    }  # fmt: skip
