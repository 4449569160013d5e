"""Every shipped column against a slow reading of the ledger's raw rows, written apart from the SQL."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from contextlib import closing
from decimal import ROUND_HALF_UP, Decimal
from statistics import fmean, median
from typing import Any

import numpy as np
import pytest

from arseg.features import Features, build_features
from arseg.ledger import Ledger, take_snapshot
from arseg.schema import LEDGER

Row = dict[str, Any]
Rows = dict[str, list[Row]]
CENT = Decimal("0.01")
DAY = dt.date(2025, 6, 16)


def raw_rows(ledger: Ledger) -> Rows:
    rows: Rows = {}
    with closing(ledger.connect()) as connection:
        for name in LEDGER:
            cursor = connection.execute(f"SELECT * FROM {name}")
            names = [column[0] for column in cursor.description]
            rows[name] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return rows


def newest(rows: list[Row], key: str) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        if row[key] not in found or row["known_on"] > found[row[key]]["known_on"]:
            found[row[key]] = row
    return found


def in_euro(amount: Decimal, currency: str, rates: Mapping[str, float]) -> Decimal:
    return (amount * Decimal(repr(rates[currency]))).quantize(CENT, rounding=ROUND_HALF_UP)


def outcome(amount: Decimal, moves: list[Row]) -> tuple[Decimal, dt.date | None, int]:
    """Return the balance, the day of clearing and the cause, walking through the days of its postings."""
    tolerance = max(Decimal("0.01"), amount * Decimal("0.005"))
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


def quantile(values: list[int], share: float) -> float:
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


class Reference:
    """What the ledger's rows say on one day, read one row at a time."""

    def __init__(self, rows: Rows, rates: Mapping[str, float], day: dt.date) -> None:
        self.day, self.seen = day, {n: [r for r in t if r["known_on"] <= day] for n, t in rows.items()}
        self.invoices = newest(self.seen["invoices"], "invoice_id")
        self.masters = newest(self.seen["customers"], "customer_id")
        self.disputed = {
            d["invoice_id"]
            for d in newest(self.seen["disputes"], "dispute_id").values()
            if d["closed_on"] is None or d["closed_on"] > day
        }
        moves: dict[str, list[Row]] = {}
        for move in self.seen["postings"]:
            if move["invoice_id"] in self.invoices:
                currency = move["currency"] or self.invoices[move["invoice_id"]]["currency"]
                move["euro"] = in_euro(move["amount"], currency, rates)
                moves.setdefault(move["invoice_id"], []).append(move)
        self.open: list[Row] = []
        self.paid: list[Row] = []
        for number, invoice in self.invoices.items():
            invoice["euro"] = amount = in_euro(invoice["amount"], invoice["currency"], rates)
            balance, cleared_on, event = outcome(amount, moves.get(number, []))
            if amount > 0 and balance > max(CENT, amount * Decimal("0.005")):
                self.open.append({**invoice, "balance": balance, "late": (day - invoice["due_date"]).days})
            elif amount > 0 and event == 1 and cleared_on is not None:
                ago, late = (day - cleared_on).days, (cleared_on - invoice["due_date"]).days
                self.paid.append({**invoice, "cleared_on": cleared_on, "ago": ago, "late": late})

    def item(self, row: Row) -> Row:
        disputed = float(row["invoice_id"] in self.disputed) if self.seen["disputes"] else None
        return {
            "days_past_due": row["late"],
            "age_days": (self.day - row["document_date"]).days,
            "terms_days": (row["due_date"] - row["document_date"]).days,
            "balance": row["balance"],
            "balance_share": float(row["balance"]) / float(row["euro"]),
            "key_day": (self.day - dt.date(1970, 1, 1)).days,
            "due_weekday": row["due_date"].weekday(),
            "due_month_day": row["due_date"].day,
            "item_disputed": disputed,
        }

    def customer(self, customer: str) -> Row:
        mine = [row for row in self.open if row["customer_id"] == customer]
        return {
            **self.history([row for row in self.paid if row["customer_id"] == customer]),
            **self.exposure(mine),
            **self.credit(customer, sum(row["balance"] for row in mine)),
            **self.relationship(
                [r for r in self.invoices.values() if r["customer_id"] == customer], customer
            ),
            "industry_late_rate": self.industry(customer),
            **self.contacts(customer),
        }

    def history(self, paid: list[Row]) -> Row:
        short, year = ([row for row in paid if row["ago"] < days] for days in (91, 365))
        late = [row["late"] for row in year]
        mean_3m = fmean(row["late"] for row in short) if short else None
        mean_12m = fmean(late) if late else None
        total = sum(row["euro"] for row in year)
        punctual = [row for row in year if row["late"] <= 0]
        last = max(paid, key=lambda row: (row["cleared_on"], row["invoice_id"]), default=None)
        pay = [(row["cleared_on"] - row["document_date"]).days for row in year]
        return {
            "cleared_count_3m": len(short),
            "cleared_count_12m": len(year),
            "cleared_days_late_mean_3m": mean_3m,
            "cleared_days_late_mean_12m": mean_12m,
            "cleared_days_late_median_12m": median(late) if late else None,
            "cleared_days_late_p90_12m": quantile(late, 0.9) if late else None,
            "cleared_days_to_pay_mean_12m": fmean(pay) if pay else None,
            "cleared_on_time_share_12m": len(punctual) / len(year) if year else None,
            "cleared_on_time_amount_share_12m": float(sum(r["euro"] for r in punctual)) / float(total)
            if year
            else None,
            "cleared_days_late_last": last["late"] if last else None,
            "cleared_days_late_trend_3m_12m": None if mean_3m is None else mean_3m - mean_12m,
        }

    def exposure(self, mine: list[Row]) -> Row:
        bands = {"current": 0, "1_30": 1, "31_60": 31, "61_90": 61, "over_90": 91}
        totals = dict.fromkeys(bands, Decimal(0))
        for row in mine:
            totals[
                [name for name, start in bands.items() if row["late"] >= start or name == "current"][-1]
            ] += row["balance"]
        balance = sum(row["balance"] for row in mine)
        disputed = sum(row["balance"] for row in mine if row["invoice_id"] in self.disputed)
        return {
            "open_count": len(mine),
            "open_balance": balance,
            "open_overdue_balance": sum(row["balance"] for row in mine if row["late"] > 0),
            "open_disputed_balance": disputed if self.seen["disputes"] else None,
            **{f"open_balance_{name}": total for name, total in totals.items()},
            "open_oldest_days_past_due": max(row["late"] for row in mine),
            "open_days_past_due_mean": float(sum(row["balance"] * row["late"] for row in mine))
            / float(balance),
        }

    def credit(self, customer: str, balance: Decimal) -> Row:
        facts = [row for row in self.seen["credit"] if row["customer_id"] == customer]
        facts.sort(key=lambda row: (row["effective_on"], row["known_on"]))
        before = [row for row in facts if (self.day - row["effective_on"]).days >= 90]
        limit, score = (facts[-1]["credit_limit"], facts[-1]["credit_score"]) if facts else (None, None)
        change = None
        if score is not None and before and before[-1]["credit_score"] is not None:
            change = score - before[-1]["credit_score"]
        use = None if limit is None else float(balance) / float(limit) if limit > 0 else float(balance > 0)
        return {
            "credit_limit": limit,
            "credit_score": score,
            "credit_score_change_90d": change,
            "credit_utilisation": use,
        }

    def relationship(self, issued: list[Row], customer: str) -> Row:
        begun = [row["document_date"] for row in issued]
        if self.masters.get(customer, {}).get("onboarded_on"):
            begun.append(self.masters[customer]["onboarded_on"])
        year = [row["euro"] for row in issued if (self.day - row["document_date"]).days < 365]
        age = (self.day - min(begun)).days
        return {
            "customer_account_age_days": age,
            "customer_invoice_count_12m": len(year),
            "customer_sales_12m": sum(year, Decimal(0)),
        }

    def industry(self, customer: str) -> float | None:
        mine = self.masters.get(customer, {}).get("industry")
        others = [row for row in self.paid if row["customer_id"] != customer]
        if mine is None or not others:
            return None
        peers = [r for r in others if self.masters.get(r["customer_id"], {}).get("industry") == mine]
        book = sum(row["late"] > 0 for row in others) / len(others)
        return (sum(row["late"] > 0 for row in peers) + 20 * book) / (len(peers) + 20)

    def contacts(self, customer: str) -> Row:
        ago = [
            (self.day - r["contacted_on"]).days for r in self.seen["contacts"] if r["customer_id"] == customer
        ]
        known = bool(self.seen["contacts"])
        return {f"contact_count_{n}d": sum(a < n for a in ago) if known else None for n in (30, 90)}


