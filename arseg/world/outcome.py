"""The truth under any policy: the same world run again, as often as its luck is to be averaged over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa

from arseg.schema import UsageError
from arseg.world.book import World, select
from arseg.world.course import Course, Days
from arseg.world.draws import Floats, Ints
from arseg.world.economy import NEVER
from arseg.world.measures import Sums, add_up, losses_of
from arseg.world.settlement import incidence, settle
from arseg.world.so_far import Decide
from arseg.world.tables import invoice_ids
from arseg.world.truth import truth_tables

TIMES: Final = (7, 14, 30, 60, 90)
_CAUSES: Final = ("paid", "credited", "written_off")


@dataclass(frozen=True)
class Truth:
    """A true figure: a ratio of sums, averaged over courses, with its Monte Carlo error.

    Parameters
    ----------
    value
        Ratio of the mean sums.
    error
        Standard error over the courses, NaN with one course.
    numerator, denominator
        Mean sums.
    """

    value: float
    error: float
    numerator: float
    denominator: float


@dataclass(frozen=True)
class Outcome:
    """What a policy does in a world, over equally likely courses of it.

    Parameters
    ----------
    world
        The world.
    courses
        What happened, once per luck; with the postings that were under way at the end.
    start, end
        The window of days over which sums are taken: from ``start`` to the day before ``end``.
    subjects
        Invoices of which the incidence is told, and the day from which its time counts.
    """

    world: World
    courses: tuple[Course, ...]
    start: int
    end: int
    subjects: tuple[Ints, Ints]

    @cached_property
    def sums(self) -> tuple[Sums, ...]:
        """Sums over the window, one per course."""
        return tuple(add_up(self.world, course, self.start, self.end) for course in self.courses)

    @property
    def dso(self) -> Truth:
        """Average receivables per euro invoiced a day: days sales outstanding."""
        return _ratio(self.sums, lambda s: s.receivable_days, lambda s: s.invoiced)

    @property
    def bad_debt_ratio(self) -> Truth:
        """Written off less recovered within the window, per euro invoiced within it."""
        return _ratio(self.sums, lambda s: s.net_written_off, lambda s: s.invoiced)

    @property
    def collection_rate(self) -> Truth:
        """Cash within 90 days of due, per euro invoiced and not credited."""
        return _ratio(self.sums, lambda s: s.collected, lambda s: s.collectable)

    @property
    def policy_value(self) -> Truth:
        """Cash less interest, contact cost and losses, euros; the denominator is 1."""
        return _ratio(self.sums, lambda s: s.value, lambda _: 1.0)

    def minus(self, other: Outcome) -> Truth:
        """Return the paired difference of policy values, euros: luck that both had cancels.

        Raises
        ------
        UsageError
            If the other is of another world, window or number of courses.
        """
        ours, theirs = ((o.world, o.start, o.end, len(o.courses)) for o in (self, other))
        if ours[0] is not theirs[0] or ours[1:] != theirs[1:]:
            raise UsageError(
                "the outcomes cannot be paired",
                given=f"days {theirs[1]} to {theirs[2]}, {theirs[3]} courses",
                allowed=f"the same world, days {ours[1]} to {ours[2]}, {ours[3]} courses",
                do="run both policies in one world with the same arguments",
                code="not_paired",
            )
        gains = [a.value - b.value for a, b in zip(self.sums, other.sums, strict=True)]
        return Truth(float(np.mean(gains)), _error(gains), float(np.mean(gains)), 1.0)

    @cached_property
    def incidence(self) -> pa.Table:
        """Cumulative incidence of each cause by days after the start: a row per invoice and time."""
        invoice, start = self.subjects
        shares = incidence(
            [settle(self.world, select(c.postings, c.postings.value < self.end)) for c in self.courses],
            start,
            invoice,
            TIMES,
        )
        columns = {"invoice_id": invoice_ids(np.repeat(invoice, len(TIMES)))}
        columns["days"] = pa.array(np.tile(TIMES, len(invoice)), pa.int32())
        for place, cause in enumerate(_CAUSES):
            columns[cause] = pa.array(shares[:, place].ravel())
        return pa.table(columns)

    @cached_property
    def expected_loss(self) -> pa.Table:
        """Expected loss of each invoice within the window: written off less recovered, euros, with its error."""
        invoice, _ = self.subjects
        losses = np.stack([_losses(self.world, c, self.start, self.end)[invoice] for c in self.courses])
        spread = losses.std(axis=0, ddof=1) if len(losses) > 1 else np.full(len(invoice), np.nan)
        columns = {
            "invoice_id": invoice_ids(invoice),
            "expected_loss": losses.mean(axis=0),
            "error": spread / np.sqrt(len(losses)),
        }
        return pa.table(columns)

    @cached_property
    def tables(self) -> dict[str, pa.Table]:
        """Propensities, effects of contacts, onsets of distress and all other truth of the first course."""
        return truth_tables(self.world, self.courses[0])


def replay(
    world: World,
    decide: Decide,
    *,
    courses: int = 1,
    after: dt.date | None = None,
    horizon: int = 120,
    past: Decide | None = None,
) -> Outcome:
    """Run a world under a policy.

    Parameters
    ----------
    world
        The world.
    decide
        The policy.
    courses
        How many equally likely courses are averaged over. Two policies meet the same ones.
    after
        A key date: until its evening all courses are one and the same. None for courses that differ from
        the first day on; the window then leaves out the first third of the book, in which it fills.
    horizon
        With ``after``, days that the window is long.
    past
        With ``after``, the policy until the key date; ``decide`` by default.

    Raises
    ------
    UsageError
        If there is no course, or the window does not lie in the book.
    """
    if courses < 1:
        raise UsageError("there is no course", given=courses, allowed="1 or more", do="raise courses")
    if after is None:
        end, start = world.calendar.days, world.calendar.days // 3
        fresh = [Days(world.with_luck(luck)) for luck in range(courses)]
        done = tuple(finish(days, decide, end) for days in fresh)
        issued = np.flatnonzero(done[0].issued & (world.invoices.document >= start))
        return Outcome(world, done, start, end, (issued, world.invoices.document[issued]))
    start = day_after(world, after)
    end = start + horizon
    if end > world.calendar.days:
        raise UsageError(
            "the window ends after the book",
            given=f"{horizon} days after {after}",
            allowed=f"up to {world.calendar.end}",
            do="choose an earlier key date, or a shorter horizon",
            code="window_beyond_book",
        )
    days = Days(world)
    days.pass_until(start, past or decide)
    open_items = days.open_items()
    done = tuple(finish(days.fork(luck), decide, end) for luck in range(1, courses + 1))
    return Outcome(world, done, start, end, (open_items, np.full(len(open_items), start - 1)))


def day_after(world: World, key_date: dt.date) -> int:
    """Return the day of the book after a key date.

    Raises
    ------
    UsageError
        If the key date does not lie in the book.
    """
    day = (key_date - world.calendar.start).days
    if not 0 <= day < world.calendar.days:
        raise UsageError(
            "the key date does not lie in the book",
            given=key_date,
            allowed=f"{world.calendar.start} to {world.calendar.end}",
            do="choose a day of the book",
            code="key_date_out_of_range",
        )
    return day + 1


def finish(days: Days, decide: Decide, end: int) -> Course:
    """Let the days before ``end`` go by and return what happened, with the postings that are under way."""
    days.pass_until(end, decide)
    return days.course(known_by=NEVER)


def _losses(world: World, course: Course, start: int, end: int) -> Floats:
    postings, lost = course.postings, losses_of(world, course.postings)
    counts = (postings.value >= start) & (postings.value < end) & (lost != 0)
    losses: Floats = np.bincount(postings.invoice[counts], lost[counts], len(world.invoices)).astype(
        np.float64
    )
    return losses


def _ratio(sums: Sequence[Sums], above: Callable[[Sums], float], below: Callable[[Sums], float]) -> Truth:
    numerators, denominators = np.array([above(s) for s in sums]), np.array([below(s) for s in sums])
    numerator, denominator = float(numerators.mean()), float(denominators.mean())
    if denominator == 0:
        return Truth(float("nan"), float("nan"), numerator, denominator)
    value = numerator / denominator
    # The delta method: residuals of the numerators from the ratio.
    return Truth(value, _error((numerators - value * denominators) / denominator), numerator, denominator)


def _error(values: Sequence[float] | Floats) -> float:
    if len(values) < 2:
        return float("nan")
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))
