"""The edition that was in force before a run: what it published, and by what it decided.

An edition carries its model and its policy, so that the next run can ask what the old ones would have said
of the new day.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from arseg.policies import make_policy
from arseg.policies.decisions import Basis
from arseg.policies.overrides import Override
from arseg.runs.editions import in_force_before, is_daily, last_month_end
from arseg.runs.publication import published
from arseg.schema import DataError

if TYPE_CHECKING:
    from arseg.runs.journal import Run
    from arseg.runs.sections import Part

BASIS: Final = "basis.json"
MODEL: Final = "model"


@dataclass(frozen=True, eq=False)
class Edition:
    """What an earlier run published, as far as the next one asks.

    Parameters
    ----------
    version
        Its id.
    basis
        What it decided by.
    scores
        Its customer scores.
    segmentation
        The segments it published.
    model
        The folder of its model.
    """

    version: str
    basis: Basis
    scores: pd.DataFrame
    segmentation: pd.DataFrame
    model: Path


def keep_basis(run: Run) -> None:
    """Leave the model and the policy that the run decided by among the files to publish."""
    part = published_part(run)
    told = {
        "key_date": run.key_date.isoformat(),
        "policy": {"name": part.name, "parameters": part.parameters},
    }
    (run.to_publish / BASIS).write_text(json.dumps(told, sort_keys=True, indent=1) + "\n", encoding="utf-8")
    target = run.to_publish / MODEL
    target.mkdir(exist_ok=True)
    for name in ("model.json", "manifest.json"):
        shutil.copyfile(run.work / MODEL / name, target / name)


def published_part(run: Run) -> Part:
    """Return the declared policy whose segments the run publishes."""
    return next(part for part in run.experiment.policies if part.named == run.experiment.publish)


def earlier_edition(run: Run) -> Edition | None:
    """Return the edition that was last in force before the run's key date; None where there was none.

    Raises
    ------
    DataError
        If it is damaged, or was published before editions carried their model.
    """
    folder = _before(run)
    if folder is None:
        return None
    if not (folder / BASIS).is_file():
        raise DataError(
            "the edition before carries neither its model nor its policy",
            given=folder.name,
            allowed=f"{BASIS} and {MODEL}/",
            do="nothing: the next run finds them in this one's",
        )
    told = json.loads((folder / BASIS).read_text(encoding="utf-8"))
    policy = make_policy(told["policy"]["name"], told["policy"]["parameters"])
    reviews = folder / "reviews.parquet"
    segmentations = pd.read_parquet(folder / "segmentations.parquet")
    own = segmentations[segmentations["policy"] == repr(policy)].drop(columns="policy")
    basis = Basis(
        policy,
        dt.date.fromisoformat(told["key_date"]),
        _overrides(pd.read_parquet(folder / "overrides.parquet")),
        pd.read_parquet(reviews) if reviews.is_file() else None,
    )
    scores = pd.read_parquet(folder / "customer_scores.parquet")
    return Edition(folder.name, basis, scores, own.reset_index(drop=True), folder / MODEL)


def _before(run: Run) -> Path | None:
    """Return the last edition in force of an earlier key date; a month-end's is compared with that of a month-end."""
    folder, day = published(run.home, run.experiment.name), run.key_date.isoformat()
    if is_daily(run):
        return next((held for held, _ in in_force_before(folder, day)), None)
    return last_month_end(folder, day)


def _overrides(applied: pd.DataFrame) -> tuple[Override, ...]:
    """Return the overrides that stood on the edition's day, as it applied them."""
    rows: list[dict[str, Any]] = applied.to_dict("records")
    return tuple(
        Override(
            row["customer_id"],
            row["segment"],
            row["reason"],
            row["by"],
            pd.Timestamp(row["made_on"]).date(),
            pd.Timestamp(row["until"]).date(),
        )
        for row in rows
    )
