"""Futures of the open book: in each, every item leaves on a day of its own curve, and customers move together.

Items are taken customer by customer in blocks that fit the processor's cache; a block's futures are drawn one after
the other, so memory stays with the result. The same book and seed give the same draws, in whatever order items stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.forecast.cash_cube import CashCube, Single, groups_of
from arseg.forecast.dependence import Dependence, gamma_of
from arseg.forecast.open_book import WEEK, WEEKS, OpenBook
from arseg.schema import UsageError
from arseg.schema.shown import Shown

BLOCK: Final = 16_384
# A cube beyond this many cells is a table that nobody reads.
LARGEST: Final = 400_000_000


@dataclass(frozen=True)
class Simulation(Shown):
    """Size and seed of a simulation.

    Parameters
    ----------
    draws
        Number of futures.
    weeks
        Weeks ahead.
    seed
        The same seed gives the same futures.
    daily
        Whether cash is kept by day as well; the book's times must hold every day.
    """

    draws: int = 1000
    weeks: int = WEEKS
    seed: int = 20260131
    daily: bool = False

    def __post_init__(self) -> None:
        if self.draws < 1 or self.weeks < 1:
            raise UsageError(
                "nothing is simulated",
                given=f"{self.draws} draws of {self.weeks} weeks",
                allowed="1 or more of each",
                do="raise them",
                code="no_draws",
            )


def draw_cash(
    book: OpenBook,
    *,
    dependence: Dependence | None = None,
    simulation: Simulation | None = None,
    by: Sequence[str] = (),
) -> CashCube:
    """Return the cash that the open items bring by week (or day), in every simulated future.

    Parameters
    ----------
    book
        Open items and their curves.
    dependence
        How items leave together; see ``fit_dependence`` for one learnt from past forecasts.
    simulation
        Size, seed, and whether by day.
    by
        Columns of the items: ``segment``, ``portfolio``, ``currency``, ``entity``. Every view of the cube (one of
        them, several, or the total) is a sum over the same futures.

    Raises
    ------
    UsageError
        If the cube would have more than 4e8 cells.
    DataError
        If the curves are not known at all days needed, or a column is missing.

    Examples
    --------
    >>> import datetime as dt
    >>> items = pd.DataFrame({"invoice_id": ["i"], "customer_id": ["a"], "balance": [100.0]})
    >>> book = OpenBook(items, np.array([[[0.5, 1.0], [0, 0], [0, 0]]]), np.array([7, 14]), dt.date(2026, 10, 31))
    >>> cube = draw_cash(book, simulation=Simulation(draws=200, weeks=2))
    >>> sorted(set(cube.draws.sum(axis=2).ravel().tolist()))
    [100.0]
    """
    dependence, simulation = dependence or Dependence(), simulation or Simulation()
    order = np.lexsort((book.items["invoice_id"].to_numpy(), book.items["customer_id"].to_numpy()))
    code, groups = groups_of(book.items, by)
    steps = simulation.weeks * (WEEK if simulation.daily else 1)
    _check_size(simulation.draws * len(groups) * steps)
    days = np.arange(1, simulation.weeks * WEEK + 1) if simulation.daily else WEEK * np.arange(1, steps + 1)
    place = book.at(days)
    rng = np.random.default_rng(simulation.seed)
    paces = dependence.paces(rng, simulation.draws, simulation.weeks)
    cash = np.zeros((simulation.draws, len(groups), steps), dtype=np.float32)
    customers = pd.factorize(book.items["customer_id"].to_numpy()[order])[0]
    for rows in _blocks(customers):
        own = order[rows]
        block = _Block(book, own, place, dependence, daily=simulation.daily)
        index = (code[own] * (steps + 1)).astype(np.intp)
        _, frailty = np.unique(customers[rows], return_inverse=True)
        shape = (simulation.draws, int(frailty.max()) + 1)
        speeds = gamma_of(rng, dependence.customer, shape).astype(np.float32)
        luck = rng.standard_exponential(shape, dtype=np.float32)
        for draw in range(simulation.draws):
            rest = rng.standard_exponential(len(own), dtype=np.float32)
            if dependence.together > 0:
                follows = rng.random(len(own), dtype=np.float32) < dependence.together
                np.copyto(rest, luck[draw][frailty], where=follows)
            # A customer at pace zero never meets any hazard.
            np.divide(rest, np.maximum(speeds[draw][frailty], np.float32(1e-30)), out=rest)
            left = block.leave(rng, rest, paces[draw])
            sums = np.bincount(index + left, weights=block.balance, minlength=len(groups) * (steps + 1))
            cash[draw] += sums.reshape(len(groups), steps + 1)[:, :steps]
    weekly = book.balance[:, None] * np.diff(book.paid_by[:, place], axis=1, prepend=0.0)
    expected = np.zeros((len(groups), steps))
    np.add.at(expected, code, weekly)
    return CashCube(groups, cash, expected, book.key_date, WEEK if not simulation.daily else 1)


class _Block:
    """The items of some customers, ready to be drawn."""

    def __init__(
        self,
        book: OpenBook,
        rows: npt.NDArray[np.intp],
        place: npt.NDArray[np.int64],
        dependence: Dependence,
        *,
        daily: bool,
    ) -> None:
        incidence = np.asarray(book.incidence[rows][:, :, place], dtype=np.float64)
        self.balance = book.balance[rows]
        self.days = WEEK if daily else 1
        self.steps = len(place)
        hazard = dependence.hazards(1 - incidence.sum(axis=1))
        weekly = hazard[:, self.days - 1 :: self.days]
        before = np.hstack([np.zeros((len(rows), 1)), weekly[:, :-1]])
        within = np.maximum(weekly - before, 0.0)
        # One row per week, so that a week's hazards of all items lie side by side.
        self.hazard: Single = np.ascontiguousarray(dependence.stretched(before, within).T, dtype=np.float32)
        self.paid = _paid_share(incidence)
        self.within = _within_week(hazard, before, within) if daily else None
        self._met, self._mask = np.empty(len(rows), np.float32), np.empty(len(rows), np.bool_)

    def leave(self, rng: np.random.Generator, rest: Single, pace: Single) -> npt.NDArray[np.intp]:
        """Return the step in which each item brings its balance; ``steps`` where it brings none.

        ``rest`` is the hazard at which it leaves, and is used up.
        """
        week, met, mask = np.zeros(len(rest), np.uint8), self._met, self._mask
        stays = np.ones(len(rest), np.bool_)
        for number, hazard in enumerate(self.hazard):
            np.multiply(hazard, pace[number], out=met)
            np.greater_equal(rest, met, out=mask)
            np.logical_and(stays, mask, out=stays)
            np.multiply(met, stays, out=met)
            np.subtract(rest, met, out=rest)
            np.add(week, stays.view(np.uint8), out=week)
        step = week.astype(np.intp)
        if self.within is not None:
            step = self._day(step, rest, pace)
        if self.paid is not None:
            flat = np.minimum(step, self.steps - 1) * len(step) + np.arange(len(step))
            other = rng.random(len(step), dtype=np.float32) >= self.paid.ravel()[flat]
            step[other] = self.steps
        return step

    def _day(self, week: npt.NDArray[np.intp], rest: Single, pace: Single) -> npt.NDArray[np.intp]:
        """Return the day within the week: how much of the week's hazard was met when the item left."""
        assert self.within is not None
        weeks = len(self.hazard)
        inside = np.minimum(week, weeks - 1)
        flat = inside * len(week) + np.arange(len(week))
        share = rest / np.maximum(self.hazard.ravel()[flat] * pace[inside], np.float32(1e-30))
        day = np.zeros(len(week), dtype=np.intp)
        for edge in self.within:
            day += share >= edge.ravel()[flat]
        return np.where(week < weeks, week * WEEK + day, self.steps)


