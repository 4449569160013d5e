"""How many late items are paid if nobody contacts the customer (science 1.2).

The naive share of items paid before a contact is wrong: whoever pays late is contacted first, so contact is a sign
of not having cured yet. A first contact is censoring, and items not contacted stand in for those that were.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.metrics.receivables import Values
from arseg.schema import DataError, require_columns


def self_cured(
    items: pd.DataFrame,
    days: int,
    *,
    weight: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Return the parts of the share of late items that cure by themselves within so many days.

    ``F(h) = sum w 1{paid on T <= h, no contact through T} / G(T) / sum w``; G(u) is the Kaplan-Meier share of a stratum
    not contacted through day u. Items whose cause of leaving is another (credited, written off) never cure.

    Parameters
    ----------
    items
        From the first day past due, day 0: ``paid_day`` (paid in full) and ``left_day`` (left the book, by any cause),
        ``contact_day`` (first contact), each NaN where it did not happen; ``followed_days``.
    days
        The horizon h. Items that were not followed so long are left out: zero in both parts.
    weight
        Of each item, such as its amount; equal where not given.
    strata
        What made a contact likely, as far as it is known: segment, balance band, habit. Within a stratum contact must
        say nothing of curing.

    Returns
    -------
    ``numerator`` and ``denominator`` of each item. NaN in the numerators of a stratum in which nobody is left alone up
    to the horizon: history cannot say how it would have cured.

    Raises
    ------
    DataError
        If a column is missing, a day is below zero, or weights or strata do not fit.

    Examples
    --------
    >>> items = pd.DataFrame({"paid_day": [3.0, np.nan, 9.0, np.nan], "contact_day": [np.nan, 5.0, np.nan, np.nan],
    ...                       "left_day": [3.0, np.nan, 9.0, np.nan], "followed_days": 60})
    >>> parts = self_cured(items, 30)
    >>> float(parts["numerator"].sum() / parts["denominator"].sum())
    0.625
    """
    require_columns(items.columns, ("paid_day", "left_day", "contact_day", "followed_days"), frame="items")
    paid, left, contact = (
        items[name].fillna(np.inf).to_numpy(dtype=np.float64)
        for name in ("paid_day", "left_day", "contact_day")
    )
    weights = np.ones(len(items)) if weight is None else np.asarray(weight, dtype=np.float64)
    stratum = np.zeros(len(items), dtype=np.int64) if strata is None else pd.factorize(np.asarray(strata))[0]
    fits = weights.shape == stratum.shape == (len(items),) and np.isfinite(weights).all()
    if (
        not fits
        or (stratum < 0).any()
        or min(paid.min(initial=0), left.min(initial=0), contact.min(initial=0)) < 0
    ):
        raise DataError(
            "days, weights or strata do not fit the items",
            given=f"{len(items)} items, weights of shape {weights.shape}, strata of shape {stratum.shape}",
            allowed="days of zero or more, one weight and one stratum per item, none missing",
            do="count days from the first day past due",
        )
    mature = items["followed_days"].to_numpy() >= days
    ends = np.minimum(left, paid)
    numerator = np.zeros(len(items))
    for name in np.unique(stratum[mature]):
        rows = np.flatnonzero(mature & (stratum == name))
        numerator[rows] = weights[rows] * _stands_for(
            paid[rows], ends[rows], contact[rows], weights[rows], days
        )
    return pd.DataFrame(
        {"numerator": numerator, "denominator": np.where(mature, weights, 0.0)}, index=items.index
    )


def _stands_for(paid: Values, left: Values, contact: Values, weight: Values, days: int) -> Values:
    """Return 1 / G(T) of the items that cured uncontacted, 0 of the others; NaN where G reaches 0 before the horizon."""
    steps = np.arange(days + 1)
    # On one day a contact comes before a payment, so whoever is contacted or leaves on a day was at risk on it.
    contacted = contact <= np.minimum(left, days)
    last = np.minimum(np.minimum(contact, left), days).astype(np.int64)
    at_risk = np.bincount(last, weight, days + 1)[::-1].cumsum()[::-1]
    touched = np.bincount(last[contacted], weight[contacted], days + 1)
    hazard = np.divide(touched, at_risk, out=np.zeros(len(steps)), where=touched > 0)
    alone = np.cumprod(1 - np.minimum(hazard, 1.0))
    # Weights are floats: a stratum of which all are contacted may leave a crumb.
    if alone[-1] < 1e-12:
        return np.full(len(paid), np.nan)
    cured = (paid <= days) & (contact > paid)
    return np.where(cured, 1.0 / alone[last], 0.0)
