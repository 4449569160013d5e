from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from arseg.features import build_features, read_block
from arseg.features.build import SHIPPED
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]
Rows = list[dict[str, Any]]

DAY = dt.date(2025, 12, 31)
GRID = [0.1, 0.1334, 0.1778, 0.2371, 0.3162, 0.4217, 0.5623, 0.7499, 1, 1.334, 1.778, 2.371, 3.162, 4.217]
GRID += [5.623, 7.499, 10, 13.34, 17.78, 23.71, 31.62, 42.17, 56.23, 74.99, 100]


def figures(ledger: Ledger, day: dt.date = DAY) -> pd.DataFrame:
    with take_snapshot(ledger, day) as snapshot:
        return build_features(snapshot, blocks=["frailty"]).customers.set_index("customer_id")


class Book:
    """Collects invoices by customer, the age at which each ended and how long ago that was."""

    def __init__(self) -> None:
        self.invoices: Rows = []
        self.postings: Rows = []

    def add(
        self, customer: str, age: int, ago: int = 0, *, terms: int = 30, kind: str | None = "payment"
    ) -> Book:
        """Add an invoice that ended so many days ago; an open one where there is no kind."""
        number = f"I{len(self.invoices)}"
        end = DAY - dt.timedelta(days=ago)
        issued = end - dt.timedelta(days=age)
        due = issued + dt.timedelta(days=terms)
        self.invoices.append(
            {"invoice_id": number, "customer_id": customer, "document_date": issued, "due_date": due}
        )
        if kind:
            self.postings.append({"invoice_id": number, "value_date": end, "kind": kind})
        return self

    def figures(self, make_ledger: Make) -> pd.DataFrame:
        """Return what the block says of those who have an open item."""
        return figures(make_ledger(self.invoices, self.postings, complete_to=DAY))


def test_the_expected_payments_are_the_cumulative_hazard_at_each_end(make_ledger: Make) -> None:
    book = Book().add("C1", 10).add("C2", 20).add("C3", 30, kind=None).add("C1", 0, kind=None)
    found = book.add("C2", 15, kind=None).figures(make_ledger)
    # At 10 days four are at risk, all but C1's item of today: 1/4. At 20 one of C2's and C3's: 1/2.
    assert found["frailty_expected_count"].to_dict() == pytest.approx({"C1": 0.25, "C2": 1.0, "C3": 0.75})
    assert found["frailty_observed"].to_dict() == {"C1": 1, "C2": 1, "C3": 0}


def test_the_frailty_is_the_shrunk_ratio_at_the_likeliest_alpha_of_the_grid(make_ledger: Make) -> None:
    book = Book()
    for number in range(6):
        for age in (2, 3, 4):
            book.add(f"fast{number}", age + number)
            book.add(f"slow{number}", 40 + 9 * age + number)
        book.add(f"fast{number}", 1, kind=None).add(f"slow{number}", 70, kind=None)
    found = book.figures(make_ledger)
    observed, expected = found["frailty_observed"], found["frailty_expected_count"]

    def likelihood(alpha: float) -> float:
        # Counted at one decimal, as the block says.
        return sum(
            math.lgamma(alpha + round(seen, 1))
            - math.lgamma(alpha)
            + alpha * math.log(alpha)
            - (alpha + seen) * math.log(alpha + round(due, 1))
            for seen, due in zip(observed, expected, strict=True)
        )

    alpha = max(GRID, key=likelihood)
    assert alpha not in {GRID[0], GRID[-1]}
    assert found["frailty_payment"].tolist() == pytest.approx(
        ((alpha + observed) / (alpha + expected)).tolist()
    )
    assert (
        found["frailty_payment"].filter(like="fast").min()
        > 1
        > found["frailty_payment"].filter(like="slow").max()
    )


@pytest.mark.parametrize(
    ("ago", "observed"), [(0, 1), (180, 0.5), (360, 0.25), (719, 0.0627), (720, 0.0625), (721, 0)]
)
def test_a_payment_counts_half_every_180_days_and_not_after_720(
    ago: int, observed: float, make_ledger: Make
) -> None:
    found = Book().add("C1", 10, ago).add("C1", 5, kind=None).figures(make_ledger)
    assert found.loc["C1", "frailty_observed"] == pytest.approx(observed, abs=1e-4)
    # The open item is younger than the paid one was: only the latter was ever at risk of payment.
    assert found.loc["C1", "frailty_expected_count"] == pytest.approx(observed, abs=1e-4)


