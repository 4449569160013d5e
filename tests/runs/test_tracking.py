from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.models import KaplanMeierByTerms, save_model
from arseg.runs.experiment import Experiment
from arseg.runs.filing import FILED
from arseg.runs.journal import Run, create_run, read_journal
from arseg.runs.mlflow_store import requirements
from arseg.runs.model_card import CARD
from arseg.runs.scorer import OUTPUTS
from arseg.runs.sections import Tracking
from arseg.runs.spool import request_of, waiting
from arseg.runs.stage_hash import code_hash, lock_hash
from arseg.runs.surroundings import surroundings
from arseg.runs.tracking import Tracker, local_store, store_uri, track

ASK = """
import json, sys
import mlflow, pandas as pd
uri, features = sys.argv[1:]
mlflow.set_tracking_uri(uri)
client = mlflow.MlflowClient()
found = client.search_runs([client.get_experiment_by_name("demo").experiment_id])
scored = mlflow.pyfunc.load_model("models:/demo@challenger").predict(pd.read_parquet(features))
data = found[0].data
artifacts = sorted(each.path for each in client.list_artifacts(found[0].info.run_id))
status = [run.info.status for run in found]
model = mlflow.models.get_model_info("models:/demo@challenger")
named = [[each.name for each in part.inputs] for part in (model.signature.inputs, model.signature.outputs)]
types = {str(each.type) for part in (model.signature.inputs, model.signature.outputs) for each in part.inputs}
version = client.get_model_version_by_alias("demo", "challenger")
print(json.dumps([status, data.params, data.metrics, data.tags, artifacts, scored.to_dict("list"),
                  named, sorted(types), version.tags]))
"""

# What a serving process is told that asks too little, asks too late, or was handed another model.
REFUSED = """
import json, pathlib, sys, warnings
import mlflow, pandas as pd
uri, features = sys.argv[1:]
mlflow.set_tracking_uri(uri)
frame = pd.read_parquet(features)
model = mlflow.pyfunc.load_model("models:/demo@challenger")
said = []
with warnings.catch_warnings(record=True) as late:
    warnings.simplefilter("always")
    model.predict(frame.assign(key_day=frame["key_day"] + 3000))
said.append([str(each.message) for each in late if "OVERDUE" in str(each.message)])
for wrong in (frame.drop(columns="terms_days"), frame.assign(days_past_due="many")):
    try:
        model.predict(wrong)
        said.append("answered")
    except mlflow.exceptions.MlflowException as problem:
        said.append(str(problem))
stored, = pathlib.Path("mlartifacts").rglob("model.json")
stored.write_text(stored.read_text().replace('"shrinkage": 50.0', '"shrinkage": 51.0'))
try:
    mlflow.pyfunc.load_model("models:/demo@challenger")
    said.append("loaded")
except Exception as problem:
    said.append(f"{type(problem).__name__}: {problem}")
print(json.dumps(said))
"""


@pytest.fixture(name="features")
def _features() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    past_due = rng.integers(-20, 60, 200)
    return pd.DataFrame({"days_past_due": past_due, "terms_days": 30, "key_day": 20_000}, dtype="float64")


def fit(features: pd.DataFrame) -> KaplanMeierByTerms:
    rng = np.random.default_rng(8)
    y = pd.DataFrame({"event": rng.integers(0, 4, 200), "duration": rng.integers(1, 90, 200)})
    return KaplanMeierByTerms().fit(features, y)


def test_a_run_and_its_model_are_filed_and_load_without_a_pickle(run: Run, features: pd.DataFrame) -> None:
    model = fit(features)
    save_model(model, run.work / "model")
    card = {"model": "KaplanMeierByTerms()", "key_date": "2024-10-04", "valid_until": "2025-01-04"}
    (run.work / "model" / CARD).write_text(json.dumps(card), encoding="utf-8")
    features.to_parquet(run.work / "features.parquet")
    with Tracker(run, patience=300) as tracker:
        filed = tracker.track(
            parameters={"model": {"name": "KaplanMeierByTerms"}, "policies": ["a", "b"], "seed": 7},
            metrics={"dso": 30.5, "unknown": None, "not_a_number": float("nan")},
            artifacts={"": [run.record], "tables": [run.work / "features.parquet"]},
            data_hash=run.ledger_hash,
            model_folder=run.work / "model",
        )
    assert filed is not None
    assert filed["model_version"] == 1
    assert read_journal(run.folder)[-1]["mlflow_run"] == filed["mlflow_run"]
    assert list((run.folder / "spool").iterdir()) == []

    asked = [sys.executable, "-c", ASK, local_store(run.home), str(run.work / "features.parquet")]
    safe = surroundings(MLFLOW_ALLOW_PICKLE_DESERIALIZATION="false")
    said = subprocess.run(asked, env=safe, capture_output=True, text=True, check=True, cwd=run.home)
    status, params, metrics, tags, artifacts, scored, named, types, version = json.loads(
        said.stdout.splitlines()[-1]
    )
    assert status == ["FINISHED"]
    assert params == {"model.name": "KaplanMeierByTerms", "policies": '["a", "b"]', "seed": "7"}
    assert metrics == {"dso": 30.5}
    assert tags["arseg.run_id"] == run.run_id
    assert tags["arseg.data_hash"] == run.ledger_hash
    assert (tags["arseg.code_hash"], tags["arseg.lock_hash"]) == (code_hash(), lock_hash())
    assert (tags[FILED], tags["arseg.model_version"]) == ("whole", "1")
    assert artifacts == [CARD, "run.json", "tables"]
    assert named == [["days_past_due", "terms_days", "key_day"], list(OUTPUTS)]
    assert types == ["DataType.double"]
    assert list(scored) == list(OUTPUTS)
    assert {name: version[f"arseg.{name}"] for name in card} == card
    assert scored["paid_30"] == model.predict_cumulative_incidence(features, [30])[:, 0, 0].tolist()
    kept = [path.name for path in (run.home / "mlartifacts").rglob("*") if path.is_file()]
    assert "model.json" in kept
    assert not [name for name in kept if name.endswith((".pkl", ".pickle", ".joblib", ".cloudpickle"))]
    needed, *_ = (run.home / "mlartifacts").rglob("requirements.txt")
    assert sorted(needed.read_text(encoding="utf-8").split()) == sorted(requirements())

    asked[2] = REFUSED
    refused = subprocess.run(asked, env=safe, capture_output=True, text=True, check=True, cwd=run.home)
    late, missing, wrong, tampered = json.loads(refused.stdout.splitlines()[-1])
    assert late == [
        "OVERDUE: KaplanMeierByTerms() may be used until 2025-01-04; 2032-12-21 is 2908 days later"
    ]
    assert "terms_days" in missing
    assert "days_past_due" in wrong
    assert "DataError: model.json is not the file of the manifest" in tampered


