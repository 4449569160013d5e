"""The provision as an auditor wants it: matrix, inputs, method, date, and hashes that prove what was handed over."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pandas as pd

from arseg.forecast.money import total
from arseg.schema import DataError, UsageError, require_columns
from arseg.schema.inert_text import guard
from arseg.schema.shown import Shown

STATEMENT: Final = "statement.json"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Statement(Shown):
    """What is handed over with the matrix.

    Parameters
    ----------
    key_date
        The balance day.
    method
        In words: where the rates come from.
    outlook
        In words, from ``Outlook.in_words``.
    currency
        Of all amounts.
    specific
        Allowance on items judged alone, beside the matrix.
    parameters
        Plain values by name: maturity, recovery, strength of pooling, hashes of the ledger, ...
    """

    key_date: dt.date
    method: str
    outlook: str
    currency: str
    specific: Decimal = Decimal("0.00")
    parameters: Mapping[str, Any] = field(default_factory=dict)


def export_provision(
    folder: str | Path, statement: Statement, matrix: pd.DataFrame, inputs: Mapping[str, pd.DataFrame]
) -> Path:
    """Write the matrix, its inputs and the statement; the same inputs give the same bytes.

    Parameters
    ----------
    folder
        A new or empty folder.
    statement
        What stands beside the figures.
    matrix
        From ``provision_matrix``.
    inputs
        Frames by name, such as ``items``, ``rates``, ``exclusions``, ``reconciliation``, ``roll_forward``: each
        becomes ``<name>.csv``.

    Returns
    -------
    path
        Of ``statement.json``: key date, method, outlook, totals, SHA-256 of every file, and one hash over all.

    Raises
    ------
    UsageError
        If the folder holds something or a name is no word.
    """
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(
            "the folder holds something",
            given=folder,
            allowed="a new or empty folder",
            do="choose another",
            code="not_empty",
        )
    wrong = [name for name in inputs if not _NAME.fullmatch(name) or name == "matrix"]
    if wrong:
        raise UsageError(
            "a frame has no name for a file",
            given=wrong,
            allowed="words in snake_case but matrix",
            do="rename it",
            code="frame_name",
        )
    folder.mkdir(parents=True, exist_ok=True)
    files = {f"{name}.csv": _csv(frame) for name, frame in {"matrix": matrix, **inputs}.items()}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    stated = _stated(statement, matrix, {name: _hash(content) for name, content in sorted(files.items())})
    path = folder / STATEMENT
    path.write_bytes((json.dumps(stated, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())
    return path


def verify_export(folder: str | Path) -> dict[str, Any]:
    """Return the statement of an export after adding up its matrix again and checking every hash.

    Raises
    ------
    DataError
        If a file is missing, was changed, or the matrix does not sum to the stated totals.
    """
    folder = Path(folder)
    stated: dict[str, Any] = json.loads((folder / STATEMENT).read_text(encoding="utf-8"))
    changed = [
        name
        for name, value in stated["files"].items()
        if not (folder / name).is_file() or _hash((folder / name).read_bytes()) != value
    ]
    body = {key: value for key, value in stated.items() if key != "sha256"}
    if changed or _over(body) != stated["sha256"]:
        raise DataError(
            "the export is not what was written",
            given=", ".join(changed) or STATEMENT,
            allowed="files with the stated hashes",
            do="export again",
            code="export_changed",
        )
    matrix = pd.read_csv(folder / "matrix.csv", dtype=str)
    summed = str(total(Decimal(value) for value in matrix["allowance"]))
    if summed != stated["totals"]["matrix_allowance"]:
        raise DataError(
            "the matrix does not add up",
            given=summed,
            allowed=stated["totals"]["matrix_allowance"],
            do="export again",
        )
    return stated


def _stated(statement: Statement, matrix: pd.DataFrame, files: Mapping[str, str]) -> dict[str, Any]:
    require_columns(matrix.columns, ("gross", "excluded", "exposed", "allowance"), frame="matrix")
    pooled = total(matrix["allowance"])
    body = {
        "key_date": statement.key_date.isoformat(),
        "method": statement.method,
        "outlook": statement.outlook,
        "currency": statement.currency,
        "parameters": dict(statement.parameters),
        "totals": {
            **{name: str(total(matrix[name])) for name in ("gross", "excluded", "exposed")},
            "matrix_allowance": str(pooled),
            "specific_allowance": str(statement.specific),
            "allowance": str(pooled + statement.specific),
        },
        "files": dict(files),
    }
    return body | {"sha256": _over(body)}


def _csv(frame: pd.DataFrame) -> bytes:
    guarded = frame.copy()
    for name in guarded:
        if guarded[name].map(lambda value: isinstance(value, str)).any():
            guarded[name] = [guard(value) if isinstance(value, str) else value for value in guarded[name]]
    text: str = guarded.to_csv(index=False, lineterminator="\n")
    return text.encode()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _over(body: Mapping[str, Any]) -> str:
    return _hash(json.dumps(body, sort_keys=True, ensure_ascii=False).encode())
