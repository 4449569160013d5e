"""Whether the synthetic world is what it claims to be.

Marginals of 20 seeds of ``typical`` against the bands of science 6.2; how often an interval around the value of
the policy in force covers the truth in 200 small seeds, clustered by customer and not; and how long a book of
1e6 invoices and one of the demo's size take. ``--quick`` does a part of each within a minute.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from measuring import measured, report

from arseg.backtest.intervals import draw_customers, ratio_interval
from arseg.world import WORLDS, Calendar, draw_world, follow, legacy_policy, synthesize
from arseg.world.marginals import BANDS, marginals
from arseg.world.rewards import rewards

START = dt.date(2024, 1, 1)
CUSTOMERS, MONTHS = 2000, 30
SMALL_CUSTOMERS, SMALL_MONTHS = 150, 14
# An interval that draws customers again takes them for drawn one by one, and for moved by nothing in common.
SETTINGS = {
    "clean, customers drawn one by one": replace(WORLDS["clean"], even=False),
    "typical, customers drawn one by one": replace(WORLDS["typical"], even=False),
    "typical": WORLDS["typical"],
}


def marginals_of(seed: int) -> dict[str, float]:
    """Return the marginals of one seed of ``typical``."""
    world = draw_world(CUSTOMERS, Calendar(START, MONTHS), seed=seed)
    return marginals(world.run(legacy_policy("stochastic", world)))


def marginal_row(seeds: int, jobs: int) -> dict[str, Any]:
    """Return lowest, median and highest value of every marginal, and how many seeds lie in its band."""
    with ProcessPoolExecutor(jobs) as pool:
        found = list(pool.map(marginals_of, range(1, seeds + 1)))
    row: dict[str, Any] = {"seeds": seeds, "customers": CUSTOMERS, "months": MONTHS}
    for name in found[0]:
        values = np.array([one[name] for one in found])
        row[name] = [round(float(v), 5) for v in (values.min(), np.median(values), values.max())]
        if name in BANDS:
            low, high = BANDS[name]
            row[f"{name}_in_band"] = int(((values >= low) & (values <= high)).sum())
    return row


def decisions(seed: int, customers: int, setting: str) -> tuple[np.ndarray, np.ndarray]:
    """Return customer and reward of every decision that can be judged, in mode L1."""
    world = draw_world(customers, Calendar(START, SMALL_MONTHS), seed=seed, setting=SETTINGS[setting])
    course = follow(world, legacy_policy("stochastic", world))
    reward = rewards(world, course)
    return course.reviews.customer[~np.isnan(reward)], reward[~np.isnan(reward)]


def sums_of(seed: int, customers: int, setting: str) -> tuple[float, float]:
    """Return the sum of rewards and the number of decisions of a world."""
    _, reward = decisions(seed, customers, setting)
    return float(reward.sum()), float(len(reward))


def intervals_of(seed: int, setting: str) -> tuple[float, float, float, float]:
    """Return the interval around the mean reward, clustered by customer, and with decisions taken for independent."""
    customer, reward = decisions(seed, SMALL_CUSTOMERS, setting)
    _, group = np.unique(customer, return_inverse=True)
    ends = []
    for unit in (group, np.arange(len(reward))):
        above, below = np.bincount(unit, reward), np.bincount(unit).astype(float)
        draws = draw_customers(len(below), draws=500, seed=seed)
        low, high = ratio_interval(above[:, None], below[:, None], draws)
        ends += [float(low[0]), float(high[0])]
    return ends[0], ends[1], ends[2], ends[3]


def coverage_row(seeds: int, setting: str, jobs: int) -> dict[str, Any]:
    """Return how often the intervals of small worlds cover the value in large ones."""
    large = 8 if seeds < 100 else 60
    with ProcessPoolExecutor(jobs) as pool:
        tried = range(10_000, 10_000 + large)
        sums = np.array(list(pool.map(sums_of, tried, [1500] * large, [setting] * large)))
        found = np.array(list(pool.map(intervals_of, range(1, seeds + 1), [setting] * seeds)))
    truth = sums[:, 0].sum() / sums[:, 1].sum()
    residual = sums[:, 0] - truth * sums[:, 1]
    error = np.sqrt(large * residual.var(ddof=1)) / sums[:, 1].sum()
    clustered, independent = (
        float(((found[:, at] <= truth) & (truth <= found[:, at + 1])).mean()) for at in (0, 2)
    )
    return {
        "seeds": seeds,
        "customers": SMALL_CUSTOMERS,
        "truth": round(float(truth), 5),
        "truth_error": round(float(error), 5),
        "mean_width": round(float((found[:, 1] - found[:, 0]).mean()), 4),
        "covered_clustered": clustered,
        "covered_independent": independent,
    }


def write_book(customers: int, months: int) -> dict[str, Any]:
    """Write a book to a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        return {"rows": dict(synthesize(folder, customers=customers, months=months, seed=7).rows)}


def timed(case: str, work: Any, *args: Any) -> dict[str, Any]:
    """Return a row of figures of some work done in a process of its own."""
    return {"case": case, "system": "arseg", **measured(work, *args)}


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    seeds, small = (3, 20) if given.quick else (20, 200)
    rows = [
        timed("demo", write_book, 200, 26),
        timed("marginals of typical", marginal_row, seeds, given.jobs),
    ]
    rows += [
        timed(f"on-policy value, L1, {setting}", coverage_row, small, setting, given.jobs)
        for setting in list(SETTINGS)[: 1 if given.quick else None]
    ]
    if not given.quick:
        rows.append(timed("1e6 invoices", write_book, 25_000, 30))
    report("world", rows)


if __name__ == "__main__":
    main()
