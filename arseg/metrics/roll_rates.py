"""How balances roll from one aging bucket to the next, and how they end (science 1.2).

Tracked item by item, on partial balances: what is left of an item sits in the item's own bucket. Steps are of
equal length, 30 days, never calendar months.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.metrics.receivables import Ratio, ratio
from arseg.schema import AGING_EDGES, AGING_NAMES, DataError, require_columns

DISPUTED: Final = "disputed"
PAID_CASH, CREDIT_NOTE, WRITE_OFF = "paid", "credited", "written off"
ENDS: Final = (PAID_CASH, CREDIT_NOTE, WRITE_OFF)
STATES: Final = (*AGING_NAMES, DISPUTED)


def aging_bucket(
    days_past_due: npt.ArrayLike, *, edges: Sequence[int] = AGING_EDGES, names: Sequence[str] = AGING_NAMES
) -> npt.NDArray[np.object_]:
    """Return the aging bucket of each item; the due day itself is current.

    Parameters
    ----------
    days_past_due
        Key date - due date, shape (items,).
    edges, names
        Days past due at which a bucket starts, and one name more.

    Examples
    --------
    >>> aging_bucket([0, 1, 30, 31, 91]).tolist()
    ['current', '1-30', '1-30', '31-60', 'over 90']
    """
    place = np.searchsorted(np.asarray(edges), np.asarray(days_past_due), side="right")
    return np.asarray(names, dtype=object)[place]


def roll(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return where the balance of each item went over one step.

    Parameters
    ----------
    before
        ``invoice_id``, ``bucket`` and ``balance`` > 0 of the items open at the start of the step.
    after
        The same items at its end, those that are gone may lack: ``invoice_id``, ``bucket``, ``balance``, and of the
        step ``cash`` (payments - reversals), ``credited`` and ``written_off`` (write-offs - recoveries).

    Returns
    -------
    ``invoice_id, source, destination, amount``, amounts > 0; those of an item sum to its balance before. What
    vanished without a posting, as by a lower restated amount, counts as credited; what was added is left out.

    Raises
    ------
    DataError
        If a column is missing, an item comes twice, or a balance before is not positive.

    Examples
    --------
    >>> before = pd.DataFrame({"invoice_id": ["a"], "bucket": ["current"], "balance": [100.0]})
    >>> after = pd.DataFrame({"invoice_id": ["a"], "bucket": ["1-30"], "balance": [40.0], "cash": [60.0],
    ...                       "credited": [0.0], "written_off": [0.0]})
    >>> roll(before, after)[["destination", "amount"]].to_numpy().tolist()
    [['1-30', 40.0], ['paid', 60.0]]
    """
    require_columns(before.columns, ("invoice_id", "bucket", "balance"), frame="before")
    moved = ("cash", "credited", "written_off")
    require_columns(after.columns, ("invoice_id", "bucket", "balance", *moved), frame="after")
    twice = before["invoice_id"].duplicated().any() or after["invoice_id"].duplicated().any()
    if twice or not (before["balance"] > 0).all():
        raise DataError(
            "the items cannot be tracked",
            given=f"{len(before)} rows before, {len(after)} after",
            allowed="one row per item, and a balance before above zero",
            do="leave out credit balances and take each invoice once",
        )
    both = before.merge(after, on="invoice_id", how="left", suffixes=("", "_after"))
    left = both[["balance_after", *moved]].fillna(0.0)
    stays = left["balance_after"].clip(0.0, both["balance"])
    gone = both["balance"] - stays
    lost = left["written_off"].clip(0.0, gone)
    credit = left["credited"].clip(0.0, gone - lost)
    cash = left["cash"].clip(0.0, gone - lost - credit)
    went = {PAID_CASH: cash, CREDIT_NOTE: gone - lost - cash, WRITE_OFF: lost}
    own = both[["invoice_id"]].assign(source=both["bucket"])
    parts = [own.assign(destination=both["bucket_after"], amount=stays)]
    parts += [own.assign(destination=name, amount=amount) for name, amount in went.items()]
    rows = pd.concat(parts, ignore_index=True)
    return rows[rows["amount"] > 0].sort_values(["invoice_id"], kind="stable", ignore_index=True)


def roll_sums(rolled: pd.DataFrame, *, states: Sequence[str] = STATES) -> pd.DataFrame:
    """Return the amounts that went from each state to each other; sums of steps and segments add up.

    Parameters
    ----------
    rolled
        ``source``, ``destination`` and ``amount``, of one step or of many.
    states
        The states in which a balance can sit, in order.

    Examples
    --------
    >>> rolled = pd.DataFrame({"source": ["current"], "destination": ["paid"], "amount": [60.0]})
    >>> roll_sums(rolled).loc["current", "paid"]
    np.float64(60.0)
    """
    require_columns(rolled.columns, ("source", "destination", "amount"), frame="rolled")
    table = rolled.pivot_table(
        index="source", columns="destination", values="amount", aggfunc="sum", observed=True
    )
    return table.reindex(index=list(states), columns=[*states, *ENDS]).fillna(0.0).astype(np.float64)


