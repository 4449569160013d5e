"""A finished run is filed in a real MLflow server that is up, absent, deaf, failing, slow, or killed in mid-filing.

A run of a tiny book (of a made-up record with ``--quick``) is copied for every case and filed as ``arseg run`` files it.
``added_seconds`` is all that MLflow may have added to the run: from the start of the process that talks to it, with no
stage beside it, until the run goes on; the budget is 30 s. Afterwards the server is back and ``arseg upload`` runs; a
case passes where MLflow then holds exactly one run with exactly the record's parameters, metrics, tags and artifacts,
byte for byte, one model with one version and its signature, and no request waits.

Where a server fails, is slow or is killed, and with ``--quick`` in every case, the process that talks to MLflow is forked from one that has imported it:
some seconds less, in which nothing is asked of the server. In the other cases it is a process of its own, as in a run.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from faults import prepare
from measuring import report
from mlflow_clients import stand_in
from mlflow_servers import Break, Delay, Nursery, Proxy, Refuse, Server, deaf, full, nothing
from tracking_record import differences, edition_of, made_up

from arseg.runs.journal import Run, open_run, run_folders
from arseg.runs.month_end import track_edition
from arseg.runs.promotion import Approval, promote
from arseg.runs.spool import waiting
from arseg.runs.tracking import PATIENCE, Tracker
from arseg.runs.untold import untold
from arseg.runs.uploading import upload

BUDGET = 30.0
WHERE = "ARSEG_BENCHMARK_MLFLOW"
APPROVAL = Approval("A. Bee", "measured here", "2024-12-31", on="2024-11-05")
Row = dict[str, Any]


class Silent:
    """Stands for tracking that is switched off."""

    def track(self, **_: Any) -> None:
        """File nothing."""


class Bench:
    """One server, one finished run, and the cases on copies of it.

    Parameters
    ----------
    folder
        For the copies.
    template
        The home with the finished run.
    server
        The server behind every proxy; it is brought back after every case.
    """

    def __init__(self, folder: Path, template: Path, server: Nursery) -> None:
        self.folder = folder
        self.template = template
        self.server = server
        self.rows: list[Row] = []

    def copied(self, case: str) -> Run:
        """Return the run in a home of its own; its experiment names the variable that holds MLflow's address."""
        home = self.folder / f"home{len(self.rows)}"
        shutil.copytree(self.template, home)
        (record,) = (folder / "run.json" for folder in run_folders(home))
        told = json.loads(record.read_text(encoding="utf-8"))
        told["home"] = str(home)
        told["experiment"]["tracking"] = {"uri_env": WHERE, "name": case}
        record.write_text(json.dumps(told), encoding="utf-8")
        return open_run(str(record))

    def case(self, kind: str, case: str, address: str, stages: Callable[[], None] | None = None) -> Row:
        """File a copy of the run at an address; then bring the server back, upload, and compare."""
        run, spent = self.copied(case), os.times()
        filed, added = file_at(run, address, stages)
        return self.concluded(run, kind, case, spent, {"filed_at_once": filed, "added_seconds": added})

    def concluded(self, run: Run, kind: str, case: str, spent: os.times_result, figures: Row) -> Row:
        """Bring the server back, upload, compare, and note the case."""
        os.environ[WHERE] = self.server.start().address
        began = time.perf_counter()
        uploaded = upload(run.home)
        figures["upload_seconds"] = round(time.perf_counter() - began, 2)
        problems = differences(self.server, run)
        if not uploaded.whole or waiting(run.home) or untold(run.home):
            problems.append(f"something waits: {uploaded.to_json()}")
        if figures["added_seconds"] > BUDGET:
            problems.append(f"more than {BUDGET:g} s added")
        after = os.times()
        seconds, cpu = after.elapsed - spent.elapsed, sum(after[:4]) - sum(spent[:4])
        row = {"kind": kind, "case": case, "system": "arseg", "seconds": round(seconds, 2)}
        row |= {"cpu_seconds": round(cpu, 2), **figures, "passed": not problems, "problems": problems}
        self.rows.append(row)
        print(json.dumps(row), file=sys.stderr, flush=True)
        shutil.rmtree(run.home)
        return row


