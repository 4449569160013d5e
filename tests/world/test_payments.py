from __future__ import annotations

import dataclasses

import numpy as np

from arseg.world.book import PAYMENT, REVERSAL, World
from arseg.world.course import Course
from arseg.world.customers import CARD, DIRECT_DEBIT
from arseg.world.payments import approval_hazard


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
    started = postings.initiated >= 0
    run = world.customers.run[world.invoices.customer[postings.invoice[started]]]
    day = postings.initiated[started]
    np.testing.assert_array_equal(calendar.next_run[run, day], day)
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
    paid = np.bincount(postings.invoice[postings.kind == PAYMENT])
    assert 0.045 < (paid[paid > 0] > 1).mean() < 0.09
