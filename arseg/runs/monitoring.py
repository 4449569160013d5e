"""What a run watches: whether this month is unlike the months before, and whether forecasts of then hold now.

Everything is compared with the book's own past, at one alarm level over all series (``metrics.drift``). Watched are the
features and the profile of customers, their scores, who moves between segments, what was paid, how well earlier scores
foretold it, and the cash that came against the forecast.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from arseg.metrics.drift import ALPHA, DRIFT, LEAST, drift_table, mean_ranks, shares
from arseg.runs.assigning import published_policy
from arseg.runs.walked import kept_days

if TYPE_CHECKING:
    from arseg.backtest.walk_forward import Landmark, Walk
    from arseg.policies import Policy
    from arseg.runs.journal import Run

MONITOR: Final = ("monitor", *DRIFT)
# What is looked back on: a score says what is unpaid after so many days.
HORIZON: Final = 30
SCORES: Final = ("p_unpaid_30", "p_write_off", "expected_days", "expected_loss")
_CUSTOMER: Final = "customer_id"


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
    parts = [
        drift_table(series, least=least, tests=1).assign(monitor=name)
        for name, series, least in _series(run, walk)
        if len(series) > 1
    ]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(MONITOR))
    tests = int(table["p"].notna().sum())
    level = ALPHA / max(1, tests)
    table = table.assign(level=level, alarm=table["p"] < level)
    table = table.sort_values(["p", "monitor", "series"], ignore_index=True)[list(MONITOR)]
    run.save("monitor", table)
    run.save("alarms", {"alarms": alarms_of(table), "watched": tests, "unjudged": len(table) - tests})
    return table


def alarms_of(table: pd.DataFrame) -> list[str]:
    """Return each alarm in words, the most unusual first."""
    return [
        f"{row.monitor}: {row.series} is {row.value:.4g}, usually {row.usual:.4g} ({row.standardised:+.1f} spreads)"
        for row in table[table["alarm"]].itertuples()
    ]


def _series(run: Run, walk: Walk) -> Iterator[tuple[str, pd.DataFrame, float]]:
    """Yield name, series (dates x series) and least spread of each monitor."""
    marks = [walk.landmark(day) for day in kept_days(run) if day <= run.key_date]
    floor = LEAST / np.sqrt(max(1, len(marks[-1].features.customers))) if marks else 0.0
    yield "features", mean_ranks({m.key_date: _own(m.features.customers) for m in marks}), floor
    yield "profile", shares({m.key_date: _own(m.features.profile) for m in marks}), floor
    scored = scored_days(run)
    yield "scores", mean_ranks({day: _numbers(one) for day, one in scored.items()}), floor
    yield "segments", migration(scored, published_policy(run)), floor
    unpaid = {mark.key_date: unpaid_shares(walk, mark, run.key_date) for mark in marks}
    unpaid = {day: one for day, one in unpaid.items() if len(one)}
    yield "outcomes", _means({day: one.rename("unpaid_30") for day, one in unpaid.items()}), floor
    yield "calibration", calibration_series(unpaid, scored), floor
    yield "cash", cash_series(run), 0.0


def scored_days(run: Run) -> dict[dt.date, pd.DataFrame]:
    """Return the customers' scores by key date, as the models of then said them, the run's own last."""
    past = run.load("past_scores")
    found = {
        day.date(): own.set_index(_CUSTOMER) for day, own in past.groupby(pd.to_datetime(past["key_date"]))
    }
    return found | {run.key_date: run.load("customer_scores").set_index(_CUSTOMER)}


def migration(scored: dict[dt.date, pd.DataFrame], policy: Policy) -> pd.DataFrame:
    """Return by date the share of customers in each segment, and of those that moved since the date before.

    Parameters
    ----------
    scored
        Scores by key date.
    policy
        The published one; what it remembers is left aside, so that only scores move anybody.
    """
    rows, before = {}, pd.Series(dtype="str")
    for day, scores in scored.items():
        assigned = policy.assign(scores.reset_index())
        segment = assigned.set_index(_CUSTOMER)["segment"].astype("str")
        row = segment.value_counts(normalize=True).add_prefix("in ")
        both = segment.index.intersection(before.index)
        if len(both):
            row["moved"] = float((segment[both] != before[both]).mean())
        rows[day], before = row, segment
    table = pd.DataFrame(rows).T
    named = table.columns[table.columns.str.startswith("in ")]
    return table.fillna(dict.fromkeys(named, 0.0))


def unpaid_shares(walk: Walk, mark: Landmark, key_date: dt.date) -> pd.Series:
    """Return by customer the share of its balance that was unpaid after 30 days, of items open at a past month-end.

    Parameters
    ----------
    walk
        The ledger and the protocol.
    mark
        The month-end.
    key_date
        The day whose knowledge judges; empty where 30 days are not over for it.
    """
    if (walk.known_until(key_date) - mark.key_date).days < HORIZON:
        return pd.Series(dtype="float64")
    known = walk.known(mark, key_date)
    items = mark.features.items.set_index("invoice_id").reindex(known.index)
    late = (known["duration"] > HORIZON) | ((known["event"] == 0) & (known["duration"] >= HORIZON))
    balance = items["balance"].astype("float64").clip(lower=0)
    sums = pd.DataFrame({"all": balance, "late": balance * late}).groupby(items[_CUSTOMER]).sum()
    sums = sums[sums["all"] > 0]
    return sums["late"] / sums["all"]


def calibration_series(unpaid: dict[dt.date, pd.Series], scored: dict[dt.date, pd.DataFrame]) -> pd.DataFrame:
    """Return by date the mean over customers of what was unpaid after 30 days less what the scores of then said."""
    differences = {
        day: (came - scored[day]["p_unpaid_30"]).dropna().rename("unpaid_30 less foretold")
        for day, came in unpaid.items()
        if day in scored
    }
    return _means(differences)


def cash_series(run: Run) -> pd.DataFrame:
    """Return by origin of an earlier forecast the cash that came as a share of what was expected.

    Of every origin the same weeks ahead count, as many as have come of the latest: a sum of three weeks swings more than
    one of thirteen, and early weeks are missed otherwise than late ones.
    """
    if not (run.work / "said_and_came.parquet").is_file():
        return pd.DataFrame()
    told = run.load("said_and_came")
    own = told[(told["method"] == "arseg") & (told["group"] == "all")]
    come = own.groupby("origin")["ahead"].max().min()
    own = own[own["ahead"] <= come]
    sums = own.groupby("origin")[["actual", "expected"]].sum().astype("float64")
    return pd.DataFrame({"came of expected": sums["actual"] / sums["expected"]})


def _means(values: dict[dt.date, pd.Series]) -> pd.DataFrame:
    return pd.DataFrame({day: {one.name: one.mean()} for day, one in values.items()}).T


def _own(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns=_CUSTOMER, errors="ignore")


def _numbers(scores: pd.DataFrame) -> pd.DataFrame:
    return scores[[name for name in SCORES if name in scores]].astype("float64")