def agree(features: Features, reference: Reference) -> int:
    """Compare every figure of every open item and its customer; return the pairs compared."""
    units = dict(zip(features.dictionary["name"], features.dictionary["unit"], strict=True))
    items = {row["invoice_id"]: reference.item(row) for row in reference.open}
    customers = {c: reference.customer(c) for c in {row["customer_id"] for row in reference.open}}
    for key, found, expected in (
        ("invoice_id", features.items, items),
        ("customer_id", features.customers, customers),
    ):
        assert found[key].tolist() == sorted(expected)
        for row in found.to_dict("records"):
            wanted = expected[row[key]]
            assert set(wanted) == set(row) - {"invoice_id", "customer_id"}
            for name, value in wanted.items():
                where = f"{name} of {row[key]} on {reference.day}: {row[name]} is not {value}"
                if value is None:
                    assert math.isnan(row[name]), where
                elif units[name] in {"currency", "count"}:
                    assert row[name] == float(value), where
                else:
                    assert row[name] == pytest.approx(value, rel=1e-9, abs=1e-9), where
    return len(customers)


def draw_edges(rng: np.random.Generator, day: dt.date) -> Rows:
    """Draw a book whose days all lie on, just before or just after an edge of some window."""
    edges = [
        e + shift for e in (-425, -395, -365, -120, -91, -90, -61, -31, -30, -1, 0) for shift in (-1, 0, 1)
    ]

    def pick(first: dt.date = dt.date.min) -> dt.date:
        return max(first, day + dt.timedelta(days=int(rng.choice(edges))))

    def known(happened: dt.date) -> dt.date:
        return happened if rng.random() < 0.6 else pick(happened)

    rows: Rows = {name: [] for name in LEDGER}
    for n in range(300):
        issued, who = pick(), f"C{rng.integers(20)}"
        amount = Decimal(int(rng.integers(1, 90_000))) / 100
        currency = "USD" if n % 4 == 0 else "EUR"
        invoice = {"invoice_id": f"I{n:03d}", "customer_id": who, "document_date": issued, "amount": amount}
        invoice |= {"currency": currency, "due_date": pick(issued), "known_on": known(issued)}
        rows["invoices"].append(invoice)
        if rng.random() < 0.2:
            again = invoice["known_on"] + dt.timedelta(days=1)
            changed = {"amount": amount + 5, "due_date": pick(issued), "known_on": again}
            rows["invoices"].append({**invoice, **changed})
        for _ in range((0, 1, 1, 1, 2, 3)[rng.integers(6)]):
            kind = str(rng.choice(["payment"] * 6 + ["credit_note", "write_off", "recovery", "reversal"]))
            part = (amount * Decimal(str(rng.choice(["1", "1", "0.5", "0.996"])))).quantize(CENT)
            posted = {"posting_id": f"P{len(rows['postings']):03d}", "invoice_id": invoice["invoice_id"]}
            posted |= {"kind": kind, "amount": max(part, CENT), "value_date": pick(issued)}
            posted |= {"currency": currency if n % 3 else None, "known_on": known(posted["value_date"])}
            rows["postings"].append(posted)
        if rng.random() < 0.1:
            opened = {"dispute_id": f"D{n}", "invoice_id": invoice["invoice_id"], "opened_on": pick()}
            opened["known_on"] = known(opened["opened_on"])
            closed = {
                "closed_on": pick(opened["opened_on"]),
                "known_on": opened["known_on"] + dt.timedelta(days=1),
            }
            rows["disputes"] += [opened, {**opened, **closed}]
        if rng.random() < 0.4:
            touch = {"contact_id": f"K{n}", "customer_id": who, "contacted_on": pick(), "channel": "call"}
            rows["contacts"].append({**touch, "known_on": known(touch["contacted_on"])})
    for n in range(19):
        start = None if n == 3 else pick()
        industry = None if n == 2 else ("food", "retail")[n % 2]
        master = {"customer_id": f"C{n}", "industry": industry, "onboarded_on": start}
        rows["customers"].append({**master, "known_on": day - dt.timedelta(days=500)})
        rows["customers"].append({**master, "industry": "retail", "known_on": pick()})
        for _ in range(4):
            fact = {
                "customer_id": f"C{n}",
                "effective_on": pick(),
                "credit_score": float(rng.integers(1, 99)),
            }
            fact["credit_limit"] = [None, 0, 500][rng.integers(3)]
            rows["credit"].append({**fact, "known_on": known(fact["effective_on"])})
    return {
        name: list({tuple(r[k] for k in LEDGER[name].key): r for r in table}.values())
        for name, table in rows.items()
    }


