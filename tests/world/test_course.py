from __future__ import annotations

import dataclasses

import numpy as np

from arseg.world.book import PAYMENT, World
from arseg.world.course import Course, Days, follow
from arseg.world.customers import ANYWAY
from arseg.world.legacy import by_softmax, on_review
from arseg.world.tables import TABLES, ledger_tables


def _days_unpaid(world: World, course: Course) -> np.ndarray:
    """Return amount-weightless days from issue to the last payment, cut at the end of the book."""
    postings, last = course.postings, np.full(len(world.invoices), -1)
    paid = (postings.kind == PAYMENT) & (postings.invoice >= 0)
    np.maximum.at(last, postings.invoice[paid], postings.value[paid])
    return np.where(last < 0, world.calendar.days, last) - world.invoices.document


def test_the_same_policy_meets_the_same_luck(world: World, course: Course) -> None:
    again = follow(world, on_review(by_softmax))
    for part in ("postings", "disputes", "contacts", "reviews"):
        for field in dataclasses.fields(getattr(course, part)):
            ours, theirs = (getattr(getattr(one, part), field.name) for one in (course, again))
            np.testing.assert_array_equal(ours, theirs)


def test_customers_whom_no_contact_moves_pay_alike_under_every_policy(
    world: World, peaceful: Course, phoned: Course
) -> None:
    def rows(course: Course) -> np.ndarray:
        postings = course.postings
        anyway = world.customers.response[postings.customer] == ANYWAY
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
    follow(world, on_review(by_softmax))
    for ours, theirs in zip(
        before, (world.invoices.cents, world.fates.credit_on, world.invoices.delivered), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_days_in_two_pieces_are_the_days_in_one(world: World, course: Course) -> None:
    decide = on_review(by_softmax)
    days = Days(world)
    for day in (100, 101, 333, world.calendar.days):
        days.pass_until(day, decide)
    for field in dataclasses.fields(course.postings):
        ours, theirs = getattr(days.course().postings, field.name), getattr(course.postings, field.name)
        np.testing.assert_array_equal(ours, theirs)


def test_a_fork_shares_the_past_and_has_its_own_luck_from_then_on(world: World) -> None:
    decide = on_review(by_softmax)
    days = Days(world)
    days.pass_until(200, decide)
    same, other = days.fork(0), days.fork(5)
    assert other.world.luck == 5
    assert other.world.invoices is world.invoices
    for one in (days, same, other):
        one.pass_until(300, decide)
    plain, same, other = (one.course().postings for one in (days, same, other))
    np.testing.assert_array_equal(plain.known, same.known)
    np.testing.assert_array_equal(plain.cents, same.cents)
    past = [one.cents[one.known < 200].tolist() for one in (plain, other)]
    assert past[0] == past[1]
    assert plain.known[plain.known >= 230].tolist() != other.known[other.known >= 230].tolist()


def test_who_left_is_billed_no_more(world: World) -> None:
    days = Days(world)
    days.pass_until(100, on_review(by_softmax))
    left = days._desk.left_on
    left[:60] = 200
    days.pass_until(world.calendar.days, on_review(by_softmax))
    gone = left[world.invoices.customer] <= world.invoices.document
    assert gone.sum() > 500
    np.testing.assert_array_equal(days.course().issued, ~gone)
    assert not np.isin(days.course().postings.invoice, np.flatnonzero(gone)).any()


def test_conservation_holds_at_every_month_end(world: World, course: Course) -> None:
    """Plain sums over the rows, by currency, against what the moving book believed."""
    postings, invoices = course.postings, world.invoices
    sign = np.array([-1, -1, -1, 1, 1])[postings.kind]
    for end, row in zip(course.month_ends, course.open_cents, strict=True):
        for code, believed in enumerate(row):
            mine = course.issued & (invoices.posted <= end)
            mine &= world.customers.currency[invoices.customer] == code
            known = (postings.known <= end) & (world.customers.currency[postings.customer] == code)
            assert invoices.cents[mine].sum() + (sign * postings.cents)[known].sum() == believed


def test_a_course_can_be_told_on_any_day(world: World) -> None:
    days = Days(world)
    for day in (0, 10, 31, 32):
        days.pass_until(day, on_review(by_softmax))
        course = days.course()
        assert course.end == day
        assert course.open_cents.shape == (int(day >= 31), 2)
        assert set(ledger_tables(world, course)) == set(TABLES)
