"""What came in on a cohort by a fixed age: counted where it is old enough, estimated where it is not.

A cohort starts at an issue day, a due day or the day on which it became past due. Cash is net of reversals and
capped at what could be collected, which is the amount less credit notes (science 1.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.metrics.leaving import leaving
from arseg.metrics.receivables import Values, ratio
from arseg.schema import DataError, require_columns

COUNTED: Final = "counted"
ESTIMATED: Final = "Aalen-Johansen"
AGES: Final = (30, 60, 90)


def collected_by(items: pd.DataFrame, moves: pd.DataFrame, age: int) -> pd.DataFrame:
    """Return the cash of each item by an age, and what could be collected of it.

    Parameters
    ----------
    items
        ``invoice_id``; ``amount`` at the cohort's start; ``followed_days`` from its start to the last known day.
    moves
        ``invoice_id``; ``age``, days from the item's start, below zero for what came before; ``kind`` and
        ``amount`` of each posting.
    age
        Days after the start.

    Returns
    -------
    Parts by item, in its order: ``numerator`` (cash by the age), ``denominator`` (amount - credit notes by the age)
    and ``mature``, whether the item was followed so long.

    Raises
    ------
    DataError
        If a column is missing or an item comes twice.

    Examples
    --------
    >>> items = pd.DataFrame({"invoice_id": ["a"], "amount": [100.0], "followed_days": [90]})
    >>> moves = pd.DataFrame({"invoice_id": ["a", "a"], "age": [5, 40], "kind": ["credit_note", "payment"],
    ...                       "amount": [20.0, 80.0]})
    >>> [collected_by(items, moves, age)["numerator"].item() for age in (30, 60)]
    [0.0, 80.0]
    """
    require_cohort(items, moves)
    by_age = moves[moves["age"] <= age]
    sums = by_age.pivot_table(index="invoice_id", columns="kind", values="amount", aggfunc="sum")
    sums = sums.reindex(index=items["invoice_id"], columns=["payment", "reversal", "credit_note"]).fillna(0.0)
    amount = items["amount"].to_numpy(dtype=np.float64)
    collectable = np.maximum(amount - np.maximum(sums["credit_note"].to_numpy(), 0.0), 0.0)
    cash = np.clip((sums["payment"] - sums["reversal"]).to_numpy(), 0.0, collectable)
    mature = items["followed_days"].to_numpy() >= age
    return pd.DataFrame({"numerator": cash, "denominator": collectable, "mature": mature}, index=items.index)


def cohort_rates(
    items: pd.DataFrame,
    moves: pd.DataFrame,
    *,
    ages: Sequence[int] = AGES,
    by: npt.ArrayLike | pd.Series | None = None,
) -> pd.DataFrame:
    """Return the collection rate of each cohort at each age.

    A cohort of which every item was followed to the age is counted. Of any other the rate is the amount-weighted
    Aalen-Johansen share of cash over one less that of credit notes, which is the same where nothing is cut off.

    Parameters
    ----------
    items, moves
        As for ``collected_by``.
    ages
        Days after the start.
    by
        Cohort of each item; one for all where not given.

    Returns
    -------
    ``cohort, age, numerator, denominator, value, items, method``. Where estimated, the denominator is the whole
    amount, the numerator what the estimate makes of it: such rows must not be added (science 1.3). NaN where nobody
    was followed so long.

    Raises
    ------
    DataError
        If a column is missing or an item comes twice.
    """
    require_cohort(items, moves)
    labels = np.full(len(items), "all") if by is None else np.asarray(by)
    rows = []
    for cohort in pd.unique(labels):
        own = items[labels == cohort]
        moved = moves[moves["invoice_id"].isin(own["invoice_id"])]
        rows += [{"cohort": cohort, "age": age, **_rate(own, moved, age)} for age in ages]
    columns = ["cohort", "age", "numerator", "denominator", "value", "items", "method"]
    return pd.DataFrame(rows, columns=columns).sort_values(["cohort", "age"], ignore_index=True)


def _rate(items: pd.DataFrame, moves: pd.DataFrame, age: int) -> dict[str, object]:
    parts = collected_by(items, moves, age)
    if parts["mature"].all():
        top, bottom = float(parts["numerator"].sum()), float(parts["denominator"].sum())
        value, method = float(ratio(top, bottom)), COUNTED
    else:
        cash, credited, _ = leaving(items, moves, [age])[:, 0]
        bottom = float(items["amount"].sum())
        # A cohort of which all was credited may leave a crumb of floats to be collected.
        value, method = float(ratio(cash, np.round(1 - credited, 12))), ESTIMATED
        top = value * bottom
    return {"numerator": top, "denominator": bottom, "value": value, "items": len(items), "method": method}


def recovery_curve(items: pd.DataFrame, moves: pd.DataFrame, *, days: Sequence[int] = AGES) -> Values:
    """Return the share of the amount that came in as cash by each day after entry, amount-weighted.

    ``R(u) = sum_{d <= u} S(d-) x cash at d / amount at risk at d`` (Aalen-Johansen; science 1.2). What was reversed by the last of
    the days never came in.

    Parameters
    ----------
    items, moves
        As for ``collected_by``, from the day of entry: first day past due, 60 days past due, placement.
    days
        Days after entry.

    Returns
    -------
    Shape (days,); NaN on days to which nobody was followed.

    Raises
    ------
    DataError
        If a column is missing or an item comes twice.

    Examples
    --------
    >>> items = pd.DataFrame({"invoice_id": ["a", "b"], "amount": [60.0, 40.0], "followed_days": [90, 20]})
    >>> moves = pd.DataFrame({"invoice_id": ["b", "a"], "age": [10, 30], "kind": "payment", "amount": [20.0, 60.0]})
    >>> recovery_curve(items, moves, days=[9, 10, 30]).tolist()
    [0.0, 0.2, 1.0]
    """
    require_cohort(items, moves)
    return np.asarray(leaving(items, moves, days)[0])


def loss_at_age(rates: pd.DataFrame) -> pd.DataFrame:
    """Return what was neither paid nor credited by the age, from ``cohort_rates`` (science 1.2).

    When an item is written off is a policy's choice; whether it was paid by due + 180 is not.

    Examples
    --------
    >>> rates = pd.DataFrame({"numerator": [97.0], "denominator": [100.0], "value": [0.97]})
    >>> loss_at_age(rates)["numerator"].item()
    3.0
    """
    return rates.assign(numerator=rates["denominator"] - rates["numerator"], value=1 - rates["value"])


def require_cohort(items: pd.DataFrame, moves: pd.DataFrame) -> None:
    """Refuse items and moves that are no cohort.

    Raises
    ------
    DataError
        If a column is missing, an item comes twice, or an amount is missing or below zero.

    Examples
    --------
    >>> items = pd.DataFrame({"invoice_id": ["a"], "amount": [60.0], "followed_days": [90]})
    >>> require_cohort(items, pd.DataFrame(columns=["invoice_id", "age", "kind", "amount"]))
    """
    require_columns(items.columns, ("invoice_id", "amount", "followed_days"), frame="items")
    require_columns(moves.columns, ("invoice_id", "age", "kind", "amount"), frame="moves")
    if items["invoice_id"].duplicated().any() or not (items["amount"] >= 0).all():
        raise DataError(
            "the items are no cohort",
            given=f"{len(items)} rows of {items['invoice_id'].nunique()} items",
            allowed="one row per item with an amount of zero or more",
            do="leave out credit balances and take each invoice once",
        )
