"""Collectors' hours given out: 1e5 customers x 4 treatments x 40 collectors, and harder and smaller days.

A collector has three of ten portfolios, English and perhaps one more language; some do experts' work too.
``gap_percent`` is what is missing to the relaxation's bound. Compared in the same run: value per minute alone, each
customer's dearest option a minute first, to whoever can do it and has most time left.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
import pandas as pd
from measuring import measured, report

from arseg.treatments.allocation import allocate_hours, next_hour
from arseg.treatments.allocation_capacity import Capacity, Collector
from arseg.treatments.frequency import plan_reach

PORTFOLIOS = tuple(f"P{number}" for number in range(10))
LANGUAGES = ("en", "es", "de")
MINUTES, LIFTS = np.array([3.0, 8.0, 12.0, 20.0]), np.array([0.02, 0.05, 0.08, 0.11])


def team(collectors: int, rng: np.random.Generator, *, counted: bool) -> Capacity:
    """Return collectors who are not alike; with ``counted`` every second has a number of customers as well."""
    return Capacity(
        tuple(
            Collector(
                f"collector {number:02d}",
                hours=float(rng.choice([4.0, 6.0, 7.5])),
                portfolios=tuple(rng.choice(PORTFOLIOS, 3, replace=False)),
                languages=tuple(sorted({"en", str(rng.choice(LANGUAGES))})),
                skills=("collector",) if rng.random() < 0.7 else ("collector", "expert"),
                max_customers=int(rng.integers(20, 60)) if counted and number % 2 else None,
            )
            for number in range(1, collectors + 1)
        )
    )


def work(customers: int, capacity: Capacity, rng: np.random.Generator, *, ragged: bool) -> pd.DataFrame:
    """Return four treatments a customer, heavy-tailed balances; ragged minutes are no whole numbers."""
    shape = (customers, len(MINUTES))
    minutes = MINUTES * (rng.uniform(0.7, 1.5, shape) if ragged else np.ones(shape))
    stake = rng.lognormal(7, 1.6, customers) * rng.beta(1, 4, customers)
    value = stake[:, None] * LIFTS * rng.uniform(0.5, 1.5, shape) - 0.7 * minutes
    expert = np.tile(np.arange(len(MINUTES)) == len(MINUTES) - 1, customers)
    each = {
        "customer_id": np.array([f"C{number:06d}" for number in range(customers)]),
        "portfolio": rng.choice(PORTFOLIOS, customers),
        "language": rng.choice(LANGUAGES, customers, p=[0.5, 0.2, 0.3]),
        "owner": rng.choice(["", *capacity.names], customers),
    }
    frame = pd.DataFrame({name: np.repeat(words, len(MINUTES)) for name, words in each.items()})
    return frame.assign(
        treatment=np.tile([f"T{number}" for number in range(len(MINUTES))], customers),
        handling=np.where(expert, "expert", "collector"),
        minutes=minutes.ravel(),
        expected_value=value.ravel().round(2),
    )


def day(customers: int, collectors: int, seed: int, kind: str) -> tuple[pd.DataFrame, Capacity]:
    """Return a day's work and its team."""
    rng = np.random.default_rng(seed)
    capacity = team(collectors, rng, counted=kind == "counted")
    return work(customers, capacity, rng, ragged=kind == "ragged"), capacity


def allocated(customers: int, collectors: int, seed: int, kind: str) -> dict[str, Any]:
    """Give out a day's hours; the seconds of the work alone, without drawing it."""
    frame, capacity = day(customers, collectors, seed, kind)
    start = time.perf_counter()
    found = allocate_hours(frame, capacity)
    took = time.perf_counter() - start
    start = time.perf_counter()
    hour = next_hour(frame, capacity)
    return {
        "allocate_seconds": round(took, 3),
        "next_hour_seconds": round(time.perf_counter() - start, 3),
        "value": round(found.value, 2),
        "bound": round(found.bound, 2),
        "gap_percent": round(100 * found.gap, 4),
        "exact": found.exact,
        "hour_price": round(found.hour_price, 2),
        "next_hour": round(hour, 2),
        "customers_today": int(found.chosen["on_today"].sum()),
        "full_percent": round(
            float(100 * found.desks["used_minutes"].sum() / found.desks["minutes"].sum()), 3
        ),
        "gini": round(found.gini, 5),
    }


def greedy(customers: int, collectors: int, seed: int, kind: str) -> dict[str, Any]:
    """Give out a day's hours by value per minute alone."""
    frame, capacity = day(customers, collectors, seed, kind)
    start = time.perf_counter()
    left, slots = np.array(capacity.minutes_each), [c.max_customers or 10**9 for c in capacity.team]
    order = (-frame["expected_value"] / frame["minutes"]).sort_values(kind="stable").index
    done: set[str] = set()
    total = 0.0
    for row in frame.loc[order].itertuples(index=False):
        if row.expected_value <= 0:
            break
        if row.customer_id in done or left.max() < MINUTES.min() * 0.7:
            continue
        able = [
            place
            for place, collector in enumerate(capacity.team)
            if left[place] >= row.minutes
            and slots[place]
            and collector.takes(portfolio=row.portfolio, language=row.language, skill=row.handling)
        ]
        if able:
            to = max(able, key=lambda place: left[place])
            left[to] -= row.minutes
            slots[to] -= 1
            total += row.expected_value
            done.add(row.customer_id)
    return {"allocate_seconds": round(time.perf_counter() - start, 3), "value": round(total, 2)}


def planned(customers: int, collectors: int, seed: int) -> dict[str, Any]:
    """Plan when those not reached today will be."""
    frame, capacity = day(customers, collectors, seed, "whole")
    first = frame[frame["treatment"] == "T2"].assign(on_today=False)
    plan = plan_reach(first, capacity, key_date="2026-10-30")
    return {"planned": len(plan), "working_days": int(plan["working_days"].max())}


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    cases = [("whole", 100_000, 40, seed) for seed in ((1,) if quick else (1, 2, 3))]
    if not quick:
        cases += [("ragged", 100_000, 40, seed) for seed in (1, 2, 3)]
        cases += [("counted", 100_000, 40, 1), ("whole", 10_000, 10, 1), ("whole", 1_000_000, 40, 1)]
    cases.append(("whole", 30, 3, 1))
    rows = []
    for kind, *size in cases:
        case = f"{kind} minutes, {size[0]:,d} customers x 4 x {size[1]}, seed {size[2]}"
        case = case.replace("counted minutes", "whole minutes, customers counted")
        ours = measured(allocated, *size, kind)
        rows.append({"case": case, "system": "arseg", **ours})
        if size[0] > 100_000:  # row by row in Python, it would take minutes to tell nothing new
            continue
        theirs = measured(greedy, *size, kind)
        if "bound" in ours and "value" in theirs:
            theirs["gap_percent"] = (
                round(100 * (1 - theirs["value"] / ours["bound"]), 4) if ours["bound"] else 0.0
            )
        rows.append({"case": case, "system": "value per minute alone", **theirs})
    size = (10_000, 40, 1) if quick else (100_000, 40, 1)
    rows.append({"case": f"plan of {size[0]:,d} not reached", "system": "arseg", **measured(planned, *size)})
    report("allocation", rows)


if __name__ == "__main__":
    main()
