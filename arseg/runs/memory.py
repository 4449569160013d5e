"""How much memory this process took, and how much another one holds."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")


def peak_mib() -> int:
    """Return the largest memory that this process ever held, in MiB."""
    if _STATUS.is_file():
        # Elsewhere a process begins with the mark of the one that started it.
        return _told_kib(_STATUS, "VmHWM:") >> 10
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit >> 20


def held_mib(pid: int) -> int:
    """Return the memory that a process and, on Linux, all that it started hold now, in MiB; 0 where it has ended.

    Parameters
    ----------
    pid
        Its number.
    """
    if _STATUS.is_file():
        return sum(_told_kib(Path(f"/proc/{each}/status"), "VmRSS:") for each in _family(pid)) >> 10
    asked = ["ps", "-o", "rss=", "-p", str(pid)]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603 - a number
    return int(said.strip() or 0) >> 10


def _family(pid: int) -> list[int]:
    """Return a process with its descendants."""
    found = [pid]
    for each in found:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                found += map(int, children.read_text(encoding="ascii").split())
            except OSError:
                continue
    return found


def _told_kib(status: Path, figure: str) -> int:
    """Return a figure of a process that Linux tells of, in KiB; 0 where it has ended."""
    try:
        told = status.read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    _, _, behind = told.partition(figure)
    return int(behind.split()[0]) if behind else 0
