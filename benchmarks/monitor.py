"""How often monitoring cries wolf, and how soon it sees the wolf: stationary worlds, and four shifts planted in each.

Every world is judged month by month, each month against its own past only. Once six innovations are known every month is
one chance of a false alarm. Then each shift is planted before the last two months, and has two runs to be caught in.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from measuring import report
from monitor_worlds import SHIFTS, frames_of, month_ends_of, series_of, tables_of

from arseg.metrics.drift import FEWEST, drift_table

SCRATCH: Final = Path(__file__).parents[1] / "data" / "monitor.jsonl"
FIRST_JUDGED: Final = FEWEST + 3


def one_world(seed: int, *, customers: int, months: int) -> dict[str, Any]:
    """Return alarms by month as the world was, and by shift and run after it was planted."""
    began = time.process_time()
    warnings.simplefilter("ignore")
    tables, days = tables_of(seed, customers=customers, months=months), month_ends_of(months)
    frames = frames_of(tables, days)
    least = 0.1 / np.sqrt(customers)
    series = series_of(frames)
    quiet = [_alarms(series.iloc[: end + 1], least) for end in range(FIRST_JUDGED, len(days))]
    caught = {}
    for name, plant in SHIFTS.items():
        planted = frames_of(plant(tables, days[-3]), days[-2:])
        found = series_of({**{day: frames[day] for day in days[:-2]}, **planted})
        caught[name] = [_alarms(found.iloc[:end], least) for end in (len(days) - 1, len(days))]
    return {
        "seed": seed,
        "quiet": quiet,
        "caught": caught,
        "series": series.shape[1],
        "cpu": time.process_time() - began,
    }


def _alarms(series: Any, least: float) -> int:
    return int(drift_table(series, least=least)["alarm"].sum())


def judged(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return false alarms a run and the share of each shift caught in one and in two runs, with intervals."""
    cost = round(sum(row["cpu"] for row in found))
    runs = [alarms > 0 for row in found for alarms in row["quiet"]]
    shared = {"system": "arseg", "worlds": len(found), "series": max(row["series"] for row in found)}
    rows = [
        {
            "case": "stationary",
            **shared,
            "cpu_seconds": cost,
            "runs": len(runs),
            **_share(runs),
            "asked": "<= 0.05",
        }
    ]
    for name in SHIFTS:
        first = [row["caught"][name][0] > 0 for row in found]
        either = [max(row["caught"][name]) > 0 for row in found]
        rows.append(
            {"case": name, **shared, "first_run": float(np.mean(first)), **_share(either), "asked": ">= 0.90"}
        )
    return rows


def _share(flags: list[bool]) -> dict[str, float]:
    from statsmodels.stats.proportion import proportion_confint

    low, high = map(float, proportion_confint(sum(flags), len(flags), method="wilson"))
    return {"share": round(float(np.mean(flags)), 4), "low": round(low, 4), "high": round(high, 4)}


def main() -> None:
    """Run the worlds that have no row yet, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one small world; nothing written")
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    if given.quick:
        print(json.dumps({"name": "monitor", "rows": judged([one_world(1, customers=60, months=24)])}))
        return
    kept = (
        [json.loads(line) for line in SCRATCH.read_text(encoding="utf-8").splitlines()]
        if SCRATCH.is_file()
        else []
    )
    left = sorted({*range(101, 101 + given.worlds)} - {row["seed"] for row in kept})
    SCRATCH.parent.mkdir(exist_ok=True)
    with ProcessPoolExecutor(given.jobs) as pool:
        for row in pool.map(partial(one_world, customers=given.customers, months=30), left):
            kept.append(row)
            with SCRATCH.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
    report("monitor", judged(kept))


if __name__ == "__main__":
    main()