@pytest.mark.parametrize(
    ("paid", "still_open", "same"),
    [
        (0, 14, True),
        (14, 15, False),
        (15, 30, True),
        (30, 31, False),
        (31, 45, True),
        (45, 46, False),
        (46, 60, True),
        (60, 61, False),
        (61, 120, True),
    ],
)
def test_items_are_compared_with_those_of_like_terms(
    paid: int, still_open: int, make_ledger: Make, *, same: bool
) -> None:
    found = Book().add("C1", 5, terms=paid).add("C2", 10, terms=still_open, kind=None).figures(make_ledger)
    assert found.loc["C2", "frailty_expected_count"] == (0.5 if same else 0)


def test_whatever_is_older_than_a_year_is_at_risk_together(make_ledger: Make) -> None:
    found = Book().add("C1", 400).add("C2", 380, kind=None).add("C3", 364, kind=None).figures(make_ledger)
    assert found["frailty_expected_count"].to_dict() == {"C2": 0.5, "C3": 0}


@pytest.mark.parametrize("kind", ["credit_note", "write_off"])
def test_what_ends_otherwise_was_at_risk_and_is_no_payment(kind: str, make_ledger: Make) -> None:
    book = Book().add("C1", 20, kind=kind).add("C1", 1, kind=None).add("C2", 10)
    found = book.figures(make_ledger).loc["C1"]
    assert found[["frailty_observed", "frailty_expected_count"]].tolist() == [0, 0.5]


def test_without_any_payment_everybody_is_as_the_book(make_ledger: Make) -> None:
    found = Book().add("C1", 20, kind=None).add("C2", 10, kind=None).figures(make_ledger)
    assert found["frailty_payment"].tolist() == [1, 1]
    assert found["frailty_expected_count"].tolist() == [0, 0]


def test_over_the_book_as_many_payments_are_expected_as_observed(small_ledger: Ledger) -> None:
    block = read_block(SHIPPED / "frailty.sql")
    with take_snapshot(small_ledger, "2025-06-30") as snapshot:
        found = snapshot.sql(block.sql)
    # Of every customer, whether or not it has an open item.
    assert len(found) == 40
    total = found["frailty_observed"].sum()
    assert found["frailty_expected_count"].sum() == pytest.approx(total, rel=1e-6)
    assert total > 100


def drawn(rng: np.random.Generator, customers: int = 150) -> tuple[Rows, Rows, dict[str, float]]:
    """Draw customers whose payments come at a multiple of one hazard, gamma-distributed about 1."""
    invoices: Rows = []
    postings: Rows = []
    truth: dict[str, float] = {}
    for number in range(customers):
        who = f"C{number:03d}"
        truth[who] = float(rng.gamma(4.0) / 4.0)
        for ago in rng.integers(0, 720, size=30):
            issued = DAY - dt.timedelta(days=int(ago))
            paid = issued + dt.timedelta(days=math.ceil(rng.exponential(30.0) / truth[who]))
            which = {"invoice_id": f"I{len(invoices)}", "customer_id": who, "document_date": issued}
            invoices.append(which)
            postings.append({"invoice_id": which["invoice_id"], "value_date": paid, "known_on": paid})
    return invoices, postings, truth


def test_it_finds_the_frailties_that_customers_were_drawn_with(make_ledger: Make) -> None:
    invoices, postings, truth = drawn(np.random.default_rng(5))
    fresh = [{"invoice_id": f"N{n}", "customer_id": f"new{n}", "document_date": DAY} for n in range(5)]
    u = figures(make_ledger([*invoices, *fresh], postings))["frailty_payment"]
    new, known = u.filter(like="new"), u.filter(like="C")
    assert len(known) > 100
    # 0.86 to 0.91 over seeds: thirty invoices with their weights say no more.
    assert spearmanr(known, [truth[who] for who in known.index]).statistic > 0.8
    assert known.mean() == pytest.approx(1, abs=0.15)
    assert new.tolist() == pytest.approx([1] * 5)


def test_what_is_known_later_changes_no_bit(make_ledger: Make) -> None:
    invoices, postings, _ = drawn(np.random.default_rng(6), customers=40)
    then = [row for row in postings if row["known_on"] <= DAY]
    late = [
        {**row, "invoice_id": f"L{row['invoice_id']}", "known_on": DAY + dt.timedelta(days=1)}
        for row in invoices
    ]
    assert len(then) < len(postings)
    after = figures(make_ledger([*invoices, *late], postings))
    assert (
        after.to_numpy().tobytes()
        == figures(make_ledger(invoices, then, complete_to=DAY)).to_numpy().tobytes()
    )
