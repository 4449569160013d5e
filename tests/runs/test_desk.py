from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from arseg.runs import desk, preparation
from arseg.runs.experiment import Experiment
from arseg.runs.journal import create_run, open_run
from arseg.schema import UsageError

from .conftest import EXPERIMENT


@pytest.fixture(name="started")
def _started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Collect what would be started instead of starting it."""
    started: list[dict[str, Any]] = []

    def start(command: list[str], **options: Any) -> subprocess.CompletedProcess:
        started.append({"command": command, **options})
        return subprocess.CompletedProcess(command, 7)

    monkeypatch.setattr(subprocess, "run", start)
    return started


def test_the_lab_opens_on_loopback_joined_to_a_fresh_run(
    started: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "demo.yaml"
    path.write_text(EXPERIMENT, encoding="utf-8")

    def prepare(experiment: Experiment, *, key_date: str | None, home: Path) -> object:
        assert key_date == "2026-09-30"
        return create_run(experiment, key_date=dt.date(2026, 9, 30), home=home)

    monkeypatch.setattr(preparation, "prepare_run", prepare)
    assert desk.open_lab(path, key_date="2026-09-30", port=9999, home=tmp_path) == 7
    command, surroundings = started[0]["command"], started[0]["env"]
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert {"--ip=127.0.0.1", "--port=9999", f"--notebook-dir={tmp_path / 'lab'}"} <= set(command)
    assert not [word for word in command if "token" in word.lower() or "password" in word.lower()]
    assert surroundings["ARSEG_HOME"] == str(tmp_path)
    assert surroundings["MPLBACKEND"].endswith("backend_inline"), "a person's cell shows what it draws"
    assert open_run(surroundings["ARSEG_RUN"]).key_date == dt.date(2026, 9, 30)


def test_the_lab_opens_without_an_experiment_too(
    started: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARSEG_RUN", raising=False)
    desk.open_lab(None, home=tmp_path)
    assert "ARSEG_RUN" not in started[0]["env"]
    assert not (tmp_path / "journal").exists()
    assert not (tmp_path / "data").exists()


def test_the_lab_makes_the_demo_book_where_it_is_asked_to(
    started: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from arseg.runs.lab import workspace

    asked: list[Path] = []
    monkeypatch.setattr(workspace, "demo_ledger", lambda *, home: asked.append(home))
    desk.open_lab(None, home=tmp_path, demo=True)
    assert asked == [tmp_path]
    assert len(started) == 1


def test_a_machine_without_jupyterlab_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(UsageError, match=r"JupyterLab is not installed.*make setup"):
        desk.open_lab(None)


def test_mlflow_opens_on_loopback_over_the_homes_own_store(
    started: list[dict[str, Any]], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="nothing is tracked yet"):
        desk.open_ui(home=tmp_path)
    with sqlite3.connect(tmp_path / "mlflow.db") as store:
        store.execute("CREATE TABLE experiments (artifact_location)")
        store.execute("INSERT INTO experiments VALUES ('file:///old/home/mlartifacts')")
    store.close()
    assert desk.open_ui(port=5001, home=tmp_path) == 7
    command = started[0]["command"]
    assert command[1:4] == ["-m", "mlflow", "ui"]
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert command[command.index("--backend-store-uri") + 1] == f"sqlite:///{tmp_path}/mlflow.db"
    with contextlib.closing(sqlite3.connect(tmp_path / "mlflow.db")) as store:
        found = store.execute("SELECT artifact_location FROM experiments").fetchall()
    assert found == [((tmp_path / "mlartifacts").as_uri(),)], "the home moved since"
