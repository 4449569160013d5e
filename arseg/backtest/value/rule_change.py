"""What a change of the rule did where it changed: difference in differences (science 4.4).

Where a rule changes for some and not for others, those others say what would have happened anyway, if both would
have moved alike. Weeks before the change say whether they did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.value.logged import Values
from arseg.schema import DataError, require_columns

_NEEDS: Final = ("unit", "period", "outcome", "weight", "changed_in")
FEWEST_UNITS: Final = 2
_FEW: Final = 12


@dataclass(frozen=True)
class Change:
    """What a change of the rule did, on average over its periods.

    Parameters
    ----------
    estimate
        Outcome of the changed less that of the others, after less before.
    low, high
        95 % interval, clustered by unit; Student's quantile where units are few.
    by_period
        ``period, estimate, low, high``: the same period by period relative to the change, -1 being the base.
        Before the change these should be nothing.
    parallel_p
        p-value of the hypothesis that all before the change are nothing.
    units
        Number of units.
    """

    estimate: float
    low: float
    high: float
    by_period: pd.DataFrame
    parallel_p: float
    units: int


def change_of_rule(cells: pd.DataFrame) -> Change:
    """Return what a change of the rule did.

    Group-time effects against those never changed or not yet changed, averaged by the weight of what was treated
    (Callaway, Sant'Anna 2021), so that a staggered change does not compare early changers with late ones.

    Parameters
    ----------
    cells
        One row per unit and period: ``unit``; ``period``, whole numbers; ``outcome``, a mean; ``weight`` behind
        it, > 0; ``changed_in``, the period in which the unit's rule changed, NaN where it never did.

    Raises
    ------
    DataError
        If a column is missing, no unit changed, or none stayed.
    """
    require_columns(cells.columns, _NEEDS, frame="cells")
    first = cells.groupby("unit")["changed_in"].first()
    changed, stayed = int(first.notna().sum()), int(first.isna().sum())
    if not changed or len(first) - changed < 1:
        raise DataError(
            "nobody to compare with",
            given=f"{changed} units changed, {stayed} did not",
            allowed="at least one of each",
            do="choose a change that did not meet everybody at once",
            code="no_comparison",
        )
    average, by = _effects(*_panel(cells, first))
    periods = sorted(by)
    # First of all units, then with each left out.
    parts = np.column_stack([average, *(by[period] for period in periods)])
    reach = _quantile(len(first)) * _jackknife(parts[1:])
    found = parts[0]
    effects = {"estimate": found[1:], "low": found[1:] - reach[1:], "high": found[1:] + reach[1:]}
    early = [at for at, period in enumerate(periods, start=1) if period < -1]
    return Change(
        float(found[0]),
        float(found[0] - reach[0]),
        float(found[0] + reach[0]),
        pd.DataFrame({"period": periods, **effects}),
        _all_nothing(found[early], parts[1:][:, early]),
        len(first),
    )


def _panel(cells: pd.DataFrame, first: pd.Series) -> tuple[Values, Values, Values, Values]:
    """Return outcomes and weights, units x periods, the period in which each unit changed, and the periods."""
    if cells.duplicated(["unit", "period"]).any():
        twice = cells.loc[cells.duplicated(["unit", "period"]), ["unit", "period"]].iloc[0].tolist()
        raise DataError(
            "a unit has a period twice", given=twice, allowed="one row per unit and period", do="add them up"
        )
    periods = np.unique(cells["period"].to_numpy(dtype=np.float64))
    row = first.index.get_indexer(cells["unit"])
    column = np.searchsorted(periods, cells["period"].to_numpy(dtype=np.float64))
    outcome = np.full((len(first), len(periods)), np.nan)
    weight = np.zeros_like(outcome)
    outcome[row, column] = cells["outcome"]
    weight[row, column] = cells["weight"]
    return outcome, np.where(np.isfinite(outcome), weight, 0.0), first.to_numpy(dtype=np.float64), periods


def _effects(
    outcome: Values, weight: Values, first: Values, periods: Values
) -> tuple[Values, dict[int, Values]]:
    """Return the average effect and that by period relative to the change: of all units, then with each left out."""
    sums: dict[int, tuple[Values, Values]] = {}
    for start in np.unique(first[np.isfinite(first)]):
        base = np.flatnonzero(periods == start - 1)
        if not len(base):
            continue
        gain = outcome - outcome[:, base]
        for at, period in enumerate(periods):
            treated = first == start
            others = ~(first <= max(period, start))
            change, size = _mean(gain[:, at], weight[:, at], treated)
            change = change - _mean(gain[:, at], weight[:, at], others)[0]
            told = np.isfinite(change)
            size = np.where(told, size, 0.0)
            before = sums.get(int(period - start), (np.zeros(len(first) + 1),) * 2)
            sums[int(period - start)] = (before[0] + np.where(told, change, 0.0) * size, before[1] + size)
    by_period = {at: _share(*both) for at, both in sums.items()}
    after = [both for at, both in sums.items() if at >= 0]
    nothing = np.zeros(len(first) + 1)
    return _share(sum((a for a, _ in after), nothing), sum((b for _, b in after), nothing)), by_period


def _mean(values: Values, weight: Values, which: np.ndarray) -> tuple[Values, Values]:
    """Return the weighted mean over some units and its weight: of all of them, then with each unit left out."""
    w = np.where(which & np.isfinite(values), weight, 0.0)
    worth = w * np.where(np.isfinite(values), values, 0.0)
    below = np.r_[w.sum(), w.sum() - w]
    below = np.where(below > 1e-9 * max(1.0, w.sum()), below, 0.0)
    return _share(np.r_[worth.sum(), worth.sum() - worth], below), below


def _share(above: Values, below: Values) -> Values:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)


def _jackknife(left_out: Values) -> Values:
    """Return the standard error from estimates with one unit left out each; a column that needs a unit has none."""
    known = np.isfinite(left_out)
    count = known.sum(axis=0)
    mean = np.where(known, left_out, 0.0).sum(axis=0) / np.maximum(1, count)
    squares = (np.where(known, left_out - mean, 0.0) ** 2).sum(axis=0)
    error = np.sqrt((count - 1) / np.maximum(1, count) * squares)
    return np.asarray(np.where(count > 1, error, np.nan))


def _quantile(units: int) -> float:
    from scipy.stats import norm, t

    return float(norm.ppf(0.975)) if units > 10 * _FEW else float(t.ppf(0.975, max(1, units - 1)))


def _all_nothing(estimates: Values, left_out: Values) -> float:
    """Return the p-value of a Wald test that all are nothing; with few units its reference is Hotelling's."""
    from scipy.stats import f

    known = np.isfinite(estimates)
    if not known.any():
        return float("nan")
    value, drawn = estimates[known], left_out[:, known]
    count, width = len(drawn), len(value)
    if count <= width + 1:
        return float("nan")
    centred = drawn - drawn.mean(axis=0)
    covariance = (count - 1) / count * centred.T @ centred
    statistic = float(value @ np.linalg.pinv(covariance) @ value)
    return float(f.sf(statistic * (count - width) / ((count - 1) * width), width, count - width))
