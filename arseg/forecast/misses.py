"""What we said, what came: the largest misses, and which customers made them, in words."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.schema import DataError, require_columns

Values = npt.NDArray[np.float64]

REASONS: Final = (
    "written off",
    "credited instead of paid",
    "in dispute",
    "not paid within the horizon",
    "paid later than expected",
    "paid earlier than expected",
    "paid more of the balance than expected",
)
# A shift of less than half a week is no reason.
_SHIFT: Final = 0.5


def largest_misses(
    items: pd.DataFrame, expected: Values, cash: Values, *, week: int, top: int = 10
) -> pd.DataFrame:
    """Return the customers that moved one week of a frozen forecast furthest from what came.

    Parameters
    ----------
    items
        Open items of the origin: ``customer_id``, ``balance`` and, where known by now, ``credited``, ``written_off``
        (over the horizon) and ``disputed`` (true where a dispute was open after the origin); without them those
        reasons are not told.
    expected, cash
        Of each item by week, said and come, shape (items, weeks).
    week
        1 is the first.
    top
        How many customers.

    Returns
    -------
    frame
        ``customer_id``, ``expected``, ``actual``, ``miss`` (actual - expected), ``share`` (of the sum of all customers' absolute
        misses), ``reason`` and ``why`` (a sentence), largest absolute miss first, then by name.

    Raises
    ------
    DataError
        If shapes do not fit or there is no such week.
    """
    require_columns(items.columns, ("customer_id", "balance"), frame="items")
    if expected.shape != cash.shape or len(items) != len(cash) or not 1 <= week <= cash.shape[1]:
        raise DataError(
            "the weeks do not fit the items",
            given=f"expected {expected.shape}, cash {cash.shape}, week {week}",
            allowed=f"({len(items)}, weeks) twice, and a week among them",
            do="give both of the same items and weeks",
            code="misses_shape",
        )
    code, names = pd.factorize(items["customer_id"], sort=True)
    said, came = _by_customer(code, expected, len(names)), _by_customer(code, cash, len(names))
    facts = _facts(items, code, len(names))
    miss = came[:, week - 1] - said[:, week - 1]
    order = np.lexsort((np.arange(len(names)), -np.abs(miss)))[:top]
    whole = np.abs(miss).sum()
    rows = []
    for place in order[np.abs(miss[order]) > 0]:
        reason = _reason(said[place], came[place], facts.iloc[place], week)
        rows.append(
            {
                "customer_id": names[place],
                "expected": said[place, week - 1],
                "actual": came[place, week - 1],
                "miss": miss[place],
                "share": abs(miss[place]) / whole,
                "reason": reason,
                "why": _why(reason, said[place], came[place], facts.iloc[place]),
            }
        )
    return pd.DataFrame(rows, columns=["customer_id", "expected", "actual", "miss", "share", "reason", "why"])


def worst_weeks(scored: pd.DataFrame, *, group: str = "all", top: int = 10) -> pd.DataFrame:
    """Return the forecasts that were furthest off, relative to nothing: money is what is missing.

    Parameters
    ----------
    scored
        From ``score_frozen``.
    group
        Which group.
    top
        How many.

    Returns
    -------
    frame
        ``origin``, ``ahead``, ``expected``, ``actual``, ``miss`` (actual - expected) and ``inside_80``, largest first.
    """
    rows = scored[scored["group"] == group].assign(miss=lambda frame: frame["actual"] - frame["expected"])
    order = rows["miss"].abs().sort_values(ascending=False, kind="stable").index[:top]
    return rows.loc[order, ["origin", "ahead", "expected", "actual", "miss", "inside_80"]].reset_index(
        drop=True
    )


def _by_customer(code: npt.NDArray[np.int64], values: Values, customers: int) -> Values:
    sums = np.zeros((customers, values.shape[1]))
    np.add.at(sums, code, values)
    return sums


def _facts(items: pd.DataFrame, code: npt.NDArray[np.int64], customers: int) -> pd.DataFrame:
    columns = {"balance": items["balance"]}
    for name in ("credited", "written_off", "disputed"):
        columns[name] = items[name] if name in items else pd.Series(0.0, index=items.index)
    sums = {
        name: np.bincount(code, values.to_numpy(dtype=np.float64), customers)
        for name, values in columns.items()
    }
    return pd.DataFrame(sums)


def _reason(said: Values, came: Values, facts: pd.Series, week: int) -> str:
    """Return the first reason that accounts for at least half of the miss."""
    short = said[week - 1] - came[week - 1]
    if short > 0:
        for name, word in (("written_off", 0), ("credited", 1)):
            if facts[name] >= short / 2:
                return REASONS[word]
        if facts["disputed"] > 0:
            return REASONS[2]
        # What came after the week, beyond what was said for then.
        after = (came[week:] - said[week:]).sum()
        before = (came[: week - 1] - said[: week - 1]).sum()
        if before >= short / 2 and before >= after:
            return REASONS[5]
        return REASONS[4] if after >= short / 2 else REASONS[3]
    earlier = (said[week:] - came[week:]).sum()
    later = (said[: week - 1] - came[: week - 1]).sum()
    if max(earlier, later) < -short / 2:
        return REASONS[6]
    return REASONS[5] if earlier >= later else REASONS[4]


def _why(reason: str, said: Values, came: Values, facts: pd.Series) -> str:
    mean = [
        (values * np.arange(1, len(values) + 1)).sum() / values.sum() if values.sum() > 0 else np.nan
        for values in (said, came)
    ]
    text = f"{reason}: {said.sum():,.0f} expected over {len(said)} weeks, {came.sum():,.0f} came"
    if reason.startswith("written off"):
        return f"{text}, {facts['written_off']:,.0f} written off"
    if reason.startswith("credited"):
        return f"{text}, {facts['credited']:,.0f} credited"
    shift = mean[1] - mean[0]
    if np.isfinite(shift) and abs(shift) >= _SHIFT:
        return f"{text}, on average {abs(shift):.1f} weeks {'later' if shift > 0 else 'earlier'}"
    return text