def _paid_share(incidence: npt.NDArray[np.float64]) -> Single | None:
    """Return, of those that leave in each step, the share that is paid, shape (steps, items); None where all are."""
    gone = np.maximum(np.diff(incidence, axis=2, prepend=0.0), 0.0)
    whole = gone.sum(axis=1)
    if not gone[:, 1:].any():
        return None
    share = np.where(whole > 0, gone[:, 0] / np.where(whole > 0, whole, 1.0), 1.0)
    return np.ascontiguousarray(share.T, dtype=np.float32)


def _within_week(
    hazard: npt.NDArray[np.float64], before: npt.NDArray[np.float64], within: npt.NDArray[np.float64]
) -> list[Single]:
    """Return the share of each week's hazard that is met by the end of its first to sixth day: (weeks, items) each."""
    edges = []
    for day in range(WEEK - 1):
        met = hazard[:, day::WEEK] - before
        share = np.where(within > 0, met / np.where(within > 0, within, 1.0), 1.0)
        edges.append(np.ascontiguousarray(share.T, dtype=np.float32))
    return edges


def _blocks(customers: npt.NDArray[np.intp]) -> Iterator[npt.NDArray[np.intp]]:
    """Yield runs of rows that never part a customer."""
    first = np.flatnonzero(np.diff(customers, prepend=-1))
    ends = np.append(first[1:], len(customers)) if len(customers) else first
    start = 0
    for place, end in enumerate(ends):
        last = place + 1 == len(ends)
        if last or ends[place + 1] - start > BLOCK:
            yield np.arange(start, end)
            start = end


def _check_size(cells: int) -> None:
    if cells > LARGEST:
        raise UsageError(
            "the cube is too large",
            given=f"{cells:,} cells",
            allowed=f"{LARGEST:,} draws x groups x steps",
            do="ask by fewer columns, by week, or for fewer draws",
            code="cube_too_large",
        )
