"""How long a backtest takes once the scores are there: 24 key dates x 10 policies x 1,000 draws on 1e4 customers.

Beside it, in the same run, a straightforward loop: a data frame of drawn customers per draw, grouped and divided. The
loop does a share of the draws and its time is scaled; both give the same intervals up to the luck of the draw.
``--quick`` takes fewer key dates and draws.
"""

from __future__ import annotations

import argparse
import datetime as dt
from typing import Any, Final

import numpy as np
import pandas as pd
from measuring import measured, report

from arseg.backtest.replay import SUMS, measure, replay
from arseg.policies import (
    AgingBuckets,
    BalanceBands,
    CreditScore,
    OneSizeFitsAll,
    PayerSpeed,
    Policy,
    RiskTiers,
    RiskValueMatrix,
    WeightedScore,
)
from arseg.schema import CUSTOMER_SCORES, PROFILE

POLICIES: Final[tuple[Policy, ...]] = (
    AgingBuckets(),
    OneSizeFitsAll(),
    BalanceBands(),
    CreditScore(),
    PayerSpeed(),
    RiskTiers(),
    RiskTiers(medium_from=0.1),
    RiskTiers(high_from=0.7),
    RiskValueMatrix(),
    WeightedScore(),
)


def book(customers: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return customer scores and what came, for one key date."""
    chance = np.random.default_rng(seed)
    scores = pd.DataFrame({name: chance.random(customers) for name in CUSTOMER_SCORES.names})
    scores["customer_id"] = [f"C{number:05d}" for number in range(customers)]
    for name in ("reasons", *PROFILE):
        scores[name] = ""
    scores["open_balance"] = chance.lognormal(8, 1.5, customers)
    scores["credit_score"] = 400 + 400 * chance.random(customers)
    scores["oldest_days_past_due"] = chance.integers(-20, 120, customers)
    sums = pd.DataFrame({name: scores["open_balance"] * chance.random(customers) for name in SUMS}).set_index(
        pd.Index(scores["customer_id"], name="customer_id")
    )
    return scores, sums


def rows_of(customers: int, key_dates: int) -> pd.DataFrame:
    """Return the rows of all policies and key dates."""
    parts = []
    for number in range(key_dates):
        scores, sums = book(customers, number)
        day = dt.date(2024 + number // 12, 1 + number % 12, 28)
        parts.append(replay(POLICIES, scores, sums, day))
    return pd.concat(parts, ignore_index=True)


def ours(customers: int, key_dates: int, draws: int) -> dict[str, Any]:
    """Return the intervals, by matrix products."""
    found = measure(rows_of(customers, key_dates), draws=draws, seed=1, window="benchmark")
    return {"measures": len(found)}


def loop(customers: int, key_dates: int, draws: int) -> dict[str, Any]:
    """Return the intervals, draw by draw."""
    rows = rows_of(customers, key_dates)
    by = rows.groupby(["policy", "segment", "customer_id"], sort=True)[list(SUMS)].sum().reset_index()
    chance = np.random.default_rng(1)
    names = np.sort(rows["customer_id"].unique())
    drawn = []
    for _ in range(draws):
        counts = pd.Series(chance.multinomial(len(names), np.full(len(names), 1 / len(names))), index=names)
        weighted = by[list(SUMS)].mul(by["customer_id"].map(counts).to_numpy(), axis=0)
        sums = weighted.groupby([by["policy"], by["segment"]]).sum()
        drawn.append(sums["amount_days"] / sums["sales"])
    table = pd.concat(drawn, axis=1)
    return {"measures": int(table.quantile(0.975, axis=1).notna().sum())}


def main() -> None:
    """Run and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer key dates and draws")
    customers, key_dates, draws = (2_000, 6, 200) if parser.parse_args().quick else (10_000, 24, 1_000)
    case = f"{key_dates} key dates x {len(POLICIES)} policies x {draws} draws, {customers} customers"
    rows = [{"case": case, "system": "arseg", **measured(ours, customers, key_dates, draws)}]
    some = max(5, draws // 50)
    slow = measured(loop, customers, key_dates, some)
    alone = measured(loop, customers, key_dates, 1)
    each = (slow["seconds"] - alone["seconds"]) / (some - 1)
    rows.append(
        {
            "case": case,
            "system": "a loop over draws",
            **slow,
            "draws": some,
            "scaled_seconds": round(alone["seconds"] + each * (draws - 1), 1),
        }
    )
    report("backtest", rows)


if __name__ == "__main__":
    main()
