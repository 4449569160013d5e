"""How long customers take: payment-weighted days to pay and days late, and the age of what is open (science 1.2).

The first two look at cash that came in. They improve while bad debt piles up and worsen in the month in which
old debt is collected; beside them belongs the age of the open book.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.schema import DataError


def days_to_pay(cash: npt.ArrayLike, days: npt.ArrayLike) -> pd.DataFrame:
    """Return the parts of the payment-weighted days to pay, WADTP.

    Parameters
    ----------
    cash
        Of each payment; of a reversal, below zero.
    days
        From the issue of its invoice to its value date.

    Returns
    -------
    ``numerator`` (cash x days) and ``denominator`` (cash) of each payment, for ``ratio_by``.

    Raises
    ------
    DataError
        If lengths differ or a value is missing.

    Examples
    --------
    >>> parts = days_to_pay([100.0, 300.0], [20, 40])
    >>> float(parts["numerator"].sum() / parts["denominator"].sum())
    35.0
    """
    return _weighted(cash, days)


def days_late(cash: npt.ArrayLike, late: npt.ArrayLike, *, clipped: bool = False) -> pd.DataFrame:
    """Return the parts of the payment-weighted days late, ADL.

    Parameters
    ----------
    cash
        Of each payment; of a reversal, below zero.
    late
        From the due day of its invoice to its value date; below zero where it came early.
    clipped
        Count early payments as on time: "days beyond terms".

    Returns
    -------
    As ``days_to_pay``.

    Raises
    ------
    DataError
        If lengths differ or a value is missing.

    Examples
    --------
    >>> [days_late([100.0, 100.0], [-10, 20], clipped=c)["numerator"].sum().item() for c in (False, True)]
    [1000.0, 2000.0]
    """
    days = np.asarray(late, dtype=np.float64)
    return _weighted(cash, np.maximum(days, 0.0) if clipped else days)


def open_days_late(balance: npt.ArrayLike, days_past_due: npt.ArrayLike) -> pd.DataFrame:
    """Return the parts of the open book's balance-weighted days past due; what is not yet due counts zero.

    Parameters
    ----------
    balance
        Of each open item.
    days_past_due
        Key date - due date of each.

    Returns
    -------
    As ``days_to_pay``, with balances for cash.

    Raises
    ------
    DataError
        If lengths differ or a value is missing.

    Examples
    --------
    >>> open_days_late([10.0, 10.0], [-5, 30])["numerator"].tolist()
    [0.0, 300.0]
    """
    return days_late(balance, days_past_due, clipped=True)


def _weighted(weight: npt.ArrayLike, days: npt.ArrayLike) -> pd.DataFrame:
    amounts, spans = np.asarray(weight, dtype=np.float64), np.asarray(days, dtype=np.float64)
    if amounts.shape != spans.shape or amounts.ndim != 1 or not np.isfinite(amounts + spans).all():
        raise DataError(
            "amounts and days do not pair",
            given=f"shapes {amounts.shape} and {spans.shape}",
            allowed="equal length, none missing",
            do="pass one number of days per amount",
        )
    return pd.DataFrame({"numerator": amounts * spans, "denominator": amounts})
