"""What a run stood on, kept beside its record, so that it can be run again and what differs can be named."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from arseg.ledger.storing.earlier import told_facts
from arseg.runs.journal import Run
from arseg.runs.overrides import override_file
from arseg.runs.plain import write_plain
from arseg.runs.publication import current, published, versions
from arseg.runs.stage_hash import code_hash, file_hash, lock_hash, tree_hash
from arseg.schema import DataError

INPUTS: Final = "inputs.json"
# What is compared by one hash, and in which words a difference is told.
COMPARED: Final[Mapping[str, str]] = {
    "code": "arseg's code is another",
    "lock": "Python or an installed package has another version",
    "notebooks": "the stage notebooks are others",
    "playbook": "the playbook's file is another",
    "blocks": "the experiment's own feature blocks are others",
}


def keep_inputs(run: Run, notebooks: Path, stages: Sequence[str]) -> None:
    """Keep what the run stands on in its folder, before its first stage.

    Parameters
    ----------
    run
        The run.
    notebooks
        The folder of the stage notebooks.
    stages
        Their names, in order.
    """
    write_plain(run.folder / INPUTS, inputs_of(run, notebooks, stages))


def inputs_of(run: Run, notebooks: Path, stages: Sequence[str]) -> dict[str, Any]:
    """Return what a run stands on: hashes of code and files, the ledger's facts, what was decided and published before.

    Parameters
    ----------
    run, notebooks, stages
        See ``keep_inputs``.
    """
    folder = published(run.home, run.experiment.name)
    try:
        in_force = current(folder)
    except DataError:
        in_force = None
    overrides = override_file(run.home, run.experiment.name)
    return {
        "stages": list(stages),
        "ledger": told_facts(run.ledger_path) if run.ledger_path.is_file() else None,
        "overrides_bytes": overrides.stat().st_size if overrides.is_file() else 0,
        "published": versions(folder),
        "in_force": in_force.name if in_force else None,
        **_hashes(run, notebooks, stages),
    }


def read_inputs(folder: Path) -> dict[str, Any]:
    """Return the inputs that were kept in a run's folder.

    Raises
    ------
    DataError
        If the run kept none.
    """
    path = folder / INPUTS
    if not path.is_file():
        raise DataError(
            "the run did not keep what it stood on",
            given=folder.name,
            allowed=f"a run whose folder holds {INPUTS}",
            do="name a later run: earlier versions of arseg kept none",
        )
    return dict(json.loads(path.read_text(encoding="utf-8")))


def differences(then: Mapping[str, Any], run: Run, notebooks: Path) -> list[str]:
    """Return in words what is another than when the run ran; its ledger is not among it.

    Parameters
    ----------
    then
        From ``read_inputs``.
    run, notebooks
        As they stand now.
    """
    now = _hashes(run, notebooks, then["stages"])
    return [words for name, words in COMPARED.items() if then[name] != now[name]]


def _hashes(run: Run, notebooks: Path, stages: Sequence[str]) -> dict[str, str]:
    hashed = [notebooks / f"{stage}.ipynb" for stage in stages]
    return {
        "code": code_hash(),
        "lock": lock_hash(),
        "notebooks": "\n".join(file_hash(path) for path in hashed),
        "playbook": tree_hash(run.playbook if isinstance(run.playbook, Path) else None),
        "blocks": tree_hash(run.blocks_folder),
    }
