"""Open the notebooks or MLflow's pages in a browser, on this machine only."""

from __future__ import annotations

import datetime as dt
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from arseg.runs.journal import RECORD_VARIABLE
from arseg.runs.relocation import relocate
from arseg.runs.surroundings import surroundings
from arseg.runs.tracking import local_store, store_path
from arseg.schema import UsageError

_LOOPBACK: Final = "127.0.0.1"
# MLflow would start seven more processes for jobs that nobody here asks for.
_PAGES: Final = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}

# A run's kernels draw to files; a person's cell shows what it draws.
_INLINE: Final = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}


def open_lab(
    experiment: Path | None,
    *,
    key_date: str | dt.date | None = None,
    port: int = 8888,
    home: Path = Path(),
    demo: bool = False,
) -> int:
    """Open a workspace in JupyterLab: the lab's notebooks and the stages', these joined to a fresh run.

    Parameters
    ----------
    experiment
        Its file; without one the stage notebooks say that they belong to no run.
    key_date
        The day to stand on.
    port
        Port on the loopback address.
    home
        The home folder; the workspace is its ``lab/``.
    demo
        Whether to make the demo book first, where the home has none.

    Returns
    -------
    int
        JupyterLab's exit code.

    Raises
    ------
    UsageError
        If JupyterLab is not installed, or the experiment or the notebooks are wrong.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise UsageError(
            "JupyterLab is not installed",
            given=sys.executable,
            allowed="an environment with the dev group",
            do="run make setup",
        )
    from arseg.runs.experiment import read_experiment
    from arseg.runs.lab.workspace import HOME_VARIABLE, demo_ledger, make_workspace
    from arseg.runs.preparation import prepare_run

    home = home.resolve()
    workspace = make_workspace(home)
    if demo:
        demo_ledger(home=home)
    joined = {HOME_VARIABLE: str(home), **_INLINE}
    if experiment is not None:
        run = prepare_run(read_experiment(experiment), key_date=key_date, home=home)
        joined[RECORD_VARIABLE] = str(run.record)
    # The token stays on: others on this machine reach the loopback address too.
    command = ["jupyterlab", f"--ip={_LOOPBACK}", f"--port={port}", f"--notebook-dir={workspace}"]
    # Jupyter refuses root, which is who one is in most containers; it listens on loopback only.
    command += ["--allow-root"] if os.geteuid() == 0 else []
    return _stay(command, home, **joined)


def open_ui(*, port: int = 5000, home: Path = Path()) -> int:
    """Open MLflow's pages over the home's own store.

    Parameters
    ----------
    port
        Port on the loopback address.
    home
        The home folder.

    Returns
    -------
    int
        MLflow's exit code.

    Raises
    ------
    UsageError
        If the home has no store yet.
    """
    if not store_path(home).is_file():
        raise UsageError(
            "nothing is tracked yet", given=store_path(home), allowed="a home with a run", do="run first"
        )
    relocate(store_path(home))
    store = ["--backend-store-uri", local_store(home)]
    return _stay(
        ["mlflow", "ui", *store, "--host", _LOOPBACK, "--port", str(port), "--workers", "1"], home, **_PAGES
    )


def _stay(module: list[str], home: Path, **more: str) -> int:
    """Run a module of this interpreter until it ends."""
    return subprocess.run(  # noqa: S603 - an argument list without a shell
        [sys.executable, "-m", *module], cwd=home, env=surroundings(**more), check=False
    ).returncode
