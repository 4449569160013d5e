"""What a run watches: whether this month is unlike the months before, and whether forecasts of then hold now.

Everything is compared with the book's own past (``metrics.drift``) at one chance of a false alarm over all series. Half of
that chance goes to what the models read, the features and the profile of customers, which is hundreds of series; the
other half to the few that say whether the feeds run, what the models made of it, and what came: scores, who moves between segments, what was
paid, how well earlier scores foretold it, and the cash against the forecast. So the few do not drown in the many.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import pandas as pd

from arseg.ledger.feeds import feed_shares
from arseg.metrics.drift import ALPHA, DRIFT, drift_table
from arseg.runs.assigning import published_policy
from arseg.runs.scores_since import SINCE
from arseg.runs.walked import kept_customers, kept_days
from arseg.runs.watched_customers import watched, watched_customers
from arseg.runs.watched_series import Looked, unpaid_shares, watched_series
from arseg.side_by_side import side_by_side

if TYPE_CHECKING:
    from arseg.backtest.walk_forward import Walk
    from arseg.features import Features
    from arseg.runs.journal import Run

MONITOR: Final = ("monitor", *DRIFT)
# What the models read; every other monitor watches what they said or what came.
READ: Final = ("features", "profile")


def watch(run: Run, walk: Walk) -> pd.DataFrame:
    """Compare the run's key date with the months before it, and keep the table and the alarms.

    Parameters
    ----------
    run
        With features, scores and backtest done.
    walk
        Its month-ends, from ``load_walk``.

    Returns
    -------
    DataFrame
        ``MONITOR`` columns; the most unusual series first.
    """
    table = judged(looked_at(run, walk))
    tests = int(table["p"].notna().sum())
    run.save("monitor", table)
    run.save("alarms", {"alarms": alarms_of(table), "watched": tests, "unjudged": len(table) - tests})
    return table


def judged(looked: Looked) -> pd.DataFrame:
    """Return what the last date says of every series, as ``watch`` keeps it.

    Parameters
    ----------
    looked
        What is looked at; its last date is judged, at ``ALPHA`` over all series: as much of it to those of ``READ`` as to
        the others, and all of it to one side where the other has no series with enough past.
    """
    parts = [
        drift_table(series, least=least, tests=1).assign(monitor=name)
        for name, series, least in watched_series(looked)
        if len(series) > 1
    ]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(MONITOR))
    read = table["monitor"].isin(READ)
    tests = table["p"].notna().groupby(read).sum()
    sides = max(1, int((tests > 0).sum()))
    level = ALPHA / sides / read.map(tests).clip(lower=1).astype("float64")
    table = table.assign(level=level, alarm=table["p"] < level)
    return table.sort_values(["p", "monitor", "series"], ignore_index=True)[list(MONITOR)]


def alarms_of(table: pd.DataFrame) -> list[str]:
    """Return each alarm in words, the most unusual first."""
    return [
        f"{row.monitor}: {row.series} is {row.value:.4g}, usually {row.usual:.4g} ({row.standardised:+.1f} spreads)"
        for row in table[table["alarm"]].itertuples()
    ]


def looked_at(run: Run, walk: Walk) -> Looked:
    """Return what a run looks at: its month-ends up to the key date, and what is known of them today."""
    days = [day for day in kept_days(run) if day <= run.key_date]
    # The embargo is reckoned once, before several month-ends ask for it.
    walk.known_until(run.key_date)

    def look(day: dt.date) -> tuple[Features, pd.Series]:
        # Of each no more than is watched: a large book's month-ends do not fit together.
        own = watched_customers(kept_customers(run, day))
        return own, unpaid_shares(walk, walk.landmark(day), run.key_date)

    seen = dict(zip(days, side_by_side(look, days), strict=True))
    has_told = (run.work / "said_and_came.parquet").is_file()
    return Looked(
        customers={day: own.customers for day, (own, _) in seen.items()},
        profile={day: own.profile for day, (own, _) in seen.items()},
        scored=scored_days(run),
        unpaid={day: shares for day, (_, shares) in seen.items()},
        fed=feed_shares(walk.ledger, days),
        told=run.load("said_and_came") if has_told else pd.DataFrame(),
        policy=published_policy(run),
    )


def scored_days(run: Run) -> dict[dt.date, pd.DataFrame]:
    """Return the customers' scores by key date as the models of then said them, the run's own date last.

    From the backtest's last key date on they are the same model's: a refit must not look like another book. They are
    those of the customers who are watched.
    """
    told = pd.concat([run.load("past_scores"), run.load(SINCE)], ignore_index=True)
    days = pd.to_datetime(told["key_date"])
    by_day = {day.date(): own.set_index("customer_id") for day, own in told.groupby(days)}
    return {day: own.loc[watched(own.index)] for day, own in by_day.items()}