def file_at(
    run: Run, address: str, stages: Callable[[], None] | None = None, patience: float = PATIENCE
) -> tuple[bool, float]:
    """File a run at an address; return whether it was taken, and the seconds that this took.

    Without stages the process that talks to MLflow has no time to get ready before it is needed, so that the seconds
    are all it may add; with stages, the seconds behind them.
    """
    os.environ[WHERE] = address
    began = time.perf_counter()
    with contextlib.redirect_stderr(io.StringIO()), Tracker(run, patience=patience) as tracker:
        if stages is not None:
            stages()
            began = time.perf_counter()
        filed = track_edition(run, tracker, edition_of(run))
    return filed is not None, round(time.perf_counter() - began, 2)


def answered(bench: Bench) -> None:
    """File at the server itself: how long tracking takes where nothing is wrong, beside a file and beside nothing."""
    run = bench.copied("off")
    began = time.perf_counter()
    track_edition(run, cast("Tracker", Silent()), edition_of(run))
    off = round(time.perf_counter() - began, 4)
    shutil.rmtree(run.home)
    run = bench.copied("local")
    filed, local = file_at(run, f"sqlite:///{run.home}/mlflow.db")
    shutil.rmtree(run.home)
    print(json.dumps({"off": off, "local": local, "filed": filed}), file=sys.stderr, flush=True)
    figures = {"local_seconds": local, "off_seconds": off}
    bench.case("up", "server up", bench.server.address).update(figures)
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as whole:
        row = bench.case("up", "mlflow server by its command", whole.address)
        row["passed"] = row["filed_at_once"] or row["passed"]


def unreachable(bench: Bench, *, quick: bool) -> None:
    """File where nothing listens, and at both kinds of black holes, with and without stages before it."""
    for place in (nothing, deaf, full):
        for stages in (None,) if quick else (None, lambda: time.sleep(10)):
            with place() as address:
                when = "" if stages is None else ", found out while the stages run"
                bench.case("unreachable", f"{place.__name__}{when}", address, stages)


