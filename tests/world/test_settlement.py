from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from arseg.ledger import load, observe_outcomes, read_ledger
from arseg.schema import CREDITED, OPEN, PAID, WRITTEN_OFF
from arseg.world.book import (
    CREDIT_NOTE,
    PAYMENT,
    RECOVERY,
    REVERSAL,
    WRITE_OFF,
    Postings,
    World,
    select,
)
from arseg.world.calendars import Calendar
from arseg.world.course import Course, draw_world, follow
from arseg.world.economy import NEVER
from arseg.world.legacy import legacy_policy
from arseg.world.settlement import incidence, settle
from arseg.world.simulate import synthesize


def _postings(rows: list[tuple[int, int, int, int]]) -> Postings:
    invoice, kind, cents, value = (np.array(column) for column in zip(*rows, strict=True))
    rest = np.zeros_like(invoice)
    return Postings(invoice, rest, kind, cents, value, rest, rest, value)


@pytest.mark.parametrize(
    ("rows", "day", "cause"),
    [
        ([(PAYMENT, 1.0, 10)], 10, PAID),
        ([(PAYMENT, 0.5, 10), (PAYMENT, 0.5, 14)], 14, PAID),
        ([(PAYMENT, 0.5, 10)], NEVER, OPEN),
        ([(PAYMENT, 0.996, 10)], 10, PAID),
        ([(PAYMENT, 1.0, 10), (REVERSAL, 1.0, 12)], NEVER, OPEN),
        ([(PAYMENT, 1.0, 10), (REVERSAL, 1.0, 12), (PAYMENT, 1.0, 20)], 20, PAID),
        ([(PAYMENT, 1.0, 10), (REVERSAL, 1.0, 10), (PAYMENT, 1.0, 10)], 10, PAID),
        ([(CREDIT_NOTE, 1.0, 11)], 11, CREDITED),
        ([(CREDIT_NOTE, 0.3, 11), (PAYMENT, 0.7, 12)], 12, PAID),
        ([(WRITE_OFF, 1.0, 200)], 200, WRITTEN_OFF),
        ([(WRITE_OFF, 1.0, 200), (RECOVERY, 0.4, 260), (PAYMENT, 0.4, 260)], 200, WRITTEN_OFF),
    ],
)
def test_the_day_and_the_cause_are_those_of_science_3_1(
    world: World, rows: list[tuple[int, float, int]], day: int, cause: int
) -> None:
    cents = int(world.invoices.cents[7])
    postings = _postings([(7, kind, round(share * cents), value) for kind, share, value in rows])
    found = settle(world, postings)
    assert (found.day[7], found.cause[7]) == (day, cause)
    assert (np.delete(found.day, 7) == NEVER).all()


def test_the_ledgers_sql_finds_the_same_days_and_causes(tmp_path: Path) -> None:
    """Two implementations, in numpy and in SQL, of one definition."""
    made = synthesize(tmp_path / "book", customers=60, months=14, seed=9)
    load([str(made.folder)], "arseg", into="book", home=tmp_path)
    ledger = read_ledger(tmp_path / "data" / "ledger" / "book.duckdb")
    key_date = dt.date(2024, 9, 30)
    theirs = observe_outcomes(ledger, key_date).set_index("invoice_id")
    world = draw_world(60, Calendar(dt.date(2024, 1, 1), 14), seed=9)
    course = follow(world, legacy_policy("stochastic", world))
    known = course.postings.value < world.calendar.days
    ours = settle(world, select(course.postings, known))
    number = np.array([int(one[3:]) - 1 for one in theirs.index])
    day = (key_date - made.start).days
    settled = ours.day[number] < NEVER
    np.testing.assert_array_equal(theirs["event"].to_numpy() != OPEN, settled)
    duration = np.maximum(1, ours.day[number] - day)[settled]
    np.testing.assert_array_equal(theirs["duration"].to_numpy()[settled], duration)
    # The ledger reads the cause off what came after the key date, so only untouched items have one for both.
    touched = np.isin(number, course.postings.invoice[course.postings.value <= day])
    plain = settled & ~touched
    assert plain.sum() > 30
    np.testing.assert_array_equal(theirs["event"].to_numpy()[plain], ours.cause[number][plain])


def test_incidence_is_the_share_of_courses_by_cause_and_time(world: World, course: Course) -> None:
    one = settle(world, course.postings)
    subjects = np.arange(200)
    start = world.invoices.document[subjects]
    both = incidence([one, one], start, subjects, (30, 60, 10_000))
    assert both.shape == (200, 3, 3)
    assert (np.diff(both, axis=2) >= 0).all()
    settled = one.day[subjects] < NEVER
    np.testing.assert_array_equal(both[:, :, 2].sum(axis=1), settled)
    paid = (one.cause[subjects] == PAID) & (one.day[subjects] - start <= 30)
    np.testing.assert_array_equal(
        both[:, 0, 0], paid | ((one.day[subjects] <= start) & (one.cause[subjects] == PAID))
    )
