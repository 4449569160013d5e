"""A desk's days at random: every money event, loaded day by day, against a reference of thirty lines."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
import tempfile
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule

from arseg.ledger import load, read_ledger, take_snapshot

AMOUNTS = st.integers(1, 10**7).map(lambda cents: Decimal(cents) / 100)
SHARES = st.sampled_from([Decimal(share) for share in ("0.25", "0.5", "0.995", "1", "1.5")])
CENT = Decimal("0.01")


class Reference:
    """What each invoice owes, what stands on account, and what was moved in all."""

    def __init__(self) -> None:
        self.amount: dict[str, Decimal] = {}
        self.owed: dict[str, Decimal] = {}
        self.account: Decimal = Decimal(0)
        self.total: dict[str, Decimal] = defaultdict(Decimal)

    def invoice(self, name: str, amount: Decimal) -> None:
        self.amount[name] = self.owed[name] = amount
        self.total["invoiced"] += amount

    def move(self, kind: str, name: str | None, amount: Decimal) -> None:
        sign = -1 if kind in {"recovery", "reversal"} else 1
        self.total[kind] += amount
        if name is None:
            self.account += amount
        else:
            self.owed[name] -= sign * amount

    def open(self) -> dict[str, Decimal]:
        noise = {name: max(CENT, Decimal("0.005") * amount) for name, amount in self.amount.items()}
        return {name: owed for name, owed in self.owed.items() if owed > noise[name]}

    def left(self) -> Decimal:
        return sum(self.owed.values(), Decimal(0)) - self.account


class DeskDays(RuleBasedStateMachine):
    """Things happen; at the end of a day its rows are loaded, and the ledger must say what the reference says."""

    invoices = Bundle("invoices")
    paid = Bundle("paid")

    @initialize()
    def begin(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="desk-"))
        self.day = dt.date(2024, 1, 1)
        self.reference = Reference()
        self.rows: dict[str, list[dict[str, Any]]] = {"invoices": [], "postings": []}
        self.count = 0

    @rule(target=invoices, amount=AMOUNTS)
    def invoice(self, amount: Decimal) -> str:
        self.count += 1
        name = f"{self.count:06d}"
        self.reference.invoice(name, amount)
        row = {
            "invoice_id": name,
            "customer_id": f"C{self.count % 3}",
            "document_date": self.day,
            "due_date": self.day,
        }
        self.rows["invoices"].append({**row, "amount": amount, "currency": "EUR", "known_on": self.day})
        return name

    def post(self, kind: str, name: str | None, amount: Decimal) -> None:
        self.count += 1
        self.reference.move(kind, name, amount)
        row = {
            "posting_id": f"{kind}-{self.count:06d}",
            "invoice_id": name,
            "customer_id": None if name else "C1",
        }
        row |= {
            "kind": kind,
            "amount": amount,
            "currency": "EUR",
            "value_date": self.day,
            "known_on": self.day,
        }
        self.rows["postings"].append(row)

    def part(self, name: str, share: Decimal) -> Decimal:
        return max(CENT, (self.reference.amount[name] * share).quantize(CENT))

    @rule(target=paid, name=invoices, share=SHARES)
    def pay(self, name: str, share: Decimal) -> tuple[str, Decimal]:
        self.post("payment", name, self.part(name, share))
        return name, self.part(name, share)

    @rule(payment=consumes(paid))
    def reverse(self, payment: tuple[str, Decimal]) -> None:
        self.post("reversal", *payment)

    @rule(amount=AMOUNTS)
    def pay_on_account(self, amount: Decimal) -> None:
        self.post("payment", None, amount)

    @rule(name=invoices, share=SHARES)
    def allocate(self, name: str, share: Decimal) -> None:
        self.post("payment", None, -self.part(name, share))
        self.post("payment", name, self.part(name, share))

    @rule(name=invoices, share=SHARES)
    def credit(self, name: str, share: Decimal) -> None:
        self.post("credit_note", name, self.part(name, share))

    @rule(name=invoices, share=SHARES)
    def write_off(self, name: str, share: Decimal) -> None:
        self.post("write_off", name, self.part(name, share))

    @rule(name=invoices, share=SHARES)
    def recover(self, name: str, share: Decimal) -> None:
        self.post("recovery", name, self.part(name, share))
        self.post("payment", name, self.part(name, share))

    @rule()
    def end_day(self) -> None:
        if self.reference.amount and any(self.rows.values()):
            self.load_day()
            self.compare()
        self.day += dt.timedelta(days=1)

    def load_day(self) -> None:
        folder = self.home / self.day.isoformat()
        folder.mkdir()
        for name, rows in self.rows.items():
            if rows:
                with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                    writer.writeheader()
                    writer.writerows(rows)
        self.rows = {"invoices": [], "postings": []}
        self.report = load([folder], "arseg", into="desk", home=self.home)

    def compare(self) -> None:
        money = self.report.currencies["EUR"]
        words = {
            "payment": "paid",
            "credit_note": "credited",
            "write_off": "written_off",
            "recovery": "recovered",
        }
        words |= {"reversal": "reversed", "invoiced": "invoiced"}
        assert {word: money[word] for word in words.values()} == {
            word: self.reference.total[kind] for kind, word in words.items()
        }
        assert money["open"] == self.reference.left()
        ledger = read_ledger(self.report.ledger_path)
        if ledger.first_posting is None or ledger.first_posting > ledger.last_known:
            return
        with take_snapshot(ledger, ledger.last_known) as snapshot:
            rows = snapshot.arrow("SELECT invoice_id, balance FROM open_items").to_pylist()
        assert {row["invoice_id"]: row["balance"] for row in rows} == self.reference.open()

    def teardown(self) -> None:
        if hasattr(self, "home"):
            shutil.rmtree(self.home)


DeskDays.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestDeskDays = DeskDays.TestCase
