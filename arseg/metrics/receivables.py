"""The measures of a receivables book, each a ratio of sums (science 1.0 to 1.2).

Every function takes sums and returns a ratio; the caller keeps numerator and denominator. Arrays
broadcast, so that one call serves a book, its segments, or a thousand bootstrap draws of it.
A denominator that is not positive gives NaN, never 0 or infinity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arseg.metrics.countback import countback

Values = NDArray[np.float64]


def ratio(numerator: ArrayLike, denominator: ArrayLike) -> Values:
    """Return numerator / denominator, NaN where the denominator is not positive.

    Examples
    --------
    >>> ratio([1.0, 1.0], [4.0, 0.0])
    array([0.25,  nan])
    """
    top, bottom = np.broadcast_arrays(
        np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    )
    return np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)


@dataclass(frozen=True)
class Ratio:
    """A ratio that carries its sums, so that parts can be added before they are divided.

    Parameters
    ----------
    numerator, denominator
        Sums, of one shape.

    Examples
    --------
    >>> Ratio.of(1.0, 4.0).value.item()
    0.25
    """

    numerator: Values
    denominator: Values

    @classmethod
    def of(cls, numerator: ArrayLike, denominator: ArrayLike) -> Ratio:
        """Return the ratio of two sums, or of two arrays of sums that broadcast."""
        top, bottom = np.broadcast_arrays(
            np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
        )
        return cls(top, bottom)

    @property
    def value(self) -> Values:
        """Numerator / denominator, NaN where the denominator is not positive."""
        return ratio(self.numerator, self.denominator)


def simple_dso(receivables: ArrayLike, sales: ArrayLike, days: float) -> Values:
    """Return receivables / sales x days: the DSO that everybody asks for.

    It moves with sales growth alone (science 1.1), so it is never the headline.

    Examples
    --------
    >>> round(simple_dso(210.0, 300.0, 90).item(), 6)
    63.0
    """
    return ratio(receivables, sales) * days


def best_possible_dso(current: ArrayLike, sales: ArrayLike, days: float) -> Values:
    """Return receivables that are not past due / sales x days (science 1.1)."""
    return simple_dso(current, sales, days)


def average_days_delinquent(past_due: ArrayLike, sales: ArrayLike, days: float) -> Values:
    """Return past-due receivables / sales x days: simple DSO less the best possible (science 1.1).

    These are days of sales past due, not the mean lateness of anybody.
    """
    return simple_dso(past_due, sales, days)


def average_receivables_dso(amount_days: ArrayLike, sales: ArrayLike) -> Values:
    """Return (sum of amount x days open) / sales: the DSO of a window, in days.

    The sum over the window's days of the open balance, divided by the window's length, is the
    average receivable; dividing by sales per day gives days. The lengths cancel, so windows add up.

    Examples
    --------
    >>> average_receivables_dso(100.0 * 30, 100.0).item()
    30.0
    """
    return ratio(amount_days, sales)


def sales_weighted_dso(unpaid: ArrayLike, sales: ArrayLike, days: ArrayLike) -> Values:
    """Return the sales-weighted DSO: sum over issue months of unpaid / sales x days of the month.

    Each unpaid / sales is a survival probability, so this is the life-table estimate of the mean
    days to cash and does not move with sales growth (science 1.1).

    Parameters
    ----------
    unpaid, sales
        Sums by issue month, shape ``(..., months)``. A month without sales adds nothing.
    days
        Days of each month, shape ``(months,)``.

    Examples
    --------
    >>> round(sales_weighted_dso([40, 70, 100], [100, 80, 120], [31, 28, 31]).item(), 3)
    62.733
    """
    shares = ratio(unpaid, sales)
    return np.asarray(np.nansum(shares * np.asarray(days, dtype=np.float64), axis=-1))


def countback_dso(receivables: float, sales: ArrayLike, days: ArrayLike) -> float:
    """Return the countback DSO: how many days of the latest sales the receivables hold.

    Parameters
    ----------
    receivables
        Open amount at the end of the last month.
    sales
        Sales by month, oldest first.
    days
        Days of each month, oldest first.

    Returns
    -------
    days
        Zero for no receivables; infinity where the history is used up, because the answer is then
        "more than the history" and never the history's length (science 1.1).

    Examples
    --------
    >>> countback_dso(210, [100, 80, 120], [31, 28, 31])
    62.1
    """
    return countback(receivables, sales, days).value


def collection_rate(cash: ArrayLike, collectable: ArrayLike) -> Values:
    """Return cash / (amount due less credit notes) of a cohort at a fixed age (science 1.2)."""
    return ratio(cash, collectable)


def bad_debt_ratio(net_written_off: ArrayLike, sales: ArrayLike) -> Values:
    """Return (write-offs - recoveries) / credit sales; recoveries can make it negative (science 1.2).

    Examples
    --------
    >>> bad_debt_ratio(21.0, 10_000.0).item()
    0.0021
    """
    return ratio(net_written_off, sales)


def bad_debt_to_receivables(net_written_off: ArrayLike, amount_days: ArrayLike, days: float) -> Ratio:
    """Return (write-offs - recoveries) / mean receivables (science 1.2).

    Parameters
    ----------
    net_written_off
        Write-offs less recoveries in the window.
    amount_days
        Sum over the window's days of the open balance, currency x days.
    days
        Days of the window.

    Examples
    --------
    >>> bad_debt_to_receivables(2.0, 100.0 * 30, 30).value.item()
    0.02
    """
    return Ratio.of(net_written_off, np.asarray(amount_days, dtype=np.float64) / days)


def turnover(sales: ArrayLike, amount_days: ArrayLike, *, days: float, year: float = 365.0) -> Ratio:
    """Return how often a year the receivables turn over: sales of a year / mean receivables.

    It is 365 / the DSO of the window, so segments add up harmonically (science 1.1, 1.3).

    Parameters
    ----------
    sales
        Sales of the window; stretched to a year.
    amount_days
        Sum over the window's days of the open balance, currency x days.
    days, year
        Days of the window and of a year.

    Examples
    --------
    >>> turnover(365.0, 50.0 * 365, days=365).value.item()
    7.3
    """
    yearly = np.asarray(sales, dtype=np.float64) * (year / days)
    return Ratio.of(yearly, np.asarray(amount_days, dtype=np.float64) / days)


def percent_current(current: ArrayLike, receivables: ArrayLike) -> Ratio:
    """Return the share of receivables that is not past due; the due day itself is current (science 1.2)."""
    return Ratio.of(current, receivables)


def percent_over_90(over_90: ArrayLike, receivables: ArrayLike) -> Ratio:
    """Return the share of receivables that is more than 90 days past due (science 1.2)."""
    return Ratio.of(over_90, receivables)
