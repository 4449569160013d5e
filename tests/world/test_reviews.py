from __future__ import annotations

import numpy as np

from arseg.schema import SETTLED_SHARE
from arseg.world.book import Book, World
from arseg.world.course import follow
from arseg.world.draws import Floats
from arseg.world.legacy import on_review
from arseg.world.reviews import Decision, Review


def test_a_review_shows_what_a_plain_loop_over_the_known_rows_finds(world: World) -> None:
    seen: list[Review] = []

    def remember(review: Review, luck: Floats) -> Decision:
        assert len(luck) == len(review)
        seen.append(review)
        return Decision(np.zeros(len(review), dtype=np.int64))

    postings = follow(world, on_review(remember)).postings
    sign = np.array([-1, -1, -1, 1, 1])[postings.kind]
    invoices, customers = world.invoices, world.customers
    for review in seen[150:350:40]:
        balance = np.where(invoices.posted <= review.day, invoices.cents, 0)
        known = (postings.known <= review.day) & (postings.invoice >= 0)
        np.add.at(balance, postings.invoice[known], (sign * postings.cents)[known])
        expected = {}
        for invoice in np.flatnonzero(balance > SETTLED_SHARE * invoices.cents):
            customer = int(invoices.customer[invoice])
            late = int(review.day - invoices.due[invoice])
            turn = customers.review_weekday[customer] == world.calendar.weekday[review.day]
            if late > 0 and turn:
                oldest, euros = expected.get(customer, (0, 0.0))
                rate = float(customers.rate[customer])
                expected[customer] = (max(oldest, late), euros + balance[invoice] / 100 * rate)
        assert review.customer.tolist() == sorted(expected)
        oldest = [expected[customer][0] for customer in sorted(expected)]
        euros = [expected[customer][1] for customer in sorted(expected)]
        assert review.oldest_days_past_due.tolist() == oldest
        np.testing.assert_allclose(review.overdue, euros)


def test_a_review_holds_nothing_of_the_truth() -> None:
    assert set(Review.__dataclass_fields__) == {
        "day",
        "customer",
        "oldest_days_past_due",
        "overdue",
        "mean_days_late",
    }
    assert not hasattr(Review, "world")
    assert "world" not in Review.__dataclass_fields__


def test_an_empty_book_has_an_empty_review(world: World) -> None:
    from arseg.world.reviews import hold_review

    assert len(hold_review(Book(world), 0)) == 0
