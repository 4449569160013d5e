"""How much memory this process took."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def peak_mib() -> int:
    """Return the largest memory that this process ever held, in MiB."""
    own = Path("/proc/self/status")
    if own.is_file():
        # Elsewhere a process begins with the mark of the one that started it.
        return int(own.read_text(encoding="ascii", errors="replace").split("VmHWM:")[1].split()[0]) >> 10
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit >> 20
