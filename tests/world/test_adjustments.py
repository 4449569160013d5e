from __future__ import annotations

import numpy as np
import pytest

from arseg.world.book import CREDIT_NOTE, PAYMENT, RECOVERY, WRITE_OFF, World
from arseg.world.calendars import Calendar
from arseg.world.course import Course, draw_world, follow
from arseg.world.legacy import by_softmax, on_review


@pytest.fixture(scope="module")
def long_world() -> World:
    import datetime as dt

    return draw_world(250, Calendar(dt.date(2024, 1, 1), 24), seed=6)


@pytest.fixture(scope="module")
def long_course(long_world: World) -> Course:
    return follow(long_world, on_review(by_softmax))


def test_only_customers_who_cannot_pay_are_written_off_and_late_enough(
    long_world: World, long_course: Course
) -> None:
    postings, world = long_course.postings, long_world
    lost = np.flatnonzero(postings.kind == WRITE_OFF)
    assert len(lost) > 5
    invoice, day = postings.invoice[lost], postings.value[lost]
    customer = world.invoices.customer[invoice]
    assert world.economy.distressed[customer, world.calendar.month[day]].all()
    insolvent = world.economy.insolvent_on[customer] <= day
    assert (insolvent | (day > world.invoices.due[invoice] + 180)).all()


def test_a_recovery_follows_a_write_off_with_a_payment_of_the_same_day(long_course: Course) -> None:
    postings = long_course.postings
    found = np.flatnonzero(postings.kind == RECOVERY)
    assert len(found) > 0
    for row in found:
        same = postings.invoice == postings.invoice[row]
        lost = same & (postings.kind == WRITE_OFF)
        assert postings.cents[lost].sum() >= postings.cents[row]
        assert postings.value[lost].max() < postings.value[row]
        twin = same & (postings.kind == PAYMENT) & (postings.value == postings.value[row])
        assert postings.cents[row] in postings.cents[twin]


def test_the_book_credits_one_invoice_in_a_hundred_or_two(long_world: World, long_course: Course) -> None:
    postings = long_course.postings
    discount = long_world.fates.discounted[postings.invoice]
    credited = np.unique(postings.invoice[(postings.kind == CREDIT_NOTE) & ~discount])
    assert 0.008 < len(credited) / len(long_world.invoices) < 0.022


def test_nothing_is_ever_credited_or_written_off_twice_over(long_world: World, long_course: Course) -> None:
    postings = long_course.postings
    sign = np.array([-1, -1, -1, 1, 1])[postings.kind]
    open_cents = long_world.invoices.cents.copy()
    for day in np.unique(postings.known):
        today = (postings.known == day) & (postings.invoice >= 0)
        np.add.at(open_cents, postings.invoice[today], (sign * postings.cents)[today])
        assert open_cents.min() >= 0
