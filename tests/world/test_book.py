from __future__ import annotations

import numpy as np
import pytest

from arseg.world.book import CREDIT_NOTE, NO_DAY, ON_ACCOUNT, PAYMENT, Book, Postings, World, posting_day
from arseg.world.course import Course
from arseg.world.customers import CHECK
from arseg.world.economy import NEVER

STAYING = np.full(120, NEVER)


@pytest.fixture
def book(world: World) -> Book:
    opened = Book(world)
    for day in range(40):
        opened.open_day(day, STAYING)
        opened.close_day(day)
    return opened


def _payment(invoice: int, cents: int, *, value: int, known: int, customer: int = 0) -> Postings:
    columns = (invoice, customer, PAYMENT, cents, value, value, 0, known)
    return Postings(*(np.array([number]) for number in columns))


def test_the_book_believes_in_an_invoice_from_its_posting_day_on(book: Book, world: World) -> None:
    posted = world.invoices.posted < 40
    np.testing.assert_array_equal(book.booked, np.where(posted, world.invoices.cents, 0))


def test_a_payment_counts_for_the_customer_at_once_and_for_the_book_when_known(book: Book) -> None:
    cents = int(book.remaining[0])
    book.post(_payment(0, cents, value=41, known=43))
    assert book.remaining[0] == 0
    assert not book.idle(np.array([0]))[0]
    for day, believed in ((41, cents), (42, cents), (43, 0)):
        book.close_day(day)
        assert book.booked[0] == believed
    assert book.idle(np.array([0]))[0]
    customer = book.world.invoices.customer[0]
    assert book.cleared_count[customer] == 1
    assert book.cleared_days_late[customer] == 41 - book.world.invoices.due[0]


def test_an_invoice_that_is_over_leaves_and_can_come_back(book: Book) -> None:
    book.post(_payment(0, int(book.remaining[0]), value=41, known=41))
    book.close_day(41)
    book.open_day(42, STAYING)
    assert 0 not in book.active
    book.reopen(np.array([0]))
    assert 0 in book.active


def test_postings_of_nothing_are_not_posted(book: Book) -> None:
    book.post_in_house(np.array([0, 1]), CREDIT_NOTE, np.array([0, 5]), 50)
    postings = book.postings(90)
    assert postings.invoice.tolist() == [1]
    assert postings.initiated.tolist() == [NO_DAY]


def test_money_on_account_counts_when_it_is_known_and_touches_no_invoice(book: Book, world: World) -> None:
    for cents, known in ((700, 42), (-700, 44)):
        book.post_on_account(_payment(ON_ACCOUNT, cents, value=41, known=known, customer=3))
    currency = world.customers.currency[3]
    mine = world.customers.currency[world.invoices.customer] == currency
    for day, change in ((41, 0), (42, -700), (43, -700), (44, 0)):
        book.close_day(day)
        assert book.open_by_currency()[currency] == book.booked[mine].sum() + change
    assert book.postings(43).cents.tolist() == [700]
    assert book.postings(45).invoice.tolist() == [ON_ACCOUNT, ON_ACCOUNT]


def test_checks_are_posted_later_and_a_tail_is_back_dated(world: World) -> None:
    invoice = np.arange(len(world.invoices))
    value = world.calendar.next_business[world.invoices.document]
    lag = posting_day(world, invoice, np.zeros_like(invoice), value) - value
    check = world.customers.method[world.invoices.customer] == CHECK
    assert lag.min() >= 0
    assert lag[check].mean() > lag[~check].mean() + 1
    assert 0.01 < (lag > 15).mean() < 0.03


def test_postings_are_entered_in_the_order_in_which_they_became_known(course: Course) -> None:
    assert (np.diff(course.postings.known) >= 0).all()
