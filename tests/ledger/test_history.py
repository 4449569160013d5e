"""A history against a snapshot of each day, and against what the book would have been had it ended there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pytest

from arseg.ledger import Ledger, take_snapshot, take_snapshots
from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.history import TABLES, first_known, make_history, unrated
from arseg.ledger.snapshot import ORDER
from arseg.ledger.visibility import attach
from oracle.edges import edge_book

DAY = dt.date(2025, 6, 16)
Make = Callable[..., Ledger]


def history(ledger: Ledger, day: dt.date | None = None) -> DuckDBEngine:
    engine = DuckDBEngine()
    attach(engine, ledger)
    engine.execute("ATTACH ':memory:' AS known")
    make_history(engine, ledger, day=day)
    return engine


def days_around(rng: np.random.Generator) -> list[dt.date]:
    shifts = sorted({-1, 0, 1, *(int(shift) for shift in rng.integers(-700, 8, 12))})
    return [DAY + dt.timedelta(days=shift) for shift in shifts]


@pytest.mark.parametrize("seed", range(4))
def test_a_key_date_of_a_history_sees_what_a_snapshot_of_that_day_holds(seed: int, make_ledger: Make) -> None:
    ledger = make_ledger(**edge_book(seed, DAY), complete_to=DAY + dt.timedelta(days=9))
    days = [day for day in days_around(np.random.default_rng(seed)) if day >= ledger.first_posting]
    with take_snapshots(ledger, days) as snapshots:
        for many in snapshots:
            with take_snapshot(ledger, many.key_date) as one:
                assert many.present == one.present
                for name, key in ORDER.items():
                    query = f"SELECT * FROM {name} ORDER BY {', '.join(key)}"
                    assert many.arrow(query).equals(one.arrow(query)), (name, many.key_date)


def test_no_state_knows_what_came_after_it(make_ledger: Make) -> None:
    book = edge_book(5, DAY)
    whole = make_ledger(**book, complete_to=DAY)
    cut_at = DAY - dt.timedelta(days=91)
    part = {name: [row for row in rows if row["known_on"] <= cut_at] for name, rows in book.items()}
    states = (
        "SELECT * EXCLUDE (known_until) FROM known.item_states WHERE known_from <= DATE '{}' ORDER BY ALL"
    )
    with history(whole) as all_of_it, history(make_ledger(**part, complete_to=cut_at)) as so_far:
        query = states.format(cut_at)
        assert all_of_it.execute(query).num_rows > 100
        assert all_of_it.execute(query).equals(so_far.execute(query))


def test_the_states_of_an_invoice_follow_each_other_without_a_gap(make_ledger: Make) -> None:
    with history(make_ledger(**edge_book(6, DAY), complete_to=DAY)) as engine:
        gaps = engine.execute(
            """
            SELECT * FROM (
                SELECT known_until, lead(known_from) OVER (PARTITION BY invoice_id ORDER BY known_from) AS following
                FROM known.item_states
            ) WHERE known_until <> coalesce(following, DATE '9999-12-31')
            """
        )
        assert gaps.num_rows == 0
        assert engine.execute("SELECT count(*) AS n FROM known.item_states")["n"].to_pylist()[0] > 300


def test_a_posting_without_a_currency_takes_its_invoices_when_that_is_known(make_ledger: Make) -> None:
    first = dt.date(2025, 1, 1)
    invoice = {"invoice_id": "I1", "currency": "USD", "amount": 10, "document_date": first}
    ledger = make_ledger(
        [{**invoice, "known_on": first + dt.timedelta(days=5)}],
        [{"invoice_id": "I1", "amount": 10, "currency": None, "value_date": first, "known_on": first}],
        complete_to=DAY,
    )
    with take_snapshots(ledger, [first, first + dt.timedelta(days=5)]) as snapshots:
        seen = [snapshot.arrow("SELECT currency, amount FROM postings").to_pylist() for snapshot in snapshots]
    assert [(float(rows[0]["amount"]), rows[0]["currency"]) for rows in seen] == [(10.0, "EUR"), (9.0, "USD")]


def test_it_says_from_when_each_table_speaks_and_which_currency_has_no_rate(make_ledger: Make) -> None:
    later = {"invoice_id": "I2", "currency": "GBP", "document_date": DAY}
    paid = {"invoice_id": "I1", "value_date": dt.date(2025, 2, 1)}
    with history(make_ledger([{"invoice_id": "I1"}, later], [paid])) as engine:
        assert first_known(engine) == {"invoices": dt.date(2024, 1, 1), "postings": dt.date(2025, 2, 1)}
        assert unrated(engine) == {"GBP": DAY}


def test_every_table_of_a_history_is_made(make_ledger: Make) -> None:
    with history(make_ledger([{"invoice_id": "I1"}]), DAY) as engine:
        found = engine.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'known'")
        assert sorted(found["table_name"].to_pylist()) == sorted(TABLES)
