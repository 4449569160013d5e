"""The process that talks to MLflow, so that nothing it does can fail or delay a run.

``tracking`` starts it beside the first stage; it imports MLflow and prepares the store while the stages
run, is told on its standard input when the request is spooled, files it, and leaves its answer in a file.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

from arseg import __version__
from arseg.runs import spool
from arseg.runs.filing import file_run
from arseg.runs.mlflow_aliases import CHALLENGER, SHA_TAG, named_champion, point_champion
from arseg.runs.relocation import relocate
from arseg.runs.scorer import MODEL_CODE, signature_of
from arseg.runs.secret import discreet, resolve, without_password
from arseg.runs.tracking import local_store, store_path
from arseg.runs.untold import forget

# Explicit, as inferring them starts a process that loads the model (5 to 8 s) and names the wrong wheel. What a stored
# model needs to answer; the booster's wheel has another name where it brings no GPU libraries.
_NEEDED: Final = ("mlflow", "numpy", "pandas", "scipy", "statsmodels")
_BOOSTERS: Final = ("xgboost-cpu", "xgboost")


def prepare(uri: str, name: str, home: Path) -> str:
    """Return the id of the MLflow experiment of that name; make it, and the store, where absent.

    Parameters
    ----------
    uri
        Address of the store or server, or a reference to it.
    name
        The experiment's name.
    home
        The home folder, which holds the lock and the artifacts of a local store.
    """
    import mlflow

    # Three of four processes that meet an empty SQLite store at once die of each other's migrations.
    with FileLock(home / "mlflow.db.lock"):
        if uri == local_store(home):
            _create_store(home)
            relocate(store_path(home))
        address, credentials = without_password(resolve(uri))
        os.environ.update(credentials)
        mlflow.set_tracking_uri(address)
        found = mlflow.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        local = (home / "mlartifacts").as_uri() if uri.startswith("sqlite:") else None
        return str(mlflow.create_experiment(name, artifact_location=local))


def _create_store(home: Path) -> None:
    """Make the empty store aside: a process killed amid its migrations would leave one that never opens."""
    import mlflow

    if store_path(home).is_file():
        return
    aside = store_path(home).with_suffix(".db.new")
    aside.unlink(missing_ok=True)
    mlflow.MlflowClient(f"sqlite:///{aside}").search_experiments(max_results=1)
    aside.replace(store_path(home))


def requirements() -> list[str]:
    """Return what a process needs to load and ask a stored model, pinned to what is installed here."""
    installed = {dist.metadata["Name"] for dist in distributions()}
    booster = next(name for name in _BOOSTERS if name in installed)
    return [f"arseg=={__version__}", *(f"{each}=={version(each)}" for each in sorted((*_NEEDED, booster)))]


def _register(model_folder: str, name: str, number: int | None) -> int:
    """File the JSON model, unless an attempt that died has; then make it the newest challenger, with its card."""
    if number is None:
        number = _log_model(model_folder, name)
    _describe(model_folder, name, number)
    return number


def _log_model(model_folder: str, name: str) -> int:
    """File the JSON model behind its three lines of code."""
    import mlflow

    from arseg.models import load_model

    for path in _cards(model_folder):
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
    return int(filed.registered_model_version)


def _describe(model_folder: str, name: str, number: int) -> None:
    """Set what a version is known by; the same however often."""
    import mlflow

    client = mlflow.MlflowClient()
    cards = _cards(model_folder)
    card = json.loads(cards[0].read_text(encoding="utf-8")) if cards else {}
    digest = hashlib.sha256((Path(model_folder) / "model.json").read_bytes()).hexdigest()
    client.set_model_version_tag(name, str(number), SHA_TAG, digest)
    if cards:
        for tag in ("model", "key_date", "valid_until"):
            client.set_model_version_tag(name, str(number), f"arseg.{tag}", card[tag])
    if not _is_late(client, name, card):
        client.set_registered_model_alias(name, CHALLENGER, number)


def _cards(model_folder: str) -> list[Path]:
    from arseg.runs.model_card import CARD, PAGE

    return [path for each in (CARD, PAGE) if (path := Path(model_folder) / each).is_file()]


def _is_late(client: Any, name: str, card: Mapping[str, Any]) -> bool:
    """Return whether a challenger of a later key date stands: a model that waited in a spool does not replace it."""
    stands = client.get_registered_model(name).aliases.get(CHALLENGER)
    if stands is None or not card:
        return False
    day: str = client.get_model_version(name, stands).tags.get("arseg.key_date", "")
    return bool(day > str(card["key_date"]))


def file_waiting(home: Path, uri: str, *, but: Path | None = None) -> None:
    """File what waits in the home's spools for this store, oldest first; the first trouble ends it.

    Parameters
    ----------
    home
        The home folder.
    uri
        Reference or address of the store; what waits for another is left.
    but
        The folder of a run that is left out.
    """
    for folder in spool.waiting(home):
        if folder != but and spool.request_of(folder)["store"] == uri:
            file_spooled(folder, home)


def file_spooled(folder: Path, home: Path, *, patience: float = 0) -> None:
    """File the request of a run that waits, leave the answer beside it, and empty the spool.

    Parameters
    ----------
    folder
        The run's.
    home
        The home folder.
    patience
        Seconds to wait for another process that files it.
    """
    with spool.held(folder, patience=patience) as ours:
        if not ours:
            return
        request = spool.request_of(folder)
        experiment_id = prepare(request["store"], request["model_name"], home)
        filed = file_run(request, experiment_id, home, _register)
        # The champion of today, not of the day on which the request began to wait.
        champion = named_champion(home, request["experiment"]) if "experiment" in request else None
        if champion is not None and point_champion(request["model_name"], champion) is not None:
            forget(home, request["experiment"], request["store"])
        aside = folder / f"{spool.ANSWER}.part"
        aside.write_text(json.dumps(filed), encoding="utf-8")
        aside.replace(folder / spool.ANSWER)
        spool.forget(folder)


def main() -> None:
    """Prepare the store, wait until the run's request is spooled, and file it with whatever else waits."""
    uri, name, home, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4]
    discreet(uri)
    prepare(uri, name, home)
    # Imported while there is time: the model's code asks for it when the request comes.
    importlib.import_module("arseg.models")
    said = sys.stdin.readline().strip()
    own = Path(folder) if folder else None
    if said and own is not None:
        file_spooled(own, home, patience=60)
    if said:
        file_waiting(home, uri, but=own)


if __name__ == "__main__":
    main()
