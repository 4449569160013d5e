"""How often monitoring cries wolf, and how soon it sees the wolf: stationary worlds, and shifts planted in each.

Every world has one model, learnt early, which then only scores; what a run watches is computed by the run's own functions,
each month against its own past. Every month is one chance of a false alarm over all series together. Then each shift is
planted before the last two months, and has two runs to be caught in.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import warnings
from collections.abc import Iterable
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np
from measuring import report
from monitor_page import draw, write_section
from monitor_shifts import BORNE, SHIFTS
from monitor_worlds import month_ends_of, tables_of, watched

from arseg.metrics.drift import FEWEST

SCRATCH: Final = Path(__file__).parents[1] / "data" / "monitor.jsonl"
FIRST: Final = 101
LEARNT: Final = 3
# So many months after the model was learnt its calibration and its cash have enough past to be judged, too.
ALL_JUDGED: Final = LEARNT + FEWEST + 4


def one_world(
    seed: int, *, customers: int, months: int, first_judged: int = FEWEST + 3, every: int = 1
) -> dict[str, Any]:
    """Return alarms by month as the world was, and by shift and run after it was planted."""
    began = time.process_time()
    warnings.simplefilter("ignore")
    tables, days = tables_of(seed, customers=customers, months=months), month_ends_of(months)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        book = watched(tables, days, folder, learnt=LEARNT)
        quiet = [book.alarms(days[: end + 1]) for end in range(first_judged, len(days))]
        planted = {}
        for place, (shift, plant) in enumerate([*(SHIFTS | BORNE).items()][::every]):
            (folder / str(place)).mkdir()
            other = book.with_tables(plant(tables, days[-3]), days[-3], days, folder / str(place))
            planted[shift] = [other.alarms(days[:end]) for end in (len(days) - 1, len(days))]
    spent = time.process_time() - began
    return {"seed": seed, "first": first_judged, "quiet": quiet, "planted": planted, "cpu": spent}


def rows_of(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return false alarms a run and the share of each shift caught in one and in two runs, with intervals."""
    runs = [run for world in found for run in world["quiet"]]
    late = [run for world in found for run in world["quiet"][ALL_JUDGED - world["first"] :]]
    shared = {"system": "arseg", "worlds": len(found)}
    series = max(sum(judged for _, judged, _, _ in run) for run in runs)
    cost = round(sum(world["cpu"] for world in found))
    rows = [
        {
            "case": "stationary",
            **shared,
            "series": series,
            "cpu_seconds": cost,
            "runs": len(runs),
            **_share(map(_alarmed, runs)),
            "asked": "<= 0.05",
            # The months in which shifts are planted, as they were: what a planted world would have said anyway.
            "worlds_with_an_alarm_in_the_last_two": sum(
                map(_alarmed, (_either(w["quiet"][-2:]) for w in found))
            ),
            "by_monitor": _by_monitor(runs),
        },
        {
            "case": "stationary, every series judged",
            **shared,
            "runs": len(late),
            **_share(map(_alarmed, late)),
            "asked": "<= 0.05",
        },
    ]
    for shift in found[0]["planted"]:
        pairs = [world["planted"][shift] for world in found]
        first = [_alarmed(pair[0]) for pair in pairs]
        asked = {"asked": ">= 0.90"} if shift in SHIFTS else {"asked": "nothing"}
        rows.append(
            {
                "case": shift,
                **shared,
                "first_run": float(np.mean(first)),
                **_share(_alarmed(pair[0]) or _alarmed(pair[1]) for pair in pairs),
                **asked,
                "by_monitor": _by_monitor([_either(pair) for pair in pairs]),
            }
        )
    return rows


def _alarmed(run: list[Any]) -> bool:
    return any(alarms for _, _, alarms, _ in run)


def _either(pair: list[Any]) -> list[Any]:
    """Return both runs as one, so that a monitor counts once a world."""
    return [*pair[0], *pair[1]]


def _by_monitor(runs: list[Any]) -> dict[str, float]:
    """Return by monitor the share of runs in which it raised an alarm of its own."""
    names = sorted({name for run in runs for name, *_ in run})
    hits = {name: np.mean([any(a for n, _, a, _ in run if n == name) for run in runs]) for name in names}
    return {name: round(float(share), 4) for name, share in hits.items()}


def _share(flags: Iterable[bool]) -> dict[str, float]:
    from statsmodels.stats.proportion import proportion_confint

    seen = list(flags)
    low, high = map(float, proportion_confint(sum(seen), len(seen), method="wilson"))
    return {"share": round(float(np.mean(seen)), 4), "low": round(low, 4), "high": round(high, 4)}


def _kept(path: Path) -> list[dict[str, Any]]:
    return (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []
    )


def main() -> None:
    """Run the worlds that have no row yet, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one small world, every third shift; nothing written"
    )
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument(
        "--first", type=int, default=FIRST, help="seed of the first world; others are for trying"
    )
    parser.add_argument("--customers", type=int, default=120)
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    if given.quick:
        tried = one_world(1, customers=40, months=25, first_judged=ALL_JUDGED, every=3)
        print(json.dumps({"name": "monitor", "rows": rows_of([tried])}))
        return
    own = SCRATCH if given.first == FIRST else SCRATCH.with_name(f"monitor_{given.first}.jsonl")
    kept = _kept(own)
    left = sorted({*range(given.first, given.first + given.worlds)} - {row["seed"] for row in kept})
    own.parent.mkdir(exist_ok=True)
    with get_context("spawn").Pool(given.jobs) as pool:
        for row in pool.imap(partial(one_world, customers=given.customers, months=31), left):
            kept.append(row)
            with own.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
    if given.first != FIRST:
        print(json.dumps({"name": "monitor", "rows": rows_of(kept)}))
        return
    rows = rows_of(kept)
    report("monitor", rows)
    draw(rows)
    write_section(rows)


if __name__ == "__main__":
    main()
