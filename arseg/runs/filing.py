"""File one run in MLflow exactly once, however often and wherever it is interrupted.

The run's id is the key: a run of MLflow that carries it is found and completed, never made again. A retried
request may have made two, of a run or of a model's version; one stays and the others are deleted. A run counts
as filed when its last tag is set.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

KEY: Final = "arseg.run_id"
FILED: Final = "arseg.filed"
MODEL_VERSION: Final = "arseg.model_version"
# Files side by side, as most of what one takes is waiting for a server.
_AT_ONCE: Final = 8

# Of a model's folder and name, and of the version that an earlier attempt made of it, if any.
Register = Callable[[str, str, int | None], int]


def file_run(
    request: Mapping[str, Any],
    experiment_id: str,
    home: Path,
    register: Register,
) -> dict[str, Any]:
    """File one run: parameters, metrics, tags, artifacts and the model; or find that it is filed.

    Parameters
    ----------
    request
        ``run_name``, ``model_name``, ``parameters``, ``metrics``, ``tags``, ``artifacts`` (pairs of a path from
        the home and the folder to file it under) and ``model_folder`` (path from the home, or None).
    experiment_id
        MLflow's.
    home
        The home folder.
    register
        Files the model folder under a name, within the active run, as a new version where there is none; gives the
        version its alias and tags, and returns it.

    Returns
    -------
    dict
        ``mlflow_run`` and ``model_version`` (None without a model).
    """
    import mlflow

    client = mlflow.MlflowClient()
    found = _own_run(client, experiment_id, request)
    run_id, told = found.info.run_id, found.data.tags
    if FILED not in told:
        with mlflow.start_run(run_id=run_id):
            _log(client, run_id, request, home)
            version = _model_version(client, found, request, home, register)
            if version is not None:
                client.set_tag(run_id, MODEL_VERSION, str(version))
        # After the run has ended: what dies before this line is completed by whoever comes next.
        client.set_tag(run_id, FILED, "whole")
        told = client.get_run(run_id).data.tags
    # A slow server may have made the second run of a retried request after the first look.
    _delete_others(client, _runs(client, experiment_id, request["tags"][KEY]), run_id)
    known = told.get(MODEL_VERSION)
    return {"mlflow_run": run_id, "model_version": None if known is None else int(known)}


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
            yield (
                f"{prefix}{name}",
                value if isinstance(value, (str, int, float)) else json.dumps(value, sort_keys=True),
            )


def _own_run(client: Any, experiment_id: str, request: Mapping[str, Any]) -> Any:
    """Return the one run of MLflow that carries our id; make it where there is none."""
    if not _runs(client, experiment_id, request["tags"][KEY]):
        began = dt.datetime.strptime(request["tags"][KEY].partition("-")[0], "%Y%m%dT%H%M%S%f%z")
        client.create_run(
            experiment_id,
            start_time=int(began.timestamp() * 1000),
            tags=request["tags"],
            run_name=request["run_name"],
        )
    found = _runs(client, experiment_id, request["tags"][KEY])
    _delete_others(client, found, found[0].info.run_id)
    return found[0]


def _delete_others(client: Any, found: list[Any], run_id: str) -> None:
    for each in found:
        if each.info.run_id != run_id:
            client.delete_run(each.info.run_id)


def _runs(client: Any, experiment_id: str, key: str) -> list[Any]:
    """Return the runs that carry the id: one that is filed first, else by their own ids."""
    found = client.search_runs([experiment_id], filter_string=f"tags.`{KEY}` = '{key}'")
    return sorted(found, key=lambda run: (FILED not in run.data.tags, run.info.run_id))


def _log(client: Any, run_id: str, request: Mapping[str, Any], home: Path) -> None:
    from mlflow.entities import Metric, Param, RunTag

    day = dt.datetime.fromisoformat(request["run_name"]).replace(tzinfo=dt.UTC)
    # The same point of time in every attempt: a number is then filed once.
    at = int(day.timestamp() * 1000)
    metrics = [
        Metric(name, float(value), at, 0) for name, value in request["metrics"].items() if _is_number(value)
    ]
    params = [Param(name, str(value)) for name, value in flattened(request["parameters"])]
    tags = [RunTag(name, value) for name, value in request["tags"].items()]
    for pieces, kind in ((params, "params"), (metrics, "metrics"), (tags, "tags")):
        for first in range(0, len(pieces), 100):
            client.log_batch(run_id, **{kind: pieces[first : first + 100]})
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        each = ((run_id, str(home / path), under or None) for path, under in request["artifacts"])
        list(pool.map(lambda told: client.log_artifact(*told), each))


def _model_version(
    client: Any,
    found: Any,
    request: Mapping[str, Any],
    home: Path,
    register: Register,
) -> int | None:
    """Return the version of the run's model; made before, or now. Its alias and tags are set in either case."""
    if not request["model_folder"]:
        return None
    run_id = found.info.run_id
    before = _versions(client, run_id)
    if not before:
        _forget_models(client, found.info.experiment_id, run_id)
    number = register(str(home / request["model_folder"]), request["model_name"], min(before, default=None))
    for other in set(_versions(client, run_id)) - {number}:
        client.delete_model_version(request["model_name"], str(other))
    return number


def _versions(client: Any, run_id: str) -> list[int]:
    return [int(each.version) for each in client.search_model_versions(f"run_id = '{run_id}'")]


def _forget_models(client: Any, experiment_id: str, run_id: str) -> None:
    """Delete what an attempt left that died before its model had a version."""
    left = client.search_logged_models(
        experiment_ids=[experiment_id], filter_string=f"source_run_id = '{run_id}'"
    )
    for each in left:
        client.delete_logged_model(each.model_id)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)
