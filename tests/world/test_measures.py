from __future__ import annotations

import numpy as np
import pytest

from arseg.world.book import World
from arseg.world.contacts import minutes_of
from arseg.world.course import Course
from arseg.world.measures import EUROS_PER_MINUTE, INTEREST, Sums, add_up

KINDS = ("payment", "credit_note", "write_off", "recovery", "reversal")


def _slowly(world: World, course: Course, start: int, end: int) -> dict[str, float]:
    """Return the sums by loops over rows and days: a second, dumber implementation."""
    rate = world.customers.rate
    found = dict.fromkeys(Sums.__dataclass_fields__, 0.0)
    balance = 0.0
    change = np.zeros(end)
    due = world.invoices.due
    cohort = {}
    for invoice in np.flatnonzero(course.issued):
        euros = world.invoices.cents[invoice] / 100 * rate[world.invoices.customer[invoice]]
        day = world.invoices.document[invoice]
        if day < end:
            change[day] += euros
        found["invoiced"] += euros * (start <= day < end)
        if start <= due[invoice] and due[invoice] + 90 < end:
            cohort[invoice] = due[invoice] + 90
            found["collectable"] += euros
    postings = course.postings
    for row in range(len(postings.invoice)):
        kind = KINDS[postings.kind[row]]
        euros = postings.cents[row] / 100 * rate[postings.customer[row]]
        day, invoice = postings.value[row], postings.invoice[row]
        sign = 1 if kind in ("recovery", "reversal") else -1
        if day < end:
            change[day] += sign * euros
        cash = euros * {"payment": 1, "reversal": -1}.get(kind, 0)
        if start <= day < end:
            found["cash"] += cash
            found["net_written_off"] += euros * {"write_off": 1, "recovery": -1}.get(kind, 0)
        if invoice in cohort and day <= cohort[invoice]:
            found["collected"] += cash
            found["collectable"] -= euros * (kind == "credit_note")
    for day in range(end):
        balance += change[day]
        found["receivable_days"] += balance * (day >= start)
    within = (course.contacts.day >= start) & (course.contacts.day < end)
    found["contact_cost"] = 0.8 * minutes_of(course.contacts)[within].sum()
    found["days"] = end - start
    return found


@pytest.mark.parametrize("window", [(150, 540), (200, 300)])
def test_the_sums_are_those_of_a_loop_over_days(
    world: World, course: Course, window: tuple[int, int]
) -> None:
    sums = add_up(world, course, *window)
    for name, expected in _slowly(world, course, *window).items():
        np.testing.assert_allclose(getattr(sums, name), expected, rtol=1e-9, atol=1e-6, err_msg=name)


def test_the_value_is_cash_less_interest_contacts_and_losses(world: World, course: Course) -> None:
    sums = add_up(world, course, 150, 500)
    spent = INTEREST * sums.receivable_days / 365 + sums.contact_cost + sums.net_written_off
    assert sums.value == pytest.approx(sums.cash - spent)
    assert EUROS_PER_MINUTE > 0


def test_an_empty_window_is_worth_nothing(world: World, course: Course) -> None:
    sums = add_up(world, course, 100, 100)
    assert (sums.invoiced, sums.receivable_days, sums.cash, sums.contact_cost) == (0.0, 0.0, 0.0, 0.0)
