"""The SQL of a key date is a filter, and portable."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from arseg.ledger import Ledger, take_snapshot
from arseg.ledger.guard import SNAPSHOT_TABLES
from arseg.ledger.views import ADDED, dated, view_texts
from arseg.schema import LEDGER

# The ledger table whose columns a table of the snapshot has.
OWN = {"open_items": "invoices", "cleared_items": "invoices", "customer_versions": "customers"}
TEXTS = view_texts(dt.date(2026, 10, 31))


def test_every_table_that_a_block_may_read_has_a_view() -> None:
    assert TEXTS.keys() == SNAPSHOT_TABLES


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_view_ends_at_the_key_date_and_speaks_no_dialect(name: str) -> None:
    text = TEXTS[name]
    assert re.search(r"known_(on|from) <= DATE '2026-10-31'", text)
    assert not re.search(r"\b(EXCLUDE|REPLACE|QUALIFY|SEMI|ANTI|USING|INTERVAL)\b|::", text)


def test_the_name_of_the_history_is_the_callers() -> None:
    text = view_texts(dt.date(2026, 10, 31), known="book_")["open_items"]
    assert "book_item_states" in text
    assert "known." not in text


def test_the_added_columns_are_those_that_a_snapshot_has(small_ledger: Ledger) -> None:
    with take_snapshot(small_ledger, "2025-06-30") as snapshot:
        for name in SNAPSHOT_TABLES:
            own = LEDGER[OWN.get(name, name)].names if name in {*LEDGER, *OWN} else ()
            found = set(snapshot.arrow(f"SELECT * FROM {name}").column_names)
            assert found - {*own, "key_date"} == set(ADDED.get(name, {})), name


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a > key_date - 365 AND b > key_date - 90", "a > DATE '2025-10-31' AND b > DATE '2026-08-02'"),
        ("p.day > p.key_date - 1", "p.day > DATE '2026-10-30'"),
        ("key_date - days AS x, key_date + 3", "key_date - days AS x, key_date + 3"),
        ("days_between(day, key_date) < key_date - 2", "days_between(day, key_date) < DATE '2026-10-29'"),
    ],
)
def test_days_counted_back_from_the_key_date_are_written_out(text: str, wanted: str) -> None:
    assert dated(f"SELECT {text}", dt.date(2026, 10, 31)) == f"SELECT {wanted}"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT key_date - 1 AS a FROM assignments",
        "SELECT key_date - 1 AS a FROM (SELECT due_date AS key_date FROM invoices) AS i",
        'SELECT key_date - 1 AS a FROM (SELECT due_date "key_date" FROM invoices) AS i',
        "SELECT key_date - 1 AS a FROM (SELECT MIN(due_date) key_date FROM invoices) AS i",
        "WITH i (n, key_date) AS (SELECT amount, due_date FROM invoices) SELECT key_date - 1 AS a FROM i",
        "SELECT key_date - 1 AS a FROM (SELECT due_date FROM invoices) AS i(key_date)",
        "SELECT key_date - 1 AS a FROM (VALUES (DATE '2000-01-01')) i (key_date)",
        "SELECT day - 1 AS a FROM (SELECT key_date AS day FROM customers) AS i",
    ],
)
def test_where_key_date_may_be_something_else_nothing_is_written_out(text: str) -> None:
    assert dated(text, dt.date(2026, 10, 31)) == text