def roll_matrix(sums: pd.DataFrame) -> pd.DataFrame:
    """Return the share of each state's amount that went to each other; rows sum to 1.

    Parameters
    ----------
    sums
        As from ``roll_sums``. The row's sum is the denominator.

    Returns
    -------
    The same shape; NaN in the row of a state that never held an amount.

    Examples
    --------
    >>> sums = pd.DataFrame({"a": [1.0], "paid": [3.0]}, index=["a"])
    >>> roll_matrix(sums).to_numpy().tolist()
    [[0.25, 0.75]]
    """
    held = sums.sum(axis=1).to_numpy()[:, None]
    return pd.DataFrame(ratio(sums.to_numpy(), held), index=sums.index, columns=sums.columns)


def expected_visits(matrix: pd.DataFrame) -> pd.DataFrame:
    """Return N = (I - Q)^-1: how many steps an amount spends in each state before it ends.

    Parameters
    ----------
    matrix
        As from ``roll_matrix``. Its columns that are no rows are the ends.

    Returns
    -------
    States by states. NaN in the row of a state from which an amount may come to one of which nothing is known.

    Raises
    ------
    DataError
        If a row does not sum to 1, or an amount could sit in a state for ever.

    Examples
    --------
    >>> matrix = pd.DataFrame({"a": [0.5], "paid": [0.5]}, index=["a"])
    >>> expected_visits(matrix).to_numpy().tolist()
    [[2.0]]
    """
    rows = matrix.to_numpy(dtype=np.float64)
    unknown = np.isnan(rows).any(axis=1)
    if not np.allclose(rows[~unknown].sum(axis=1), 1.0) or (rows[~unknown] < 0).any():
        raise DataError(
            "the rows are no shares",
            given=matrix.sum(axis=1).round(6).to_dict(),
            allowed="rows of shares that sum to 1, or without a value",
            do="pass what roll_matrix returns",
        )
    stay = np.nan_to_num(matrix[list(matrix.index)].to_numpy(dtype=np.float64))
    leads = stay > 0
    # Whatever can be reached: the closure of "leads to", by squaring.
    reach = leads | np.eye(len(leads), dtype=bool)
    for _ in range(max(len(leads), 1).bit_length()):
        reach = (reach.astype(np.float64) @ reach) > 0
    ends = np.nan_to_num(matrix.drop(columns=list(matrix.index)).to_numpy()).sum(axis=1) > 0
    if not (reach @ (ends | unknown).astype(np.float64) > 0).all():
        raise DataError(
            "an amount could sit in a state for ever",
            given=[name for name, out in zip(matrix.index, reach @ (ends | unknown), strict=True) if not out],
            allowed="states from which some amount is paid, credited or written off",
            do="add up more steps, or count what is over 90 days old for a year as written off",
        )
    visits = np.linalg.inv(np.eye(len(stay)) - stay)
    visits[reach[:, unknown].any(axis=1)] = np.nan
    return pd.DataFrame(visits, index=matrix.index, columns=matrix.index)


def lifetime_outcomes(matrix: pd.DataFrame) -> pd.DataFrame:
    """Return N R: the share of each state's amount that is paid, credited and written off in the end.

    The column ``written off`` is the lifetime loss rate (Cyert, Davidson and Thompson 1962; science 1.2).

    Parameters
    ----------
    matrix
        As for ``expected_visits``.

    Returns
    -------
    States by ends; rows sum to 1.

    Raises
    ------
    DataError
        As ``expected_visits``.

    Examples
    --------
    >>> matrix = pd.DataFrame({"a": [0.5], "paid": [0.4], "written off": [0.1]}, index=["a"])
    >>> lifetime_outcomes(matrix).round(3).to_numpy().tolist()
    [[0.8, 0.2]]
    """
    visits = expected_visits(matrix)
    ends = matrix.drop(columns=list(matrix.index)).fillna(0.0)
    return visits.fillna(0.0).dot(ends).mask(visits.isna().any(axis=1))


def net_roll(before: npt.ArrayLike, after: npt.ArrayLike) -> Ratio:
    """Return each bucket's balance at the end of a step over the bucket before it at the start.

    All that two aging reports can tell. It holds only if the step is as long as a bucket is wide, nothing is re-aged
    and sales do not grow, and it can exceed 1: the tracked roll is ``roll_matrix``.

    Parameters
    ----------
    before, after
        Balances by bucket at the start and the end of the step, youngest first, shape (..., buckets).

    Examples
    --------
    >>> net_roll([100.0, 50.0], [120.0, 20.0]).value.tolist()
    [0.2]
    """
    start, end = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    return Ratio.of(end[..., 1:], start[..., :-1])
