"""Tell MLflow about a run, without depending on it.

With its defaults a client waits 245 s per call for a server that is down (reliability, fact 6). MLflow
therefore lives in a process of its own that is given ``PATIENCE`` seconds; whatever goes wrong, the
request stays in the run's spool, the run goes on, and the next one files what waits.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import arseg
from arseg.runs import spool
from arseg.runs.journal import Run, note
from arseg.runs.last_words import last_words
from arseg.runs.spool import Artifacts
from arseg.runs.stage_hash import code_hash, lock_hash
from arseg.runs.surroundings import surroundings

PATIENCE: Final = 25.0

# Set before MLflow is imported: it reads them then.
CLIENT: Final = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}


def store_uri(run: Run) -> str:
    """Return where the run is tracked: the experiment's address, a reference to it, or the home's SQLite store."""
    told = run.experiment.tracking
    if told.uri_env:
        return f"${told.uri_env}"
    return f"@{run.home / told.uri_file}" if told.uri_file else told.uri or local_store(run.home)


def local_store(home: Path) -> str:
    """Return the address of a home's own SQLite store."""
    return f"sqlite:///{store_path(home)}"


def store_path(home: Path) -> Path:
    """Return the file of a home's own store."""
    return home.resolve() / "mlflow.db"


class Tracker:
    """MLflow in a process of its own, started early so that it is ready when the run ends.

    Parameters
    ----------
    run
        The run to track.
    patience
        Seconds to wait for MLflow in the end.
    """

    def __init__(self, run: Run, *, patience: float = PATIENCE) -> None:
        self._run = run
        self._patience = patience
        self._name = run.experiment.tracking.name or run.experiment.name
        self._answer = run.folder / spool.ANSWER
        self._answer.unlink(missing_ok=True)
        self._log = run.folder / "mlflow.log"
        command = [sys.executable, "-m", "arseg.runs.mlflow_store", store_uri(run), self._name]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, and arguments without a shell
                [*command, str(run.home), str(run.folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=run.home,
                env=surroundings(**CLIENT),
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def track(
        self,
        *,
        parameters: Mapping[str, Any],
        metrics: Mapping[str, float | None],
        artifacts: Artifacts | None = None,
        data_hash: str = "",
        model_folder: Path | None = None,
    ) -> dict[str, Any] | None:
        """File the run; on any trouble keep it in the spool, and say so.

        Parameters
        ----------
        parameters
            Plain data, nested as it is declared.
        metrics
            Numbers by name; unknown ones are left out.
        artifacts
            Files by the folder they are filed under: figures, tables, notebooks, and the report at the top.
        data_hash
            Content hash of the ledger.
        model_folder
            Folder that ``arseg.models.save_model`` wrote.

        Returns
        -------
        dict or None
            ``mlflow_run``, ``model_version`` and ``store`` (a reference where its address is one), or None where the request went to the spool.
        """
        run = self._run
        request = {
            "store": store_uri(run),
            "run_name": run.key_date.isoformat(),
            "model_name": self._name,
            "parameters": dict(parameters),
            "metrics": dict(metrics),
            "tags": {**_tags(run), "arseg.data_hash": data_hash},
            "experiment": run.experiment.name,
            "model_folder": os.path.relpath(model_folder, run.home) if model_folder else None,
        }
        # Spooled first: a machine that dies while MLflow answers loses nothing.
        spool.keep(run.folder, request, artifacts or {}, run.home)
        problem = self._send()
        if problem is None:
            spool.forget(run.folder)
            filed: dict[str, Any] = json.loads(self._answer.read_text(encoding="utf-8"))
            filed["store"] = store_uri(run)
            note(run, "track", **filed)
            return filed
        note(run, "track", spooled=True, problem=problem)
        sys.stderr.write(
            f"arseg: MLflow did not take the run ({problem}); it is kept, and filed by the next run"
            " or by `arseg upload`\n"
        )
        return None

    def _send(self) -> str | None:
        """Say that the request is spooled, wait, and return what went wrong."""
        late = f"no answer within {self._patience:g} s"
        try:
            self._process.communicate(b"file\n", timeout=self._patience)
            late = f"its process ended with {self._process.returncode}"
        except subprocess.TimeoutExpired:
            self._end()
        # The answer is what counts: a process may file the run and then be slow to end.
        if self._answer.is_file():
            return None
        said = self._log.read_text(encoding="utf-8", errors="replace")
        return f"{late}; {last_words(said)}" if said.strip() else late

    def _end(self) -> None:
        """End the process and whatever it started."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


def _tags(run: Run) -> dict[str, str]:
    """Return by what a run is known, and what its numbers came from."""
    return {
        "arseg.run_id": run.run_id,
        "arseg.key_date": run.key_date.isoformat(),
        "arseg.experiment_hash": run.experiment.experiment_hash,
        "arseg.code_hash": code_hash(),
        "arseg.lock_hash": lock_hash(),
        "arseg.version": arseg.__version__,
    }


def track(
    run: Run,
    *,
    parameters: Mapping[str, Any],
    metrics: Mapping[str, float | None],
    artifacts: Artifacts | None = None,
    data_hash: str = "",
    model_folder: Path | None = None,
) -> dict[str, Any] | None:
    """Start MLflow and file the run in one go; see ``Tracker.track``."""
    with Tracker(run) as tracker:
        return tracker.track(
            parameters=parameters,
            metrics=metrics,
            artifacts=artifacts,
            data_hash=data_hash,
            model_folder=model_folder,
        )
