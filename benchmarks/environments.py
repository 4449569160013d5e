"""Thirty-two environments, one hash: time zone, language, hash seed, threads and the order of the input's rows.

A tiny book is synthesized once. In each environment a process of its own loads it, with the rows of every file in
another order, and goes through the stages up to the published assignments. Every process must leave the same
bytes of both assignment files.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import report

EXPERIMENT = """\
name: tiny
ledger: tiny
model:
  name: DiscreteHazard
  parameters:
    trees: 8
policies:
  - name: AgingBuckets
  - name: RiskTiers
in_force: AgingBuckets
publish: RiskTiers
training:
  landmarks: 3
  refit_every: 3
backtest:
  key_dates: 1
  draws: 20
gate:
  events: 20
  customers: 10
  key_dates: 1
  followed_days: 1
"""
ZONES = ("UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin")
LANGUAGES = ("C", "de_DE.UTF-8", "tr_TR.UTF-8", "C.UTF-8")
# Each of the 32 differs from its neighbours in several ways at once; every value of every axis occurs often.
AXES = tuple(itertools.product(ZONES, LANGUAGES, (1, 2)))


def shuffle(book: Path, target: Path, seed: int) -> None:
    """Write a book with the rows of every file in another order; 0 keeps them."""
    import numpy as np
    import pyarrow.parquet as pq

    target.mkdir(parents=True)
    for path in sorted(book.glob("*")):
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            order = np.random.default_rng(seed).permutation(len(table)) if seed else np.arange(len(table))
            pq.write_table(table.take(order), target / path.name, row_group_size=max(len(table) // 3, 1))
        elif path.is_file():
            (target / path.name).write_bytes(path.read_bytes())


def one(home: Path, book: Path, seed: int) -> None:
    """Go through a run up to its assignments in this process's environment, and print their hash."""
    from typer.testing import CliRunner

    from arseg.cli import app
    from arseg.runs import assigning, stages
    from arseg.runs.edition_files import leave_assignments
    from arseg.runs.experiment import read_experiment
    from arseg.runs.preparation import prepare_run

    shuffle(book, home / "book", seed)
    (home / "tiny.yaml").write_text(EXPERIMENT, encoding="utf-8")
    command = ["load", str(home / "book"), "--layout", "arseg", "--into", "tiny", "--home", str(home)]
    done = CliRunner().invoke(app, command)
    if done.exit_code:
        raise SystemExit(done.output)
    run = prepare_run(read_experiment(home / "tiny.yaml"), key_date=None, home=home)
    with contextlib.redirect_stdout(sys.stderr):
        for stage in (stages.check_ledger, stages.build, stages.train, assigning.assign):
            stage(run)
        leave_assignments(run)
    left = [run.to_publish / f"assignments.{kind}" for kind in ("parquet", "csv")]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in left)).hexdigest()
    chosen = run.load("selection")["chosen"]["name"]
    print(json.dumps({"hash": digest, "ledger": run.ledger_hash, "model": chosen}))


def in_environment(number: int, zone: str, language: str, threads: int, folder: Path) -> dict[str, Any]:
    """Run one environment in a process of its own."""
    home = folder / f"home {number}"
    home.mkdir()
    surroundings = {
        **os.environ,
        "TZ": zone,
        "LANG": language,
        "LC_ALL": language,
        "PYTHONHASHSEED": str(number * 7919 % 4294967295),
        "OMP_NUM_THREADS": str(threads),
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    began, spent = time.perf_counter(), os.times()
    command = [sys.executable, __file__, "--one", str(home), str(folder / "book"), str(number)]
    done = subprocess.run(  # noqa: S603 - this very script
        command, env=surroundings, capture_output=True, text=True, check=False
    )
    told = (
        json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {"failed": done.stderr[-300:]}
    )
    after = os.times()
    return {
        "case": f"{zone}, {language}, {threads} threads, hash seed and row order {number}",
        "system": "arseg",
        "seconds": round(time.perf_counter() - began, 2),
        "cpu_seconds": round(sum(after[2:4]) - sum(spent[2:4]), 2),
        **told,
    }


def main() -> None:
    """Run the environments, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four environments")
    parser.add_argument("--one", nargs=3, metavar=("HOME", "BOOK", "SEED"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        one(Path(asked.one[0]), Path(asked.one[1]), int(asked.one[2]))
        return
    from arseg.world import synthesize

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        synthesize(folder / "book", customers=30, months=9, seed=7)
        chosen = list(enumerate(AXES))[:: 9 if asked.quick else 1]
        rows = [in_environment(number, *axes, folder) for number, axes in chosen]
    hashes = {row.get("hash", row.get("failed")) for row in rows}
    total = {"case": "all", "system": "arseg", "environments": len(rows), "hashes": len(hashes)}
    report("environments_quick" if asked.quick else "environments", [total, *rows])
    raise SystemExit(0 if len(hashes) == 1 else 1)


if __name__ == "__main__":
    main()
