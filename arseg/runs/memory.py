"""How much memory this process took."""

from __future__ import annotations

import resource
import sys


def peak_mib() -> int:
    """Return the largest memory that this process ever held, in MiB."""
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit >> 20
