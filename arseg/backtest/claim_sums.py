"""The sums by customer behind the claims: what became of late items, and sales by issue month."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.intervals import Values
from arseg.backtest.receivables_book import ReceivablesBook
from arseg.backtest.standing import MONTHS
from arseg.schema import CREDITED, PAID

ALL_MONTHS: Final = MONTHS
RESOLVED_WITHIN: Final = 90
CURE_DAYS: Final = 30


def late_items(book: ReceivablesBook) -> pd.DataFrame:
    """Return what fell due in the period and was not cleared by its due day, a row each.

    Parameters
    ----------
    book
        The period.

    Returns
    -------
    ``invoice_id, customer_id, event, left`` (days from due to clearing, NaN for none), ``contacted`` (days from due to
    the first contact after it, about the item or the whole account; NaN for none) and ``followed`` (days from due to the
    last known day).
    """
    items = book.items
    due = items["due_date"].between(book.start, book.end, inclusive="right") & (items["amount"] > 0)
    late = items["cleared_on"].isna() | (items["cleared_on"] > items["due_date"])
    own = items[due & late & (items["due_date"] < book.observed_on)].reset_index(drop=True)
    return pd.DataFrame(
        {
            "invoice_id": own["invoice_id"],
            "customer_id": own["customer_id"],
            "event": own["event"].fillna(0).astype(np.int64),
            "left": (own["cleared_on"] - own["due_date"]).dt.days,
            "contacted": own["invoice_id"].map(_first_contacts(book, own)),
            "followed": (book.observed_on - own["due_date"]).dt.days,
        }
    )


def _first_contacts(book: ReceivablesBook, own: pd.DataFrame) -> pd.Series:
    """Return days from due to the first contact after it, by invoice_id."""
    keys = own[["invoice_id", "customer_id", "due_date"]]
    named = keys.merge(book.contacts[["invoice_id", "contacted_on"]].dropna(), on="invoice_id")
    account = book.contacts[book.contacts["invoice_id"].isna()]
    pairs = pd.concat([named, keys.merge(account[["customer_id", "contacted_on"]], on="customer_id")])
    day = (pairs["contacted_on"] - pairs["due_date"]).dt.days
    return day[day > 0].groupby(pairs["invoice_id"]).min()


def resolved_sums(late: pd.DataFrame) -> pd.DataFrame:
    """Return, by customer, the days to resolution and the number of the late items followed for 90 days.

    Of items followed so long the mean of ``min(days, 90)`` is the restricted mean itself; a write-off resolves nothing.

    Examples
    --------
    >>> late = pd.DataFrame({"customer_id": ["a", "a", "a"], "event": [1, 3, 1], "left": [10.0, 20.0, 5.0],
    ...                      "followed": [90, 90, 20]})
    >>> resolved_sums(late).loc["a"].to_dict()
    {'numerator': 100.0, 'denominator': 2.0}
    """
    own = late[late["followed"] >= RESOLVED_WITHIN]
    resolved = own["left"].where(own["event"].isin([PAID, CREDITED]), np.inf)
    days = resolved.fillna(np.inf).clip(upper=RESOLVED_WITHIN)
    return _by_customer(days, own["customer_id"])


def cured_bounds(late: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return, by customer, the least and the most of the late items that can have cured by themselves.

    At the least only those did that were paid within 30 days without a contact before; at the most so would all have
    done that were contacted first (Manski 1990).

    Examples
    --------
    >>> late = pd.DataFrame({"customer_id": ["a", "a", "b"], "event": [1, 1, 0], "left": [3.0, 20.0, float("nan")],
    ...                      "contacted": [float("nan"), 10.0, float("nan")], "followed": 60})
    >>> least, most = cured_bounds(late)
    >>> least.sum().to_dict(), most.sum().to_dict()
    ({'numerator': 1.0, 'denominator': 3.0}, {'numerator': 2.0, 'denominator': 3.0})
    """
    own = late[late["followed"] >= CURE_DAYS]
    left, contacted = own["left"].fillna(np.inf), own["contacted"].fillna(np.inf)
    alone = (own["event"] == PAID) & (left <= CURE_DAYS) & (contacted > left)
    # Whoever left first, or was not contacted in time, was seen to the end.
    hidden = (contacted <= CURE_DAYS) & (contacted <= left)
    least, most = (
        _by_customer(flag.astype(np.float64), own["customer_id"]) for flag in (alone, alone | hidden)
    )
    return least, most


def _by_customer(values: pd.Series, customers: pd.Series) -> pd.DataFrame:
    parts = pd.DataFrame({"numerator": values, "denominator": 1.0}, index=values.index)
    return parts.groupby(customers)[["numerator", "denominator"]].sum()


def dso_blocks(book: ReceivablesBook, customers: pd.Index) -> tuple[Values, Values, int]:
    """Return unpaid and sales by customer and months back at the period's end, and how many invoices they hold."""
    held = book.balances(book.end).merge(
        book.items[["invoice_id", "document_date", "amount"]], on="invoice_id"
    )
    back = (
        (book.end.year - held["document_date"].dt.year) * 12 + book.end.month - held["document_date"].dt.month
    )
    inside = (held["amount"] > 0) & (back < MONTHS)
    own = held[inside]
    flat = customers.get_indexer(own["customer_id"]) * MONTHS + back[inside].to_numpy()
    unpaid, sales = (
        np.bincount(flat, own[name].to_numpy(dtype=np.float64), len(customers) * MONTHS)
        .astype(np.float64)
        .reshape(-1, MONTHS)
        for name in ("balance", "amount")
    )
    return unpaid, sales, len(own)