def spooled(run: Run, capfd: pytest.CaptureFixture[str]) -> str:
    """Check that the request was kept and that everybody was told; return what went wrong."""
    kept = request_of(run.folder)
    assert (kept["parameters"], kept["metrics"]) == ({"seed": 7}, {"dso": 1.0})
    event = read_journal(run.folder)[-1]
    assert event["event"] == "track"
    assert event["spooled"] is True
    assert "arseg: MLflow did not take the run" in capfd.readouterr().err
    problem: str = event["problem"]
    return problem


FILED_RUNS = """
import json, sys
import mlflow
client = mlflow.MlflowClient(sys.argv[1])
found = client.search_runs([client.get_experiment_by_name("demo").experiment_id])
print(json.dumps([[run.data.tags["arseg.run_id"], run.info.status, run.data.metrics["dso"]] for run in found]))
"""


def test_a_run_that_waits_is_filed_by_the_next_one_once_and_no_password_is_ever_said(
    experiment: Experiment,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The address stands in a variable: a server that refuses with a password in it, later a store that works."""
    declared = experiment.model_copy(update={"tracking": Tracking(uri_env="WHERE_MLFLOW_IS")})
    first = create_run(declared, key_date=experiment_day(), home=tmp_path)
    assert store_uri(first) == "$WHERE_MLFLOW_IS"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("WHERE_MLFLOW_IS", f"http://ann:c4n4ry@127.0.0.1:{port}")
    with Tracker(first, patience=300) as tracker:
        assert tracker.track(parameters={"seed": 7}, metrics={"dso": 1.0}) is None
    assert "127.0.0.1" in spooled(first, capfd)
    assert waiting(tmp_path) == [first.folder]

    monkeypatch.setenv("WHERE_MLFLOW_IS", f"sqlite:///{tmp_path}/elsewhere.db")
    second = create_run(declared, key_date=experiment_day(), home=tmp_path)
    with Tracker(second, patience=300) as tracker:
        filed = tracker.track(parameters={"seed": 7}, metrics={"dso": 2.0})
    assert filed is not None
    assert waiting(tmp_path) == []
    asked = [sys.executable, "-c", FILED_RUNS, f"sqlite:///{tmp_path}/elsewhere.db"]
    said = subprocess.run(asked, env=surroundings(), capture_output=True, text=True, check=True)
    runs = sorted(json.loads(said.stdout.splitlines()[-1]))
    assert runs == [[first.run_id, "FINISHED", 1.0], [second.run_id, "FINISHED", 2.0]]
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"c4n4ry" not in written
    assert "c4n4ry" not in "".join(capfd.readouterr())


def test_a_store_that_never_answers_is_given_up_in_time(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    with Tracker(run, patience=0.2) as tracker:
        assert tracker.track(parameters={"seed": 7}, metrics={"dso": 1.0}) is None
    assert time.monotonic() - began < 30
    assert "no answer within 0.2 s" in spooled(run, capfd)


def test_a_process_that_dies_says_how_it_ended(
    run: Run, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    assert track(run, parameters={"seed": 7}, metrics={"dso": 1.0}) is None
    assert "its process ended with" in spooled(run, capfd)


def test_a_run_that_fails_ends_the_process_beside_it(run: Run) -> None:
    with Tracker(run) as tracker:
        process = tracker._process
        assert os.getpgid(process.pid) == process.pid
    assert process.poll() is not None
    assert not (run.folder / "spool").exists()


def experiment_day():  # noqa: ANN201 - a day
    import datetime as dt

    return dt.date(2026, 10, 31)
