"""Small synthetic books whose truth is known, analysed as a client's book is, and what is true in them (question d)."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from arseg.backtest.value.decisions import DecisionLog, read_decisions
from arseg.backtest.value.estimators import clustered_error
from arseg.backtest.value.logged import Logged, Values
from arseg.backtest.value.outcomes import cross_fit
from arseg.backtest.value.targeting import uplift_scores
from arseg.ledger import observe_decisions
from arseg.ledger.storing.store import About
from arseg.ledger.storing.writing import create_ledger
from arseg.world import Calendar, Decide, LedgerSoFar, World, draw_world, follow, legacy_policy
from arseg.world.deviations import DIFFERS, deviate
from arseg.world.reviews import ACTIONS, Decision
from arseg.world.tables import ledger_tables

START: Final = dt.date(2024, 1, 1)
HORIZON: Final = 28
# Before this day a book is still filling; after the last ones nothing is mature.
WARM_UP: Final = 90
SETTLE: Final = 12
_NORMAL: Final = 1.959963984540054
_OLD, _YOUNG = (0.1, 0.1, 0.1, 0.7), (0.25, 0.6, 0.1, 0.05)


@dataclass(frozen=True)
class SmallWorld:
    """A world, the policy of its desk, and the log that its ledger holds of it."""

    world: World
    past: Decide
    log: DecisionLog


def draw_small(*, customers: int, months: int, seed: int, desk: str = "stochastic") -> SmallWorld:
    """Return a small world with its log of decisions, read from its ledger.

    Parameters
    ----------
    customers, months
        Size.
    seed
        The same seed gives the same world.
    desk
        One of ``arseg.world.LEGACY_MODES``.
    """
    world = draw_world(customers, Calendar(START, months), seed=seed)
    past = legacy_policy(desk, world)
    with tempfile.TemporaryDirectory() as folder:
        about = About(name="small", currency="EUR", rates={"USD": 0.92})
        ledger = create_ledger(
            Path(folder) / "small.duckdb", ledger_tables(world, follow(world, past)), about
        )
        first = START + dt.timedelta(days=WARM_UP)
        rows = observe_decisions(ledger, horizon_days=HORIZON, first=first)
    return SmallWorld(world, past, read_decisions(rows, seed=seed))


def call_the_old(oldest: ArrayLike) -> Values:
    """Return a policy's probabilities in the order of ``ACTIONS``: mostly calls from 31 days past due on, else e-mails."""
    return np.where((np.asarray(oldest) > 30)[:, None], _OLD, _YOUNG)


def on_log(log: DecisionLog) -> Values:
    """Return the probabilities of ``call_the_old`` at the decisions of a log."""
    place = [ACTIONS.index(name) for name in log.logged.actions]
    return call_the_old(log.rows["oldest_days_past_due"].to_numpy())[:, place]


def true_gains(small: SmallWorld, *, evenings: int, seed: int) -> tuple[int, Values]:
    """Return decisions and the sums of what ``call_the_old`` truly brings more than the desk, by ``DIFFERS``.

    Some evenings are decided otherwise, with the same luck, and everything before and after them is as it was.

    Parameters
    ----------
    small
        The world.
    evenings
        How many, spread evenly over the days on which the log is judged.
    seed
        Of the luck after each evening.
    """
    last = small.world.calendar.days - HORIZON - SETTLE
    reviewed, gains = 0, np.zeros(len(DIFFERS))
    for at, day in enumerate(np.linspace(WARM_UP, last, evenings).astype(int).tolist()):
        on = START + dt.timedelta(days=day)
        (found,) = deviate(
            small.world, small.past, (_drawn,), on=on, horizon=HORIZON, luck=1000 * seed + at + 1
        )
        reviewed += found.reviewed
        gains += found.gains
    return reviewed, gains


def _drawn(so_far: LedgerSoFar, key_date: dt.date) -> Decision:
    del key_date
    chances = call_the_old(so_far.review.oldest_days_past_due)
    return Decision((so_far.luck[:, None] >= np.cumsum(chances, axis=1)[:, :-1]).sum(axis=1))


@dataclass(frozen=True)
class CallEffect:
    """Days that a balance stays open longer after a call than after none, over four weeks; below zero calls help.

    Parameters
    ----------
    naive, naive_low, naive_high
        Those who were called less those who were left alone, as such analyses go.
    ours, low, high
        Doubly robust, from the logged chances.
    """

    naive: float
    naive_low: float
    naive_high: float
    ours: float
    low: float
    high: float


def call_effect(log: DecisionLog, *, seed: int = 0) -> CallEffect:
    """Return what calls seem to do by a comparison of means, and what the logged chances say.

    A desk calls the riskiest; those pay late, called or not. The comparison of means takes that for an effect of calls.

    Parameters
    ----------
    log
        Decisions with logged propensities.
    seed
        Deals customers into folds.
    """
    held = log.balance > 0
    days = np.where(
        held, log.rows["amount_days"].to_numpy(dtype=np.float64) / np.where(held, log.balance, 1.0), 0.0
    )
    given = log.logged
    one = Logged(given.customer, given.action, given.propensity, days[:, None], given.actions, ("days open",))
    scores = uplift_scores(
        one, cross_fit(one, log.state, kind="linear", seed=seed), treatment="call", component="days open"
    )
    arms = [given.action == given.actions.index("call"), given.action == 0]
    # Each arm's mean, as a sum of what its rows add to it, so that rows of one customer count together.
    parts = [np.where(arm, (days - days[arm].mean()) / arm.mean(), 0.0) for arm in arms]
    naive = float(days[arms[0]].mean() - days[arms[1]].mean())
    spread = _NORMAL * float(clustered_error((parts[0] - parts[1])[:, None], given.customer)[0])
    ours = float(scores.mean())
    reach = _NORMAL * float(clustered_error((scores - ours)[:, None], given.customer)[0])
    return CallEffect(naive, naive - spread, naive + spread, ours, ours - reach, ours + reach)
