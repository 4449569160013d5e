"""Which model is chosen, and whether it may be published: the lowest loss, unless its probabilities are off.

The rule is science 3.6: the lowest amount-weighted mean log-loss over the horizons; a veto if the slope of the
calibration lies outside [0.9, 1.1], or if in any tenth of the predictions the share that was paid is off by more than
2 percentage points and by more than chance explains. Chance is that of drawn customers. Of ten tenths of a model that is
right, one is off by two standard errors in two books of five, so the tenths together are given the chance of one at two
errors (2.8 each of ten; Bonferroni), and a slope must lie two of its errors from 1 as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from arseg.backtest.discrimination import GROUPS, accuracy
from arseg.backtest.intervals import Values, draw_customers
from arseg.metrics.calibration import calibration_slope
from arseg.schema import PAID, DataError
from arseg.schema.shown import Shown

SLOPE: Final = (0.9, 1.1)
GAP: Final = 0.02
# Standard errors that a single figure may be off.
ERRORS: Final = 2.0
HORIZON: Final = 30
# In a tenth of fewer items a gap of 2 points is a single invoice.
_FEWEST: Final = 50
_TINY: Final = 1e-6


@dataclass(frozen=True)
class Selection(Shown):
    """What was chosen and why.

    Parameters
    ----------
    chosen
        Name of the model; empty where every one was vetoed.
    table
        ``model, log_loss, slope, worst_gap, vetoed, why``: a row per model, lowest loss first.
    """

    chosen: str
    table: pd.DataFrame

    @property
    def why(self) -> str:
        """The decision in a sentence."""
        if not self.chosen:
            return f"none of {len(self.table)} models may be published: {self.table['why'].iloc[0]}"
        place = self.table["model"].tolist().index(self.chosen)
        passed = [f"{row.model} was vetoed ({row.why})" for row in self.table[:place].itertuples()]
        loss = self.table["log_loss"].iloc[place]
        return "; ".join(
            [f"{self.chosen} has the lowest log-loss that may be published, {loss:.4f}", *passed]
        )


def select_model(judged: pd.DataFrame, *, draws: int = 500, seed: int = 0) -> Selection:
    """Choose among models by what they said of items and what came.

    Parameters
    ----------
    judged
        From ``discrimination.judge_models``, of one key date or several.
    draws, seed
        Of customers, for the standard errors.

    Raises
    ------
    DataError
        If no item was followed for 30 days.
    """
    losses = accuracy(judged)
    mean = losses[losses["horizon"] == 0].set_index("model")["log_loss"]
    rows = []
    for name, own in judged.groupby("model", sort=False):
        mature = own[own["followed_days"] >= HORIZON]
        if not len(mature):
            raise DataError(
                f"no item was followed for {HORIZON} days",
                given=f"{len(own)} items",
                allowed="items of earlier key dates",
                do="judge on earlier key dates",
            )
        (slope, error), gaps = slope_error(mature), tenth_gaps(mature, draws=draws, seed=seed)
        faults = _faults(slope, error, gaps)
        worst = float(gaps["gap"].abs().max()) if len(gaps) else np.nan
        rows.append((name, float(mean[name]), slope, worst, bool(faults), "; ".join(faults)))
    names = ["model", "log_loss", "slope", "worst_gap", "vetoed", "why"]
    table = pd.DataFrame(rows, columns=names).sort_values("log_loss", kind="stable", ignore_index=True)
    free = table.loc[~table["vetoed"], "model"]
    return Selection(str(free.iloc[0]) if len(free) else "", table)


def slope_error(mature: pd.DataFrame) -> tuple[float, float]:
    """Return the slope of the calibration at 30 days and its standard error, by customer.

    The error is the sandwich of the logistic regression with scores summed by customer (Liang and Zeger 1986).

    Parameters
    ----------
    mature
        Rows of one model that were followed for 30 days.

    Returns
    -------
    Both NaN where the slope is not estimable.
    """
    came = _came(mature)
    try:
        level, slope = calibration_slope(mature[f"paid_{HORIZON}"].to_numpy(), came)
    except DataError:
        return np.nan, np.nan
    inside = np.clip(mature[f"paid_{HORIZON}"].to_numpy(dtype=np.float64), _TINY, 1 - _TINY)
    design = np.column_stack([np.ones(len(inside)), np.log(inside / (1 - inside))])
    fitted = 1 / (1 + np.exp(-np.clip(design @ [level, slope], -30, 30)))
    bread = np.linalg.pinv((design * (fitted * (1 - fitted))[:, None]).T @ design)
    scores = pd.DataFrame(design * (came - fitted)[:, None]).groupby(mature["customer_id"].to_numpy()).sum()
    spread = bread @ (scores.T @ scores).to_numpy() @ bread
    return slope, float(np.sqrt(spread[1, 1]))


def _came(mature: pd.DataFrame) -> Values:
    return ((mature["event"] == PAID) & (mature["duration"] <= HORIZON)).to_numpy(dtype=np.float64)


def tenth_gaps(mature: pd.DataFrame, *, draws: int, seed: int) -> pd.DataFrame:
    """Return how far each tenth of the predictions is off.

    Parameters
    ----------
    mature
        Rows of one model that were followed for 30 days.
    draws, seed
        Of customers.

    Returns
    -------
    ``group, items, expected, observed, gap, error``: lowest predictions first; the error is the standard deviation of
    the gap over draws of whole customers. Tenths of fewer than 50 items are left out.
    """
    said = mature[f"paid_{HORIZON}"].to_numpy(dtype=np.float64)
    came = _came(mature)
    edges = np.unique(np.quantile(said, np.linspace(0, 1, GROUPS + 1)[1:-1]))
    group = np.searchsorted(edges, said, side="right")
    _, customer = np.unique(mature["customer_id"].to_numpy(), return_inverse=True)
    customers, groups = int(customer.max()) + 1, int(group.max()) + 1
    cell = customer * groups + group
    gap, items = (
        np.bincount(cell, values, customers * groups).astype(np.float64).reshape(customers, groups)
        for values in (came - said, np.ones(len(said)))
    )
    chosen = draw_customers(customers, draws=draws, seed=seed)
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = chosen.sums(gap) / chosen.sums(items)
    rows = []
    for place in range(groups):
        inside = group == place
        if inside.sum() >= _FEWEST:
            means = float(said[inside].mean()), float(came[inside].mean())
            error = float(np.nanstd(drawn[:, place], ddof=1))
            rows.append((place, int(inside.sum()), *means, means[1] - means[0], error))
    return pd.DataFrame(rows, columns=["group", "items", "expected", "observed", "gap", "error"])


def errors_of_many(groups: int) -> float:
    """Return the standard errors that each of some figures may be off, so that all err as seldom as one at two.

    Examples
    --------
    >>> round(errors_of_many(1), 2), round(errors_of_many(10), 2)
    (2.0, 2.84)
    """
    return float(-ndtri(ndtr(-ERRORS) / max(groups, 1)))


def _faults(slope: float, error: float, gaps: pd.DataFrame) -> list[str]:
    faults = []
    low, high = SLOPE
    if not low <= slope <= high and abs(slope - 1) > ERRORS * error:
        faults.append(f"calibration slope {slope:.2f} is outside {low} to {high}")
    chance = errors_of_many(len(gaps)) * gaps["error"]
    off = gaps[(gaps["gap"].abs() > GAP) & (gaps["gap"].abs() > chance)]
    if len(off):
        worst = off.loc[off["gap"].abs().idxmax()]
        faults.append(
            f"of the tenth said to be paid with {worst['expected']:.0%}, {worst['observed']:.0%} were"
            f" ({int(worst['items'])} items)"
        )
    return faults
