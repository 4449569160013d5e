"""The folder that ``arseg lab`` opens: copies of the notebooks that are the user's own, and a book to try them on."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import arseg
from arseg.runs.journal import ledger_path
from arseg.runs.preparation import STAGES, find_notebooks
from arseg.schema import UsageError

if TYPE_CHECKING:
    from arseg.ledger import Ledger

LAB: Final = ("tour", "feature_lab", "policy_lab", "experiment_comparer")
# The home that the notebooks of an opened lab stand in.
HOME_VARIABLE: Final = "ARSEG_HOME"
_RECORD: Final = ".shipped.json"
_DEMO: Final = {"customers": 200, "months": 26, "seed": 7}


def make_workspace(home: Path) -> Path:
    """Lay out ``<home>/lab``: the lab's notebooks and the stages', each copied once, and return the folder.

    A notebook that the user changed, ran or deleted a cell of is never written over. One that is still as it
    was copied follows the one that is shipped.

    Parameters
    ----------
    home
        The home folder.

    Raises
    ------
    UsageError
        If the notebooks are not there.
    """
    folder = home / "lab"
    folder.mkdir(parents=True, exist_ok=True)
    record = _recorded(folder / _RECORD)
    for source in _shipped(home):
        target, content = folder / source.name, source.read_bytes()
        if target.exists() and _hash(target.read_bytes()) != record.get(source.name):
            continue
        _write(target, content)
        record[source.name] = _hash(content)
    _write(folder / _RECORD, json.dumps(record, indent=1, sort_keys=True).encode())
    return folder


def demo_ledger(name: str = "demo", *, home: str | Path = "", customers: int | None = None) -> Ledger:
    """Return the ledger of that name; the demo book is made where the home has none.

    Parameters
    ----------
    name
        Name of the ledger.
    home
        The home folder; that of the opened lab where empty.
    customers
        Debtors of a demo book that has to be made; 200 where None.

    Raises
    ------
    UsageError
        If there is no ledger of that name, and it is not the demo's.
    """
    from arseg.ledger import read_ledger

    place = lab_home(home)
    path = ledger_path(place, name)
    if not path.is_file():
        if name != "demo":
            held = sorted(each.stem for each in path.parent.glob("*.duckdb"))
            raise UsageError(
                "there is no ledger of that name",
                given=name,
                allowed=", ".join(held) or "demo, which is made when it is asked for",
                do="load it with `arseg load`, or name another one",
                code="no_ledger",
            )
        _make_demo(place, customers or _DEMO["customers"])
    return read_ledger(path)


def lab_home(home: str | Path = "") -> Path:
    """Return the home folder that a notebook means: the one given, that of the opened lab, else the current one."""
    return Path(home or os.environ.get(HOME_VARIABLE, "") or ".").resolve()


def _make_demo(home: Path, customers: int) -> None:
    from arseg.ledger import load
    from arseg.world import synthesize

    folder = home / "data" / "demo"
    synthesize(folder, customers=customers, months=_DEMO["months"], seed=_DEMO["seed"])
    load([folder], "arseg", into="demo", home=home)


def _shipped(home: Path) -> list[Path]:
    stages = find_notebooks(home)
    lab = Path(arseg.__file__).resolve().parent.parent / "notebooks" / "lab"
    paths = [lab / f"{name}.ipynb" for name in LAB] + [stages / f"{name}.ipynb" for name in STAGES]
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise UsageError(
            "a notebook of the lab is not there",
            given=missing[0],
            allowed=", ".join(f"{name}.ipynb" for name in LAB),
            do="run from a checkout of arseg",
        )
    return paths


def _recorded(path: Path) -> dict[str, str]:
    """Return the hash of each notebook as it was copied; nothing where that is not known."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _write(path: Path, content: bytes) -> None:
    aside = path.with_name(f".{path.name}.part")
    aside.write_bytes(content)
    aside.replace(path)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
