from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import arseg
from arseg.runs.surroundings import surroundings


def test_a_process_that_we_start_imports_this_very_arseg(tmp_path: Path) -> None:
    asked = [sys.executable, "-c", "import arseg; print(arseg.__file__)"]
    said = subprocess.run(asked, cwd=tmp_path, env=surroundings(), capture_output=True, text=True, check=True)
    assert Path(said.stdout.strip()) == Path(arseg.__file__)


def test_a_run_may_ask_for_more_threads_but_never_for_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "false")
    assert surroundings()["OMP_NUM_THREADS"] == "1"
    assert surroundings()["MLFLOW_DISABLE_TELEMETRY"] == "true"
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    assert surroundings()["OMP_NUM_THREADS"] == "4"


def test_further_variables_win() -> None:
    assert surroundings(MPLBACKEND="svg")["MPLBACKEND"] == "svg"
