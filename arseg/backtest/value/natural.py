"""What a known cut or a known change of rule says of treatments, where nothing was drawn by lot (science 4.4).

Both are declared by who knows the desk: a cut that nobody followed, or a change that never came, is no experiment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.special import ndtri

from arseg.backtest.value.discontinuity import Jump, covariate_jumps, density_jump, jump_at
from arseg.backtest.value.rule_change import Change, change_of_rule
from arseg.schema import PROFILE, DataError, UsageError

RUNNING: Final = ("oldest_days_past_due", "overdue_balance", "open_balance", "mean_days_past_due")
_BEFORE: Final = ("open_balance", "cleared_days_late", "cleared_count", "promised", "contacts_30d")
_LEVEL: Final = 1.959963984540054
CUT_COLUMNS: Final = (
    *("by", "cut", "measure", "estimate", "low", "high", "unit", "bandwidth", "below", "above"),
    *("identified", "why"),
)
CHANGE_COLUMNS: Final = (
    *("by", "where", "on", "measure", "estimate", "low", "high", "unit", "units", "parallel_p"),
    *("identified", "why"),
)


@dataclass(frozen=True)
class Cut:
    """A value from which on the desk's rule treats customers otherwise.

    Parameters
    ----------
    by
        One of ``RUNNING``.
    at
        The first value above.
    """

    by: str
    at: float

    def __post_init__(self) -> None:
        if self.by not in RUNNING:
            raise UsageError(
                "there is no such cut",
                given=self.by,
                allowed=", ".join(RUNNING),
                do="name what the desk's rule cuts",
            )


@dataclass(frozen=True)
class RuleChange:
    """A day from which on the rule was another for some customers.

    Parameters
    ----------
    on
        The first day of the new rule.
    by
        What tells the customers apart, one of ``schema.PROFILE``.
    where
        The values for which the rule changed.
    """

    on: dt.date
    by: str
    where: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.by not in PROFILE or not self.where:
            raise UsageError(
                "the change of rule names no customers",
                given=f"{self.by} in {list(self.where)}",
                allowed=", ".join(PROFILE),
                do="say for which customers the rule changed",
            )


def at_cuts(rows: pd.DataFrame, cuts: Sequence[Cut]) -> pd.DataFrame:
    """Return what changes at each cut: minutes spent, share collected and days open over the horizon.

    Parameters
    ----------
    rows
        As ``schema.DECISIONS``.
    cuts
        Declared.

    Returns
    -------
    ``CUT_COLUMNS``. A cut at which the treatment does not change, customers heap, or what was known before jumps too, is
    not identified, and ``why`` says so.
    """
    found = [row for cut in cuts for row in _at(rows[rows["open_balance"] > 0], cut)]
    return pd.DataFrame(found, columns=list(CUT_COLUMNS))


def _at(rows: pd.DataFrame, cut: Cut) -> list[dict[str, object]]:
    running, who = rows[cut.by].to_numpy(dtype=np.float64), rows["customer_id"].to_numpy()
    outcomes = _outcomes(rows)
    jumps: dict[str, Jump] = {}
    for name in outcomes:
        try:
            jumps[name] = jump_at(running, outcomes[name].to_numpy(), who, cut=cut.at)
        except DataError as problem:
            nothing = Jump(np.nan, np.nan, np.nan, np.nan, 0, 0)
            why = f"{problem.what}: {problem.given}"
            return [_row(cut, name, nothing, (why,)) for name in outcomes]
    against = _against(rows, running, who, cut, jumps["minutes"])
    return [_row(cut, name, jump, against) for name, jump in jumps.items()]


def _outcomes(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "minutes": rows["minutes"],
            "collected": (rows["cash"] / rows["open_balance"]).clip(0.0, 1.0),
            "days open": rows["amount_days"] / rows["open_balance"],
        }
    )


_UNITS: Final = {"minutes": "minutes", "collected": "share", "days open": "days"}


def _row(cut: Cut, measure: str, jump: Jump, against: tuple[str, ...]) -> dict[str, object]:
    return {
        "by": cut.by,
        "cut": cut.at,
        "measure": measure,
        "estimate": jump.estimate,
        "low": jump.low,
        "high": jump.high,
        "unit": _UNITS[measure],
        "bandwidth": jump.bandwidth,
        "below": jump.below,
        "above": jump.above,
        "identified": not against,
        "why": "; ".join(against),
    }


def _against(
    rows: pd.DataFrame, running: np.ndarray, who: np.ndarray, cut: Cut, treated: Jump
) -> tuple[str, ...]:
    """Return what stands against reading the jumps as what the treatment does."""
    said = []
    if treated.low <= 0 <= treated.high:
        said.append("the desk spends no other minutes above the cut than below it")
    log, error = density_jump(running, cut=cut.at, bandwidth=treated.bandwidth)
    if not np.isfinite(log):
        said.append("nobody stands next to the cut on one of its sides")
    elif abs(log) > _LEVEL * error:
        said.append(f"customers heap at the cut: {np.exp(log):.1f} times as many just above as just below")
    names = [name for name in _BEFORE if name != cut.by and name in rows]
    before = rows[names].astype(np.float64)
    for name in ("open_balance",):
        if name in before:
            before[name] = np.log1p(before[name].clip(lower=0.0))
    known = covariate_jumps(running, before, who, cut=cut.at)
    # Of several that should not jump one does by chance; together they err as seldom as one.
    wider = -ndtri(0.025 / max(len(names), 1)) / _LEVEL
    reach = (known["high"] - known["low"]) / 2 * wider
    moved = known.loc[known["estimate"].abs() > reach, "name"].tolist()
    if moved:
        said.append(f"what was known before jumps too: {', '.join(moved)}")
    return tuple(said)


def at_rule_changes(rows: pd.DataFrame, profile: pd.DataFrame, changes: Sequence[RuleChange]) -> pd.DataFrame:
    """Return what each change of rule did to minutes, share collected and days open where it came.

    Parameters
    ----------
    rows
        As ``schema.DECISIONS``.
    profile
        ``customer_id`` and the words of ``schema.PROFILE``, each customer once.
    changes
        Declared.

    Returns
    -------
    ``CHANGE_COLUMNS``. A unit is a value of ``by``, a period a month, and outcomes are ratios of sums. Not identified
    where the months before the change already moved apart, or there is nobody to compare with.
    """
    found = [row for change in changes for row in _changed(rows, profile, change)]
    return pd.DataFrame(found, columns=list(CHANGE_COLUMNS))


def _changed(rows: pd.DataFrame, profile: pd.DataFrame, change: RuleChange) -> list[dict[str, object]]:
    unit = rows["customer_id"].map(profile.set_index("customer_id")[change.by]).fillna("")
    own = rows.assign(unit=unit)[(unit != "") & (rows["open_balance"] > 0)]
    day = pd.to_datetime(own["key_date"])
    own = own.assign(period=day.dt.year * 12 + day.dt.month)
    sums = own.groupby(["unit", "period"])[["minutes", "cash", "amount_days", "open_balance"]].sum()
    sums["decisions"] = own.groupby(["unit", "period"]).size()
    month = change.on.year * 12 + change.on.month
    said = []
    for measure, (top, bottom) in {
        "minutes": ("minutes", "decisions"),
        "collected": ("cash", "open_balance"),
        "days open": ("amount_days", "open_balance"),
    }.items():
        cells = pd.DataFrame({"outcome": sums[top] / sums[bottom], "weight": sums[bottom]}).reset_index()
        cells["changed_in"] = np.where(cells["unit"].isin(change.where), float(month), np.nan)
        said.append(_told(cells, change, measure))
    return said


def _told(cells: pd.DataFrame, change: RuleChange, measure: str) -> dict[str, object]:
    row: dict[str, object] = {
        "by": change.by,
        "where": ", ".join(change.where),
        "on": change.on.isoformat(),
        "measure": measure,
        "unit": _UNITS[measure],
    }
    try:
        found = change_of_rule(cells)
    except DataError as problem:
        return row | {"units": cells["unit"].nunique(), "identified": False, "why": problem.what}
    why = _moved_apart(found)
    return row | {
        "estimate": found.estimate,
        "low": found.low,
        "high": found.high,
        "units": found.units,
        "parallel_p": found.parallel_p,
        "identified": not why and bool(np.isfinite(found.low)),
        "why": why,
    }


def _moved_apart(found: Change) -> str:
    """Return why those who changed and those who did not cannot be compared; empty where nothing stands against it."""
    before = found.by_period[found.by_period["period"] < -1].dropna()
    if before.empty:
        return "no month long enough before the change shows whether they moved alike"
    if np.isfinite(found.parallel_p):
        apart = found.parallel_p < 0.05
    else:
        from scipy.stats import t

        # Units are too few for the joint test; each month by itself, as seldom wrong together as one (Bonferroni).
        freedom = max(1, found.units - 1)
        wider = t.isf(0.025 / len(before), freedom) / t.isf(0.025, freedom)
        reach = (before["high"] - before["low"]) / 2 * wider
        apart = bool((before["estimate"].abs() > reach).any())
    return "they moved apart before the change" if apart else ""
