from __future__ import annotations

import datetime as dt
import itertools
import json
import math
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from arseg.ledger.quality.restatement import Movement, audit_restatements
from arseg.ledger.storing.store import Ledger

Rows = list[dict[str, Any]]
Figures = tuple[int, float | None, int, int, int, Decimal | None, Decimal | None]
Found = dict[tuple[str, str, int | None, str | None], Figures]


def rank(days: list[int], share: float) -> int:
    return sorted(days)[max(0, math.ceil(share * len(days)) - 1)]


def figures(
    days: list[int], count: int, share: float | None, money: Decimal | None, across: Decimal | None
) -> Figures:
    return count, share, rank(days, 0.5), rank(days, 0.9), max(days), money, across


def versions(rows: Rows, identity: tuple[str, ...], table: str, *, money: bool) -> Found:
    """Read the versions of a table one by one."""
    by: dict[Any, Rows] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["known_on"]):
        by[tuple(row[name] for name in identity)].append(row)
    by_currency: dict[str | None, list[Rows]] = defaultdict(list)
    for held in by.values():
        by_currency[held[-1]["currency"] if money else None].append(held)
    found: Found = {}
    for currency, items in by_currency.items():
        moved = [held for held in items if len(held) > 1]
        if moved:
            days = [(held[-1]["known_on"] - held[0]["known_on"]).days for held in moved]
            changes = [
                abs(b["amount"] - a["amount"]) for held in moved for a, b in itertools.pairwise(held) if money
            ]
            count = sum(len(held) - 1 for held in moved)
            worth = sum(changes, Decimal(0)) if money else None
            found[table, "versions", None, currency] = figures(
                days, count, len(moved) / len(items), worth, None
            )
    return found


def bookings(book: dict[str, Rows]) -> Found:
    """Read postings one by one: those entered late, and those that restate."""
    owed = {row["invoice_id"]: row["currency"] for row in book["invoices"]}
    groups: dict[tuple[str, str | None], Rows] = defaultdict(list)
    totals: dict[str | None, int] = defaultdict(int)
    for row in book["postings"]:
        currency = row["currency"] or owed.get(row["invoice_id"])
        totals[currency] += 1
        if row.get("restates"):
            groups["red_entries", currency].append(row)
        elif row["known_on"] > row["value_date"]:
            groups["booked_late", currency].append(row)
    found: Found = {}
    for (kind, currency), rows in groups.items():
        days = [(row["known_on"] - row["value_date"]).days for row in rows]
        money = sum((abs(row["amount"]) for row in rows), Decimal(0))
        crossed = [row for row in rows if row["value_date"].replace(day=1) < row["known_on"].replace(day=1)]
        across = sum((abs(row["amount"]) for row in crossed), Decimal(0))
        named = currency is not None
        found["postings", kind, None, currency] = figures(
            days,
            len(rows),
            len(rows) / totals[currency],
            money if named else None,
            across if named else None,
        )
    return found


