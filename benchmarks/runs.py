"""How long a month-end and a daily refresh take, stage by stage, from the command line to the published page.

The book is that of the features' benchmark (`features_book`), loaded before the clock starts. Each case is the very
command that a scheduler calls, in a process of its own, with MLflow and every kernel:

* ``month-end``: ``arseg run``, nothing kept from before; 24 key dates from the first landmark to the last.
* ``daily refresh``: ``arseg score`` five days later with the model that the month-end taught and ``arseg promote`` made
  the champion; ``daily refresh, again`` is the same day once more, where nobody was touched.
* ``promotion``: the comparison with a baseline that is recorded with it.

``stages`` is the journal's profile: seconds and the largest memory of each kernel. ``peak_gib`` is the largest of any
process, ``cpu_seconds`` those of all. The model is asked for two threads. Budgets are those of the design. ``--quick`` takes 400 customers, ``--customers``
and ``--invoices`` any.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from features_book import write_book
from measuring import measured, report

from features import load_book

MONTH_END: Final = "2026-05-31"
DAY: Final = "2026-06-05"
FULL: Final = (100_000, 1_000_000)
QUICK: Final = (400, 6_000)
BUDGETS: Final = {"month-end": (600.0, 8.0), "daily refresh": (60.0, 8.0)}
# Twelve landmarks, the four months that a horizon of 90 days needs to mature, seven judged and the key date: 24.
EXPERIMENT: Final = """\
name: book
ledger: book
model: {name: DiscreteHazard, parameters: {jobs: 2}}
policies:
  - name: AgingBuckets
  - name: RiskTiers
in_force: AgingBuckets
publish: RiskTiers
capacity: {collectors: 40}
quality: {refuse_on: never}
training: {landmarks: 12}
backtest: {key_dates: 7}
"""
NEEDED: Final = 24

Row = dict[str, Any]


def command(home: Path, *words: str) -> Row:
    """Run one verb and return its seconds, the CPU seconds of all its processes, the largest memory, and its answer."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command line, without a shell
        [sys.executable, "-m", "arseg", *words, "--home", str(home)],
        capture_output=True,
        text=True,
        env={"OMP_NUM_THREADS": "1", **os.environ},
        check=False,
    )
    seconds, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    row: Row = {"seconds": round(seconds, 1), "cpu_seconds": round(spent, 1)}
    if done.returncode:
        return row | {"failed": (done.stderr.strip().splitlines() or ["it said nothing"])[-1][:400]}
    # The system keeps the largest of all children so far; where it did not rise, the journal's figure is what there is.
    rose = after.ru_maxrss > before.ru_maxrss
    return row | ({"peak_gib": round(after.ru_maxrss / 2**20, 3)} if rose else {})


def profile(home: Path) -> Row:
    """Return the stages of the last run by its journal, and the largest memory of its kernels."""
    from arseg.runs.journal import read_journal, run_folders

    events = [each for folder in run_folders(home)[-1:] for each in read_journal(folder)]
    ends = [each for each in events if each["event"] == "stage_end"]
    stages = {each["stage"]: {"seconds": each["seconds"], "peak_mib": each["peak_mib"]} for each in ends}
    peak = max((each["peak_mib"] for each in ends), default=0)
    return {"stages": stages, "kernels_peak_gib": round(peak / 1024, 3)}


def month_ends_of(home: Path) -> int:
    """Return of how many key dates the last run built the features."""
    from arseg.runs.journal import run_folders

    kept = run_folders(home)[-1] / "work" / "month_ends.json"
    return len(json.loads(kept.read_text(encoding="utf-8"))) if kept.is_file() else 0


def measure(home: Path, customers: int, invoices: int) -> list[Row]:
    """Load a book, run its month-end, promote its model and refresh a later day, twice."""
    write_book(home / "drawn", invoices, customers=customers)
    loaded = measured(load_book, str(home / "drawn"), str(home))
    print(f"{invoices:,} invoices loaded in {loaded.get('seconds')} s", file=sys.stderr)
    path = home / "book.yaml"
    path.write_text(EXPERIMENT, encoding="utf-8")
    size = f"{customers:.0e} customers, {invoices:.0e} invoices".replace("e+0", "e")
    rows: list[Row] = []

    def add(case: str, row: Row, *, staged: bool = True) -> None:
        seconds, gib = BUDGETS.get(case, (None, None))
        budget = {"budget_seconds": seconds, "budget_gib": gib} if seconds else {}
        told = profile(home) if staged else {}
        largest = max(row.get("peak_gib", 0.0), told.get("kernels_peak_gib", 0.0))
        peak = {"peak_gib": largest} if largest else {}
        rows.append({"case": f"{case}, {size}", "system": "arseg", **row, **peak, **budget, **told})
        print(json.dumps(rows[-1]), file=sys.stderr)

    add("month-end", command(home, "run", str(path), "--key-date", MONTH_END))
    rows[-1] |= {"customers": customers, "invoices": invoices, "key_dates": month_ends_of(home)}
    approval = ("--approver", "benchmark", "--reason", "to be timed", "--until", "2026-08-31")
    add("promotion", command(home, "promote", "book", *approval), staged=False)
    for case in ("daily refresh", "daily refresh, again"):
        add(case, command(home, "score", str(path), "--key-date", DAY))
    return rows


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a small book")
    parser.add_argument("--customers", type=float, help="1e5 by default")
    parser.add_argument("--invoices", type=float, help="1e6 by default")
    parser.add_argument("--keep", type=Path, help="an empty folder to leave the home in")
    given = parser.parse_args()
    usual = QUICK if given.quick else FULL
    customers, invoices = int(given.customers or usual[0]), int(given.invoices or usual[1])
    with tempfile.TemporaryDirectory() as folder:
        home = given.keep or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        report("runs", measure(home.resolve(), customers, invoices))


if __name__ == "__main__":
    main()
