"""Fitted models on disk: JSON beside a manifest of hashes, never a pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from arseg.models.classifier import Classifier, all_classifiers
from arseg.models.protocol import TimeToPayment, all_models
from arseg.schema import DataError

MODEL_FILE: Final = "model.json"
MANIFEST_FILE: Final = "manifest.json"
_FORMAT: Final = 1


def save_model(model: TimeToPayment | Classifier, folder: str | Path) -> dict[str, Any]:
    """Write a fitted model and its manifest; equal models give equal bytes.

    Parameters
    ----------
    model
        Fitted.
    folder
        Is made where missing; an older model in it is replaced.

    Returns
    -------
    The manifest: format, model, and per file its SHA-256 and size.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    content = _to_bytes(model.to_dict())
    manifest = {
        "format": _FORMAT,
        "model": type(model).__name__,
        "files": {MODEL_FILE: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}},
    }
    # The old manifest goes first: a writer that dies in between leaves a folder that is refused.
    (folder / MANIFEST_FILE).unlink(missing_ok=True)
    (folder / MODEL_FILE).write_bytes(content)
    (folder / MANIFEST_FILE).write_bytes(_to_bytes(manifest))
    return manifest


def load_model(folder: str | Path) -> TimeToPayment:
    """Read a model of time to payment that ``save_model`` wrote.

    Raises
    ------
    DataError
        If the manifest is missing, a hash differs, the content is not JSON, or no model of this
        room has that name.
    """
    stored = _stored(Path(folder))
    return _revived(stored, {kind.__name__: kind for kind in all_models()})


def load_classifier(folder: str | Path) -> Classifier:
    """Read a classifier that ``save_model`` wrote.

    Raises
    ------
    DataError
        As ``load_model``.
    """
    stored = _stored(Path(folder))
    return _revived(stored, {kind.__name__: kind for kind in all_classifiers()})


def _stored(folder: Path) -> dict[str, Any]:
    """Return the content of a folder whose manifest says that it is what was written."""
    manifest = _parse(_read(folder, MANIFEST_FILE), MANIFEST_FILE)
    files = manifest.get("files")
    if manifest.get("format") != _FORMAT or not isinstance(files, dict) or set(files) != {MODEL_FILE}:
        _refuse("the manifest does not list exactly one JSON model", given=manifest, allowed=[MODEL_FILE])
    content = _read(folder, MODEL_FILE)
    found = hashlib.sha256(content).hexdigest()
    if files[MODEL_FILE].get("sha256") != found:
        _refuse(f"{MODEL_FILE} is not the file of the manifest", given=found, allowed=files[MODEL_FILE])
    return _parse(content, MODEL_FILE)


def _revived(stored: dict[str, Any], kinds: Mapping[str, Any]) -> Any:
    if stored.get("model") not in kinds:
        _refuse("no model has that name", given=stored.get("model"), allowed=sorted(kinds))
    try:
        return kinds[stored["model"]].from_dict(stored)
    except (KeyError, TypeError, ValueError, IndexError) as problem:
        _refuse("the stored model is incomplete", given=repr(problem), allowed="what to_dict gives")


def _to_bytes(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, sort_keys=True, allow_nan=False, indent=1) + "\n").encode()


def _read(folder: Path, name: str) -> bytes:
    path = folder / name
    if not path.is_file():
        _refuse(f"there is no {name}", given=folder, allowed=f"{MODEL_FILE} and {MANIFEST_FILE}")
    return path.read_bytes()


def _parse(content: bytes, name: str) -> dict[str, Any]:
    try:
        parsed = json.loads(content)
    except ValueError:
        _refuse(f"{name} is not JSON", given=f"{len(content)} bytes", allowed="JSON")
    if not isinstance(parsed, dict):
        _refuse(f"{name} is not a JSON object", given=type(parsed).__name__, allowed="an object")
    return parsed


def _refuse(what: str, *, given: object, allowed: object) -> NoReturn:
    raise DataError(what, given=given, allowed=allowed, do="save the model again with save_model")
