"""The raw rows of a ledger as known on one day, found one row at a time."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from arseg.ledger import Ledger
from arseg.schema import LEDGER

Row = dict[str, Any]
Rows = dict[str, list[Row]]
CENT = Decimal("0.01")


def raw_rows(ledger: Ledger) -> Rows:
    """Return every row of every table, whenever it was known."""
    rows: Rows = {}
    with closing(ledger.connect()) as connection:
        for name in LEDGER:
            cursor = connection.execute(f"SELECT * FROM {name}")
            names = [column[0] for column in cursor.description]
            rows[name] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return rows


def newest(rows: Iterable[Row], key: str) -> dict[str, Row]:
    """Return of each identity the row known last."""
    found: dict[str, Row] = {}
    for row in rows:
        if row[key] not in found or row["known_on"] > found[row[key]]["known_on"]:
            found[row[key]] = row
    return found


def by(rows: Iterable[Row], key: str) -> dict[Any, list[Row]]:
    """Return rows by the value of one column."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def in_euro(amount: Decimal, currency: str, rates: Mapping[str, float]) -> Decimal:
    """Return an amount in the reporting currency, to the cent."""
    return (amount * Decimal(repr(rates[currency]))).quantize(CENT, rounding=ROUND_HALF_UP)


def outcome(amount: Decimal, moves: list[Row]) -> tuple[Decimal, dt.date | None, int]:
    """Return the balance, the day of clearing and the cause, walking through the days of its postings."""
    tolerance = max(CENT, amount * Decimal("0.005"))
    balance, credited, lost, cleared_on, event = amount, Decimal(0), Decimal(0), None, 0
    for day in sorted({move["value_date"] for move in moves}):
        for move in moves:
            if move["value_date"] == day:
                sign = 1 if move["kind"] in {"recovery", "reversal"} else -1
                balance += sign * move["euro"]
                credited += move["euro"] if move["kind"] == "credit_note" else 0
                lost += {"write_off": 1, "recovery": -1}.get(move["kind"], 0) * move["euro"]
        if balance > tolerance:
            cleared_on, event = None, 0
        elif cleared_on is None:
            cleared_on = day
            mostly = credited > 0 and credited >= Decimal("0.95") * (amount - balance)
            event = 2 if mostly else 3 if lost > tolerance else 1
    return balance, cleared_on, event


def quantile(values: Iterable[float], share: float) -> float | None:
    """Return the interpolated quantile; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return float(low + (high - low) * (place - math.floor(place)))


def mean(values: Sequence[float]) -> float | None:
    """Return the mean; None of nothing."""
    return float(sum(values)) / len(values) if values else None


def ratio(top: float | Decimal, bottom: float | Decimal) -> float | None:
    """Return a quotient; None where the denominator is zero."""
    return float(top) / float(bottom) if bottom else None


class Known:
    """What is known at the end of a day.

    ``seen`` are the visible rows by table. ``invoices`` are the newest visible versions by number, each with
    ``euro`` (amount in reporting currency), ``original`` (that of the first version) and ``first_known_on``.
    ``open`` are open items with ``balance``, ``past_due`` and ``disputed``; ``cleared`` the cleared ones with
    ``cleared_on``, ``event``, ``ago``, ``late`` and ``to_pay``, and ``paid`` those of them with event 1.
    ``masters`` are the newest rows of customers. ``postings`` have ``euro``. All of them are lists;
    ``of(name)`` gives one of them by customer, or a visible table by customer.
    """

    def __init__(self, rows: Rows, rates: Mapping[str, float], day: dt.date, currency: str = "EUR") -> None:
        self.day = day
        self.seen = {name: [r for r in table if r["known_on"] <= day] for name, table in rows.items()}
        self.present = {name for name, table in self.seen.items() if table}
        self.masters = newest(self.seen["customers"], "customer_id")
        self.disputes = newest(self.seen["disputes"], "dispute_id")
        self.promises = newest(self.seen["promises"], "promise_id")
        self.disputed = {
            d["invoice_id"] for d in self.disputes.values() if d["closed_on"] is None or d["closed_on"] > day
        }
        self.invoices = {n: dict(r) for n, r in newest(self.seen["invoices"], "invoice_id").items()}
        versions = by(self.seen["invoices"], "invoice_id")
        for number, invoice in self.invoices.items():
            first = min(versions[number], key=lambda row: row["known_on"])
            invoice["euro"] = in_euro(invoice["amount"], invoice["currency"], rates)
            invoice["original"] = in_euro(first["amount"], first["currency"], rates)
            invoice["first_known_on"] = first["known_on"]
        self.postings = [self._in_euro(posting, rates, currency) for posting in self.seen["postings"]]
        self.open: list[Row] = []
        self.cleared: list[Row] = []
        moves = by(self.postings, "invoice_id")
        for number, invoice in self.invoices.items():
            self._place(invoice, moves.get(number, []))
        self.paid = [row for row in self.cleared if row["event"] == 1]
        self._groups: dict[str, dict[str, list[Row]]] = {}
        self.memory: dict[Any, Any] = {}

    def _in_euro(self, posting: Row, rates: Mapping[str, float], currency: str) -> Row:
        own = posting["currency"] or self.invoices.get(posting["invoice_id"], {}).get("currency") or currency
        return {**posting, "euro": in_euro(posting["amount"], own, rates)}

    def _place(self, invoice: Row, moves: list[Row]) -> None:
        amount = invoice["euro"]
        balance, cleared_on, event = outcome(amount, moves)
        if amount > 0 and balance > max(CENT, amount * Decimal("0.005")):
            past_due = (self.day - invoice["due_date"]).days
            disputed = invoice["invoice_id"] in self.disputed
            self.open.append({**invoice, "balance": balance, "past_due": past_due, "disputed": disputed})
        elif amount > 0 and cleared_on is not None:
            days = {
                "ago": (self.day - cleared_on).days,
                "late": (cleared_on - invoice["due_date"]).days,
                "to_pay": (cleared_on - invoice["document_date"]).days,
            }
            self.cleared.append({**invoice, "cleared_on": cleared_on, "event": event, **days})

    def of(self, name: str, customer: str) -> list[Row]:
        """Return one customer's rows of ``open``, ``paid``, ``cleared``, ``invoices`` or a visible table."""
        if name not in self._groups:
            rows = getattr(self, name, None)
            if rows is None:
                rows = self.seen[name]
            self._groups[name] = by(rows.values() if isinstance(rows, dict) else rows, "customer_id")
        return self._groups[name].get(customer, [])

    def ago(self, day: dt.date) -> int:
        """Return how many days before the key date a day lies."""
        return (self.day - day).days
