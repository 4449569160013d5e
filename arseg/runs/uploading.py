"""Tell MLflow what waits for it, on request: every run once, whatever happened to it before, then every champion."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from arseg.runs import spool
from arseg.runs.last_words import last_words
from arseg.runs.surroundings import surroundings
from arseg.runs.tracking import CLIENT
from arseg.runs.untold import tell, untold

# For all that waits; a person looks on, so that it may take longer than the end of a run, and a slow server is heard out.
PATIENCE: Final = 600.0
_PATIENT_CLIENT: Final = {
    **CLIENT,
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
}


@dataclass(frozen=True)
class Uploaded:
    """What came of it.

    Parameters
    ----------
    filed
        Ids of the runs that are filed now.
    waiting
        Ids of those that still wait.
    problems
        What went wrong, by store; a reference stands for an address that may hold a password.
    told
        Experiments whose champion MLflow knows now.
    untold
        Those of which it does not know yet.
    """

    filed: list[str]
    waiting: list[str]
    problems: dict[str, str]
    told: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing waits any longer."""
        return not (self.waiting or self.untold)

    def to_json(self) -> str:
        """Return it as one JSON object."""
        return json.dumps(asdict(self), indent=1)


def upload(home: Path, *, patience: float = PATIENCE) -> Uploaded:
    """File every run of a home that waits for MLflow, and tell it of every promotion that it missed.

    Parameters
    ----------
    home
        The home folder.
    patience
        Seconds to wait for each store.
    """
    home = home.resolve()
    before = spool.waiting(home)
    names: dict[str, str] = {}
    for folder in before:
        request = spool.request_of(folder)
        names.setdefault(request["store"], request["model_name"])
    champions = untold(home)
    problems = {store: _file(store, name, home, patience) for store, name in names.items()}
    for each in untold(home):
        # A store that did not take its runs is not asked again.
        problems[each.store] = problems.get(each.store) or tell(home, each)
    missed = {each.experiment for each in untold(home)}
    left = {folder.name for folder in spool.waiting(home)}
    return Uploaded(
        filed=[folder.name for folder in before if folder.name not in left],
        waiting=[folder.name for folder in before if folder.name in left],
        problems={store: problem for store, problem in problems.items() if problem},
        told=[each.experiment for each in champions if each.experiment not in missed],
        untold=sorted(missed),
    )


def _file(store: str, name: str, home: Path, patience: float) -> str:
    """Start the process that files what waits for a store; return what went wrong, empty where nothing did."""
    command = [sys.executable, "-m", "arseg.runs.mlflow_store", store, name, str(home), ""]
    with subprocess.Popen(  # noqa: S603 - our own module, and arguments without a shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=home,
        env=surroundings(**_PATIENT_CLIENT),
        start_new_session=True,
        text=True,
    ) as process:
        try:
            _, said = process.communicate("file\n", timeout=patience)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return f"no answer within {patience:g} s"
    return last_words(said) if process.returncode else ""
