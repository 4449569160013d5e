"""Worlds for the worklists: what the desk knew of its past, and what a call truly brings to each customer."""

from __future__ import annotations

import copy
import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from arseg.backtest.plan import Plan
from arseg.backtest.walk_forward import Walk
from arseg.ledger import observe_outcomes
from arseg.ledger.storing.store import About
from arseg.ledger.storing.writing import create_ledger
from arseg.models import DiscreteHazard
from arseg.models.contact_effect import ContactEffect
from arseg.uplift import followed, overdue_contacts
from arseg.world import Calendar, Course, World, draw_world, follow, legacy_policy
from arseg.world.book import SIGN
from arseg.world.course import Days
from arseg.world.measures import INTEREST, cash_of, euros_of, losses_of
from arseg.world.outcome import finish
from arseg.world.reviews import CALL, NONE, Decision
from arseg.world.tables import customer_ids, ledger_tables

START: Final = dt.date(2024, 1, 1)
MONTHS: Final = 27
HORIZON: Final = 60
# Month-ends are a month apart: until the next one a row's figures are fresh.
FRESH: Final = 35
# A few coefficients want less of a booster than a course does.
TREES: Final = 50
# Contacts of longer ago have left nothing.
_BACK: Final = 120
_ALONE: Final = {"channel": "none", "tone": "none"}


@dataclass(frozen=True)
class Book:
    """A world, its ledger, and what its desk logged: contacts, and decisions to leave a customer alone."""

    world: World
    walk: Walk
    desk: pd.DataFrame

    def log(self, items: pd.DataFrame, key_date: dt.date, *, known_by: dt.date) -> pd.DataFrame:
        """Return what the desk did about the customers of some items: ``invoice_id``, ``day``, ``channel``, ``tone``."""
        key = pd.Timestamp(key_date)
        made = self.desk[self.desk["known_on"] <= pd.Timestamp(known_by)]
        day = (made["on"] - key).dt.days
        near = made.assign(day=day)[(day > -_BACK) & (day <= FRESH)]
        return items[["invoice_id", "customer_id"]].merge(near, on="customer_id")[
            ["invoice_id", "day", "channel", "tone"]
        ]


@contextmanager
def drawn_book(customers: int, seed: int) -> Iterator[Book]:
    """Give a typical world under its stochastic desk, with its ledger in a folder that is thrown away."""
    world = draw_world(customers, Calendar(START, MONTHS), seed=seed)
    tables = ledger_tables(world, follow(world, legacy_policy("stochastic", world)))
    contacts, decisions = (tables[name].to_pandas() for name in ("contacts", "assignments"))
    alone = decisions[decisions["treatment"] == "none"].rename(columns={"key_date": "on"}).assign(**_ALONE)
    names = ["customer_id", "on", "known_on", "channel", "tone"]
    desk = pd.concat([contacts.rename(columns={"contacted_on": "on"})[names], alone[names]])
    desk = desk.assign(on=pd.to_datetime(desk["on"]), known_on=pd.to_datetime(desk["known_on"]))
    with tempfile.TemporaryDirectory() as folder:
        about = About(name="book", currency="EUR", rates={"USD": 0.92})
        ledger = create_ledger(Path(folder) / "book.duckdb", tables, about)
        yield Book(world, Walk(ledger, Plan()), desk.reset_index(drop=True))


def learn(book: Book, key_date: dt.date) -> tuple[DiscreteHazard, ContactEffect]:
    """Return a hazard, and what contacts do to it, from what a key date knew."""
    until = key_date - dt.timedelta(days=book.walk.plan.settle_lag_days)
    parts, logs, at = [], [], 0
    for mark in book.walk.landmarks(key_date):
        if until <= mark.key_date:
            continue
        told = observe_outcomes(book.walk.ledger, mark.key_date, observed_on=key_date, until=until)
        part = mark.features.matrix().join(told.set_index("invoice_id")[["event", "duration"]], how="inner")
        log = book.log(mark.features.items, mark.key_date, known_by=key_date)
        logs.append(overdue_contacts(log, part).assign(row=lambda frame, at=at: frame["row"] + at))
        parts.append(part)
        at += len(part)
    rows = pd.concat(parts, ignore_index=True)
    X, y = rows.drop(columns=["event", "duration"]), rows[["event", "duration"]].astype("int64")
    contacts = pd.concat(logs, ignore_index=True)
    effect = DiscreteHazard(trees=TREES).fit(X, followed(y, FRESH), contacts=contacts).contact_
    assert effect is not None
    return DiscreteHazard().fit(X, y), effect


def true_value(book: Book, key_date: dt.date, courses: int) -> pd.DataFrame:
    """Return what a call on the next business day truly brings to every customer: ``first``, ``second``, euros.

    The days until the key date are those of the ledger. From then on the world runs twice per course with the same luck:
    once everybody who is overdue on the evening of the next business day is called, once nobody; after that nobody is.
    Customers do not influence one another here, so one run tells the effect on each. Value is cash, interest on less
    outstanding, and less written off within the horizon, before the cost of the call. Two means over half of
    the courses each, so that an oracle can be judged by another luck than it was chosen by.
    """
    world = book.world
    days = Days(world)
    days.pass_until((key_date - START).days + 1, legacy_policy("stochastic", world))
    weekday = world.calendar.weekday[world.calendar.next_business[days.day]]
    gains = []
    for luck in range(1, courses + 1):
        turn = np.full(len(world.customers), weekday)
        other = world.with_luck(luck)
        other = replace(other, customers=replace(other.customers, review_weekday=turn))
        called, alone = (_course(days, other, action) for action in (CALL, NONE))
        gains.append(_worth(other, called, days.day) - _worth(other, alone, days.day))
    half = np.arange(courses) % 2 == 0
    found = {
        name: np.mean(np.array(gains)[part], axis=0) for name, part in (("first", half), ("second", ~half))
    }
    return pd.DataFrame(found, index=pd.Index(customer_ids(np.arange(len(world.customers))).to_pylist()))


class _Once:
    """Does the same to everybody on the first review, and nothing to anybody after it."""

    def __init__(self, action: int) -> None:
        self._action = action

    def __call__(self, so_far: Any, key_date: dt.date) -> Decision:
        del key_date
        action, self._action = self._action, NONE
        return Decision(np.full(len(so_far.review), action))


def _course(days: Days, world: World, action: int) -> Course:
    # As Days.fork does it, in a world in which it is everybody's turn on the next business day.
    forked = copy.deepcopy(days, {id(days.world): world})
    return finish(forked, _Once(action), days.day + HORIZON)


def _worth(world: World, course: Course, start: int) -> np.ndarray:
    """Return what came of every customer within the horizon, euros, shape (customers,)."""
    postings, end = course.postings, start + HORIZON
    within = (postings.value >= start) & (postings.value < end)
    waited = SIGN[postings.kind] * euros_of(world, postings) * np.maximum(0, end - postings.value)
    value = cash_of(world, postings) - INTEREST / 365 * waited - losses_of(world, postings)
    return np.bincount(postings.customer[within], value[within], minlength=len(world.customers))
