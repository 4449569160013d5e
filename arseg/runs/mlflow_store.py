"""The process that talks to MLflow, so that nothing it does can fail or delay a run.

``tracking`` starts it beside the first stage; it imports MLflow and prepares the store while the stages
run, waits for one request on its standard input, files it, and leaves its answer in a file.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

from arseg import __version__
from arseg.runs.mlflow_aliases import CHALLENGER, SHA_TAG, point_champion
from arseg.runs.scorer import MODEL_CODE, signature_of
from arseg.runs.tracking import local_store, store_path

# Explicit, as inferring them starts a process that loads the model (5 to 8 s) and names the wrong wheel. What a stored
# model needs to answer; the booster's wheel has another name where it brings no GPU libraries.
_NEEDED: Final = ("mlflow", "numpy", "pandas", "scipy", "statsmodels")
_BOOSTERS: Final = ("xgboost-cpu", "xgboost")


def prepare(uri: str, name: str, home: Path) -> str:
    """Return the id of the MLflow experiment of that name; make it, and the store, where absent.

    Parameters
    ----------
    uri
        Address of the store or server.
    name
        The experiment's name.
    home
        The home folder, which holds the lock and the artifacts of a local store.
    """
    import mlflow

    # Three of four processes that meet an empty SQLite store at once die of each other's migrations.
    with FileLock(home / "mlflow.db.lock"):
        if uri == local_store(home) and not store_path(home).is_file():
            _create_store(home)
        mlflow.set_tracking_uri(uri)
        found = mlflow.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        local = (home / "mlartifacts").as_uri() if uri.startswith("sqlite:") else None
        return str(mlflow.create_experiment(name, artifact_location=local))


def _create_store(home: Path) -> None:
    """Make the empty store aside: a process killed amid its migrations would leave one that never opens."""
    import mlflow

    aside = store_path(home).with_suffix(".db.new")
    aside.unlink(missing_ok=True)
    mlflow.MlflowClient(f"sqlite:///{aside}").search_experiments(max_results=1)
    aside.replace(store_path(home))


def file_run(request: Mapping[str, Any], experiment_id: str) -> dict[str, Any]:
    """File one run: parameters, metrics, tags, artifacts and the model.

    Parameters
    ----------
    request
        ``run_name``, ``model_name``, ``parameters``, ``metrics``, ``tags``, ``artifacts`` (paths) and
        ``model_folder`` (path or None); ``champion`` (from ``named_champion``) where there is one.
    experiment_id
        From ``prepare``.

    Returns
    -------
    dict
        ``mlflow_run`` and ``model_version`` (None without a model).
    """
    import mlflow

    with mlflow.start_run(
        experiment_id=experiment_id, run_name=request["run_name"], tags=request["tags"]
    ) as run:
        mlflow.log_params(dict(flattened(request["parameters"])))
        mlflow.log_metrics({name: value for name, value in request["metrics"].items() if _is_number(value)})
        for path in request["artifacts"]:
            mlflow.log_artifact(path)
        model_version = None
        if request["model_folder"]:
            model_version = _register(request["model_folder"], request["model_name"])
        if request.get("champion"):
            point_champion(request["model_name"], request["champion"])
    return {"mlflow_run": run.info.run_id, "model_version": model_version}


def flattened(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield nested parameters under dotted names.

    Examples
    --------
    >>> dict(flattened({"model": {"name": "DiscreteHazard"}, "seed": 7}))
    {'model.name': 'DiscreteHazard', 'seed': 7}
    """
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flattened(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value if isinstance(value, (str, int, float)) else json.dumps(value)


def requirements() -> list[str]:
    """Return what a process needs to load and ask a stored model, pinned to what is installed here."""
    installed = {dist.metadata["Name"] for dist in distributions()}
    booster = next(name for name in _BOOSTERS if name in installed)
    return [f"arseg=={__version__}", *(f"{each}=={version(each)}" for each in sorted((*_NEEDED, booster)))]


def _register(model_folder: str, name: str) -> int:
    """File the JSON model behind its three lines of code, as the newest challenger, with its card."""
    import mlflow

    from arseg.models import load_model
    from arseg.runs.model_card import CARD, PAGE

    cards = [path for each in (CARD, PAGE) if (path := Path(model_folder) / each).is_file()]
    for path in cards:
        mlflow.log_artifact(str(path))
    with tempfile.TemporaryDirectory() as folder:
        code = Path(folder) / "model.py"
        code.write_text(MODEL_CODE, encoding="utf-8")
        filed = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(code),
            artifacts={"model": model_folder},
            pip_requirements=requirements(),
            signature=signature_of(load_model(model_folder)),
            registered_model_name=name,
        )
    number = int(filed.registered_model_version)
    client = mlflow.MlflowClient()
    client.set_registered_model_alias(name, CHALLENGER, number)
    digest = hashlib.sha256((Path(model_folder) / "model.json").read_bytes()).hexdigest()
    client.set_model_version_tag(name, str(number), SHA_TAG, digest)
    if cards:
        card = json.loads(cards[0].read_text(encoding="utf-8"))
        for tag in ("model", "key_date", "valid_until"):
            client.set_model_version_tag(name, str(number), f"arseg.{tag}", card[tag])
    return number


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def main() -> None:
    """Prepare the store, wait for the request, file it, and leave the answer."""
    uri, name, home, answer = sys.argv[1:]
    experiment_id = prepare(uri, name, Path(home))
    # Imported while there is time: the model's code asks for it when the request comes.
    importlib.import_module("arseg.models")
    line = sys.stdin.readline()
    if line:
        aside = Path(f"{answer}.part")
        aside.write_text(json.dumps(file_run(json.loads(line), experiment_id)), encoding="utf-8")
        aside.replace(answer)


if __name__ == "__main__":
    main()