def claims(rows: list[tuple[Any, ...]]) -> Found:
    groups: dict[tuple[str, str, int, str | None], list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        load, table, _, kind, _, _, currency, _, _ = row
        groups[table, kind, load, currency].append(row)
    found: Found = {}
    for (table, kind, load, currency), held in groups.items():
        days = [(known - claimed).days for *_, claimed, known, _, _, _ in held]
        moved = [
            (abs((after or Decimal(0)) - (before or Decimal(0))), claimed, known)
            for *_, claimed, known, _, before, after in held
        ]
        money = sum((worth for worth, *_ in moved), Decimal(0))
        across = sum(
            (w for w, claimed, known in moved if claimed.replace(day=1) < known.replace(day=1)), Decimal(0)
        )
        found[table, kind, load, currency] = figures(
            days, len(held), None, money if currency else None, across if currency else None
        )
    return found


def told(movements: tuple[Movement, ...]) -> Found:
    return {
        (each.table, each.kind, each.load, each.currency): (
            each.count,
            each.share,
            each.days_median,
            each.days_p90,
            each.days_max,
            each.amount,
            each.across_months,
        )
        for each in movements
    }


def with_red_entries(book: dict[str, Rows], rng: np.random.Generator) -> dict[str, Rows]:
    """Cancel some postings with a red entry and put another in its place, some days later."""
    postings: Rows = []
    for row in book["postings"]:
        postings.append(row)
        if rng.random() < 0.15:
            known = row["known_on"] + dt.timedelta(days=int(rng.integers(1, 40)))
            red = {"known_on": known, "restates": row["posting_id"]}
            postings.append({**row, **red, "posting_id": f"{row['posting_id']}-", "amount": -row["amount"]})
            postings.append(
                {**row, **red, "posting_id": f"{row['posting_id']}+", "amount": row["amount"] + 1}
            )
    return {**book, "postings": postings}


def claimed_rows(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    rows = []
    for number in range(40):
        claimed = dt.date(2024, 3, 1) + dt.timedelta(days=int(rng.integers(0, 40)))
        known = claimed + dt.timedelta(days=int(rng.integers(0, 50)))
        table, currency = ("postings", "EUR") if rng.random() < 0.6 else ("customers", None)
        amounts: list[Decimal | None] = [None, None]
        if currency:
            amounts = [
                None if rng.random() < 0.3 else Decimal(int(rng.integers(1, 9999))) / 100 for _ in range(2)
            ]
        kind = ("late", "restated", "cancelled", "vanished")[int(rng.integers(4))]
        rows.append((int(rng.integers(2, 4)), table, f"x{number}", kind, claimed, known, currency, *amounts))
    return rows


@pytest.mark.parametrize("seed", range(8))
def test_the_audit_says_what_a_slow_reading_of_all_rows_says(
    seed: int,
    draw_book: Callable[..., Any],
    ledger_builder: Callable[..., Ledger],
    tmp_path: Path,
    book_rates: Any,
) -> None:
    rng = np.random.default_rng(seed)
    book = with_red_entries(draw_book(seed), rng)
    ledger = ledger_builder(tmp_path / "book.duckdb", book, rates=book_rates)
    rows = claimed_rows(rng)
    with closing(duckdb.connect(str(ledger.path))) as connection:
        connection.executemany("INSERT INTO restatements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    wanted = (
        versions(book["invoices"], ("invoice_id",), "invoices", money=True)
        | versions(book["customers"], ("customer_id",), "customers", money=False)
        | versions(book["credit"], ("customer_id", "effective_on"), "credit", money=False)
        | bookings(book)
        | claims(rows)
    )
    found = told(audit_restatements(ledger).movements)
    assert found.keys() == wanted.keys()
    for key, expected in wanted.items():
        assert found[key] == pytest.approx(expected), key


def test_a_book_that_never_moved_says_so(make_ledger: Callable[..., Ledger]) -> None:
    audit = audit_restatements(make_ledger([{"invoice_id": "I1"}], assumed_clocks=("postings",)))
    assert audit.movements == ()
    assert audit.sentences == (
        "No row says that history moved.",
        "What was entered late in postings cannot be seen.",
    )
    assert len(audit.to_frame()) == 0


def test_the_audit_is_a_frame_plain_data_and_sentences(small_ledger: Ledger) -> None:
    audit = audit_restatements(small_ledger)
    frame = audit.to_frame()
    assert list(frame.columns) == list(Movement.__dataclass_fields__)
    assert len(frame) == len(audit.movements) > 3
    plain = json.loads(json.dumps(audit.to_dict(), allow_nan=False))
    assert [row["count"] for row in plain["movements"]] == frame["count"].tolist()
    late = next(each for each in audit.movements if (each.kind, each.currency) == ("booked_late", "EUR"))
    assert f"{late.count:,} postings booked after their value date ({late.share:.1%})" in str(late)
    assert "across the end of a month; half within" in str(late)


def test_a_version_in_another_currency_moves_its_whole_amount(make_ledger: Callable[..., Ledger]) -> None:
    one = {"invoice_id": "I1", "amount": Decimal(100), "currency": "EUR"}
    later = {**one, "amount": Decimal(90), "currency": "USD", "known_on": dt.date(2024, 2, 1)}
    (moved,) = audit_restatements(make_ledger([one, later])).movements
    assert (moved.currency, moved.amount, moved.count, moved.days_max) == ("USD", Decimal("90.00"), 1, 31)
