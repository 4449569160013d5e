"""Random books full of what goes wrong, and a slow, plain reading of them to compare with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pytest

Book = dict[str, list[dict[str, Any]]]

START = dt.date(2024, 3, 1)
RATES = {"EUR": Decimal(1), "USD": Decimal("0.9137")}
CENT = Decimal("0.01")
SIGN = {"payment": -1, "credit_note": -1, "write_off": -1, "recovery": 1, "reversal": 1}
KINDS = ("payment", "payment", "payment", "credit_note", "write_off", "recovery", "reversal")
SHARES = tuple(Decimal(share) for share in ("1", "1", "1", "0.5", "0.5", "0.996", "0.04", "0.96", "1.2"))
AMOUNTS = tuple(Decimal(amount) for amount in ("100", "333.33", "7.77", "2", "0.02", "0.01", "0", "-50"))


def draw(seed: int, size: int = 40) -> Book:
    """Draw invoices whose postings come in any order, late, twice, reversed, recovered or for nobody."""
    rng = np.random.default_rng(seed)
    day = lambda low, high: START + dt.timedelta(days=int(rng.integers(low, high)))  # noqa: E731
    pick = lambda options: options[int(rng.integers(len(options)))]  # noqa: E731
    later = lambda date: date + dt.timedelta(days=int(rng.integers(1, 15)) * int(rng.integers(2)))  # noqa: E731
    book: Book = {"invoices": [], "postings": [], "disputes": [], "customers": [], "credit": []}
    for number in range(size):
        issued = day(0, 50)
        due = issued + dt.timedelta(days=int(rng.integers(0, 31)))
        invoice = {
            "invoice_id": f"I{number:03d}",
            "customer_id": f"C{number % 7}",
            "document_date": issued,
            "due_date": due,
            "amount": pick(AMOUNTS),
            "currency": pick(("EUR", "EUR", "USD")),
            "known_on": later(issued),
        }
        book["invoices"].append(invoice)
        for version in range(int(rng.choice(3, p=(0.8, 0.1, 0.1)))):
            known = invoice["known_on"] + dt.timedelta(days=4 + 9 * version)
            book["invoices"].append({**invoice, "amount": pick(AMOUNTS), "known_on": known})
        for _ in range(int(rng.integers(0, 6))):
            value = day(5, 90)
            whose = pick((invoice["invoice_id"],) * 20 + (None, "nobody's"))
            posting = {
                "posting_id": f"P{len(book['postings']):04d}",
                "invoice_id": whose,
                "customer_id": invoice["customer_id"] if whose is None else None,
                "kind": pick(KINDS),
                "amount": max(CENT, abs(invoice["amount"]) * pick(SHARES)).quantize(CENT),
                "currency": pick((invoice["currency"], None)) if whose else "EUR",
                "value_date": value,
                "known_on": later(value),
            }
            book["postings"].append(posting)
        if rng.random() < 0.2:
            row = {"dispute_id": f"D{number}", "invoice_id": invoice["invoice_id"], "opened_on": day(20, 50)}
            book["disputes"].append({**row, "known_on": row["opened_on"]})
            book["disputes"].append(
                {**row, "closed_on": START + dt.timedelta(days=60), "known_on": day(60, 65)}
            )
    for number in range(5):
        book["customers"].append({"customer_id": f"C{number}", "industry": "food", "known_on": START})
        book["customers"].append({"customer_id": f"C{number}", "industry": "retail", "known_on": day(5, 70)})
        row = {"customer_id": f"C{number}", "effective_on": START, "credit_limit": 500}
        book["credit"].append({**row, "known_on": START})
        book["credit"].append({**row, "credit_limit": 400, "known_on": day(5, 70)})
    return book


class PlainReading:
    """The book read row by row in exact decimals."""

    def __init__(self, book: Book) -> None:
        self.book = book

    def worth(self, row: dict[str, Any]) -> Decimal:
        return (row["amount"] * RATES[row["currency"]]).quantize(CENT, ROUND_HALF_UP)

    def invoices(self, day: dt.date) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for row in sorted(self.book["invoices"], key=lambda row: row["known_on"]):
            if row["known_on"] <= day:
                first = found.get(row["invoice_id"], {"original": self.worth(row), "first": row["known_on"]})
                kept = {"original": first["original"], "first": first["first"], "worth": self.worth(row)}
                found[row["invoice_id"]] = {**row, **kept}
        return found

    def postings(self, day: dt.date) -> list[dict[str, Any]]:
        owners = self.invoices(day)
        rows = []
        for row in self.book["postings"]:
            if row["known_on"] <= day:
                owner = owners.get(row["invoice_id"], {"currency": "EUR", "customer_id": row["customer_id"]})
                currency = row["currency"] or owner["currency"]
                full = {**row, "currency": currency, "customer_id": owner["customer_id"]}
                rows.append({**full, "worth": self.worth(full)})
        return rows

    @staticmethod
    def tolerance(amount: Decimal) -> Decimal:
        return max(CENT, Decimal("0.005") * amount)

    def open_items(self, day: dt.date) -> dict[str, Decimal]:
        """Return the balance by invoice_id."""
        balance = {name: row["worth"] for name, row in self.invoices(day).items()}
        for row in self.postings(day):
            if row["invoice_id"] in balance:
                balance[row["invoice_id"]] += SIGN[row["kind"]] * row["worth"]
        amounts = {name: row["worth"] for name, row in self.invoices(day).items()}
        return {n: b for n, b in balance.items() if amounts[n] > 0 and b > self.tolerance(amounts[n])}

    @staticmethod
    def clear(opening: Decimal, tolerance: Decimal, moves: list[tuple[Any, str, Decimal]]) -> Any:
        """Return day and cause, or None; moves are day, kind, amount; a restatement counts as a credit."""
        days = sorted({day for day, _, _ in moves})
        signs = {**SIGN, "restated": 1}
        at = {u: opening + sum(signs[k] * x for d, k, x in moves if d <= u) for u in days}
        within = [u for u in days if all(at[v] <= tolerance for v in days if v >= u)]
        if not within:
            return None
        done: dict[str, Decimal] = dict.fromkeys(signs, Decimal(0))
        for day, kind, amount in moves:
            if day <= within[0]:
                done[kind] += amount
        credited = done["credit_note"] - done["restated"]
        if credited > 0 and credited >= Decimal("0.95") * (opening - at[within[0]]):
            return within[0], 2
        return within[0], 3 if done["write_off"] - done["recovery"] > tolerance else 1


@pytest.fixture(scope="session")
def draw_book() -> Callable[..., Book]:
    """Return the drawer of random books: a seed gives a book."""
    return draw


@pytest.fixture(scope="session")
def book_rates() -> dict[str, float]:
    """Return the rates in which random books are read, and one that they do not need."""
    return {name: float(rate) for name, rate in RATES.items()} | {"GBP": 1.17}


@pytest.fixture(scope="session")
def plain_reading() -> type[PlainReading]:
    """Return the slow reader."""
    return PlainReading


@pytest.fixture(scope="session", params=range(3), ids="book{}".format)
def random_book(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    ledger_builder: Callable[..., Any],
    book_rates: dict[str, float],
) -> tuple[Book, PlainReading, Any]:
    """Return a random book: its rows, their plain reading, and its ledger."""
    book = draw(request.param)
    path = tmp_path_factory.mktemp("random") / f"book{request.param}.duckdb"
    return book, PlainReading(book), ledger_builder(path, book, rates=book_rates)
