from __future__ import annotations

import dataclasses

import numpy as np

from arseg.world.book import CREDIT_NOTE, ON_ACCOUNT, PAYMENT, REVERSAL, World
from arseg.world.course import Course, Days
from arseg.world.customers import CARD, DIRECT_DEBIT
from arseg.world.economy import NEVER
from arseg.world.legacy import on_review
from arseg.world.payments import approval_hazard, keep_promises
from arseg.world.reviews import Decision


def _hazard(world: World, day: int, push: float) -> np.ndarray:
    born = np.flatnonzero((world.invoices.document <= day) & (world.invoices.document > day - 120))
    influence = np.full(len(world.customers), push)
    return approval_hazard(world, born, day, settled_into=np.ones(len(born)), influence=influence)


def test_influence_multiplies_the_cumulative_hazard_of_overdue_items_only(world: World) -> None:
    day = 300
    born = np.flatnonzero((world.invoices.document <= day) & (world.invoices.document > day - 120))
    plain, pushed = _hazard(world, day, 0.0), _hazard(world, day, 0.5)
    overdue = world.invoices.due[born] < day
    distressed = world.economy.distressed[world.invoices.customer[born], world.calendar.month[day]]
    moved = overdue & ~distressed & (plain > 1e-9)
    np.testing.assert_array_equal(plain[~overdue | distressed], pushed[~overdue | distressed])
    ratio = np.log1p(-pushed[moved]) / np.log1p(-plain[moved])
    np.testing.assert_allclose(ratio, np.exp(0.5), rtol=1e-6)


def test_a_hazard_is_a_probability_whatever_the_push(world: World) -> None:
    for push in (-5.0, 0.0, 5.0):
        hazard = _hazard(world, 300, push)
        assert ((hazard >= 0) & (hazard <= 1)).all()


def test_an_insolvent_customer_approves_nothing(world: World) -> None:
    broke = dataclasses.replace(
        world,
        economy=dataclasses.replace(world.economy, insolvent_on=np.full(len(world.customers), 100)),
    )
    assert (_hazard(broke, 300, 1.0) == 0).all()


def test_money_leaves_on_a_payment_run_and_counts_on_a_business_day(world: World, course: Course) -> None:
    postings, calendar = course.postings, world.calendar
    started = (postings.initiated >= 0) & (postings.invoice >= 0)
    customer = postings.customer[started]
    day = postings.initiated[started]
    run = calendar.next_run[world.customers.country[customer], world.customers.run[customer], day]
    np.testing.assert_array_equal(run, day)
    assert calendar.business[postings.value].all()
    swift = started & np.isin(postings.method, [CARD, DIRECT_DEBIT])
    np.testing.assert_array_equal(postings.value[swift], postings.initiated[swift])
    assert (postings.value[started] >= postings.initiated[started]).all()


def test_a_bounced_payment_is_returned_in_full_after_it_was_known(course: Course) -> None:
    postings = course.postings
    returned = np.flatnonzero(postings.kind == REVERSAL)
    assert len(returned) > 0
    for row in returned:
        paid = (postings.invoice == postings.invoice[row]) & (postings.kind == PAYMENT)
        before = paid & (postings.known < postings.known[row])
        assert postings.cents[row] in postings.cents[before]


def test_five_to_eight_invoices_in_a_hundred_are_paid_in_parts(course: Course) -> None:
    postings = course.postings
    paid = np.bincount(postings.invoice[(postings.kind == PAYMENT) & (postings.invoice >= 0)])
    assert 0.045 < (paid[paid > 0] > 1).mean() < 0.09


def test_money_without_a_remittance_lies_on_account_and_is_applied_back_dated(course: Course) -> None:
    postings = course.postings
    account = postings.invoice == ON_ACCOUNT
    named = {
        (customer, cents, value): known
        for customer, cents, value, known in zip(
            postings.customer[~account],
            postings.cents[~account],
            postings.value[~account],
            postings.known[~account],
            strict=True,
        )
    }
    applied = 0
    for row in np.flatnonzero(account & (postings.cents < 0) & (postings.initiated >= 0)):
        key = (postings.customer[row], -postings.cents[row], postings.value[row])
        assert named[key] == postings.known[row]
        applied += 1
    assert applied > 50
    cash = postings.cents[account & (postings.cents > 0)].sum()
    assert 0.015 < cash / postings.cents[~account & (postings.kind == PAYMENT)].sum() < 0.06


def test_what_was_paid_twice_is_paid_back(course: Course) -> None:
    postings = course.postings
    refunds = np.flatnonzero((postings.invoice == ON_ACCOUNT) & (postings.initiated < 0))
    assert len(refunds) > 3
    for row in refunds:
        same = (postings.customer == postings.customer[row]) & (postings.cents == -postings.cents[row])
        assert (same & (postings.known < postings.known[row])).sum() >= 2


def test_the_discount_is_taken_within_ten_days_and_credited_at_once(world: World, course: Course) -> None:
    postings, invoices = course.postings, world.invoices
    paid = np.flatnonzero((postings.kind == PAYMENT) & (postings.invoice >= 0))
    share = postings.cents[paid] / invoices.cents[postings.invoice[paid]]
    taken = paid[np.isclose(share, 0.98, atol=1e-4)]
    assert len(taken) > 40
    invoice = postings.invoice[taken]
    assert world.customers.discount[invoices.customer[invoice]].all()
    assert (postings.initiated[taken] <= invoices.document[invoice] + 10).all()
    credited = set(postings.invoice[postings.kind == CREDIT_NOTE].tolist())
    early = postings.known[taken] < world.calendar.days - 5
    assert set(invoice[early].tolist()) <= credited


def test_a_kept_promise_is_paid_with_the_run_of_the_day_promised(world: World) -> None:
    days = Days(world)
    days.pass_until(200, on_review(lambda review, _: Decision(np.zeros(len(review), dtype=np.int64))))
    book = days._book
    waiting = book.active[(book.pay_on[book.active] == NEVER) & (book.remaining[book.active] > 0)]
    waiting = waiting[(world.invoices.due[waiting] < 200) & (book.not_before[waiting] <= 200)]
    customer = int(world.invoices.customer[waiting[0]])
    mine = waiting[world.invoices.customer[waiting] == customer]
    before = book.pay_on.copy()
    keep_promises(book, 200, np.array([customer]), np.array([210]))
    assert (book.pay_on[mine] >= 210).all()
    assert (book.pay_on[mine] < 245).all()
    np.testing.assert_array_equal(np.delete(before, mine), np.delete(book.pay_on, mine))
