from __future__ import annotations

import datetime as dt

import numpy as np

from arseg.world.book import World
from arseg.world.calendars import Calendar
from arseg.world.customers import draw_customers
from arseg.world.invoices import PAPER, draw_invoices


def test_invoices_come_in_order_on_business_days_and_after_onboarding(world: World) -> None:
    invoices = world.invoices
    assert (np.diff(invoices.document) >= 0).all()
    assert world.calendar.business[invoices.document].all()
    assert (invoices.document >= world.customers.onboarded[invoices.customer]).all()
    assert invoices.document.max() < world.calendar.days
    assert (invoices.posted >= invoices.document).all()


def test_due_days_follow_the_agreed_terms(world: World) -> None:
    invoices, customers = world.invoices, world.customers
    monthly = customers.end_of_month[invoices.customer]
    net = invoices.due - invoices.document
    np.testing.assert_array_equal(net[~monthly], customers.terms[invoices.customer][~monthly])
    assert monthly.any()
    first = world.calendar.start.toordinal()
    for document, due in zip(invoices.document[monthly][:50], invoices.due[monthly][:50], strict=True):
        month_end = dt.date.fromordinal(first + int(due) - 30)
        assert (month_end + dt.timedelta(days=1)).day == 1
        assert (month_end.year, month_end.month) == _month(first + int(document))


def _month(ordinal: int) -> tuple[int, int]:
    day = dt.date.fromordinal(ordinal)
    return day.year, day.month


def test_a_growing_world_bills_more_every_month(calendar: Calendar) -> None:
    customers = draw_customers(400, calendar, seed=2)
    flat, growing = (draw_invoices(customers, calendar, seed=2, growth=g) for g in (0.0, 0.05))
    months = np.arange(calendar.months)
    counts = [np.bincount(calendar.month[i.document], minlength=len(months)) for i in (flat, growing)]
    assert 0.035 < np.polyfit(months, np.log(counts[1] / counts[0]), 1)[0] < 0.065


def test_consolidated_customers_are_billed_on_the_last_business_day(world: World) -> None:
    invoices, calendar = world.invoices, world.calendar
    document = invoices.document[world.customers.consolidated[invoices.customer]]
    following = calendar.next_business[document + 1]
    assert (following >= calendar.month_starts[calendar.month[document] + 1]).all()


def test_amounts_are_positive_heavy_tailed_and_add_up_to_the_customers_size(world: World) -> None:
    invoices, customers = world.invoices, world.customers
    euros = invoices.cents / 100 * customers.rate[invoices.customer]
    assert invoices.cents.min() >= 2500
    assert 1.0 < np.log(euros).std() < 2.0
    billed = np.bincount(invoices.customer, weights=euros, minlength=len(customers))
    old = customers.onboarded < 0
    expected = customers.monthly_sales * world.calendar.months
    assert 0.85 < billed[old].sum() / expected[old].sum() < 1.15


def test_only_paper_takes_days_to_arrive(world: World) -> None:
    paper = world.customers.delivery[world.invoices.customer] == PAPER
    days = world.invoices.delivered - world.invoices.document
    assert (days[paper] >= 2).all()
    assert (days[~paper] == 0).all()
