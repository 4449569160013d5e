"""Whether the risky are ranked first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arseg.schema import DataError

Values = npt.NDArray[np.float64]


def somers_d(risk: npt.ArrayLike, bad: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Return Somers' D of a risk for a binary outcome, ``2 AUC - 1``.

    Over all pairs of one bad and one good row, ``(concordant - discordant) / pairs``, each pair
    weighing the product of its weights; ties count nothing on top. NaN where all rows are alike.

    Parameters
    ----------
    risk
        Higher is riskier, shape (rows,).
    bad
        0 or 1, shape (rows,).
    weight
        Of each row; equal where not given.

    Raises
    ------
    DataError
        If lengths differ, a value is missing, or ``bad`` is not 0 or 1.

    Examples
    --------
    >>> somers_d([1, 2, 3], [0, 1, 1])
    1.0
    """
    risk, bad = _columns(risk, bad)
    if not np.isin(bad, (0, 1)).all():
        raise DataError("bad is not an outcome", given="other values", allowed="0 or 1", do="set a threshold")
    weights = np.ones(len(risk)) if weight is None else np.asarray(weight, dtype=np.float64)
    values, place = np.unique(risk, return_inverse=True)
    bads = np.bincount(place, weights * bad, len(values))
    goods = np.bincount(place, weights * (1 - bad), len(values))
    below = np.cumsum(goods) - goods
    above = goods.sum() - below - goods
    pairs = bads.sum() * goods.sum()
    return float((bads * (below - above)).sum() / pairs) if pairs > 0 else float("nan")


def capture(risk: npt.ArrayLike, bad_amount: npt.ArrayLike, share: float) -> float:
    """Return the share of the bad amount that stands in the riskiest share of rows.

    Rows of equal risk at the border count in proportion, so the order of ties does not matter.
    NaN where nothing is bad.

    Parameters
    ----------
    risk
        Higher is riskier, shape (rows,).
    bad_amount
        Amount that went bad, reporting currency, >= 0, shape (rows,).
    share
        Share of rows, in [0, 1].

    Raises
    ------
    DataError
        If lengths differ, a value is missing, or the share lies outside [0, 1].

    Examples
    --------
    >>> capture([4, 3, 2, 1], [60.0, 0.0, 40.0, 0.0], share=0.25)
    0.6
    """
    risk, bad_amount = _columns(risk, bad_amount)
    if not 0 <= share <= 1:
        raise DataError("the share is no share", given=share, allowed="[0, 1]", do="pass 0.1 for a tenth")
    _, place, rows = np.unique(-risk, return_inverse=True, return_counts=True)
    caught = np.append(0.0, np.cumsum(np.bincount(place, bad_amount, len(rows))))
    taken = np.interp(share * len(risk), np.append(0, np.cumsum(rows)), caught)
    return float(taken / caught[-1]) if caught[-1] > 0 else float("nan")


def _columns(risk: npt.ArrayLike, other: npt.ArrayLike) -> tuple[Values, Values]:
    left, right = np.asarray(risk, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if left.shape != right.shape or left.ndim != 1 or np.isnan(left).any() or np.isnan(right).any():
        raise DataError(
            "risk and outcome do not pair",
            given=f"shapes {left.shape} and {right.shape}",
            allowed="equal length, none missing",
            do="pass one outcome per risk",
        )
    return left, right
