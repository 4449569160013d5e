from __future__ import annotations

import numpy as np

from arseg.world.book import PAYMENT, World
from arseg.world.course import Course


def test_nothing_is_paid_while_a_dispute_is_open(world: World, course: Course) -> None:
    disputes, postings = course.disputes, course.postings
    opened = np.full(len(world.invoices), -1)
    closed = np.full(len(world.invoices), -1)
    opened[disputes.invoice], closed[disputes.invoice] = disputes.opened, disputes.closed
    paid = postings.kind == PAYMENT
    day = np.where(postings.initiated >= 0, postings.initiated, postings.value)[paid]
    invoice = postings.invoice[paid]
    assert not ((day >= opened[invoice]) & (day < closed[invoice])).any()


def test_an_invoice_is_disputed_once_and_after_its_issue(world: World, course: Course) -> None:
    disputes = course.disputes
    assert len(np.unique(disputes.invoice)) == len(disputes.invoice)
    assert (disputes.opened > world.invoices.document[disputes.invoice]).all()
    assert (disputes.closed > disputes.opened).all()
    assert 0.02 < len(disputes.invoice) / len(world.invoices) < 0.05
