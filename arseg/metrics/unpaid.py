"""How much of the money that went bad stood with the customers ranked riskiest (science 3.6)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.metrics.followed import Outcome, Values
from arseg.metrics.ranking import capture
from arseg.schema import CREDITED, PAID, DataError, require_columns


def unpaid_amount(y: pd.DataFrame, balance: npt.ArrayLike, day: npt.ArrayLike) -> Values:
    """Return the amount of each row that went bad: still open or written off on a day.

    Parameters
    ----------
    y
        ``event``, ``duration`` and ``followed_days`` (days).
    balance
        Open at the key date, reporting currency, >= 0, shape (rows,).
    day
        Days after the key date, one for all or one per row; ``90 - days_past_due`` asks for due + 90. A day
        before the first asks for the key date itself, on which every row is open.

    Returns
    -------
    The balance, or 0 where it was paid or credited by the day, shape (rows,); NaN where the row was not
    followed so long.

    Raises
    ------
    DataError
        If a column is missing, lengths differ, or a balance is missing or negative.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 0, 3], "duration": [9, 5, 20], "followed_days": [40, 5, 40]})
    >>> unpaid_amount(y, [100.0, 50.0, 20.0], 30)
    array([ 0., nan, 20.])
    """
    require_columns(y.columns, ("event", "duration", "followed_days"), frame="y")
    outcome, amount = Outcome.read(y), np.asarray(balance, dtype=np.float64)
    last = np.asarray(day, dtype=np.float64)
    if amount.shape != (len(y),) or not (amount >= 0).all() or last.shape not in {(), (len(y),)}:
        raise DataError(
            "balances or days do not fit the rows",
            given=f"shapes {amount.shape} and {last.shape}",
            allowed=f"{len(y)} balances >= 0, none missing, and one day or one per row",
            do="pass the open balance of each row at the key date",
        )
    gone = np.isin(outcome.event, (PAID, CREDITED)) & (outcome.duration <= last)
    return np.where(y["followed_days"].to_numpy() >= last, np.where(gone, 0.0, amount), np.nan)


def capture_at_shares(
    risk: npt.ArrayLike,
    bad_amount: npt.ArrayLike,
    *,
    customers: npt.ArrayLike | pd.Series | None = None,
    shares: Sequence[float] = (0.05, 0.10, 0.20),
) -> pd.DataFrame:
    """Return the share of the bad amount that stands in the riskiest 5, 10 and 20 % of items or customers.

    See ``capture`` for ties. A customer's bad amount is the sum over its items, its risk the highest of
    theirs (a customer's own score, repeated on its items, stays as it is).

    Parameters
    ----------
    risk
        Higher is riskier, shape (rows,).
    bad_amount
        From ``unpaid_amount``, reporting currency, shape (rows,); rows with NaN are left out.
    customers
        Of each item; items are ranked where not given.
    shares
        Of the items or customers, each in [0, 1].

    Returns
    -------
    ``share, ranked, bad_amount, captured``: how many were ranked and their bad amount in all.

    Raises
    ------
    DataError
        As ``capture``, or if a customer is missing.

    Examples
    --------
    >>> bad, customers = [60.0, 0.0, 40.0, 0.0], ["a", "b", "b", "c"]
    >>> capture_at_shares([4, 3, 2, 1], bad, customers=customers, shares=[1 / 3])["captured"].tolist()
    [0.6]
    """
    scores, amount = np.asarray(risk, dtype=np.float64), np.asarray(bad_amount, dtype=np.float64)
    # Ranked before NaN is dropped: lengths are checked there.
    capture(scores, np.nan_to_num(amount), 0.0)
    labels = np.arange(len(scores)) if customers is None else np.asarray(customers)
    if labels.shape != scores.shape or pd.isna(labels).any():
        raise DataError(
            "items have no customer",
            given=f"shape {labels.shape}",
            allowed=f"{len(scores)} customers, none missing",
            do="pass the customer_id of each item",
        )
    known = ~np.isnan(amount)
    frame = pd.DataFrame({"risk": scores[known], "amount": amount[known]}).groupby(labels[known])
    top, sums = frame["risk"].max().to_numpy(), frame["amount"].sum().to_numpy()
    rows = [(float(share), len(sums), float(sums.sum()), capture(top, sums, share)) for share in shares]
    return pd.DataFrame(rows, columns=["share", "ranked", "bad_amount", "captured"])
