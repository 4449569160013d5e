"""Why segments changed since the edition before: what the old model says of the new day, with and without its news.

Four scorings in the declared order of ``arseg.policies.change``: as published then; the old rows and the old
model on the new key date (``take_snapshot(..., known_by=...)``), the old model on all that the new key date
knows, and the new model. It costs one more snapshot and two more scorings, and none where nothing was
published before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from arseg.features import build_features
from arseg.models import load_model
from arseg.models.storage import MANIFEST_FILE
from arseg.policies.change import SWAPS, Change, explain_change, score_path
from arseg.policies.decisions import Basis, decisions
from arseg.runs.earlier_edition import MODEL, Edition, earlier_edition
from arseg.runs.needed_scores import needed_scores
from arseg.runs.own_snapshot import own_snapshot
from arseg.runs.scorer import inputs_of
from arseg.schema import DataError, UsageError
from arseg.scores import score

if TYPE_CHECKING:
    from pathlib import Path

    from arseg.features import Features
    from arseg.models import TimeToPayment
    from arseg.policies.change import SegmentsOf, Swapped
    from arseg.runs.journal import Run

COLUMNS = (
    *("customer_id", "before", "after", "score_before", "score_after"),
    *(f"score_{name}" for name in SWAPS),
    *(f"steps_{name}" for name in SWAPS),
    "why",
    "open_balance",
)


def keep_changes(run: Run, new: Basis, segmentation: pd.DataFrame, features: Features | None = None) -> None:
    """Save why each customer's score and segment changed since the edition before.

    Saves ``changes``, one row per customer of both runs, and ``changed``: since when, customers that came and
    left, steps by cause, and why nothing is split where it cannot be.

    Parameters
    ----------
    run
        With ``customer_scores`` saved.
    new
        What it decides by.
    segmentation
        What it publishes.
    features
        Of the run's key date; those that the run kept where None.
    """
    told: dict[str, Any] = {"since": None, "version": None, "came": 0, "left": 0, "by_cause": {}, "note": ""}
    changes = pd.DataFrame(columns=list(COLUMNS))
    try:
        old = earlier_edition(run)
        if old is not None:
            told |= {"since": old.basis.key_date.isoformat(), "version": old.version}
            change = _change(run, old, new, segmentation, features or _kept(run))
            changes = _with_balance(change.customers, run.load("customer_scores"))
            told |= {"came": len(change.came), "left": len(change.left)}
            told["by_cause"] = change.by_cause.fillna(0.0).to_dict("index")
    # A page without this split is still a page; why it is missing stands in its place.
    except (DataError, UsageError) as problem:
        told["note"] = f"{problem.what}: {problem.given}"
    run.save("changes", changes[list(COLUMNS)])
    run.save("changed", told)


def _kept(run: Run) -> Features:
    from arseg.runs.stages import open_walk
    from arseg.runs.walked import load_walk

    return load_walk(run, open_walk(run)).landmark(run.key_date).features


def _change(run: Run, old: Edition, new: Basis, segmentation: pd.DataFrame, features: Features) -> Change:
    model = load_model(old.model)
    _require_columns(model, features)
    now = run.load("customer_scores")
    path = score_path(
        old.scores,
        needed_scores(_without_news(run, old), model, [old.basis.policy]),
        now if _is_the_runs(old.model, run) else score(features, model, reasons=False).customers,
        now,
    )
    return explain_change(path, _as_published(old, new, segmentation))


def _is_the_runs(model: Path, run: Run) -> bool:
    """Return whether a stored model is the one that the run scored by, as at a daily refresh."""
    return (model / MANIFEST_FILE).read_bytes() == (run.work / MODEL / MANIFEST_FILE).read_bytes()


def _without_news(run: Run, old: Edition) -> Features:
    """Return the features of the rows known then, seen on the run's key date."""
    with own_snapshot(run, known_by=old.basis.key_date) as snapshot:
        return build_features(snapshot, blocks=run.experiment.features.blocks, folder=run.blocks_folder)


def _as_published(old: Edition, new: Basis, segmentation: pd.DataFrame) -> SegmentsOf:
    """Return the decisions of any mix of the two runs; where nothing or all is swapped, what was published."""
    decide = decisions(old.basis, new)

    def segments_of(swapped: Swapped, scores: pd.DataFrame) -> pd.DataFrame:
        if not swapped:
            return old.segmentation
        return segmentation if swapped.issuperset(SWAPS) else decide(swapped, scores)

    return segments_of


def _require_columns(model: TimeToPayment, features: Features) -> None:
    missing = sorted({*inputs_of(model)} - {*features.matrix().columns})
    if missing:
        raise DataError(
            "the model of the edition before reads columns that this run does not build",
            given=", ".join(missing[:5]),
            allowed="the blocks of that run",
            do="keep the blocks for one run while the model changes",
        )


def _with_balance(customers: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    balance = scores.set_index("customer_id")["open_balance"]
    return customers.assign(open_balance=customers["customer_id"].map(balance).astype("float64"))
