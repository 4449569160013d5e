from __future__ import annotations

import dataclasses

import numpy as np

from arseg.world.book import PAYMENT, World
from arseg.world.course import Course, run
from arseg.world.customers import ANYWAY
from arseg.world.legacy import by_softmax


def _days_unpaid(world: World, course: Course) -> np.ndarray:
    """Return amount-weightless days from issue to the last payment, cut at the end of the book."""
    postings, last = course.postings, np.full(len(world.invoices), -1)
    paid = postings.kind == PAYMENT
    np.maximum.at(last, postings.invoice[paid], postings.value[paid])
    return np.where(last < 0, world.calendar.days, last) - world.invoices.document


def test_the_same_policy_meets_the_same_luck(world: World, course: Course) -> None:
    again = run(world, by_softmax)
    for part in ("postings", "disputes", "contacts", "reviews"):
        for field in dataclasses.fields(getattr(course, part)):
            ours, theirs = (getattr(getattr(one, part), field.name) for one in (course, again))
            np.testing.assert_array_equal(ours, theirs)


def test_customers_whom_no_contact_moves_pay_alike_under_every_policy(
    world: World, peaceful: Course, phoned: Course
) -> None:
    def rows(course: Course) -> np.ndarray:
        postings = course.postings
        anyway = world.customers.response[world.invoices.customer[postings.invoice]] == ANYWAY
        return np.stack([postings.invoice, postings.kind, postings.cents, postings.known])[:, anyway]

    assert rows(peaceful).shape[1] > 100
    np.testing.assert_array_equal(rows(peaceful), rows(phoned))


def test_contacts_bring_money_in_sooner(world: World, peaceful: Course, phoned: Course) -> None:
    mature = world.invoices.due < world.calendar.days - 60
    gain = _days_unpaid(world, peaceful)[mature] - _days_unpaid(world, phoned)[mature]
    assert gain.mean() > 0.3
    assert 0.5 < (gain == 0).mean() < 0.999


def test_the_naive_contrast_has_the_wrong_sign(world: World, course: Course, peaceful: Course) -> None:
    """The contacted are those who had not paid (immortal time, science 4.5)."""
    unpaid = _days_unpaid(world, course)
    cleared = world.invoices.document + unpaid
    touched = np.zeros(len(world.invoices), dtype=bool)
    for customer, day in zip(course.contacts.customer, course.contacts.day, strict=True):
        mine = world.invoices.customer == customer
        touched |= mine & (world.invoices.due < day) & (cleared >= day)
    mature = world.invoices.due < world.calendar.days - 60
    naive = unpaid[mature & touched].mean() - unpaid[mature & ~touched].mean()
    true = (unpaid - _days_unpaid(world, peaceful))[mature].mean()
    assert naive > 10
    assert true < 0
    assert course.contacts.effect.mean() > 0


def test_a_run_leaves_its_world_as_it_was(world: World) -> None:
    before = world.invoices.cents.copy(), world.fates.credit_on.copy(), world.invoices.delivered.copy()
    run(world, by_softmax)
    for ours, theirs in zip(
        before, (world.invoices.cents, world.fates.credit_on, world.invoices.delivered), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
