"""From invoice to customer to total, to the cent: every level is the sum of the one below it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from arseg.forecast.money import Cents, as_money, in_cents
from arseg.forecast.open_book import WEEKS, OpenBook
from arseg.schema import require_columns


def reconciled_cash(book: OpenBook, *, weeks: int = WEEKS, by: Sequence[str] = ()) -> dict[str, pd.DataFrame]:
    """Return the expected cash of each invoice by week, and the levels above it.

    An invoice's weeks and what is beyond them sum to its balance: the cumulative cash is rounded to the cent, so that
    no cent is lost or paid twice. Beyond is what comes later, is credited, or is lost.

    Parameters
    ----------
    book
        Open items.
    weeks
        Weeks ahead.
    by
        Columns of the items for a level between customer and total.

    Returns
    -------
    levels
        ``invoice``, ``customer``, ``group`` (where asked) and ``total``: keys, ``balance``, ``week_1`` ... and
        ``beyond``, all Decimal, reporting currency.

    Examples
    --------
    >>> import datetime as dt
    >>> items = pd.DataFrame({"invoice_id": ["i"], "customer_id": ["a"], "balance": [0.05]})
    >>> book = OpenBook(items, np.array([[[1 / 3, 2 / 3], [0, 0], [0, 0]]]), np.array([7, 14]), dt.date(2026, 10, 31))
    >>> reconciled_cash(book, weeks=2)["total"].iloc[0].map(str).tolist()
    ['0.05', '0.02', '0.01', '0.02']
    """
    require_columns(book.items.columns, by, frame="items")
    balance = in_cents(book.items["balance"], what="balance")
    up_to = np.floor(book.expected_by_week(weeks).cumsum(axis=1) * 100 + 0.5).astype(np.int64)
    came = np.minimum(np.maximum.accumulate(up_to, axis=1), balance[:, None])
    parts = np.column_stack([balance, np.diff(came, axis=1, prepend=0), balance - came[:, -1]])
    names = ["balance", *(f"week_{number}" for number in range(1, weeks + 1)), "beyond"]
    cents = pd.DataFrame(parts, columns=names)
    keys = book.items[list(dict.fromkeys(["invoice_id", "customer_id", *by]))].reset_index(drop=True)
    levels = {"invoice": pd.concat([keys, _money(cents)], axis=1)}
    levels["customer"] = _summed(cents, [keys["customer_id"]])
    if by:
        levels["group"] = _summed(cents, [keys[name] for name in by])
    levels["total"] = _money(cents.sum().to_frame().T)
    return levels


def _summed(cents: pd.DataFrame, keys: list[pd.Series]) -> pd.DataFrame:
    sums = cents.groupby(keys, sort=True, dropna=False).sum()
    return pd.concat([sums.index.to_frame(index=False), _money(sums.reset_index(drop=True))], axis=1)


def _money(cents: pd.DataFrame) -> pd.DataFrame:
    columns: dict[str, Cents] = {str(name): cents[name].to_numpy(dtype=np.int64) for name in cents}
    return pd.DataFrame({name: as_money(values) for name, values in columns.items()}, dtype=object)
