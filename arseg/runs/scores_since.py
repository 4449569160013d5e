"""What the backtest's last model says of the month-ends after its last key date, up to today.

The backtest ends where outcomes are mature, a quarter ago. Month-ends since then were judged by nobody, and the model that
is published today knows too much of them: the last one of the walk, which knew nothing of them, scores them, so that
scores can be watched month by month without a gap and without a refit in between. Of a large book they are scored of those
who are watched alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from arseg.backtest.forecasts import mean_delays
from arseg.runs.walked import kept_days
from arseg.runs.watched_customers import watched
from arseg.scores import score

if TYPE_CHECKING:
    from arseg.backtest.walk_forward import Fold, Walk
    from arseg.runs.journal import Run

SINCE: Final = "scores_since"


def keep_scores_since(run: Run, walk: Walk, fold: Fold) -> pd.DataFrame:
    """Score who is watched at the kept month-ends after a fold, the run's key date among them, and keep that.

    Parameters
    ----------
    run
        With its month-ends kept.
    walk
        Its walk.
    fold
        The last of the backtest.

    Returns
    -------
    frame
        As the customers of a ``BacktestResult``.
    """
    model = next(iter(fold.models.values()))
    parts = []
    for day in kept_days(run):
        if fold.key_date < day <= run.key_date:
            every = walk.landmark(day).features
            features = every.of_customers(watched(pd.Index(every.customers["customer_id"])))
            scores = score(features, model, reasons=False)
            parts.append(mean_delays(features, scores.customers).assign(key_date=pd.Timestamp(day)))
    frame = pd.concat(parts, ignore_index=True)
    run.save(SINCE, frame)
    return frame
