"""How early the risk of a backtest's customers warned of a loss, and how often it warned for nothing.

The event is a write-off, or an item that was open more than 90 days past due. Any number that a customer could be
ranked by on a key date may be the alarm: the score and the two rules of thumb stand beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.contest import BacktestResult
from arseg.backtest.early_warning import warning_curve
from arseg.backtest.judged_items import RANKED_BY
from arseg.schema import CREDITED, PAID, WRITTEN_OFF

LATE: Final = 90
WITHIN_DAYS: Final = 180
# Where an alarm goes off: probabilities of the score, days of the rules of thumb.
THRESHOLDS: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {
        "p_unpaid_30": (0.1, 0.2, 0.3, 0.5, 0.7),
        "oldest_days_past_due": (1.0, 15.0, 30.0, 60.0),
        "mean_days_late": (5.0, 10.0, 20.0, 40.0),
    }
)


def losses(items: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the first loss of each customer: ``customer_id, day``.

    Parameters
    ----------
    items, outcomes
        Of a ``BacktestResult``.

    Returns
    -------
    The day of a write-off, or the first day on which an item open at a key date is more than 90 days past due; that
    may lie before the first key date, when nobody can be warned any more.
    """
    names = ["invoice_id", "key_date", "event", "duration", "followed_days"]
    both = items[["invoice_id", "customer_id", "key_date", "days_past_due"]].merge(
        outcomes[names], on=["invoice_id", "key_date"]
    )
    event, left = both["event"].to_numpy(), both["duration"].to_numpy(dtype=np.int64)
    ahead = LATE + 1 - both["days_past_due"].to_numpy(dtype=np.int64)
    cleared = np.where(np.isin(event, (PAID, CREDITED)), left, np.iinfo(np.int64).max)
    late = (ahead <= 0) | ((cleared > ahead) & (both["followed_days"].to_numpy(dtype=np.int64) >= ahead))
    gone = event == WRITTEN_OFF
    after = np.where(late & gone, np.minimum(ahead, left), np.where(late, ahead, left))
    day = pd.to_datetime(both["key_date"]) + pd.to_timedelta(after, unit="D")
    found = both.assign(day=day)[late | gone].groupby("customer_id")["day"].min()
    return found.reset_index()


def warn_early(
    result: BacktestResult,
    *,
    within_days: int = WITHIN_DAYS,
    thresholds: Mapping[str, Sequence[float]] = THRESHOLDS,
) -> pd.DataFrame:
    """Return lead times against false alarms of the score and of the rules of thumb.

    Parameters
    ----------
    result
        A backtest.
    within_days
        How long an alarm may precede its loss; one that is not followed so long is neither right nor false.
    thresholds
        By column of the customer scores; a column that a backtest does not have is left out.

    Returns
    -------
    ``ranking`` (in words) and the columns of ``warning_curve``, a row per threshold.
    """
    customers = result.customers.assign(key_date=pd.to_datetime(result.customers["key_date"]))
    came = losses(result.items, result.outcomes)
    followed_to = pd.Timestamp(max(result.key_dates)) + pd.Timedelta(days=result.horizon_days)
    parts = []
    for name, levels in thresholds.items():
        if name not in customers or customers[name].isna().all():
            continue
        # A customer of whom nothing is known yet raises no alarm.
        risk = customers[["customer_id", "key_date"]].assign(risk=customers[name].fillna(-np.inf))
        curve = warning_curve(risk, came, thresholds=levels, within_days=within_days, followed_to=followed_to)
        # Where no alarm could be followed to its end, that none was false is not known.
        rate = "false_per_100_customer_years"
        curve[rate] = curve[rate].where(curve["alarms"] > 0)
        curve.insert(0, "ranking", RANKED_BY.get(name, name))
        parts.append(curve)
    return pd.concat(parts, ignore_index=True)
