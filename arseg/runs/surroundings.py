"""The environment of every process that a run starts: kernels and the one that talks to MLflow."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

import arseg
from arseg.runs.secret import harmless

# One thread: a busy machine with OpenMP spin-waits turned 0.06 s fits into 41 s, and sums reproduce. A model that asks for
# more gets them (``arseg.models.threads``), and these sleep while they wait.
_DEFAULTS: Final = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
_ALWAYS: Final = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MPLBACKEND": "agg",
    "PYTHONHASHSEED": "0",
}


def kernel_surroundings(named: Collection[str] = ()) -> dict[str, str]:
    """Return the environment of a kernel: without secrets, as what it holds may end in a notebook.

    Parameters
    ----------
    named
        Variables that the experiment names as holding a secret.
    """
    return harmless(surroundings(), named)


def surroundings(**more: str) -> dict[str, str]:
    """Return the environment of a process that we start, with this very arseg first on its path.

    Parameters
    ----------
    **more
        Further variables.

    Examples
    --------
    >>> surroundings(MLFLOW_HTTP_REQUEST_TIMEOUT="5")["MPLBACKEND"]
    'agg'
    """
    ours = str(Path(arseg.__file__).resolve().parent.parent)
    path = os.pathsep.join(part for part in (ours, os.environ.get("PYTHONPATH", "")) if part)
    return {**_DEFAULTS, **os.environ, **_ALWAYS, "PYTHONPATH": path, **more}
