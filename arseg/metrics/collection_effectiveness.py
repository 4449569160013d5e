"""How much of what could be collected in a period was collected (science 1.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from arseg.metrics.receivables import Ratio, Values


def cei(opening: ArrayLike, sales: ArrayLike, closing: ArrayLike, current: ArrayLike) -> Ratio:
    """Return the collection effectiveness index over the whole period's sales.

    ``(opening + sales - closing) / (opening + sales - current)``. Credit notes and write-offs count as
    collected: writing off raises it. ``cash_cei`` is the one that may compare policies.

    Parameters
    ----------
    opening, closing
        Receivables at the start and the end of the period.
    sales
        Credit sales of the whole period, before credit notes.
    current
        Part of the closing receivables that is not past due.

    Returns
    -------
    A share; NaN where nothing was collectable.

    Examples
    --------
    >>> round(cei(6200, 10890, 6340, 3590).value.item(), 4)
    0.7963
    """
    due = _sum(opening) + _sum(sales)
    return Ratio.of(due - _sum(closing), due - _sum(current))


def cei_crf_monthly(
    opening: ArrayLike, sales: ArrayLike, closing: ArrayLike, current: ArrayLike, *, months: float
) -> Ratio:
    """Return CEI as the Credit Research Foundation's text writes it: with the sales of one average month.

    Only to be set beside published figures: for a period of several months it relates the flows of
    one to balances of all of them.

    Examples
    --------
    >>> round(cei_crf_monthly(6200, 10890, 6340, 3590, months=3).value.item(), 4)
    0.5593
    """
    return cei(opening, np.asarray(sales, dtype=np.float64) / months, closing, current)


def cash_cei(cash: ArrayLike, collectable: ArrayLike) -> Ratio:
    """Return cash / what could have been collected in cash; see ``cash_collectable``.

    Examples
    --------
    >>> cash_cei(60.0, cash_collectable(100.0, 50.0, 40.0, credited=5.0, written_off=10.0)).value.round(4).item()
    0.6316
    """
    return Ratio.of(cash, collectable)


def cash_collectable(
    opening: ArrayLike, sales: ArrayLike, current: ArrayLike, *, credited: ArrayLike, written_off: ArrayLike
) -> Values:
    """Return opening + sales - current - credited - written off: the denominator of ``cash_cei``.

    Parameters
    ----------
    opening, sales, current
        As for ``cei``.
    credited, written_off
        Credit notes, and write-offs less recoveries, of the period.

    Examples
    --------
    >>> cash_collectable(100.0, 50.0, 40.0, credited=5.0, written_off=10.0).item()
    95.0
    """
    return np.asarray(_sum(opening) + _sum(sales) - _sum(current) - _sum(credited) - _sum(written_off))


def period_collection_rate(cash: ArrayLike, opening: ArrayLike, sales: ArrayLike) -> Ratio:
    """Return cash / (opening + sales): it moves with sales growth, so segments are not ranked by it.

    Examples
    --------
    >>> period_collection_rate(60.0, 100.0, 50.0).value.item()
    0.4
    """
    return Ratio.of(cash, _sum(opening) + _sum(sales))


def _sum(values: ArrayLike) -> Values:
    return np.asarray(values, dtype=np.float64)
