"""What a model was taught on, published beside it, so that a later day can tell whether it still means the same.

A model reads columns by name. Were the block behind a name rewritten, or a table no longer loaded, it would go on
scoring, and wrongly; a daily run refuses instead.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from arseg import __version__
from arseg.features import find_blocks
from arseg.runs.earlier_edition import BASIS, published_part
from arseg.runs.plain import write_plain
from arseg.schema import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

    from arseg.features.block import Block
    from arseg.runs.journal import Run

LEARNT: Final = "learnt_from.json"


def keep_learnt(run: Run) -> None:
    """Leave among the files to publish what the run's model reads, from which blocks, and which tables were known."""
    reads = set(run.load("known")["reads"])
    blocks = find_blocks(run.experiment.features.blocks, folder=run.blocks_folder)
    read = [block for block in blocks if reads & {column.name for column in block.columns}]
    own = [column for block in read for column in block.columns if column.name in reads]
    needed = {table for block in read for table in block.needs} | {
        table for each in own for table in each.needs
    }
    told = {
        "arseg": __version__,
        "ledger": run.experiment.ledger,
        "reads": sorted(reads),
        "blocks": {block.name: _digest(block) for block in read},
        "tables": sorted(needed & set(run.load("present"))),
    }
    write_plain(run.to_publish / LEARNT, told)


def refuse_changed(run: Run, edition: Path, present: Collection[str]) -> None:
    """Refuse a day on which the edition's model or policy would no longer mean what it meant.

    Parameters
    ----------
    run
        Of the day.
    edition
        Folder of the champion's edition.
    present
        Ledger tables that have a row on the day.

    Raises
    ------
    UsageError
        If the experiment names another ledger or publishes by another policy than was approved.
    DataError
        If a block that the model reads is another, or a table that it was taught on is gone.
    """
    if not (edition / LEARNT).is_file():
        raise DataError(
            "the champion's edition does not say what its model was taught on",
            given=edition.name,
            allowed=f"an edition with {LEARNT}",
            do="run the month-end again and promote its model",
        )
    learnt = json.loads((edition / LEARNT).read_text(encoding="utf-8"))
    _refuse_other_experiment(run, learnt, edition)
    blocks = find_blocks(run.experiment.features.blocks, folder=run.blocks_folder)
    now = {block.name: _digest(block) for block in blocks}
    _refuse(
        [name for name, digest in learnt["blocks"].items() if now.get(name) != digest],
        "feature blocks that the champion reads are others than it was taught on",
        "the same texts of those blocks",
    )
    _refuse(
        sorted(set(learnt["tables"]) - set(present)),
        "the ledger no longer has tables that the champion was taught on",
        "a row known by the key date in each of them",
    )


def _refuse_other_experiment(run: Run, learnt: dict[str, Any], edition: Path) -> None:
    approved = json.loads((edition / BASIS).read_text(encoding="utf-8"))["policy"]
    part = published_part(run)
    asked = {"name": part.name, "parameters": part.parameters}
    for what, given, allowed in (
        ("ledger", run.experiment.ledger, learnt["ledger"]),
        ("policy to publish", _plain(asked), _plain(approved)),
    ):
        if given != allowed:
            raise UsageError(
                f"the experiment names another {what} than was promoted",
                given=given,
                allowed=allowed,
                do="run the month-end and promote it, or put the experiment back",
            )


def _refuse(changed: list[str], what: str, allowed: str) -> None:
    if changed:
        raise DataError(
            what,
            given=", ".join(changed),
            allowed=allowed,
            do="run the month-end, which teaches a model anew, and promote it",
            code="schema_changed",
        )


def _plain(part: dict[str, Any]) -> str:
    return json.dumps(part, sort_keys=True)


def _digest(block: Block) -> str:
    said = f"{block.name}|{block.grain}|{block.needs}|{block.columns}|{block.sql}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]
