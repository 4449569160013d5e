"""The randomised holdout of a run: who is treated as the segment next to its own, by lot, and how likely that was.

What was drawn has a known chance, and that is what lets a later backtest say what a policy was worth. Who was decided on
by a person is not drawn: its chance is 1.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from arseg.backtest.trials.holdout import draw_holdout
from arseg.runs.editions import SCORED_BY, is_daily
from arseg.schema import SEGMENTS
from arseg.treatments.safety_repair import make_safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arseg.runs.journal import Run
    from arseg.treatments import Playbook
    from arseg.treatments.safety_contacts import Limits

COLUMNS = (
    *("customer_id", "segment", "drawn_segment", "propensity"),
    *(f"p_{segment}" for segment in SEGMENTS),
)


def hold_out(
    run: Run, segmentation: pd.DataFrame, scores: pd.DataFrame, *, decided: Iterable[str]
) -> pd.DataFrame:
    """Return the segmentation with the experiment's share of customers moved by lot, and save the lots.

    Parameters
    ----------
    run
        Its experiment says whether, what share, and by which seed; nobody is moved where it declares no holdout.
    segmentation
        What the policy and the overrides say.
    scores
        Customer scores; customers of one parent move together where it is known.
    decided
        Customers on whom a person decided.
    """
    declared = run.experiment.holdout
    if declared is None:
        run.save("holdout", pd.DataFrame(columns=list(COLUMNS)))
        return segmentation
    apart = segmentation["customer_id"].isin(set(decided))
    groups = scores.set_index("customer_id")["parent"] if "parent" in scores else None
    lots = draw_holdout(
        segmentation[~apart], key_date=lots_day(run), seed=declared.seed, share=declared.share, groups=groups
    )
    run.save("holdout", lots.reset_index(drop=True))
    drawn = segmentation["customer_id"].map(lots.set_index("customer_id")["drawn_segment"])
    own = segmentation["segment"]
    moved = drawn.notna() & (drawn != own)
    why = segmentation["why"].where(~moved, segmentation["why"] + "; by lot, instead of " + own)
    return segmentation.assign(segment=drawn.where(moved, own), why=why)


def lots_day(run: Run) -> dt.date:
    """Return the key date whose lots hold: a customer under treatment by lot stays so until the next month-end."""
    if not is_daily(run):
        return run.key_date
    return dt.date.fromisoformat(run.load(SCORED_BY)["lots_of"])


def save_propensities(
    run: Run,
    segmentation: pd.DataFrame,
    scores: pd.DataFrame,
    *,
    playbook: Playbook,
    limits: Limits,
) -> None:
    """Save how likely the treatment of each customer was: the chances of all segments that would have got the same.

    Parameters
    ----------
    run
        With the lots and the prescribed treatments.
    segmentation, scores
        As treated.
    playbook, limits
        As for the treatments.
    """
    lots = run.load("holdout")
    if lots.empty:
        return
    given = run.load("prescribed").set_index("customer_id")["treatment"]
    chances = lots.set_index("customer_id")[[f"p_{segment}" for segment in SEGMENTS]]
    total = pd.Series(0.0, index=given.index)
    for segment in SEGMENTS:
        other = playbook.prescribe(segmentation.assign(segment=segment), scores)
        safe = make_safe(other, scores, run.key_date, limits=limits).prescribed
        same = safe.set_index("customer_id")["treatment"].reindex(given.index) == given
        chance = chances[f"p_{segment}"].reindex(given.index)
        total += np.where(same, chance.fillna(0.0), 0.0)
    # Nobody drew for those on whom a person decided.
    known = given.index.isin(chances.index)
    run.save(
        "propensities",
        pd.DataFrame({"customer_id": given.index, "propensity": np.where(known, total, 1.0)}),
    )


def propensities(run: Run) -> pd.Series | None:
    """Return the chance of each customer's treatment, by customer_id; None where nothing was drawn."""
    if run.load("holdout").empty:
        return None
    return run.load("propensities").set_index("customer_id")["propensity"]
