from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from scipy import stats

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]
Rows = list[dict[str, Any]]

DAY = dt.date(2025, 6, 30)


class Book:
    """Collects invoices by the days late with which they were paid, or are open."""

    def __init__(self) -> None:
        self.invoices: Rows = []
        self.postings: Rows = []

    def _invoice(self, customer: str, due: dt.date) -> str:
        number = f"I{len(self.invoices):03d}"
        issued = due - dt.timedelta(days=30)
        self.invoices.append(
            {"invoice_id": number, "customer_id": customer, "document_date": issued, "due_date": due}
        )
        return number

    def paid(self, customer: str, *late: int, ago: int = 20) -> Book:
        """Add invoices paid so many days ago, so many days late."""
        for days in late:
            on = DAY - dt.timedelta(days=ago)
            number = self._invoice(customer, on - dt.timedelta(days=days))
            self.postings.append({"invoice_id": number, "value_date": on})
        return self

    def open(self, customer: str, *past_due: int) -> Book:
        """Add open items so many days past due."""
        for days in past_due:
            self._invoice(customer, DAY - dt.timedelta(days=days))
        return self

    def p_values(self, make_ledger: Make) -> list[float]:
        """Return the p-values of the open items in the order in which they were added."""
        ledger = make_ledger(self.invoices, self.postings, complete_to=DAY)
        with take_snapshot(ledger, DAY) as snapshot:
            found = build_features(snapshot, blocks=["item_anomaly"]).items["item_late_p_value"]
        return found.tolist()


def test_the_p_value_is_the_tail_of_the_customers_own_prediction(make_ledger: Make) -> None:
    # C1: mean 1 and 18 about it; C2: mean 15 and 50 about it. The book: mean 5, variance 68 / (7 - 2) = 13.6.
    book = Book().paid("C1", -2, 0, 1, 3, 3).paid("C2", 10, 20).open("C1", 20, 4)
    # Drawn to the book: mean (5 * 5 + 5 * 1) / 10 = 3, variance (4 * 13.6 + 18 + 2.5 * (1 - 5) ** 2) / 9.
    scale = math.sqrt((4 * 13.6 + 18 + 2.5 * 16) / 9 * (1 + 1 / 10))
    wanted = [stats.t.sf((late - 3) / scale, 9) for late in (20, 4)]
    assert book.p_values(make_ledger) == pytest.approx(wanted, rel=1e-3)
    assert wanted[0] < 0.001
    assert wanted[1] > 0.3


@pytest.mark.parametrize(("past_due", "tested"), [(-1, False), (0, False), (1, True)])
def test_an_item_is_tested_from_the_day_after_its_due_day(
    past_due: int, make_ledger: Make, *, tested: bool
) -> None:
    found = Book().paid("C1", -20, -21, -22, -20, -21).open("C1", past_due).p_values(make_ledger)[0]
    assert (found < 0.05) == tested
    assert (found == 1) == (not tested)


@pytest.mark.parametrize("late", [[0, 1, 2, 3], []])
def test_fewer_than_five_payments_say_nothing(late: list[int], make_ledger: Make) -> None:
    book = Book().paid("C1", *late).open("C1", 50, -5).paid("C2", 1, 2, 3, 4, 5).open("C2", 50)
    found = book.p_values(make_ledger)
    assert [math.isnan(p) for p in found] == [True, True, False]


@pytest.mark.parametrize(("ago", "missing"), [(364, False), (365, True), (366, True)])
def test_payments_count_for_a_year(ago: int, make_ledger: Make, *, missing: bool) -> None:
    book = Book().paid("C1", 0, 1, 2, 3).paid("C1", 4, ago=ago).open("C1", 9)
    assert math.isnan(book.p_values(make_ledger)[0]) == missing


def test_payments_to_the_day_leave_a_spread_of_one_day(make_ledger: Make) -> None:
    found = Book().paid("C1", 0, 0, 0, 0, 0).open("C1", 1, 3).p_values(make_ledger)
    wanted = [stats.t.sf(late / math.sqrt(1.1), 9) for late in (1, 3)]
    assert found == pytest.approx(wanted, rel=1e-3)


def test_the_later_an_item_the_smaller_its_p_value(make_ledger: Make) -> None:
    found = Book().paid("C1", -4, 0, 3, 5, 9, 12).open("C1", *range(1, 60)).p_values(make_ledger)
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 59


def test_the_same_delay_is_unusual_for_the_punctual_and_usual_for_the_slow(make_ledger: Make) -> None:
    book = Book().paid("C1", *[-1, 0, 1] * 4).paid("C2", *[20, 25, 30] * 4).open("C1", 25).open("C2", 25)
    punctual, slow = book.p_values(make_ledger)
    assert punctual < 0.01
    assert slow > 0.3


def test_what_is_known_later_changes_no_bit(make_ledger: Make) -> None:
    book = Book().paid("C1", -2, 0, 1, 3, 3).open("C1", 20)
    before = book.p_values(make_ledger)
    tomorrow = DAY + dt.timedelta(days=1)
    book.postings.append({"invoice_id": "I005", "value_date": tomorrow, "known_on": tomorrow})
    after = Book()
    after.invoices, after.postings = book.invoices, book.postings
    assert pd.Series(after.p_values(make_ledger)).equals(pd.Series(before))
