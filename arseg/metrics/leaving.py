"""How the amount of a cohort leaves, by cause and age, where not all of it was followed to the end.

The unit at risk is the dollar: of an item of 100 that was paid 30 and then lost from sight, 70 leave the
count (Aalen and Johansen 1978; science 1.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from arseg.metrics.receivables import Values
from arseg.schema import require_columns

# The cause to which each posting counts, and whether it takes off or puts back.
_CAUSE: Final = {
    "payment": "cash",
    "reversal": "cash",
    "credit_note": "credited",
    "write_off": "lost",
    "recovery": "lost",
}
_BACK: Final = ("reversal", "recovery")
_CAUSES: Final = ("cash", "credited", "lost")


def leaving(items: pd.DataFrame, moves: pd.DataFrame, days: Sequence[int]) -> Values:
    """Return the share of the amount that left as cash, as credit notes and as loss by each day.

    What was reversed or recovered by the last of the days never left, so that curves do not fall; what left before
    the start counts on day 0.

    Parameters
    ----------
    items
        ``invoice_id``, ``amount`` at the start, ``followed_days``.
    moves
        ``invoice_id``, ``age`` (days from the start), ``kind`` and ``amount`` of each posting.
    days
        Days after the start, >= 0.

    Returns
    -------
    Shape (3 causes, days); NaN on days to which nobody was followed.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> items = pd.DataFrame({"invoice_id": ["a"], "amount": [100.0], "followed_days": [90]})
    >>> moves = pd.DataFrame({"invoice_id": ["a", "a"], "age": [5, 40], "kind": ["credit_note", "payment"],
    ...                       "amount": [20.0, 80.0]})
    >>> leaving(items, moves, [30, 60]).tolist()
    [[0.0, 0.8], [0.2, 0.2], [0.0, 0.0]]
    """
    require_columns(items.columns, ("invoice_id", "amount", "followed_days"), frame="items")
    require_columns(moves.columns, ("invoice_id", "age", "kind", "amount"), frame="moves")
    wanted = np.asarray(days, dtype=np.int64)
    followed = items["followed_days"].to_numpy(dtype=np.int64)
    last = int(min(wanted.max(initial=-1), followed.max(initial=-1)))
    found = np.full((len(_CAUSES), len(wanted)), np.nan)
    if last >= 0:
        reached = wanted <= last
        found[:, reached] = _curves(items, moves, last)[:, wanted[reached]]
    return found


def _curves(items: pd.DataFrame, moves: pd.DataFrame, last: int) -> Values:
    """Return the shares on each day from 0 to the last, shape (3 causes, days)."""
    followed = items["followed_days"].to_numpy(dtype=np.int64)
    known = pd.DataFrame(
        {"amount": items["amount"].to_numpy(dtype=np.float64), "last": np.minimum(followed, last)},
        index=items["invoice_id"],
    )
    steps = _steps(known, moves)
    exits = np.zeros((len(_CAUSES), last + 1))
    for row, cause in enumerate(_CAUSES):
        np.add.at(exits[row], steps["age"].to_numpy(), steps[cause].to_numpy())
    return _incidence(exits, _at_risk(known, steps, last))


def _steps(known: pd.DataFrame, moves: pd.DataFrame) -> pd.DataFrame:
    """Return what left each item for good on each age, capped so that no more leaves than there was."""
    # Not by map, which gives text where there is no row.
    last = known["last"].reindex(moves["invoice_id"]).to_numpy(dtype=np.float64)
    own = moves[(moves["age"].to_numpy(dtype=np.float64) <= last) & moves["kind"].isin(_CAUSE)]
    cause = own["kind"].map(_CAUSE)
    amount = own["amount"].astype(np.float64)
    amount = amount.mask(own["kind"].isin(_BACK), -amount)
    keys = [own["invoice_id"].rename("invoice_id"), own["age"].clip(lower=0).astype(np.int64).rename("age")]
    columns = {name: amount.where(cause == name, 0.0) for name in _CAUSES}
    daily = pd.DataFrame(columns).groupby(keys).sum().sort_index()
    running = daily.groupby(level="invoice_id").cumsum()
    # Backwards: what is gone on a day and back later was never gone for good.
    stayed = running[::-1].groupby(level="invoice_id").cummin()[::-1].clip(lower=0.0)
    ends = running.groupby(level="invoice_id").last().clip(lower=0.0)
    left = known["amount"].reindex(ends.index)
    for name in ("credited", "cash", "lost"):
        ends[name] = np.minimum(ends[name], left)
        left = left - ends[name]
    capped = np.minimum(stayed, ends.reindex(stayed.index.get_level_values("invoice_id")).to_numpy())
    steps = capped.groupby(level="invoice_id").diff().fillna(capped)
    return steps.reset_index()


def _at_risk(known: pd.DataFrame, steps: pd.DataFrame, day: int) -> Values:
    """Return the amount still there just before each age, of the items followed to it."""
    change = np.zeros(day + 2)
    change[0] = known["amount"].sum()
    np.add.at(change, known["last"].to_numpy() + 1, -known["amount"].to_numpy())
    gone = steps[list(_CAUSES)].sum(axis=1).to_numpy()
    np.add.at(change, steps["age"].to_numpy() + 1, -gone)
    np.add.at(change, known["last"].reindex(steps["invoice_id"]).to_numpy(dtype=np.int64) + 1, gone)
    return np.asarray(np.cumsum(change)[: day + 1])


def _incidence(exits: Values, at_risk: Values) -> Values:
    total = exits.sum(axis=0)
    some = (total > 0) & (at_risk > 0)
    hazards = np.divide(exits, at_risk, out=np.zeros_like(exits), where=some)
    survival = np.cumprod(1 - np.minimum(hazards.sum(axis=0), 1.0))
    before = np.append(1.0, survival[:-1])
    return np.asarray(np.cumsum(hazards * before, axis=1))
