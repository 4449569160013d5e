"""How a run decided: policy, history, overrides and key date, and any mix of two runs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from arseg.policies.change import SegmentsOf, Swapped
from arseg.policies.hysteresis import Hysteresis
from arseg.policies.overrides import Override, apply_overrides
from arseg.policies.policy import Policy


@dataclass(frozen=True, eq=False)
class Basis:
    """What a run decided by.

    Parameters
    ----------
    policy
        Its policy.
    key_date
        Its key date.
    overrides
        All that were made, in their order.
    history
        Reviews before it, for a policy with hysteresis; those of the earlier run where the later has none.
    """

    policy: Policy
    key_date: dt.date
    overrides: tuple[Override, ...] = ()
    history: pd.DataFrame | None = None


def decisions(old: Basis, new: Basis) -> SegmentsOf:
    """Return the segmentations of any mix of two runs, as ``explain_change`` asks for them.

    What a hysteresis remembers comes with time: reviews that passed and days that went by. An override that
    ended is a matter of overrides.

    Parameters
    ----------
    old, new
        The earlier and the later run.
    """

    def segments_of(swapped: Swapped, scores: pd.DataFrame) -> pd.DataFrame:
        policy = (new if "policy" in swapped else old).policy
        then = new if "time" in swapped else old
        by_person = new if "override" in swapped else old
        if isinstance(policy, Hysteresis):
            history = old.history if then.history is None else then.history
            assigned = policy.assign(scores, history, key_date=then.key_date)
        else:
            assigned = policy.assign(scores)
        return apply_overrides(assigned, by_person.overrides, by_person.key_date).segmentation

    return segments_of