def failing(bench: Bench, calls: int, *, quick: bool) -> None:
    """File at a server that fails, or falls silent, from a call on, or at one call alone."""
    first = [1, calls // 2] if quick else sorted({1, 2, 3, 4, calls // 4, calls // 2, calls - 8, calls - 1})
    for number in first:
        for status in (503,) if quick else (500, 503):
            with Proxy(
                bench.server.port, lambda n, at=number, code=status: Refuse(code) if n >= at else None
            ) as proxy:
                bench.case("failing", f"{status} from call {number} on", proxy.address)
    for number in first[1:]:
        with Proxy(bench.server.port, lambda n, at=number: Delay(120) if n >= at else None) as proxy:
            bench.case("silent", f"no answer from call {number} on", proxy.address)
        with Proxy(bench.server.port, lambda n, at=number: Refuse(503) if n == at else None) as proxy:
            bench.case("failing", f"503 at call {number} alone", proxy.address)


def slow(bench: Bench, calls: int, *, quick: bool) -> None:
    """File at a server that takes its time: a little for every call, or too long for one, which is asked again."""
    for seconds in (0.5,) if quick else (0.2, 0.5, 2.0):
        with Proxy(bench.server.port, lambda _n, wait=seconds: Delay(wait)) as proxy:
            bench.case("slow", f"{seconds:g} s a call", proxy.address)
    for number in () if quick else sorted({2, 3, 4, calls - 10, calls - 6, calls - 3}):
        with Proxy(bench.server.port, lambda n, at=number: Delay(7) if n == at else None) as proxy:
            bench.case("slow", f"7 s at call {number}", proxy.address)


def killed(bench: Bench, calls: int, *, step: int) -> None:
    """Kill the server at one call after the other: before it hears it, while it works, and with its answer lost."""
    for number in range(1, calls + 1, step):
        when = ("before", "while", "after")[(number // step) % 3]
        broken = Break(bench.server.kill, when)
        with Proxy(bench.server.port, lambda n, at=number, end=broken: end if n == at else None) as proxy:
            bench.case("killed", f"{when} call {number}", proxy.address)
    bench.case(
        "killed", "while the stages run", bench.server.address, lambda: (time.sleep(8), bench.server.kill())
    )


def promoted(bench: Bench) -> None:
    """Promote the run's model while the server is up, down, and down since before the run."""
    for case, up_before, up_then in (
        ("up", True, True),
        ("down", True, False),
        ("down before", False, False),
    ):
        run, spent = bench.copied(f"promoted {case}"), os.times()
        if not up_before:
            bench.server.kill()
        filed, added = file_at(run, bench.server.address)
        before = differences(bench.server, run) if filed else []
        if not up_then:
            bench.server.kill()
        began = time.perf_counter()
        told = promote(run.experiment.name, APPROVAL, home=run.home)
        took = round(time.perf_counter() - began, 2)
        figures = {
            "filed_at_once": filed,
            "added_seconds": added,
            "promote_seconds": took,
            "untold": told.untold,
        }
        row = bench.concluded(run, "promoted", f"server {case}", spent, figures)
        row["problems"] += [f"challenger: {each}" for each in before]
        row["passed"] = not row["problems"] and bool(told.untold) is not up_then


def counted(bench: Bench) -> int:
    """Return how many calls filing a run takes, however long that is."""
    with Proxy(bench.server.port) as proxy:
        run = bench.copied("counted")
        file_at(run, proxy.address, patience=600)
        shutil.rmtree(run.home)
        return len(proxy.calls)


def totals(rows: list[Row], calls: int) -> list[Row]:
    """Return what counts of all cases and of each kind."""
    kinds = {"all": rows} | {
        kind: [row for row in rows if row["kind"] == kind]
        for kind in dict.fromkeys(row["kind"] for row in rows)
    }
    return [
        {
            "case": kind,
            "system": "arseg",
            "seconds": round(sum(row["seconds"] for row in own), 1),
            "cpu_seconds": round(sum(row["cpu_seconds"] for row in own), 1),
            "cases": len(own),
            "passed": sum(row["passed"] for row in own),
            "calls_of_a_run": calls,
            "added_seconds_most": max(row["added_seconds"] for row in own),
            "upload_seconds_most": max(row["upload_seconds"] for row in own),
        }
        for kind, own in kinds.items()
    ]


def main() -> None:
    """Sweep, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a made-up record, and some cases of each kind")
    parser.add_argument("--home", type=Path, help="a home with one published run, instead of making one")
    parser.add_argument(
        "--step", type=int, default=4, help="from one call at which the server is killed to the next"
    )
    asked = parser.parse_args()
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    with tempfile.TemporaryDirectory() as folder, Nursery(Path(folder)) as server:
        template = asked.home or Path(folder) / "template"
        if not asked.home:
            template.mkdir()
            (made_up if asked.quick else prepare)(template)
        bench = Bench(Path(folder), template, server)
        if not asked.quick:
            answered(bench)
            promoted(bench)
            unreachable(bench, quick=False)
        with stand_in(Path(folder)):
            calls = counted(bench)
            if asked.quick:
                bench.case("up", "server up", bench.server.address)
                unreachable(bench, quick=True)
            killed(bench, calls, step=calls // 3 if asked.quick else asked.step)
            failing(bench, calls, quick=asked.quick)
            slow(bench, calls, quick=asked.quick)
    failed = [row for row in bench.rows if not row["passed"]]
    report("tracking_quick" if asked.quick else "tracking", [*totals(bench.rows, calls), *bench.rows])
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
