"""The series that a run watches, month-end by month-end: what went into the models, what they said, and what came.

Each is a table of dates x series, from what was looked at on each date; what came is as the run's own day knows it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from arseg.ledger.feeds import WINDOW_DAYS
from arseg.metrics.drift import LEAST, mean_ranks, shares

if TYPE_CHECKING:
    from arseg.backtest.walk_forward import Landmark, Walk
    from arseg.policies import Policy

# What is looked back on: a score says what is unpaid after so many days.
HORIZON: Final = 30
SCORES: Final = ("p_unpaid_30", "p_write_off", "expected_days", "expected_loss")
_CUSTOMER: Final = "customer_id"


@dataclass(frozen=True)
class Looked:
    """What a run looks at, by key date, the oldest first.

    Parameters
    ----------
    customers, profile
        What the blocks said of customers, in figures and in words; the last date is the run's own.
    scored
        Scores of customers, indexed by ``customer_id``, as the models of then said them.
    unpaid
        From ``unpaid_shares``, where the horizon is over.
    fed
        From ``feed_shares``.
    told
        Earlier forecasts beside what came, as the run's ``said_and_came``; empty where there is none.
    policy
        The published one.
    """

    customers: Mapping[dt.date, pd.DataFrame]
    profile: Mapping[dt.date, pd.DataFrame]
    scored: Mapping[dt.date, pd.DataFrame]
    unpaid: Mapping[dt.date, pd.Series]
    fed: pd.DataFrame
    told: pd.DataFrame
    policy: Policy


def watched_series(looked: Looked) -> Iterator[tuple[str, pd.DataFrame, float]]:
    """Yield name, series (dates x series) and least spread of each monitor."""
    latest = looked.customers[max(looked.customers)]
    floor = LEAST / np.sqrt(max(1, len(latest)))
    yield "features", mean_ranks({day: _own(one) for day, one in looked.customers.items()}), floor
    yield "profile", shares({day: _own(one) for day, one in looked.profile.items()}), floor
    # A day more or less is nothing: that many are holidays.
    yield "feeds", looked.fed, 1 / WINDOW_DAYS
    yield "scores", mean_ranks({day: _numbers(one) for day, one in looked.scored.items()}), floor
    yield "segments", migration(looked.scored, looked.policy), floor
    unpaid = {day: one for day, one in looked.unpaid.items() if len(one)}
    yield "outcomes", _means({day: one.rename("unpaid_30") for day, one in unpaid.items()}), floor
    yield "calibration", calibration_series(unpaid, looked.scored), floor
    yield "cash", cash_series(looked.told), 0.0


def migration(scored: Mapping[dt.date, pd.DataFrame], policy: Policy) -> pd.DataFrame:
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
    told = walk.told(mark, key_date)
    late = (told["duration"] > HORIZON) | ((told["event"] == 0) & (told["duration"] >= HORIZON))
    balance = told["balance"].clip(lower=0)
    sums = pd.DataFrame({"all": balance, "late": balance * late}).groupby(told[_CUSTOMER]).sum()
    sums = sums[sums["all"] > 0]
    return sums["late"] / sums["all"]


def calibration_series(
    unpaid: Mapping[dt.date, pd.Series], scored: Mapping[dt.date, pd.DataFrame]
) -> pd.DataFrame:
    """Return by date the mean over customers of what was unpaid after 30 days less what the scores of then said."""
    differences = {
        day: (came - scored[day]["p_unpaid_30"]).dropna().rename("unpaid_30 less foretold")
        for day, came in unpaid.items()
        if day in scored
    }
    return _means(differences)


def cash_series(told: pd.DataFrame) -> pd.DataFrame:
    """Return by origin of an earlier forecast the cash that came as a share of what was expected.

    Of every origin the same weeks ahead count, as many as have come of the latest: a sum of three weeks swings more than
    one of thirteen, and early weeks are missed otherwise than late ones.

    Parameters
    ----------
    told
        ``method``, ``group``, ``origin``, ``ahead``, ``expected``, ``actual``.
    """
    if told.empty:
        return pd.DataFrame()
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
