"""The true effect of an action on every customer of a review: the same evening, with and without it."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import pyarrow as pa

from arseg.world.book import SIGN, World
from arseg.world.course import Course, Days
from arseg.world.draws import Floats, Ints
from arseg.world.measures import cash_of, euros_of
from arseg.world.outcome import day_after, finish
from arseg.world.reviews import ACTIONS, Decision
from arseg.world.so_far import Contacts, Decide, LedgerSoFar
from arseg.world.tables import customer_ids


class _AllOnce:
    """A policy that gives everybody the same action on one evening, and then is another."""

    def __init__(self, action: int, then: Decide) -> None:
        self.action, self.then = action, then
        self.reviewed: Ints = np.empty(0, dtype=np.int64)
        self._waiting = True

    def __call__(self, so_far: LedgerSoFar, key_date: dt.date) -> Contacts:
        if not self._waiting:
            return self.then(so_far, key_date)
        self._waiting = False
        self.reviewed = so_far.review.customer
        return Decision(np.full(len(so_far.review), self.action))


def effects(
    world: World,
    past: Decide,
    *,
    on: dt.date,
    courses: int = 8,
    horizon: int = 60,
    then: Decide | None = None,
) -> pa.Table:
    """Return the effect of each action, against none, on each customer of the first review from a day on.

    Parameters
    ----------
    world
        The world. With interference, an effect is that of treating everybody of the review.
    past
        The policy until then.
    on
        A day of the book.
    courses
        Equally likely courses that are averaged over.
    horizon
        Days after the review over which effects are measured.
    then
        The policy after the review; by default nobody is contacted any more.

    Returns
    -------
    A row per customer and action: ``cash`` (euros more within the horizon), ``euro_days`` (euros times days
    less outstanding), each with its Monte Carlo error.
    """
    days = Days(world)
    days.pass_until(day_after(world, on) - 1, past)
    after = then or (lambda so_far, _: Decision(np.zeros(len(so_far.review), dtype=np.int64)))
    gains: dict[int, list[Floats]] = {action: [] for action in range(1, len(ACTIONS))}
    reviewed = np.empty(0, dtype=np.int64)
    end = min(days.day + horizon, world.calendar.days)
    for luck in range(1, courses + 1):
        plain = None
        for action in range(len(ACTIONS)):
            policy = _AllOnce(action, after)
            outcome = _per_customer(world, finish(days.fork(luck), policy, end), days.day, horizon)
            reviewed = policy.reviewed
            if plain is None:
                plain = outcome
            else:
                gains[action].append(outcome - plain)
    return _table(reviewed, gains)


def _per_customer(world: World, course: Course, start: int, horizon: int) -> Floats:
    """Return cash and less euro-days outstanding of every customer within the horizon: 2 x customers."""
    postings, end = course.postings, start + horizon
    within = (postings.value >= start) & (postings.value < end)
    cash = cash_of(world, postings)
    less = -SIGN[postings.kind] * euros_of(world, postings) * np.maximum(0, end - postings.value)
    count = len(world.customers)
    return np.stack(
        [np.bincount(postings.customer[within], c[within], minlength=count) for c in (cash, less)]
    )


def _table(reviewed: Ints, gains: dict[int, list[Floats]]) -> pa.Table:
    columns: dict[str, list[Floats]] = {name: [] for name in _COLUMNS}
    for found in gains.values():
        gain = np.stack(found)[:, :, reviewed]
        spread = gain.std(axis=0, ddof=1) if len(gain) > 1 else np.full(gain.shape[1:], np.nan)
        for name, row in zip(_COLUMNS, [*gain.mean(axis=0), *(spread / np.sqrt(len(gain)))], strict=True):
            columns[name].append(row)
    actions = [ACTIONS[action] for action in gains for _ in reviewed]
    ids = customer_ids(np.tile(reviewed, len(gains)))
    numbers = {name: np.concatenate(parts) for name, parts in columns.items()}
    return pa.table({"customer_id": ids, "action": pa.array(actions, pa.string()), **numbers})


_COLUMNS: Final = ("cash", "euro_days", "cash_error", "euro_days_error")
