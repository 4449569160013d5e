"""A run is filed in a real MLflow server, once it can be reached; until then nothing is lost and little time is."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.models import KaplanMeierByTerms, save_model
from arseg.runs.experiment import Experiment
from arseg.runs.journal import Run, create_run
from arseg.runs.model_card import CARD
from arseg.runs.scorer import inputs_of
from arseg.runs.sections import Tracking
from arseg.runs.spool import waiting
from arseg.runs.tracking import PATIENCE, Tracker
from arseg.runs.uploading import upload

from .test_tracking import experiment_day

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SECRET = "c4n4ry-8-z"


@pytest.fixture(scope="module")
def servers() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("mlflow_servers", BENCHMARKS / "mlflow_servers.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(name="run")
def _run(experiment: Experiment, tmp_path: Path) -> Run:
    """Return a run with a model and a table; a variable holds MLflow's address."""
    declared = experiment.model_copy(update={"tracking": Tracking(uri_env="WHERE_MLFLOW_IS")})
    run = create_run(declared, key_date=experiment_day(), home=tmp_path / "home", ledger_hash="ab" * 32)
    rng = np.random.default_rng(7)
    X = pd.DataFrame({"days_past_due": rng.integers(-20, 60, 90), "terms_days": 30, "key_day": 20_000}) * 1.0
    y = pd.DataFrame({"event": rng.integers(0, 4, 90), "duration": rng.integers(1, 90, 90)})
    save_model(KaplanMeierByTerms().fit(X, y), run.work / "model")
    card = {"model": "KaplanMeierByTerms()", "key_date": "2026-10-31", "valid_until": "2027-01-31"}
    (run.work / "model" / CARD).write_text(json.dumps(card), encoding="utf-8")
    X.to_parquet(run.work / "features.parquet")
    return run


def ask(address: str, path: str, **asked: Any) -> dict[str, Any]:
    """Ask the server without MLflow's client."""
    body = json.dumps(asked).encode() if asked else None
    request = urllib.request.Request(
        f"{address}/api/2.0/mlflow/{path}", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


def test_a_run_that_met_a_black_hole_is_filed_whole_and_once_when_the_server_is_there(
    run: Run, servers: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.deaf() as address:
        monkeypatch.setenv("WHERE_MLFLOW_IS", address)
        began = time.monotonic()
        with Tracker(run) as tracker:
            filed = tracker.track(
                parameters={"seed": 7},
                metrics={"dso": 30.5},
                artifacts={"tables": [run.work / "features.parquet"]},
                data_hash=run.ledger_hash,
                model_folder=run.work / "model",
            )
        assert filed is None
        assert time.monotonic() - began < PATIENCE + 5
    assert waiting(run.home) == [run.folder]

    folder = tmp_path / "server"
    folder.mkdir()
    with servers.Nursery(folder) as server:
        monkeypatch.setenv("WHERE_MLFLOW_IS", server.address.replace("//", f"//ann:{SECRET}@"))
        found = upload(run.home)
        assert (found.filed, found.waiting, found.problems) == ([run.run_id], [], {})
        check(server.address, folder, run)
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert SECRET.encode() not in left


def check(address: str, folder: Path, run: Run) -> None:
    """Compare what the server holds with the run."""
    experiment = ask(address, "experiments/get-by-name?experiment_name=demo")["experiment"]["experiment_id"]
    (filed,) = ask(address, "runs/search", experiment_ids=[experiment])["runs"]
    data = {kind: {each["key"]: each["value"] for each in filed["data"][kind]} for kind in filed["data"]}
    assert filed["info"]["status"] == "FINISHED"
    assert (data["params"], data["metrics"]) == ({"seed": "7"}, {"dso": 30.5})
    assert (data["tags"]["arseg.run_id"], data["tags"]["arseg.data_hash"]) == (run.run_id, "ab" * 32)
    stored = folder / "artifacts" / experiment / filed["info"]["run_id"] / "artifacts"
    kept = run.work / "features.parquet"
    assert (stored / "tables" / kept.name).read_bytes() == kept.read_bytes()
    version = ask(address, "registered-models/alias?name=demo&alias=challenger")["model_version"]
    assert (version["version"], version["run_id"]) == ("1", filed["info"]["run_id"])
    (described,) = folder.rglob("MLmodel")
    for column in inputs_of(KaplanMeierByTerms()):
        assert column in described.read_text(encoding="utf-8"), "the model has its signature"
