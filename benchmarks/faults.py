"""Every notebook x every cell x six faults: refused, unpublished, and the cell named.

A tiny book is synthesized and one run of it is published. Then, for every code cell of every stage notebook
and every fault, a home with the stages before it kept takes the run up from that stage, with the fault at the
head of that cell in a copy of the notebook. The cells before it are emptied, so that a case costs a kernel's
start and not the stage's work; their number, order and first lines stay.

A case passes where ``arseg run`` ends with another code than 0, its message names notebook and cell, the
journal ends with ``fail``, the pointer and every version are byte for byte as before, and the executed
notebook is there as far as it came.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import nbformat
from measuring import report
from typer.testing import CliRunner

from arseg.cli import app
from arseg.runs import month_end, staging
from arseg.runs.journal import read_journal, run_folders
from arseg.runs.limit_sections import Limits
from arseg.runs.preparation import STAGES

ROOT = Path(__file__).parents[1]
EXPERIMENT = """\
name: tiny
ledger: tiny
model:
  name: KaplanMeierByTerms
baselines: []
policies:
  - name: AgingBuckets
  - name: RiskTiers
in_force: AgingBuckets
publish: RiskTiers
training:
  landmarks: 3
backtest:
  key_dates: 1
  draws: 20
"""
FAULTS = {
    "exception": "raise RuntimeError('injected')",
    "kill -9": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "sys.exit(0)": "import sys; sys.exit(0)",
    "os._exit(1)": "import os; os._exit(1)",
    "time-out": "import time; time.sleep(600)",
    "memory": "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)); held = bytearray(1 << 33)",
}
# The stage's own time in the time-out cases; the usual hour elsewhere.
SHORT = 2


class Silent:
    """Stands for MLflow, which a failed run never reaches."""

    def __init__(self, _run: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def track(self, **_: Any) -> None:
        """File nothing."""


def prepare(home: Path) -> None:
    """Make a home with a tiny book, its own notebooks, and one published run whose stages are kept."""
    (home / "tiny.yaml").write_text(EXPERIMENT, encoding="utf-8")
    shutil.copytree(ROOT / "notebooks", home / "notebooks")
    for command in (
        ["synthesize", str(home / "book"), "--customers", "30", "--months", "10", "--seed", "7"],
        ["load", str(home / "book"), "--layout", "arseg", "--into", "tiny", "--home", str(home)],
        ["run", str(home / "tiny.yaml"), "--home", str(home)],
    ):
        done = CliRunner().invoke(app, command)
        if done.exit_code:
            raise SystemExit(f"{' '.join(command)}\n{done.output}\n{done.exception!r}")


def with_fault(source: Path, target: Path, cell: int, fault: str) -> None:
    """Write a copy of a notebook whose cell begins with a fault."""
    content = nbformat.read(source, as_version=4)
    for at, each in enumerate(content.cells[: cell + 1]):
        if at < cell and (each.cell_type != "code" or "parameters" in each.metadata.get("tags", ())):
            continue
        first = each.source.partition("\n")[0]
        if at < cell:
            each.source = f"# {first}"
        else:
            each.source = f"{fault}\n{each.source}"
    nbformat.write(content, target)


def digest(folder: Path) -> str:
    """Return the hash over every name and byte of a folder."""
    whole = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return whole.hexdigest()


def one_case(home: Path, stage: str, cell: int, name: str) -> dict[str, Any]:
    """Run one case; return whether it passed, and why not."""
    target = home / "notebooks" / f"{stage}.ipynb"
    with_fault(ROOT / "notebooks" / target.name, target, cell, FAULTS[name])
    before = digest(home / "data" / "published")
    wall, spent = time.perf_counter(), os.times()
    command = ["run", str(home / "tiny.yaml"), "--home", str(home), "--from", stage]
    with limited(SHORT if name == "time-out" else 3600), contextlib.redirect_stderr(io.StringIO()):
        done = CliRunner().invoke(app, command)
    after = os.times()
    shutil.copy(ROOT / "notebooks" / target.name, target)
    last = read_journal(run_folders(home)[-1])[-1]
    executed = home / "reports" / "tiny" / str(last_day(home)) / target.name
    checks = {
        "non-zero": done.exit_code in (1, 2) and not isinstance(done.exception, (OSError, KeyError)),
        "named": re.search(rf"notebook {stage} (failed|took too much) in cell {cell + 1} \(", done.output)
        is not None,
        "journalled": last["event"] == "fail" and f"cell {cell + 1} (" in last["message"],
        "unpublished": digest(home / "data" / "published") == before,
        "kept": executed.is_file() and len(nbformat.read(executed, as_version=4).cells) > cell,
    }
    return {
        "case": f"{stage} cell {cell + 1} {name}",
        "system": "arseg",
        "seconds": round(time.perf_counter() - wall, 2),
        "cpu_seconds": round(sum(after[:4]) - sum(spent[:4]), 2),
        "passed": all(checks.values()),
        "failed": [check for check, passed in checks.items() if not passed],
        "said": "" if all(checks.values()) else done.output[-400:],
    }


def last_day(home: Path) -> str:
    """Return the key date of the last run."""
    told = json.loads((run_folders(home)[-1] / "run.json").read_text(encoding="utf-8"))
    return str(told["key_date"])


@contextlib.contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Give every stage so many seconds."""
    whole = staging.execute

    def execute(*args: Any, **options: Any) -> Any:
        return whole(*args, **{**options, "limits": Limits(stage_seconds=seconds)})

    staging.execute = execute
    try:
        yield
    finally:
        staging.execute = whole


def cases(*, quick: bool) -> list[tuple[str, int, str]]:
    """Return stage, cell and fault of every case; of the quick sweep a cell each."""
    found = []
    # The last stage first: a stage that failed is not kept for those after it.
    for stage in reversed(STAGES):
        cells = nbformat.read(ROOT / "notebooks" / f"{stage}.ipynb", as_version=4).cells
        code = [at for at, cell in enumerate(cells) if cell.cell_type == "code"]
        found += [(stage, at, name) for at in code for name in FAULTS]
    return found[:: len(found) // 12] if quick else found


def main() -> None:
    """Sweep, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="twelve cases, spread over all")
    asked = parser.parse_args()
    month_end.Tracker = Silent
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        prepare(home)
        rows = []
        for stage, cell, name in cases(quick=asked.quick):
            rows.append(one_case(home, stage, cell, name))
            if not rows[-1]["passed"]:
                print(json.dumps(rows[-1]), flush=True)
    failed = [row for row in rows if not row["passed"]]
    for row in rows:
        del row["said"]
    total = {
        "case": "all",
        "system": "arseg",
        "seconds": round(sum(row["seconds"] for row in rows), 1),
        "cpu_seconds": round(sum(row["cpu_seconds"] for row in rows), 1),
        "cases": len(rows),
        "passed": len(rows) - len(failed),
        "notebooks": len({row["case"].split()[0] for row in rows}),
    }
    report("faults_quick" if asked.quick else "faults", [total, *(failed or []), *by_fault(rows)])
    raise SystemExit(1 if failed else 0)


def by_fault(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return how many cases of each notebook and fault passed."""
    found: dict[tuple[str, str], list[bool]] = {}
    for row in rows:
        stage, _, _, name = row["case"].split(maxsplit=3)
        found.setdefault((stage, name), []).append(row["passed"])
    return [
        {"case": f"{stage}, {name}", "system": "arseg", "cells": len(all_), "passed": sum(all_)}
        for (stage, name), all_ in found.items()
    ]


if __name__ == "__main__":
    main()
