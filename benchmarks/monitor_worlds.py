"""Worlds to be watched as a run watches them: one model learnt early, every month-end scored, what came known as of the day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest import Plan, Walk
from arseg.forecast.accuracy import score_frozen
from arseg.forecast.frozen import FrozenForecast, freeze_point
from arseg.ledger.feeds import feed_shares
from arseg.ledger.storing.store import About
from arseg.ledger.storing.writing import create_ledger
from arseg.models import DiscreteHazard, TimeToPayment
from arseg.policies import RiskTiers
from arseg.runs.monitoring import judged
from arseg.runs.past_books import cash_since
from arseg.runs.watched_series import Looked, unpaid_shares
from arseg.schema.days import month_end
from arseg.scores import Scores, score
from arseg.world import Calendar, draw_world, follow, legacy_policy
from arseg.world.settings import Setting
from arseg.world.tables import ledger_tables

START: Final = dt.date(2022, 1, 1)
PLAN: Final = Plan(landmarks=8)
# Of every forecast the weeks that the latest one can have seen; and the months after which what came is taken as settled.
WEEKS: Final = 3
SETTLED: Final = 2
Tables = dict[str, pd.DataFrame]
Rows = list[tuple[str, int, int, float]]


def tables_of(seed: int, *, customers: int, months: int) -> Tables:
    """Return the ledger tables of a typical world; nothing in its setting changes over time."""
    world = draw_world(customers, Calendar(START, months), seed=seed, setting=Setting())
    course = follow(world, legacy_policy(world.setting.legacy, world))
    return {name: table.to_pandas() for name, table in ledger_tables(world, course).items()}


def month_ends_of(months: int, *, first: int = 9) -> list[dt.date]:
    """Return month-ends from the ninth month on, when a book holds items of most ages."""
    days = pd.date_range(START, periods=months, freq="ME")
    return [day.date() for day in days[first:-1]]


@dataclass
class Watched:
    """A book and its champion.

    Parameters
    ----------
    walk
        Ledger and month-ends.
    model
        Learnt once, from what was known on the first scored day.
    scores
        By day.
    planted
        Day up to which the book is that of ``before``; what was known by then is taken from there.
    before
        The same book as it was.
    """

    walk: Walk
    model: TimeToPayment
    scores: dict[dt.date, Scores] = field(default_factory=dict)
    planted: dt.date = dt.date.min
    before: Watched | None = None
    _unpaid: dict[tuple[dt.date, dt.date], pd.Series] = field(default_factory=dict)
    _came: dict[tuple[dt.date, dt.date], np.ndarray] = field(default_factory=dict)

    def alarms(self, days: list[dt.date]) -> Rows:
        """Return by monitor the series judged, the alarms and the least p of a run on the last of the days."""
        table = judged(self.looked(days))
        return [
            (
                str(name),
                int(own["p"].notna().sum()),
                int(own["alarm"].sum()),
                float(own["p"].min()) if own["p"].notna().any() else 1.0,
            )
            for name, own in table.groupby("monitor")
        ]

    def looked(self, days: list[dt.date]) -> Looked:
        """Return what a run on the last of the days looks at."""
        today = days[-1]
        marks = {day: self.walk.landmark(day) for day in days}
        return Looked(
            customers={day: mark.features.customers for day, mark in marks.items()},
            profile={day: mark.features.profile for day, mark in marks.items()},
            scored={
                day: self.scores[day].customers.set_index("customer_id") for day in days if day in self.scores
            },
            unpaid={day: self.unpaid(day, today) for day in days},
            fed=feed_shares(self.walk.ledger, days),
            told=self.told([day for day in days if day in self.scores], today),
            policy=RiskTiers(),
        )

    def unpaid(self, day: dt.date, today: dt.date) -> pd.Series:
        """Return ``unpaid_shares`` of a month-end; what became known later than two months after it is left aside."""
        seen = min(today, month_end(day, back=-SETTLED))
        if self.before is not None and seen <= self.planted:
            return self.before.unpaid(day, today)
        if (day, seen) not in self._unpaid:
            self._unpaid[day, seen] = unpaid_shares(self.walk, self.walk.landmark(day), seen)
        return self._unpaid[day, seen]

    def told(self, days: list[dt.date], today: dt.date) -> pd.DataFrame:
        """Return earlier forecasts beside what came, as a run's ``said_and_came``, of the open items' expectations."""
        frozen, actual = [], []
        for day in days:
            come = min(WEEKS, (self.walk.known_until(today) - day).days // 7)
            if come < 1:
                continue
            frozen.append(self.said(day))
            cash = self.came(day, today, come).sum(axis=0)
            actual += [
                {"origin": day, "group": "all", "ahead": ahead, "cash": value}
                for ahead, value in enumerate(cash, start=1)
            ]
        if not frozen:
            return pd.DataFrame()
        return score_frozen(frozen, pd.DataFrame(actual)).assign(method="arseg")

    def said(self, day: dt.date) -> FrozenForecast:
        """Return the cash that the scores of a day expect of its open items, week by week."""
        scores = self.scores[day]
        balance = scores.items["balance"].clip(lower=0).to_numpy()
        expected = balance @ np.diff(scores.paid_by_week, axis=1, prepend=0.0)
        return freeze_point(day, pd.DataFrame([expected], index=["all"]))

    def came(self, day: dt.date, today: dt.date, weeks: int) -> np.ndarray:
        """Return the cash of a day's open items in the weeks after it."""
        seen = min(today, month_end(day, back=-SETTLED))
        if self.before is not None and seen <= self.planted:
            return self.before.came(day, today, weeks)
        if (day, seen) not in self._came:
            items = self.scores[day].items[["invoice_id", "balance"]]
            items = items[items["balance"] > 0].reset_index(drop=True)
            self._came[day, seen] = cash_since(self.walk.ledger, day, items, known=seen, weeks=weeks)
        return self._came[day, seen]

    def with_tables(self, tables: Tables, planted: dt.date, days: list[dt.date], folder: Path) -> Watched:
        """Return the same book and champion with other tables from a day on, and the month-ends after it built anew."""
        walk = walk_of(tables, folder)
        for day in days:
            if day <= planted:
                walk.keep(self.walk.landmark(day))
        other = Watched(
            walk,
            self.model,
            {day: one for day, one in self.scores.items() if day <= planted},
            planted=planted,
            before=self,
        )
        other.score([day for day in days if day > planted])
        return other

    def score(self, days: list[dt.date]) -> None:
        """Let the champion score some month-ends."""
        self.walk.build(days)
        for day in days:
            self.scores[day] = score(self.walk.landmark(day).features, self.model, reasons=False)


def walk_of(tables: Mapping[str, pd.DataFrame], folder: Path) -> Walk:
    """Return a walk over a ledger made of tables."""
    about = About(name="book", currency="EUR", rates={"USD": 0.92, "GBP": 1.15, "EUR": 1.0})
    return Walk(create_ledger(folder / "book.duckdb", tables, about), PLAN)


def watched(tables: Tables, days: list[dt.date], folder: Path, *, learnt: int) -> Watched:
    """Return a book with all month-ends built, and scored from that on which its champion was learnt.

    Parameters
    ----------
    tables, days, folder
        The book, its month-ends, and where its ledger may stand.
    learnt
        Place of the day on which the model is learnt.
    """
    walk = walk_of(tables, folder)
    first = [month_end(days[learnt], back=back) for back in range(PLAN.landmarks, 0, -1)]
    walk.build(sorted({*days, *first}))
    patient = replace(walk, plan=replace(PLAN, fewest_events=1, fewest_followed_days=1))
    book = Watched(walk, DiscreteHazard().fit(*patient.training(days[learnt])))
    book.score(days[learnt:])
    return book
