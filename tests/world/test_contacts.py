from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from arseg.world.book import World
from arseg.world.calendars import Calendar
from arseg.world.contacts import HALF_LIFE_DAYS, NO_ANSWER, PROMISE, ContactDesk, minutes_of
from arseg.world.course import Course, draw_world
from arseg.world.customers import ANYWAY, PERSUADABLE
from arseg.world.economy import NEVER
from arseg.world.reviews import CALL, EMAIL, FIRM_EMAIL, Decision, Review
from arseg.world.settings import Setting


def _review(customer: np.ndarray, day: int) -> Review:
    ones = np.ones(len(customer), dtype=np.int64)
    return Review(day, customer, ones, ones.astype(float), ones.astype(float))


def test_the_effect_is_exactly_zero_for_those_whom_no_contact_moves(world: World, phoned: Course) -> None:
    log = phoned.contacts
    cannot = world.economy.distressed[log.customer, world.calendar.month[log.day]]
    anyway = world.customers.response[log.customer] == ANYWAY
    assert cannot.any()
    assert anyway.any()
    assert (log.effect[cannot | anyway] == 0).all()
    assert (log.effect[log.outcome == NO_ANSWER] <= 0).all()


def test_calls_that_reach_work_better_than_letters(course: Course) -> None:
    log = course.contacts
    moved = log.effect > 0
    call, email = log.action == CALL, log.action == EMAIL
    assert log.effect[moved & call].mean() > 1.5 * log.effect[moved & email].mean()
    assert log.effect[call].mean() > log.effect[email].mean() > 0


def test_the_third_contact_in_a_fortnight_repels_a_good_payer(world: World) -> None:
    traits = world.customers
    calm = ~world.economy.distressed[:, :3].any(axis=1)
    good = np.flatnonzero(traits.good_payer & (traits.response == PERSUADABLE) & calm)
    other = np.flatnonzero(~traits.good_payer & (traits.response == PERSUADABLE) & calm)
    desk = ContactDesk(world)
    for day in (20, 27, 34, 60):
        for customer in (good, other):
            desk.act(_review(customer, day), Decision(np.full(len(customer), EMAIL)))
    log = desk.contacts()
    assert len(good) > 2
    for customer, third in ((good, -1), (other, 1)):
        effect = log.effect[np.isin(log.customer, customer)].reshape(4, -1)
        assert (np.sign(effect) == np.array([1, 1, third, 1])[:, None]).all()


def test_influence_halves_in_its_half_life(world: World) -> None:
    desk = ContactDesk(world)
    customer = np.flatnonzero(world.customers.response == PERSUADABLE)
    desk.act(_review(customer, 10), Decision(np.full(len(customer), EMAIL)))
    before = desk.influence.copy()
    for _ in range(int(HALF_LIFE_DAYS)):
        desk.fade()
    np.testing.assert_allclose(desk.influence, before / 2)


def test_promises_are_made_in_calls_some_kept_and_some_broken(world: World, course: Course) -> None:
    log, postings = course.contacts, course.postings
    promised = np.flatnonzero(log.outcome == PROMISE)
    assert (log.action[promised] == CALL).all()
    assert (log.promised_on[promised] > log.day[promised]).all()
    kept = []
    for row in promised:
        mine = (postings.customer == log.customer[row]) & (postings.kind == 0) & (postings.invoice >= 0)
        within = mine & (postings.value >= log.day[row]) & (postings.value <= log.promised_on[row])
        rate = world.customers.rate[log.customer[row]]
        kept.append(postings.cents[within].sum() / 100 * rate >= 0.95 * log.overdue[row])
    assert 0.15 < np.mean(kept) < 0.85


def test_every_review_is_logged_also_those_that_did_nothing(course: Course) -> None:
    assert len(course.reviews.action) > len(course.contacts)
    assert (course.reviews.action > 0).sum() == len(course.contacts)


def test_minutes_are_paid_for_conversations(course: Course) -> None:
    minutes, log = minutes_of(course.contacts), course.contacts
    assert set(minutes[log.action == EMAIL].tolist()) == {1.0}
    assert (minutes[log.outcome == PROMISE] >= 8).all()


def test_a_desk_that_did_nothing_has_empty_logs(world: World, peaceful: Course) -> None:
    assert len(ContactDesk(world).contacts()) == 0
    assert len(ContactDesk(world).reviews().action) == 0
    assert len(peaceful.contacts) == 0


@pytest.mark.parametrize("name", ["contacts", "reviews"])
def test_logs_are_in_the_order_of_days(course: Course, name: str) -> None:
    assert (np.diff(getattr(course, name).day) >= 0).all()


def _calm(world: World) -> np.ndarray:
    return ~world.economy.distressed[:, :4].any(axis=1) & (world.customers.response == PERSUADABLE)


def test_a_firm_tone_repels_a_good_payer_and_moves_others(world: World) -> None:
    good = np.flatnonzero(_calm(world) & world.customers.good_payer)
    other = np.flatnonzero(_calm(world) & ~world.customers.good_payer)
    desk = ContactDesk(world)
    for customer in (good, other):
        desk.act(_review(customer, 20), Decision(np.full(len(customer), FIRM_EMAIL)))
    effect = desk.contacts().effect
    assert (effect[: len(good)] < 0).all()
    assert (effect[len(good) :] > 0).all()


def test_every_further_contact_does_less(world: World) -> None:
    customer = np.flatnonzero(_calm(world) & ~world.customers.good_payer)
    desk = ContactDesk(world)
    for day in (20, 27, 34, 41):
        desk.act(_review(customer, day), Decision(np.full(len(customer), EMAIL)))
    effect = desk.contacts().effect.reshape(4, -1)
    assert (np.diff(effect, axis=0) < 0).all()
    assert (effect > 0).all()


def test_interference_spreads_within_a_group_and_moves_nobody_who_cannot_be_moved(calendar: Calendar) -> None:
    plain = draw_world(400, calendar, seed=4)
    spread = dataclasses.replace(plain, setting=Setting(interference=0.5))
    parent = plain.customers.parent
    child = np.flatnonzero((parent >= 0) & _calm(plain))
    desks = [ContactDesk(world) for world in (plain, spread)]
    for desk in desks:
        desk.act(_review(child, 20), Decision(np.full(len(child), EMAIL)))
    alone, together = (desk.influence for desk in desks)
    heads = np.unique(parent[child])
    assert (alone[heads[~np.isin(heads, child)]] == 0).all()
    movable = heads[_calm(plain)[heads]]
    assert len(movable) > 0
    assert (together[movable] > alone[movable]).all()
    stuck = ~_calm(plain) & ~plain.economy.distressed[:, :4].any(axis=1)
    assert (together[stuck] == 0).all()


def test_some_of_those_who_were_repelled_leave(calendar: Calendar) -> None:
    world = draw_world(800, calendar, seed=4)
    customer = np.flatnonzero(_calm(world))
    desk = ContactDesk(world)
    for day in (20, 40, 60, 80):
        desk.act(_review(customer, day), Decision(np.full(len(customer), FIRM_EMAIL)))
    log = desk.contacts()
    repelled = set(log.customer[log.effect < 0].tolist())
    left = set(np.flatnonzero(desk.left_on < NEVER).tolist())
    assert 0 < len(left) < 0.4 * len(repelled)
    assert left <= repelled
