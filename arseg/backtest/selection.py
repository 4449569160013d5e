"""Which model is chosen, and whether it may be published: the lowest loss, unless its probabilities are off.

The rule is science 3.6: the lowest amount-weighted mean log-loss over the horizons; a veto if the slope of the
calibration lies outside [0.9, 1.1], or if in any tenth of the predictions the share that was paid is off by more than
2 percentage points and by more than two standard errors, drawn by customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.discrimination import GROUPS, accuracy
from arseg.backtest.intervals import draw_customers
from arseg.metrics import horizon_calibration
from arseg.schema import PAID, DataError

SLOPE: Final = (0.9, 1.1)
GAP: Final = 0.02
ERRORS: Final = 2.0
HORIZON: Final = 30
# In a tenth of fewer items a gap of 2 points is a single invoice.
_FEWEST: Final = 50


@dataclass(frozen=True)
class Selection:
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
        slope, gaps = _slope(mature), tenth_gaps(mature, draws=draws, seed=seed)
        faults = _faults(slope, gaps)
        worst = float(gaps["gap"].abs().max()) if len(gaps) else np.nan
        rows.append((name, float(mean[name]), slope, worst, bool(faults), "; ".join(faults)))
    names = ["model", "log_loss", "slope", "worst_gap", "vetoed", "why"]
    table = pd.DataFrame(rows, columns=names).sort_values("log_loss", kind="stable", ignore_index=True)
    free = table.loc[~table["vetoed"], "model"]
    return Selection(str(free.iloc[0]) if len(free) else "", table)


def _slope(mature: pd.DataFrame) -> float:
    incidence = mature[f"paid_{HORIZON}"].to_numpy().reshape(-1, 1, 1)
    target = mature[["event", "duration", "followed_days"]].astype("int64").reset_index(drop=True)
    return float(horizon_calibration(target, incidence, [HORIZON], horizons=[HORIZON])["slope"].iloc[0])


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
    came = ((mature["event"] == PAID) & (mature["duration"] <= HORIZON)).to_numpy(dtype=np.float64)
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


def _faults(slope: float, gaps: pd.DataFrame) -> list[str]:
    faults = []
    low, high = SLOPE
    if not np.isnan(slope) and not low <= slope <= high:
        faults.append(f"calibration slope {slope:.2f} is outside {low} to {high}")
    off = gaps[(gaps["gap"].abs() > GAP) & (gaps["gap"].abs() > ERRORS * gaps["error"])]
    if len(off):
        worst = off.loc[off["gap"].abs().idxmax()]
        faults.append(
            f"of the tenth said to be paid with {worst['expected']:.0%}, {worst['observed']:.0%} were"
            f" ({int(worst['items'])} items)"
        )
    return faults
