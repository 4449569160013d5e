"""Landmark rows for the hazard of the dollar: a payment of a third of a balance is a third of an event (science 3.1).

A model that is fitted on them answers what share of a balance comes in by a day, so that the expected cash of an item is its
balance times the incidence of payment. The event "settled" (the default) answers when an item is done with.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models.landmarks import check_fit
from arseg.models.protocol import Numbers
from arseg.schema import PAID, DataError, require_columns

RECEIPT_COLUMNS: Final = ("row", "day", "share")
# What is left below this share of a balance is a rounding.
_NOTHING: Final = 1e-9


def dollar_rows(
    X: pd.DataFrame, y: pd.DataFrame, receipts: pd.DataFrame, sample_weight: npt.ArrayLike | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, Numbers]:
    """Return the rows, target and weights on which a model learns dollars instead of items.

    Parameters
    ----------
    X, y, sample_weight
        Landmark rows, as for ``TimeToPayment.fit``.
    receipts
        ``row`` (position in X), ``day`` (after the key date, >= 1), ``share`` of the balance (> 0) that came in on it.

    Returns
    -------
    X, y, weight
        For each receipt the item's row with a payment on its day, weighing the share; then what did not come in, with
        the item's own event and duration. The weights of an item sum to its own; to give each dollar the same weight,
        pass balances as ``sample_weight``. A receipt after the item's duration is left out: only so much was followed.

    Raises
    ------
    DataError
        If X and y do not pass the checks of a fit, or receipts have a wrong row, day or share.

    Examples
    --------
    >>> X = pd.DataFrame({"days_past_due": [3], "terms_days": [30], "key_day": [20000]})
    >>> y = pd.DataFrame({"event": [3], "duration": [90]})
    >>> third = pd.DataFrame({"row": [0], "day": [10], "share": [0.25]})
    >>> _, target, weight = dollar_rows(X, y, third)
    >>> target.to_dict("list"), weight.tolist()
    ({'event': [1, 3], 'duration': [10, 90]}, [0.25, 0.75])
    """
    event, duration, weight = check_fit(X, y, sample_weight)
    row, day, share = _read(receipts, len(X))
    kept = day <= duration[row]
    row, day, share = row[kept], day[kept], share[kept]
    rest = 1 - np.bincount(row, share, len(X))
    if rest.min(initial=0) < -1e-6:
        wrong = int(rest.argmin())
        raise DataError(
            "the receipts of an item are more than its balance",
            given=f"{1 - rest[wrong]:.4f} of row {wrong}",
            allowed="shares that sum to at most 1",
            do="leave out what was paid beyond the balance",
        )
    left = np.flatnonzero(rest > _NOTHING)
    places = np.concatenate([row, left])
    target = pd.DataFrame(
        {
            "event": np.concatenate([np.full(len(row), PAID), event[left]]),
            "duration": np.concatenate([day, duration[left]]),
        },
        index=X.index[places],
    )
    weights = np.concatenate([share, rest[left]]) * weight[places]
    return X.iloc[places], target, weights


def _read(receipts: pd.DataFrame, rows: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Numbers]:
    require_columns(receipts.columns, RECEIPT_COLUMNS, frame="receipts")
    row, day, share = (receipts[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in RECEIPT_COLUMNS)
    checks = (
        ("row", (row >= 0) & (row < rows) & (row == np.floor(row)), f"positions from 0 to {rows - 1}"),
        ("day", (day >= 1) & (day == np.floor(day)), "whole days after the key date, >= 1"),
        ("share", (share > 0) & (share <= 1), "shares of the balance, above 0 and at most 1"),
    )
    for name, good, allowed in checks:
        if not good.all():
            raise DataError(
                f"{name} of receipts is out of its range",
                given=receipts[name].to_numpy()[~good][0],
                allowed=allowed,
                do="correct or drop the receipt",
            )
    return row.astype(np.int64), day.astype(np.int64), share
