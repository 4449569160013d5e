"""Promotions that MLflow has yet to be told of: kept before it is told, forgotten when it was.

A promotion stands in the home's own record whatever MLflow does; what waits here is only its alias. The next run that
files itself in the same store, or ``arseg upload``, tells what waits.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from arseg.runs.champion import champion_of
from arseg.runs.durable import put_synced
from arseg.runs.mlflow_aliases import tell_mlflow
from arseg.runs.store_name import kept_name, store_name

# Seconds to wait for another process that tells MLflow; longer than that one may take.
_TURN: Final = 30.0


@dataclass(frozen=True)
class Untold:
    """A promotion that waits.

    Parameters
    ----------
    experiment
        Whose champion it is.
    store
        Where MLflow is: an address without a password, or a reference to one.
    name
        Of the registered model.
    """

    experiment: str
    store: str
    name: str


def keep(home: Path, promotion: Untold) -> None:
    """Write down that MLflow is to be told, and wait until the disk has it.

    Parameters
    ----------
    home
        The home folder.
    promotion
        What it is to be told; an earlier one of the same experiment is forgotten, as the last champion counts.
    """
    path = _path(home, promotion.experiment)
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {"store": kept_name(promotion.store, home), "name": promotion.name}
    put_synced(path, json.dumps(told, sort_keys=True).encode())


def untold(home: Path) -> list[Untold]:
    """Return the promotions that wait, by experiment."""
    return [_read(path, home) for path in sorted(_folder(home).glob("*.json"))]


def forget(home: Path, experiment: str, store: str) -> None:
    """Forget what waits for a store that knows the champion by now.

    Parameters
    ----------
    home
        The home folder.
    experiment
        Whose champion it is.
    store
        The one that was told.
    """
    path = _path(home, experiment)
    if path.is_file() and _read(path, home).store == store:
        path.unlink(missing_ok=True)


def tell(home: Path, promotion: Untold) -> str:
    """Tell MLflow who is the champion now; return what went wrong, empty where nothing did.

    Parameters
    ----------
    home
        The home folder.
    promotion
        One that waits; it waits on where MLflow did not take it.
    """
    # One at a time, so that nobody points the alias at the champion of a moment ago.
    try:
        with FileLock(_folder(home) / "lock", timeout=_TURN):
            champion = champion_of(home, promotion.experiment)
            problem = tell_mlflow(promotion.store, promotion.name, champion) if champion else ""
            if not problem:
                forget(home, promotion.experiment, promotion.store)
            return problem
    except Timeout:
        return "another process tells it"


def _folder(home: Path) -> Path:
    return home / "journal" / "untold"


def _path(home: Path, experiment: str) -> Path:
    return _folder(home) / f"{experiment}.json"


def _read(path: Path, home: Path) -> Untold:
    told = json.loads(path.read_text(encoding="utf-8"))
    return Untold(path.stem, store_name(told["store"], home), told["name"])
