"""Random books whose days all lie on, just before or just after an edge of some window."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np

from arseg.schema import LEDGER
from oracle.known import CENT, Row, Rows

_WINDOWS = (730, 425, 395, 365, 182, 180, 120, 91, 90, 61, 31, 30, 7, 1, 0)
EDGES = tuple(-window + shift for window in _WINDOWS for shift in (-1, 0, 1))
CUSTOMERS = 20


class Edges:
    """Draws the rows of a book around a key date.

    Everything a block may read is there in every shape that the schema allows: both currencies and none,
    late and back-dated knowledge, restated invoices, credit balances, part payments, bounced ones, cash on
    account, customers without master data, parents, countries with and without a calendar, optional columns
    filled here and empty there.
    """

    def __init__(self, rng: np.random.Generator, day: dt.date, customers: int = CUSTOMERS) -> None:
        self.rng, self.day, self.customers = rng, day, customers
        self.rows: Rows = {name: [] for name in LEDGER}

    def pick(self, first: dt.date = dt.date.min) -> dt.date:
        """Return a day at an edge, not before another."""
        return max(first, self.day + dt.timedelta(days=int(self.rng.choice(EDGES))))

    def known(self, happened: dt.date) -> dt.date:
        """Return the day on which something was known: the same day, or at some later edge."""
        return happened if self.rng.random() < 0.6 else self.pick(happened)

    def one_of(self, *values: Any) -> Any:
        """Return one of some values."""
        return values[self.rng.integers(len(values))]

    def chance(self, share: float) -> bool:
        """Return whether something happens."""
        return bool(self.rng.random() < share)

    def draw(self, invoices: int) -> Rows:
        """Return a book; of rows with the same key the last."""
        for number in range(invoices):
            self._invoice(number)
        for number in range(self.customers - 1):
            self._customer(number)
        self._indicators()
        return {
            name: list({tuple(r[k] for k in LEDGER[name].key): r for r in table}.values())
            for name, table in self.rows.items()
        }

    def _invoice(self, number: int) -> None:
        issued = self.pick()
        amount = Decimal(int(self.rng.integers(1, 90_000))) / 100
        invoice: Row = {
            "invoice_id": f"I{number:05d}",
            "customer_id": f"C{self.rng.integers(self.customers):03d}",
            "document_date": issued,
            "due_date": issued + dt.timedelta(days=int(self.one_of(0, 14, 30, 30, 60, 61))),
            "amount": -amount if self.chance(0.04) else amount,
            "currency": "USD" if number % 4 == 0 else "EUR",
            "known_on": self.known(issued),
            "delivered_on": issued + dt.timedelta(days=int(self.one_of(0, 1, 3, 9)))
            if self.chance(0.6)
            else None,
        }
        if invoice["delivered_on"] and self.chance(0.4):
            invoice["viewed_on"] = invoice["delivered_on"] + dt.timedelta(days=int(self.one_of(0, 2)))
        self.rows["invoices"].append(invoice)
        if self.chance(0.15):
            changed = {"amount": invoice["amount"] + 5, "due_date": self.pick(issued)}
            known_on = invoice["known_on"] + dt.timedelta(days=int(self.one_of(1, 30, 90)))
            self.rows["invoices"].append({**invoice, **changed, "known_on": known_on})
        for _ in range(self.one_of(0, 1, 1, 1, 2, 3)):
            self._posting(invoice, amount, number)
        self._events(invoice, number)

    def _posting(self, invoice: Row, amount: Decimal, number: int) -> None:
        kind = str(self.rng.choice(["payment"] * 6 + ["credit_note", "write_off", "recovery", "reversal"]))
        part = (amount * Decimal(self.one_of("1", "1", "0.5", "0.996"))).quantize(CENT)
        near_due = invoice["due_date"] + dt.timedelta(days=int(self.one_of(-1, 0, 1, 7, 40)))
        day = (
            max(invoice["document_date"], near_due)
            if self.chance(0.5)
            else self.pick(invoice["document_date"])
        )
        self._post(
            invoice_id=None if self.chance(0.06) else invoice["invoice_id"],
            customer_id=invoice["customer_id"] if self.chance(0.8) else None,
            kind=kind,
            amount=max(part, CENT),
            value_date=day,
            currency=invoice["currency"] if number % 3 else None,
        )

    def _post(self, **posted: Any) -> None:
        posted["posting_id"] = f"P{len(self.rows['postings']):05d}"
        posted["known_on"] = self.known(posted["value_date"])
        if posted["kind"] == "payment" and self.chance(0.8):
            posted["method"] = self.one_of("transfer", "transfer", "check", "card", "direct_debit", None)
            lag = int(self.one_of(0, 1, 2, 5))
            posted["initiated_on"] = (
                posted["value_date"] - dt.timedelta(days=lag) if self.chance(0.7) else None
            )
        self.rows["postings"].append(posted)

    def _events(self, invoice: Row, number: int) -> None:
        who, which = invoice["customer_id"], invoice["invoice_id"]
        if self.chance(0.12):
            opened: Row = {"dispute_id": f"D{number:05d}", "invoice_id": which, "opened_on": self.pick()}
            opened["known_on"] = self.known(opened["opened_on"])
            self.rows["disputes"].append(opened)
            if self.chance(0.6):
                closed = self.pick(opened["opened_on"])
                known_on = max(opened["known_on"] + dt.timedelta(days=1), closed)
                self.rows["disputes"].append({**opened, "closed_on": closed, "known_on": known_on})
        if self.chance(0.12):
            made = self.pick()
            promise: Row = {"promise_id": f"Q{number:05d}", "customer_id": who, "made_on": made}
            promise |= {"invoice_id": which if self.chance(0.7) else None, "known_on": self.known(made)}
            promise |= {"due_on": made + dt.timedelta(days=int(self.one_of(0, 3, 7, 14)))}
            promise["amount"] = self.one_of(None, abs(invoice["amount"]), CENT, Decimal("99.99"))
            self.rows["promises"].append(promise)
        if self.chance(0.4):
            touch: Row = {"contact_id": f"K{number:05d}", "customer_id": who, "contacted_on": self.pick()}
            touch |= {"channel": self.one_of("call", "email", "letter", "portal"), "minutes": 4.5}
            touch |= {
                "outcome": self.one_of("reached", "no_answer", "promise", "dispute", "sent", "legal", None)
            }
            touch |= {"tone": self.one_of("nudge", "reminder", "firm", None)}
            touch |= {"invoice_id": which if self.chance(0.5) else None}
            self.rows["contacts"].append({**touch, "known_on": self.known(touch["contacted_on"])})

    def _customer(self, number: int) -> None:
        who = f"C{number:03d}"
        master: Row = {
            "customer_id": who,
            "industry": None if number == 2 else ("food", "retail")[number % 2],
            "country": self.one_of("DE", "US", "ES", "Atlantis", None),
            "region": self.one_of("north", "south", None),
            "business_type": self.one_of("company", "sole_trader", "public", None),
            "parent": None if number % 3 else f"C{(number // 3) % 4:03d}",
            "onboarded_on": None if number == 3 else self.pick(),
            "invoice_delivery": self.one_of("paper", "email", "portal", "edi", None),
            "payment_method": self.one_of("transfer", "check", None),
            "known_on": self.day - dt.timedelta(days=800),
        }
        self.rows["customers"].append(master)
        if self.chance(0.7):
            changed = {"industry": "retail", "invoice_delivery": "email", "known_on": self.pick()}
            self.rows["customers"].append({**master, **changed})
        for _ in range(self.one_of(0, 2, 5)):
            effective = self.pick()
            self.rows["credit"].append(
                {
                    "customer_id": who,
                    "effective_on": effective,
                    "credit_score": self.one_of(None, float(self.rng.integers(1, 99)) / 2),
                    "credit_limit": self.one_of(None, 0, 500, 4000),
                    "insured": self.one_of(None, 0, 250, 9000),
                    "open_orders": self.one_of(None, 0, 120),
                    "margin": self.one_of(None, 0.25, -0.05),
                    "failure_risk": self.one_of(None, 0.01, 0.2),
                    "known_on": self.known(effective),
                }
            )

    def _indicators(self) -> None:
        # More than the 36 months that a level is compared with.
        for months in range(40):
            period = (self.day.replace(day=1) - dt.timedelta(days=30 * months)).replace(day=1)
            for series, industry in (
                ("industry_health", "food"),
                ("industry_health", "retail"),
                ("unemployment", None),
            ):
                row: Row = {"series": series, "industry": industry, "period": period}
                row |= {"value": float(self.rng.integers(-300, 300)) / 100, "known_on": self.pick(period)}
                self.rows["indicators"].append(row)


def edge_book(seed: int, day: dt.date, invoices: int = 300, customers: int = CUSTOMERS) -> Rows:
    """Return a book of a seed; every fourth lacks disputes, contacts, promises and credit."""
    rows = Edges(np.random.default_rng(seed), day, customers).draw(invoices)
    if seed % 4 == 3:
        rows |= {"disputes": [], "contacts": [], "credit": [], "promises": []}
    return rows
