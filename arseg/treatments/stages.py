"""The stage of a customer: before due, early, mid, late; in dispute, under a promise, at law."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from arseg.schema import AGING_EDGES, require_columns

AGE_STAGES: Final = ("before_due", "early", "mid", "late")

STAGES: Final = (*AGE_STAGES, "dispute", "promise", "legal")

# A customer is in dispute when more than this share of the open balance is, and under a promise when
# more than this share of what is overdue is promised.
DISPUTED_SHARE: Final = 0.5
PROMISED_SHARE: Final = 0.5

# Days past due at which early, mid and late begin.
STAGE_EDGES: Final = AGING_EDGES[:3]

_NEEDS: Final = ("oldest_days_past_due", "open_balance", "disputed_balance")


def stage_of(scores: pd.DataFrame) -> pd.Series:
    """Return the stage of each customer, by index of the scores.

    The first that holds: legal where the matter is at law; dispute where more than half of the open
    balance is disputed; promise where more than half of the overdue balance (of the open balance where
    nothing is overdue) is promised and still to come; else by the days past due of the oldest open item:
    before_due (the due day included), early (1-30), mid (31-60), late (over 60).

    Parameters
    ----------
    scores
        Customer scores. Without the columns legal or promised_balance nobody is at that stage.

    Raises
    ------
    DataError
        If another column is missing.

    Examples
    --------
    >>> stage_of(pd.DataFrame({"oldest_days_past_due": [0, 30, 99, 40], "open_balance": 10.0,
    ...                        "disputed_balance": [5.0, 0.0, 6.0, 0.0], "overdue_balance": 8.0,
    ...                        "promised_balance": [0.0, 0.0, 9.0, 4.5]})).tolist()
    ['before_due', 'early', 'dispute', 'promise']
    """
    require_columns(scores.columns, _NEEDS, frame="customer scores")
    place = np.searchsorted(STAGE_EDGES, scores["oldest_days_past_due"], side="right")
    by_age = np.array(AGE_STAGES)[place]
    stages = np.select(
        [at_law(scores), disputed_share(scores) > DISPUTED_SHARE, promised_share(scores) > PROMISED_SHARE],
        ["legal", "dispute", "promise"],
        default=by_age,
    )
    return pd.Series(stages, index=scores.index, name="stage", dtype="str")


def at_law(scores: pd.DataFrame) -> pd.Series:
    """Mark customers whose matter went to law; nobody where the column is absent."""
    return numbers(scores, "legal") > 0


def disputed_share(scores: pd.DataFrame) -> pd.Series:
    """Return the disputed share of the open balance; 0 where nothing is disputed."""
    return _share(numbers(scores, "disputed_balance"), numbers(scores, "open_balance"))


def promised_share(scores: pd.DataFrame) -> pd.Series:
    """Return the promised share of what is overdue, or of what is open where nothing is overdue."""
    overdue = numbers(scores, "overdue_balance")
    at_stake = overdue.where(overdue > 0, numbers(scores, "open_balance"))
    return _share(numbers(scores, "promised_balance"), at_stake)


def numbers(scores: pd.DataFrame, name: str, *, unknown: float = 0.0) -> pd.Series:
    """Return a column as float64; ``unknown`` where it is absent or has no value."""
    if name not in scores.columns:
        return pd.Series(unknown, index=scores.index, dtype="float64", name=name)
    return scores[name].astype("float64").fillna(unknown)


def words(scores: pd.DataFrame, name: str) -> pd.Series:
    """Return a column as text; empty where it is absent or has no value."""
    if name not in scores.columns:
        return pd.Series("", index=scores.index, dtype="str", name=name)
    return scores[name].astype("str").fillna("")


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    # A part of nothing is more than any share of it.
    share = (part / whole.where(whole > 0)).fillna(np.inf)
    return share.where(part > 0, 0.0)
