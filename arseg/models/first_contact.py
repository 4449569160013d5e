"""How likely an item is still left alone: Kaplan-Meier of the first contact.

Contact goes to those who have not paid, so the share that paid alone among those never contacted
overstates how many would. Here the contact is what censors, and leaving the book what is observed: an item
that leaves on the day of its contact has left first.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from arseg.models.protocol import Numbers
from arseg.schema import DataError


def uncontacted(contact_day: Numbers, leaves: Numbers, days: int) -> Numbers:
    """Return P(not contacted before day t) for t = 1 to ``days``, shape (days,).

    ``G(t) = prod_{u < t} (1 - c(u) / n(u))``; n counts the items neither gone by the end of day u nor
    contacted before it, c those of them contacted on it.

    Parameters
    ----------
    contact_day, leaves
        Days after the key date of the first contact and of leaving the book, NaN or inf where never,
        shape (items,).
    days
        Last day, >= 1.

    Examples
    --------
    >>> uncontacted(np.array([np.nan, np.nan, 3, np.nan]), np.array([2, np.inf, 9, 4]), 5).round(3).tolist()
    [1.0, 1.0, 1.0, 0.667, 0.667]
    """
    contact = np.where(np.isnan(contact_day), np.inf, contact_day)
    contacted = contact < leaves
    last = np.minimum(np.where(contacted, contact, leaves - 1), days).astype(np.int64)
    at_risk = np.cumsum(np.bincount(last, minlength=days + 1)[::-1])[::-1]
    counts = np.bincount(last[contacted & (contact <= days)], minlength=days + 1)
    stays = 1 - counts / np.maximum(at_risk, 1)
    return np.append(1.0, np.cumprod(stays[1:days]))


def uncontacted_before(items: pd.DataFrame, known_on: pd.Series, days: int, *, least: float) -> pd.Series:
    """Return P(not contacted before the day on which an item's label is known), within its stratum.

    Parameters
    ----------
    items
        ``contact_day``, ``leaves``, and ``stratum`` where there are several.
    known_on
        Day from 1 to ``days``, shape (items,).
    days
        Last day.
    least
        Least probability of the last day.

    Raises
    ------
    DataError
        If a contact is before day 1, or hardly an item of a stratum is left alone to the last day.
    """
    if (items["contact_day"] < 1).any():
        raise DataError(
            "a first contact is not after the key date",
            given=float(items["contact_day"].min()),
            allowed=">= 1 day, NaN where there was none",
            do="count from the day after the key date",
        )
    strata = items["stratum"] if "stratum" in items.columns else pd.Series("all", index=items.index)
    found = pd.Series(1.0, index=items.index)
    for stratum, rows in items.groupby(strata):
        alone = uncontacted(
            rows["contact_day"].to_numpy(np.float64), rows["leaves"].to_numpy(np.float64), days
        )
        if alone[-1] < least:
            raise DataError(
                f"self-cure by day {days} is not identified: hardly an item is left alone so long",
                given=f"{alone[-1]:.3f} not contacted before it (stratum {stratum})",
                allowed=f"at least {least:g}",
                do=f"ask for at most {int((alone >= least).sum())} days, or hold some items out of contact",
            )
        found[rows.index] = alone[known_on[rows.index].to_numpy(np.int64) - 1]
    return found
