"""Too firm with the good, too gentle with the bad: two rates, of a policy and of the desk (capabilities S50).

Whether a customer turned out good or bad is read off what came, under the treatments actually given. A policy errs where
it picks one for its firmest segment that paid all on time, or leaves one in its gentlest that ran more than 60 days late.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.intervals import Draws, Values, ratio_interval
from arseg.backtest.judged_items import RISING, JudgedItems, Places
from arseg.metrics.receivables import ratio
from arseg.schema import CREDITED, PAID

DESK: Final = "desk"
BAD_AGE: Final = 60
WITHIN: Final = 30
ERRORS: Final = (
    "policy",
    "error",
    "value",
    "low",
    "high",
    "numerator",
    "denominator",
    "customers",
    "meaning",
)
CONTACTED: Final = ("policy", "segment", "value", "low", "high", "numerator", "denominator", "customers")


def turned_out(judged: JudgedItems) -> tuple[Values, Values]:
    """Return who paid all on time and who ran 60 days late, by customer and key date.

    Returns
    -------
    good, bad
        1, or 0; NaN where it cannot be said; shape (customers, dates). Good: nothing was due already, something fell
        due while followed, and all of that was paid or credited by its due day. Bad: an item was unpaid 60 days after due.
    """
    items = judged.items
    late = items["days_past_due"].to_numpy(dtype=np.int64)
    event, duration, followed = (
        items[name].to_numpy(dtype=np.int64) for name in ("event", "duration", "followed_days")
    )
    cleared = np.where(np.isin(event, (PAID, CREDITED)), duration, np.iinfo(np.int64).max)
    # What is open at the end of its due day is late, by a day at least.
    was_due, fell_due = _any(judged, late >= 0), (late < 0) & (followed >= -late)
    missed, could = _any(judged, fell_due & (cleared > -late)), _any(judged, fell_due)
    good = np.where(was_due | could, could & ~was_due & ~missed, np.nan)
    day = BAD_AGE - late
    ran_late = _any(judged, (late >= BAD_AGE) | ((followed >= day) & (cleared > day)))
    unknown = _any(judged, (late < BAD_AGE) & (followed < day) & (cleared > followed))
    here = _any(judged, np.ones(len(items), dtype=bool))
    return good, np.where(here & (ran_late | ~unknown), ran_late, np.nan)


def _any(judged: JudgedItems, flag: np.ndarray) -> np.ndarray:
    found = np.zeros((len(judged.customers), len(judged.dates)), dtype=bool)
    found[judged.customer[flag], judged.date[flag]] = True
    return found


def contact_errors(
    judged: JudgedItems, segments: Mapping[str, Places], drawn: Draws, contacts: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return how often good customers are picked for firmness and bad ones for none, by policy.

    Parameters
    ----------
    judged
        The items.
    segments
        By policy, the place of each item's segment.
    drawn
        Draws of the judged customers.
    contacts
        ``key_date, invoice_id, day`` (after the key date) of the contacts made; with them the desk's own errors stand
        beside: customers contacted within 30 days, and not.

    Returns
    -------
    One row per policy (``desk`` for what was done) and error (``over``, ``under``): customers in error over all of whom
    it can be said, counted once per key date.
    """
    good, bad = turned_out(judged)
    rows = []
    for policy, level in segments.items():
        place = _places(judged, level)
        rows.append(_row(policy, "over", good, place == len(RISING) - 1, drawn))
        rows.append(_row(policy, "under", bad, place == 0, drawn, known=place >= 0))
    if contacts is not None and len(contacts):
        made = _contacted(judged, contacts)
        rows.append(_row(DESK, "over", good, made, drawn))
        rows.append(_row(DESK, "under", bad, ~made, drawn))
    return pd.DataFrame(rows, columns=list(ERRORS))


def _row(
    policy: str, error: str, turned: Values, erred: np.ndarray, drawn: Draws, known: np.ndarray | None = None
) -> tuple[object, ...]:
    whose = (turned == 1) if known is None else (turned == 1) & known
    did = {
        ("over", False): f"put in {RISING[-1]}, of those who then paid all on time",
        ("under", False): f"left in {RISING[0]}, of those who then ran {BAD_AGE} days late",
        ("over", True): f"contacted within {WITHIN} days, of those who then paid all on time",
        ("under", True): f"not contacted within {WITHIN} days, of those who then ran {BAD_AGE} days late",
    }[error, policy == DESK]
    return (policy, error, *_share(whose & erred, whose, drawn), did)


def _share(those: np.ndarray, of: np.ndarray, drawn: Draws) -> tuple[float, float, float, int, int, int]:
    """Return the share of those among others with its interval, both counts once per key date, and the customers behind.

    Both arguments have the shape (customers, dates).
    """
    top, bottom = those.sum(axis=1), of.sum(axis=1)
    low, high = ratio_interval(top[:, None].astype(float), bottom[:, None].astype(float), drawn)
    value = ratio(top.sum(), bottom.sum()).item()
    return value, low[0], high[0], int(top.sum()), int(bottom.sum()), int((bottom > 0).sum())


def _places(judged: JudgedItems, level: Places) -> np.ndarray:
    """Return the segment of each customer on each key date; -1 for none."""
    found = np.full((len(judged.customers), len(judged.dates)), -1, dtype=np.int64)
    found[judged.customer, judged.date] = level
    return found


def _contacted(judged: JudgedItems, contacts: pd.DataFrame) -> np.ndarray:
    """Return whether a customer was contacted about an open item within 30 days after a key date."""
    soon = contacts[contacts["day"].between(1, WITHIN)]
    keys = soon.assign(key_date=pd.to_datetime(soon["key_date"]))[
        ["key_date", "invoice_id"]
    ].drop_duplicates()
    made = judged.items[["key_date", "invoice_id"]].merge(keys, how="left", indicator=True)
    return _any(judged, (made["_merge"] == "both").to_numpy())


def contact_chances(
    judged: JudgedItems, segments: Mapping[str, Places], drawn: Draws, contacts: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return how many of each segment the desk contacted, and what that does to their separation.

    Parameters
    ----------
    judged, segments, drawn, contacts
        As ``contact_errors``.

    Returns
    -------
    chances
        One row per policy and segment: customers contacted within 30 days over customers, once per key date.
    notes
        A sentence per policy whose riskiest segment was contacted more.
    """
    made = _contacted(judged, contacts)
    rows, notes = [], []
    for policy, level in segments.items():
        place = _places(judged, level)
        chance = {}
        for at, name in enumerate(RISING):
            share = _share((place == at) & made, place == at, drawn)
            chance[name] = share[0]
            rows.append((policy, name, *share))
        high_share, low_share = chance[RISING[-1]], chance[RISING[0]]
        if high_share > low_share:
            notes.append(
                f"{policy}: {high_share:.0%} of {RISING[-1]} were contacted within {WITHIN} days and {low_share:.0%} of"
                f" {RISING[0]}; where contact helps, they differ less here than they would have if left alone"
            )
    return pd.DataFrame(rows, columns=list(CONTACTED)), tuple(notes)
