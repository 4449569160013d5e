"""What a forecast has to beat: due dates, due dates plus the customer's usual delay, and aging roll rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.forecast.aging import aging_bucket, order_of
from arseg.forecast.open_book import WEEK, WEEKS
from arseg.schema import AGING_NAMES, DataError, require_columns

Values = npt.NDArray[np.float64]

# A customer's own mean delay is mixed with this many invoices at the book's.
PRIOR_INVOICES: Final = 5.0


def cash_by_terms(items: pd.DataFrame, *, weeks: int = WEEKS) -> Values:
    """Return the cash of each item by week if everybody paid on the due day; what is overdue comes in the first week.

    Parameters
    ----------
    items
        ``balance`` and ``days_past_due``.
    weeks
        Weeks ahead.

    Returns
    -------
    cash
        Shape (items, weeks).

    Examples
    --------
    >>> cash_by_terms(pd.DataFrame({"balance": [100.0, 50.0], "days_past_due": [-8, 3]}), weeks=2).tolist()
    [[0.0, 100.0], [50.0, 0.0]]
    """
    require_columns(items.columns, ("balance", "days_past_due"), frame="items")
    return _on_day(items["balance"], -items["days_past_due"].to_numpy(dtype=np.float64), weeks)


def cash_by_delay(items: pd.DataFrame, cleared: pd.DataFrame, *, weeks: int = WEEKS) -> Values:
    """Return the cash of each item by week if everybody paid on the due day plus the customer's mean delay.

    The mean is over past invoices, shrunk to the book's; a day that has passed means the first week (the average days
    delinquent that forecasts are commonly made from).

    Parameters
    ----------
    items
        ``customer_id``, ``balance`` and ``days_past_due``.
    cleared
        Invoices cleared before: ``customer_id`` and ``days_late`` (negative before due).
    weeks
        Weeks ahead.
    """
    require_columns(items.columns, ("customer_id", "balance", "days_past_due"), frame="items")
    require_columns(cleared.columns, ("customer_id", "days_late"), frame="cleared")
    book = float(cleared["days_late"].mean()) if len(cleared) else 0.0
    own = cleared.groupby("customer_id")["days_late"].agg(["sum", "count"])
    delay = (own["sum"] + PRIOR_INVOICES * book) / (own["count"] + PRIOR_INVOICES)
    expected = delay.reindex(items["customer_id"]).fillna(book).to_numpy(dtype=np.float64)
    return _on_day(items["balance"], expected - items["days_past_due"].to_numpy(dtype=np.float64), weeks)


def learn_aging_cash(
    items: pd.DataFrame, cash: Values, *, names: Sequence[str] = AGING_NAMES
) -> pd.DataFrame:
    """Return the share of each bucket's money that came in each week after past key dates.

    Parameters
    ----------
    items
        Items of past key dates, one under the other: ``balance`` and ``days_past_due``.
    cash
        What each brought by week, shape (items, weeks).
    names
        Of the buckets.

    Returns
    -------
    shares
        Buckets as rows, weeks as columns from 1; the book's shares for a bucket that never held money.

    Raises
    ------
    DataError
        If the shape does not fit or no money stood in the book.
    """
    require_columns(items.columns, ("balance", "days_past_due"), frame="items")
    money = items["balance"].to_numpy(dtype=np.float64)
    if len(cash) != len(items) or not money.sum() > 0:
        raise DataError(
            "there is no past to learn from",
            given=f"{len(items)} items, cash {cash.shape}",
            allowed="a row of cash per item, and money in the book",
            do="pass past key dates",
            code="no_past",
        )
    place = order_of(pd.Series(aging_bucket(items["days_past_due"].to_numpy(dtype=np.int64))), names)
    held = np.bincount(place, money, len(names))
    came = np.zeros((len(names), cash.shape[1]))
    np.add.at(came, place, cash)
    book = cash.sum(axis=0) / money.sum()
    shares = np.where(held[:, None] > 0, came / np.where(held > 0, held, 1.0)[:, None], book)
    return pd.DataFrame(shares, index=list(names), columns=range(1, cash.shape[1] + 1))


def cash_by_aging(items: pd.DataFrame, shares: pd.DataFrame) -> Values:
    """Return the cash of each item by week if its bucket paid as it did before.

    Parameters
    ----------
    items
        ``balance`` and ``days_past_due``.
    shares
        From ``learn_aging_cash``.
    """
    require_columns(items.columns, ("balance", "days_past_due"), frame="items")
    bucket = aging_bucket(items["days_past_due"].to_numpy(dtype=np.int64))
    own = shares.loc[list(bucket)].to_numpy(dtype=np.float64)
    return np.asarray(items["balance"].to_numpy(dtype=np.float64)[:, None] * own)


def with_past_errors(expected: Values, past_expected: Values, past_actual: Values) -> npt.NDArray[np.float32]:
    """Return futures of a method without bands: its expectation times what came over what it said before.

    Parameters
    ----------
    expected
        Shape (groups, weeks).
    past_expected, past_actual
        Of earlier origins, shape (origins, groups, weeks).

    Returns
    -------
    draws
        Shape (origins, groups, weeks): where it said nothing before, its expectation. The first axis keeps the weeks
        of an origin together.

    Examples
    --------
    >>> with_past_errors(np.array([[10.0]]), np.array([[[5.0]], [[4.0]]]), np.array([[[6.0]], [[2.0]]])).ravel().tolist()
    [12.0, 5.0]
    """
    said = np.asarray(past_expected, dtype=np.float64)
    ratio = np.where(said > 0, np.asarray(past_actual) / np.where(said > 0, said, 1.0), 1.0)
    return np.asarray(expected * ratio, dtype=np.float32)


def _on_day(balance: pd.Series, day: Values, weeks: int) -> Values:
    """Return the balances in the week of a day after the key date; the first week where it has passed."""
    week = np.ceil(np.maximum(day, 1) / WEEK).astype(np.int64) - 1
    cash = np.zeros((len(balance), weeks))
    inside = week < weeks
    cash[np.flatnonzero(inside), week[inside]] = balance.to_numpy(dtype=np.float64)[inside]
    return cash
