"""Why the DSO of a ledger moved between two days."""

from __future__ import annotations

import pandas as pd

from arseg.backtest.receivables_book import ReceivablesBook
from arseg.metrics.dso_change import dso_change

# A customer of no class is one of its own kind, like one that came later.
UNCLASSED = "none"


def explain_dso(book: ReceivablesBook, classes: pd.Series, *, days: int = 91) -> pd.DataFrame:
    """Return the change of simple DSO over a period, split into volume, mix, terms and behaviour.

    Parameters
    ----------
    book
        As from ``read_book``: the days compared are its ``start`` and ``end``.
    classes
        Class of each customer, by customer_id, the same on both days: segment at the start, industry, country.
    days
        Days of sales in the denominator. Sales are invoices issued, before credit notes.

    Returns
    -------
    frame
        ``factor, before, after, effect`` (days); effects sum to the change exactly.

    Raises
    ------
    DataError
        If one of the days has no sales in the days before it.
    """
    return dso_change(_rows(book, book.start, classes), _rows(book, book.end, classes), days=days)


def _rows(book: ReceivablesBook, day: pd.Timestamp, classes: pd.Series) -> pd.DataFrame:
    held = book.balances(day)[["invoice_id", "balance"]].merge(book.items, on="invoice_id")
    sold = held[held["amount"] > 0]
    return pd.DataFrame(
        {
            "class": sold["customer_id"].map(classes.astype(object)).astype(object).fillna(UNCLASSED),
            "age_days": (day - sold["document_date"]).dt.days,
            "terms_days": (sold["due_date"] - sold["document_date"]).dt.days,
            "amount": sold["amount"],
            "unpaid": sold["balance"],
        }
    )
