"""How long the function behind the policy lab's sliders takes on the demo book; the budget is under a second.

The desk is opened once, over three key dates and with the notebook's model; then policies of every kind are tried. ``seconds``
are of the wall, so they hold on a machine that does nothing else; ``cpu_seconds`` hold anywhere.
``--home`` names a home that has the demo book already; ``--quick`` tries each policy once instead of five times.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import measured, report


def tries(home: str, repeats: int) -> dict[str, Any]:
    """Open the desk and try policies; the figures are medians over the tries, and the slowest."""
    from arseg.models import DiscreteHazard
    from arseg.policies import AgingBuckets, Composed, OneSizeFitsAll, RiskTiers, WeightedScore
    from arseg.runs.lab import demo_ledger, open_desk

    ledger = demo_ledger(home=home)
    began = time.perf_counter(), time.process_time()
    desk = open_desk(ledger, DiscreteHazard(trees=40), in_force=AgingBuckets(), key_dates="2025-08/2025-10")
    opened = time.perf_counter() - began[0], time.process_time() - began[1]
    policies = [
        *(RiskTiers(medium_from=at) for at in (0.05, 0.1, 0.2, 0.3)),
        WeightedScore(),
        OneSizeFitsAll("High"),
        Composed(AgingBuckets(), ()),
    ]
    wall, cpu = [], []
    for policy in policies * repeats:
        start = time.perf_counter(), time.process_time()
        desk.try_policy(policy)
        wall.append(time.perf_counter() - start[0])
        cpu.append(time.process_time() - start[1])
    return {
        "customers": int(desk.result.customers["customer_id"].nunique()),
        "key_dates": len(desk.result.key_dates),
        "open_seconds": round(opened[0], 3),
        "open_cpu_seconds": round(opened[1], 3),
        "tries": len(cpu),
        "try_seconds": round(statistics.median(wall), 3),
        "try_cpu_seconds": round(statistics.median(cpu), 3),
        "slowest_try_cpu_seconds": round(max(cpu), 3),
        "budget_seconds": 1.0,
        "met_in_cpu_seconds": max(cpu) < 1.0,
    }


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", help="a home with the demo book; a new one where absent")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = str(Path(given.home or folder).resolve())
        figures = measured(tries, home, 1 if given.quick else 5)
    report("lab", [{"case": "policy lab, one try", "system": "arseg", **figures}])


if __name__ == "__main__":
    main()
