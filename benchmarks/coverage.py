"""Do the intervals hold the truth? Worlds whose truth is known, analysed as a client's book would be.

*L1* a desk that draws its treatments and logs how likely each was: every estimator that claims validity shall be
off by less than a quarter of its standard error and its 95 % intervals hold the truth in 92 to 97 % of the worlds.
*L2*, *L4*, *L5* desks that follow rules: no point estimate is printed, and what the jump at the rule's cut or the
change of the rule says holds its truth. *L3* a desk that knows what no ledger shows: the plain interval fails, the
one at the true Lambda holds the truth.

Every world leaves a row in ``data/coverage``, so that a sweep goes on where it ended. ``--quick`` takes a few small
worlds within a minute and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import resource
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

from coverage_page import draw, write_section
from coverage_table import judged
from coverage_world import LARGE, changed_world, one_world
from measuring import report

# Worlds and customers of each case; a jump at a cut and a change of a rule need no outcome models.
CASES: Final = {
    "stochastic": (200, 2_000),
    "confounded": (200, 1_000),
    "deterministic": (200, 1_000),
    "capacity": (40, 1_000),
    "rule_change": (200, 1_000),
    # The same desk with ten times the customers: what its choice of a policy costs then.
    LARGE: (20, 20_000),
}
SCRATCH: Final = Path(__file__).parents[1] / "data" / "coverage"


def main() -> None:
    """Run the worlds that have no row yet, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few small worlds, nothing written")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--seeds", type=int, help="worlds per case")
    parser.add_argument("--first", type=int, default=1_001, help="first seed; those below were used to mend")
    parser.add_argument("--rows", action="store_true", help="leave rows only, write no result")
    parser.add_argument("--table", action="store_true", help="judge the rows there are, run nothing")
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with ProcessPoolExecutor(given.jobs) as pool:
        for case in given.cases.split(","):
            worlds, customers = (2, 1_000) if given.quick else CASES[case]
            seeds = list(range(given.first, given.first + (given.seeds or worlds)))
            if given.quick:
                found = list(pool.map(partial(look, case, customers), seeds))
            else:
                found = [
                    row
                    for row in resumed(pool, case, customers, seeds, run=not given.table)
                    if row["seed"] >= given.first
                ]
            rows += [
                row | {"planned": worlds} if row["figure"] == "cost" else row for row in judged(case, found)
            ]
    if given.quick or given.rows:
        print(json.dumps(rows))
    else:
        draw(rows)
        write_section(rows)
        report("coverage", rows)


def look(case: str, customers: int, seed: int) -> dict[str, Any]:
    """Return the row of one world."""
    row = changed_world(customers, seed) if case == "rule_change" else one_world(case, customers, seed)
    return row | {"peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)}


def resumed(
    pool: ProcessPoolExecutor, case: str, customers: int, seeds: list[int], *, run: bool
) -> Iterator[dict[str, Any]]:
    """Return the rows of the seeds, first those that were left by an earlier sweep."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    path = SCRATCH / f"{case}-{customers}.jsonl"
    kept = (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    )
    yield from kept
    done = {row["seed"] for row in kept}
    left = [seed for seed in seeds if run and seed not in done]
    for row in pool.map(partial(look, case, customers), left):
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        yield row


if __name__ == "__main__":
    main()
