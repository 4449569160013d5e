"""What a holdout over the customers of a backtest could see, and what it would cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from arseg.backtest.contest import BacktestResult
from arseg.backtest.replay import RATIOS
from arseg.backtest.trials.power import cost_of_holdout, trial_power
from arseg.schema import DataError

MEASURES = ("dso", "bad_debt_ratio", "collection_rate")
COLUMNS = (
    *("measure", "unit", "customers", "share", "reviews", "value", "error", "detectable", "concentration"),
    *("cost", "why"),
)


def outlook(
    result: BacktestResult, *, share: float, reviews: int = 12, gain_per_customer: float = np.nan
) -> pd.DataFrame:
    """Return the smallest difference that a holdout would find, by measure, and what it gives up.

    Parameters
    ----------
    result
        A backtest: the book's own customers, as skewed as they are.
    share
        Of the customers in the smaller arm.
    reviews
        How many reviews the trial lasts.
    gain_per_customer
        What a customer and review is thought to lose by the other treatment, reporting currency; NaN where nobody knows.

    Returns
    -------
    ``COLUMNS``: per measure the level in the book, the standard error of the difference between the arms, the
    difference found in four trials of five at 5 %, the share of the largest customer, and the cost.
    """
    own = result.rows[result.rows["policy"] == result.in_force]
    names = dict.fromkeys(name for measure in MEASURES for name in RATIOS[measure][:2])
    sums = own.groupby("customer_id")[list(names)].sum()
    cost = (
        cost_of_holdout(gain_per_customer, customers=len(sums), share=share, reviews=reviews)
        if np.isfinite(gain_per_customer)
        else np.nan
    )
    rows = []
    for measure in MEASURES:
        top, bottom, unit, _ = RATIOS[measure]
        row = {"measure": measure, "unit": unit, "share": share, "reviews": reviews, "cost": cost}
        above, below = (sums[name].to_numpy(dtype=np.float64) for name in (top, bottom))
        try:
            power = trial_power(above, below, share=share, reviews=reviews)
        except DataError as problem:
            rows.append(row | {"customers": len(sums), "why": problem.what})
            continue
        rows.append(
            row
            | {
                "customers": power.customers,
                "value": above.sum() / below.sum(),
                "error": power.error,
                "detectable": power.detectable,
                "concentration": power.concentration,
                "why": "",
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))
