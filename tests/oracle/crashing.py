"""Stops a publication at every call to the system, by strace, and looks at what a reader then finds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oracle.editions import edition_files
from oracle.publishing import BEGIN, END, NEW, OLD, publish_in

SCRIPT = Path(__file__).with_name("publishing.py")
FAULTS = {"killed": "error=EIO:signal=KILL", "I/O error": "error=EIO", "disk full": "error=ENOSPC"}
# A killed process, with and without the tracer between.
KILLED = (-9, 137)
# What DuckDB's own tests leave to it is not swept: only calls that change the disk.
CHANGING = {"write", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "unlink", "mkdir"}
# Calls that neither read nor change a disk.
IDLE = {
    "brk",
    "mmap",
    "munmap",
    "mprotect",
    "fcntl",
    "ioctl",
    "dup",
    "epoll_create1",
    "futex",
    "pipe2",
    "lseek",
}


@dataclass
class Sweep:
    """What became of a publication that was stopped at one call after the other."""

    calls: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    torn: list[str] = field(default_factory=list)
    success_but_unpublished: list[str] = field(default_factory=list)
    not_converged: list[str] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """Return the counts."""
        return {
            "calls": sum(self.calls.values()),
            "kinds_of_calls": len(self.calls),
            "points": sum(self.faults.values()),
            "killed": self.faults["killed"],
            "io_error": self.faults["I/O error"],
            "disk_full": self.faults["disk full"],
            "torn": len(self.torn),
            "success_but_unpublished": len(self.success_but_unpublished),
            "missed": len(self.missed),
            "neither_success_nor_refusal": len(self.unsaid),
            "retry_did_not_converge": len(self.not_converged),
        }


def can_trace() -> bool:
    """Return whether strace is here and may trace."""
    if shutil.which("strace") is None:
        return False
    return (
        subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0
    )


def sweep(folder: Path, *, step: int = 1, to_duckdb: bool = False) -> Sweep:
    """Stop a publication at every ``step``-th of its calls, each in three ways, and look.

    With a DuckDB target the calls are those that change the disk.
    """
    found = Sweep()
    points = list(_points(folder / "whole", to_duckdb=to_duckdb))
    found.calls.update(name for name, _ in points)
    for place, (name, at) in enumerate(points[::step]):
        for kind, fault in FAULTS.items():
            home = _home(folder / f"at{place}", to_duckdb=to_duckdb)
            status, hit = _publish(home, f"{name}:{fault}:when={at}", name, to_duckdb=to_duckdb)
            found.faults[kind] += 1
            if not hit:
                found.missed.append(f"{kind} at {name} {at}")
            _look(found, home, f"{kind} at {name} {at}", status, to_duckdb=to_duckdb)
            shutil.rmtree(home)
    return found


def _look(found: Sweep, home: Path, point: str, status: int, *, to_duckdb: bool) -> None:
    """Judge what one stopped publication left, then publish again and judge that."""
    from arseg.runs.publication import versions

    old, new = _editions(to_duckdb=to_duckdb)
    seen = _seen(home, to_duckdb=to_duckdb)
    if not set(seen) <= {"old", "new"}:
        found.torn.append(f"{point}: {seen}")
    if status == 0 and set(seen) != {"new"}:
        found.success_but_unpublished.append(f"{point}: {seen}")
    if status not in (KILLED if point.startswith("killed") else (0, 1)):
        found.unsaid.append(f"{point}: exit {status}")
    try:
        publish_in(home, new, to_duckdb=to_duckdb)
    except Exception as problem:  # noqa: BLE001 - any is a retry that failed
        found.not_converged.append(f"{point}: {problem}")
        return
    held = home / "data" / "published" / "demo"
    whole = versions(held) == sorted(path.name for path in (held / "versions").iterdir())
    if set(_seen(home, to_duckdb=to_duckdb)) != {"new"} or not whole:
        found.not_converged.append(f"{point}: {_seen(home, to_duckdb=to_duckdb)}")
    assert old != new


def _seen(home: Path, *, to_duckdb: bool) -> list[str]:
    """Return what readers find, in the folder and in the DuckDB file: old, new, or what is wrong."""
    from arseg.runs.publication import current, verify, version_of

    names = {
        version_of("2026-10-31", files): name
        for files, name in zip(_editions(to_duckdb=to_duckdb), ("old", "new"), strict=True)
    }
    folder = home / "data" / "published" / "demo"
    target = current(folder)
    problems = verify(folder)
    seen = ["; ".join(problems) or names.get(target.name if target else "", "nothing")]
    if to_duckdb:
        import duckdb

        with duckdb.connect(str(home / "mart.duckdb")) as connection:
            found = connection.sql(
                "SELECT version, count(*) FROM current_assignments GROUP BY version"
            ).fetchall()
            held = connection.sql("SELECT count(*) FROM assignments").fetchall()[0][0]
        whole = len(found) == 1 and found[0][1] == 5 and held in (5, 10)
        seen.append(names[found[0][0]] if whole else f"duckdb {found}, {held} rows")
    return seen


def _editions(*, to_duckdb: bool) -> tuple[dict[str, bytes], dict[str, bytes]]:
    return (edition_files("Low"), edition_files("High")) if to_duckdb else (OLD, NEW)


def _home(folder: Path, *, to_duckdb: bool) -> Path:
    folder.mkdir(parents=True)
    publish_in(folder, _editions(to_duckdb=to_duckdb)[0], to_duckdb=to_duckdb)
    return folder


def _points(folder: Path, *, to_duckdb: bool) -> Iterator[tuple[str, int]]:
    """Trace one whole publication; return each of its calls and how often that was called by then."""
    home, trace = _home(folder, to_duckdb=to_duckdb), folder.with_name("trace")
    command = [
        "strace",
        "-qq",
        "-o",
        str(trace),
        "-e",
        "trace=%file,%desc",
        *_script(home, to_duckdb=to_duckdb),
    ]
    subprocess.run(command, env=_quiet(), check=True)
    counts: Counter[str] = Counter()
    within = False
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        name = re.match(r"\w+", line)
        if name is None:
            continue
        counts[name[0]] += 1
        if BEGIN in line or END in line:
            within = BEGIN in line
        elif within and (name[0] in CHANGING if to_duckdb else name[0] not in IDLE):
            yield name[0], counts[name[0]]


def _publish(home: Path, injected: str, name: str, *, to_duckdb: bool) -> tuple[int, bool]:
    """Publish with one call failing; return how it ended, and whether that call came."""
    log = home.with_name("injected")
    command = ["strace", "-qq", "-o", str(log), "-e", f"trace={name}", "-e", f"inject={injected}"]
    script = _script(home, to_duckdb=to_duckdb)
    done = subprocess.run([*command, *script], env=_quiet(), capture_output=True, check=False)
    # A tracer does not always live to write down the call at which it killed.
    hit = "INJECTED" in log.read_text(encoding="utf-8", errors="replace") or done.returncode in KILLED
    return done.returncode, hit


def _script(home: Path, *, to_duckdb: bool) -> list[str]:
    return [sys.executable, "-s", str(SCRIPT), str(home), *(["duckdb"] if to_duckdb else [])]


def _quiet() -> dict[str, str]:
    """Return an environment in which every start makes the same calls."""
    import arseg

    path = os.pathsep.join([str(Path(arseg.__file__).parents[1]), str(SCRIPT.parents[1])])
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": path,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
    }