@pytest.mark.parametrize("seed", range(6))
def test_every_column_is_what_a_slow_reading_of_the_rows_gives_at_the_edges_of_every_window(
    seed: int, make_ledger: Callable[..., Ledger]
) -> None:
    book = draw_edges(np.random.default_rng(seed), DAY)
    if seed % 4 == 3:
        book |= {"disputes": [], "contacts": [], "credit": []}
    ledger = make_ledger(**book, complete_to=DAY + dt.timedelta(days=9))
    rows = raw_rows(ledger)
    compared = 0
    for shift in (-1, 0, 1):
        day = DAY + dt.timedelta(days=shift)
        with take_snapshot(ledger, day) as snapshot:
            compared += agree(build_features(snapshot), Reference(rows, ledger.rates, day))
    assert compared >= 45


@pytest.mark.parametrize("month", ["2024-02-29", "2024-12-31", "2025-03-31", "2025-12-30"])
def test_every_column_is_what_a_slow_reading_of_the_rows_gives_on_a_book(
    month: str, small_ledger: Ledger
) -> None:
    day = dt.date.fromisoformat(month)
    with take_snapshot(small_ledger, day) as snapshot:
        assert (
            agree(build_features(snapshot), Reference(raw_rows(small_ledger), small_ledger.rates, day)) >= 20
        )


def test_the_aging_bands_partition_the_open_balance_to_the_cent(small_ledger: Ledger) -> None:
    bands = ["current", "1_30", "31_60", "61_90", "over_90"]
    with take_snapshot(small_ledger, "2025-06-30") as snapshot:
        customers = build_features(snapshot, blocks=["aging", "exposure"]).customers
    cents = (customers[[f"open_balance_{band}" for band in bands]] * 100).round().astype("int64")
    assert (cents.sum(axis="columns") == (customers["open_balance"] * 100).round().astype("int64")).all()
    assert (cents.sum() > 0).all()
