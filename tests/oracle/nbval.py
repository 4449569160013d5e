"""Notebooks run by nbval: every cell must end, and those that are tagged so must say what stands in them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_by_nbval(notebooks: Iterable[Path], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run notebooks in this environment, with some of its variables set otherwise."""
    settings = [
        "--nbval-lax",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
        "-q",
        "--override-ini=addopts=",
    ]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *settings, *map(str, notebooks)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
