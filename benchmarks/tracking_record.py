"""A finished run to file, and what MLflow must hold of it afterwards: compared with the record, byte for byte."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow_servers import Server

from arseg.models import KaplanMeierByTerms, load_model, save_model
from arseg.runs.champion import champion_of
from arseg.runs.experiment import Experiment
from arseg.runs.filing import FILED, flattened
from arseg.runs.journal import Run, create_run
from arseg.runs.mlflow_aliases import SHA_TAG
from arseg.runs.model_card import CARD, PAGE
from arseg.runs.month_end import NAMED
from arseg.runs.publication import current, publish, published, version_of
from arseg.runs.scorer import signature_of
from arseg.runs.sections import Part


def made_up(home: Path) -> None:
    """Leave in a home what a run leaves that was published: a small model, and files as many as of a real one."""
    rng = np.random.default_rng(7)
    declared = Experiment(
        name="tiny",
        ledger="tiny",
        model=Part(name="KaplanMeierByTerms"),
        policies=[Part(name="AgingBuckets")],
        in_force="AgingBuckets",
        publish="AgingBuckets",
    )
    run = create_run(declared, key_date=dt.date(2024, 10, 31), home=home, ledger_hash="ab" * 32)
    X = pd.DataFrame({"days_past_due": rng.integers(-20, 60, 200), "terms_days": 30, "key_day": 20_000}) * 1.0
    y = pd.DataFrame({"event": rng.integers(0, 4, 200), "duration": rng.integers(1, 90, 200)})
    save_model(KaplanMeierByTerms().fit(X, y), run.work / "model")
    card = {"model": "KaplanMeierByTerms()", "key_date": "2024-10-31", "valid_until": "2025-01-31"}
    (run.work / "model" / CARD).write_text(json.dumps(card), encoding="utf-8")
    figures = [f"figures/figure_{number}.svg" for number in range(6)]
    for path in (run.work / each for each in figures):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(rng.bytes(20_000))
    metrics = {f"metric_{number}": float(number) for number in range(40)} | {"unknown": None}
    run.save(
        "tracking", {"artifacts": figures, "metrics": metrics, "parameters": {"seed": 7}, "model": "model"}
    )
    for number in range(7):
        run.finish(f"0{number}_stage")
        run.reports.mkdir(parents=True, exist_ok=True)
        (run.reports / f"0{number}_stage.ipynb").write_bytes(rng.bytes(20_000))
    tables = {f"table_{number}.parquet": rng.bytes(5_000) for number in range(50)}
    files = {"index.html": rng.bytes(500_000), "worklist.csv": b"", **tables}
    version = version_of("2024-10-31", files)
    publish(files, folder=published(home, "tiny"), version=version, facts={"experiment": "tiny"})


def edition_of(run: Run) -> Path:
    """Return the edition of the one run of a home."""
    found = current(published(run.home, run.experiment.name))
    if found is None:
        message = "the template was not published"
        raise SystemExit(message)
    return found


def differences(server: Server, run: Run) -> list[str]:
    """Return in what MLflow differs from the record of a run."""
    name = str(run.experiment.tracking.name)
    client = mlflow.MlflowClient(server.address)
    experiment = client.get_experiment_by_name(name)
    runs = client.search_runs([experiment.experiment_id]) if experiment else []
    if len(runs) != 1:
        return [f"{len(runs)} runs"]
    found, told = runs[0], run.load("tracking")
    params = {
        name: str(value)
        for name, value in flattened({**run.experiment.resolved(run.key_date), **told.get("parameters", {})})
    }
    metrics = {
        name: float(value)
        for name, value in told.get("metrics", {}).items()
        if isinstance(value, (int, float)) and math.isfinite(value)
    }
    tags = {"arseg.run_id": run.run_id, "arseg.data_hash": run.ledger_hash, FILED: "whole"}
    held = server.folder / "artifacts" / str(found.info.experiment_id) / found.info.run_id / "artifacts"
    checks = {
        "status": found.info.status == "FINISHED",
        "parameters": found.data.params == params,
        "metrics": found.data.metrics == metrics,
        "a metric more than once": all(
            len(client.get_metric_history(found.info.run_id, metric)) == 1 for metric in list(metrics)[:3]
        ),
        "tags": tags.items() <= found.data.tags.items(),
        "artifacts": digests(held) == expected(run),
        "model": model_is_whole(client, server, run, found),
    }
    return [check for check, passed in checks.items() if not passed]


def expected(run: Run) -> dict[str, str]:
    """Return the digest of every file that is to be filed, by the path under which it is."""
    edition, told = edition_of(run), run.load("tracking")
    files = {"index.html": edition / "index.html"}
    files |= {f"figures/{Path(each).name}": run.work / each for each in told.get("artifacts", ())}
    files |= {f"tables/{path.name}": path for path in edition.glob("*.parquet") if path.stem not in NAMED}
    files |= {f"notebooks/{path.name}": path for path in run.reports.glob("*.ipynb")}
    files |= {each: run.work / "model" / each for each in (CARD, PAGE)}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items() if path.is_file()
    }


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file of a folder, by its path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def model_is_whole(client: mlflow.MlflowClient, server: Server, run: Run, found: Any) -> bool:
    """Return whether there is one model with one version, the bytes and the signature of the run's."""
    name = str(run.experiment.tracking.name)
    versions = client.search_model_versions(f"name='{name}'")
    models = client.search_logged_models(experiment_ids=[found.info.experiment_id])
    if len(versions) != 1 or len(models) != 1:
        return False
    digest = hashlib.sha256((run.work / "model" / "model.json").read_bytes()).hexdigest()
    stored = [
        path for path in (server.folder / "artifacts").rglob("model.json") if models[0].model_id in str(path)
    ]
    alias = "champion" if champion_of(run.home, run.experiment.name) else "challenger"
    registered = client.get_registered_model(name).aliases
    mlflow.set_tracking_uri(server.address)
    signature = mlflow.models.get_model_info(f"models:/{name}@{alias}").signature
    return (
        registered == {alias: versions[0].version}
        and versions[0].tags.get(SHA_TAG) == digest
        and [hashlib.sha256(path.read_bytes()).hexdigest() for path in stored] == [digest]
        and str(models[0].status) == "READY"
        and signature == signature_of(load_model(run.work / "model"))
    )
