"""The open invoices of a customer in a few words, as one says them on the telephone."""

from __future__ import annotations

from typing import Final

import pandas as pd

from arseg.schema import require_columns
from arseg.schema.joined_texts import joined_texts
from arseg.treatments.worklist_why import counted

NEEDS: Final = ("invoice_id", "customer_id", "balance", "days_past_due")

# Invoices that are named; of further ones only their number and sum.
_NAMED: Final = 5


def invoices_in_words(items: pd.DataFrame, *, key_date: pd.Timestamp) -> pd.Series:
    """Return the open invoices of each customer, the oldest first.

    Parameters
    ----------
    items
        One row per open item: invoice_id, customer_id, balance, days_past_due (negative before due), and
        currency where known.
    key_date
        The day on which days_past_due were counted.

    Returns
    -------
    series
        Text by customer_id.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> items = pd.DataFrame({"invoice_id": ["R1", "R2"], "customer_id": "A", "balance": [1200.0, 9.5],
    ...                       "days_past_due": [1, -3], "currency": "EUR"})
    >>> invoices_in_words(items, key_date=pd.Timestamp("2026-10-31"))["A"]
    'R1: 1,200.00 EUR, due 2026-10-30, 1 day late; R2: 9.50 EUR, due 2026-11-03'
    """
    require_columns(items.columns, NEEDS, frame="open items")
    ordered = items.sort_values(
        ["customer_id", "days_past_due", "balance", "invoice_id"], ascending=[True, False, False, True]
    )
    unit = _units(ordered)
    turn = ordered.groupby("customer_id").cumcount()
    named = ordered[turn < _NAMED]
    due = (key_date - pd.to_timedelta(named["days_past_due"], unit="D")).dt.strftime("%Y-%m-%d")
    said = [
        f"{invoice}: {balance:,.2f}{of}, due {day}{_late(int(days))}"
        for invoice, balance, of, day, days in zip(
            named["invoice_id"],
            named["balance"],
            unit[turn < _NAMED],
            due,
            named["days_past_due"],
            strict=True,
        )
    ]
    texts = joined_texts(named["customer_id"], pd.Series(said, dtype="str"), "; ")
    rest = ordered[turn >= _NAMED].assign(unit=unit[turn >= _NAMED])
    return _with_rest(texts, rest)


def _late(days: int) -> str:
    if days == 0:
        return ", today"
    return f", {counted(days, 'day')} late" if days > 0 else ""


def _units(items: pd.DataFrame) -> pd.Series:
    if "currency" not in items.columns:
        return pd.Series("", index=items.index, dtype="str")
    known = items["currency"].fillna("").astype("str")
    return (" " + known).where(known != "", "")


def _with_rest(texts: pd.Series, rest: pd.DataFrame) -> pd.Series:
    """Return the texts with the number and sum of the invoices that are not named; no sum across currencies."""
    if rest.empty:
        return texts
    more = rest.groupby("customer_id").agg(
        n=("balance", "size"), sum=("balance", "sum"), unit=("unit", "first"), units=("unit", "nunique")
    )
    said = [
        f"; and {n:,d} more" + (f", {total:,.2f}{unit}" if units == 1 else "")
        for n, total, unit, units in more.itertuples(index=False, name=None)
    ]
    return texts.str.cat(pd.Series(said, index=more.index, dtype="str").reindex(texts.index, fill_value=""))
