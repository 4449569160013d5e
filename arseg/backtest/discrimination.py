"""Discrimination: whether scores separate later outcomes, and are as good as they say.

Judged on mature rows only: items whose horizon had passed, and settled, by the day of the judgement.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.intervals import draw_customers, ratio_interval
from arseg.backtest.walk_forward import Fold
from arseg.metrics import calibration_table, horizon_log_loss, mean_log_loss
from arseg.metrics.like_predictions import quantile_groups
from arseg.models.asked_once import AskedBook
from arseg.schema import CAUSES, CREDITED, PAID

# Days after the key date; science 3.6 names them from the due day, which differs by item.
HORIZONS: Final = (7, 14, 30, 60, 90)
GROUPS: Final = 10


def judge_models(fold: Fold, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return each model's predictions for the items of one fold, beside what came.

    Parameters
    ----------
    fold
        Key date, models and features.
    outcomes
        Settled outcomes of the same items.

    Returns
    -------
    frame
        One row per model and item: ``model``, ``invoice_id``, ``customer_id``, ``balance``, ``event``,
        ``duration``, ``followed_days`` and ``paid_7`` ... ``paid_90``, the probability of being paid by then.
    """
    matrix = fold.said.matrix
    seen = outcomes.set_index("invoice_id").reindex(matrix.index)
    parts = []
    for name, model in fold.models.items():
        said = fold.said if model is fold.said.model else AskedBook(model, matrix, keep=False)
        paid = said.at(HORIZONS)[:, CAUSES.index(PAID), :]
        part = seen[["customer_id", "balance", "event", "duration", "followed_days"]].assign(model=name)
        part[[f"paid_{horizon}" for horizon in HORIZONS]] = paid
        parts.append(part.dropna(subset=["event"]).reset_index(names="invoice_id"))
    return pd.concat(parts, ignore_index=True)


def accuracy(judged: pd.DataFrame, horizons: Sequence[int] = HORIZONS) -> pd.DataFrame:
    """Return the amount-weighted log-loss of every model by horizon, on mature rows.

    Returns
    -------
    frame
        ``model, horizon, rows, customers, log_loss``; horizon 0 is the mean over the horizons that have
        mature rows. Lower is better (science 3.6).
    """
    parts = []
    for name, own in judged.groupby("model", sort=False):
        incidence = np.zeros((len(own), 3, len(horizons)))
        incidence[:, 0, :] = own[[f"paid_{horizon}" for horizon in horizons]].to_numpy()
        target = own[["event", "duration", "followed_days"]].astype("int64").reset_index(drop=True)
        losses = horizon_log_loss(
            target, incidence, list(horizons), horizons=list(horizons), weight=own["balance"].to_numpy()
        )
        losses = losses[losses["rows"] > 0]
        customers = [
            own.loc[own["followed_days"] >= horizon, "customer_id"].nunique() for horizon in losses["horizon"]
        ]
        part = losses.assign(model=name, customers=customers)[
            ["model", "horizon", "rows", "customers", "log_loss"]
        ]
        mean = {
            "model": name,
            "horizon": 0,
            "rows": int(part["rows"].sum()),
            "customers": own["customer_id"].nunique(),
        }
        parts.append(
            pd.concat([pd.DataFrame([{**mean, "log_loss": mean_log_loss(losses)}]), part], ignore_index=True)
        )
    return pd.concat(parts, ignore_index=True)


def calibration(items: pd.DataFrame, outcomes: pd.DataFrame, *, draws: int, seed: int) -> pd.DataFrame:
    """Return expected against observed share unpaid at 30 days, by tenth of the prediction, by balance.

    The observed share has a 95 % interval, customers as clusters; NaN where few of them carry the group.

    Parameters
    ----------
    items
        Item scores of all key dates, with ``key_date``.
    outcomes
        Their outcomes.
    draws, seed
        Bootstrap draws and their seed.
    """
    both = items.merge(
        outcomes[["invoice_id", "key_date", "event", "duration", "followed_days"]],
        on=["invoice_id", "key_date"],
    )
    both = both[both["followed_days"] >= both["late_day"]]
    unpaid = ~(both["event"].isin([PAID, CREDITED]) & (both["duration"] <= both["late_day"]))
    groups = min(GROUPS, max(len(both) // 20, 1))
    p, weight = (both[name].to_numpy(dtype=np.float64) for name in ("p_unpaid_30", "balance"))
    late = unpaid.to_numpy(dtype=np.float64)
    table = calibration_table(p, late, weight=weight, groups=groups)
    if table.empty:
        return table.assign(low=np.nan, high=np.nan)
    group = quantile_groups(p, groups)
    customer, names = pd.factorize(both["customer_id"])
    tops, bottoms = (np.zeros((len(names), len(table))) for _ in range(2))
    np.add.at(tops, (customer, group), weight * late)
    np.add.at(bottoms, (customer, group), weight)
    low, high = ratio_interval(tops, bottoms, draw_customers(len(names), draws=draws, seed=seed))
    return table.assign(low=low, high=high)
