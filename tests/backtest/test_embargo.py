from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from arseg.backtest.embargo import FEWEST, embargo_at, posting_lags
from arseg.backtest.plan import Plan
from arseg.ledger import Ledger

DAY = dt.date(2025, 6, 30)
MEASURED = Plan(embargo="measured")


def _book(lags: list[int], *, paid_on: dt.date = dt.date(2025, 3, 1)) -> dict[str, Any]:
    names = [f"I{number}" for number in range(len(lags))]
    postings = [
        {
            "invoice_id": name,
            "amount": 100,
            "value_date": paid_on,
            "known_on": paid_on + dt.timedelta(days=lag),
        }
        for name, lag in zip(names, lags, strict=True)
    ]
    invoices = [{"invoice_id": name} for name in names]
    return {"invoices": invoices, "postings": postings}


def test_payments_of_the_last_two_months_have_shown_their_short_lags_only_and_are_left_out(
    make_ledger: Callable[..., Ledger],
) -> None:
    young = _padded([0] * 200, paid_on=DAY - dt.timedelta(days=59))
    assert len(posting_lags(make_ledger(**young), DAY)) == 0


@pytest.mark.parametrize(("slow", "expected"), [(5, 1), (6, 17)])
def test_a_twentieth_of_slow_postings_does_not_move_the_embargo_and_one_more_does(
    make_ledger: Callable[..., Ledger], slow: int, expected: int
) -> None:
    ledger = make_ledger(**_padded([1] * (100 - slow) + [17] * slow))
    found = embargo_at(ledger, DAY, MEASURED)
    assert (found.days, found.measured, found.payments, found.declared) == (expected, expected, 100, False)
    assert (
        found.words
        == f"embargo {expected} days: 95 % of 100 payments were posted within {expected} days, as known on 2025-06-30"
    )


def test_a_declared_embargo_stands_and_says_when_the_book_is_slower(
    make_ledger: Callable[..., Ledger],
) -> None:
    ledger = make_ledger(**_padded([17] * 100))
    found = embargo_at(ledger, DAY, Plan())
    assert (found.days, found.measured, found.declared) == (10, 17, True)
    assert found.words.endswith("within 17 days, as known on 2025-06-30; that is longer than the embargo")


def test_few_payments_leave_the_declared_days(make_ledger: Callable[..., Ledger]) -> None:
    found = embargo_at(make_ledger(**_padded([3] * (FEWEST - 1))), DAY, MEASURED)
    assert (found.days, found.measured) == (10, None)
    assert found.words.startswith(
        "embargo 10 days, as declared: the posting lag cannot be measured on 2025-06-30"
    )


def test_an_assumed_clock_has_no_lag_to_measure(make_ledger: Callable[..., Ledger]) -> None:
    ledger = make_ledger(**_padded([0] * 200), assumed_clocks=("postings",))
    assert len(posting_lags(ledger, DAY)) == 0


def test_what_is_posted_after_the_key_date_does_not_count(
    small_book: Any, make_ledger: Callable[..., Ledger], poison: Callable[..., Any]
) -> None:
    poisoned = poison(small_book, np.random.default_rng(7), DAY)
    # Old events posted again late are news of the future, but they are no longer payments of the window's rows.
    before, after = (posting_lags(make_ledger(**book), DAY) for book in (small_book, poisoned))
    assert sorted(before) == sorted(after)
    assert len(before) > FEWEST


def _padded(lags: list[int], **rest: Any) -> dict[str, Any]:
    """Return a book with a payment known after the day, so that it can be stood on."""
    book = _book(lags, **rest)
    late = {"invoice_id": "I0", "amount": 1, "value_date": DAY, "known_on": DAY + dt.timedelta(days=30)}
    return book | {"postings": [*book["postings"], late]}
