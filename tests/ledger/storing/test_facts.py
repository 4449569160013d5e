from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.ledger.storing.facts import digest, extend, measure
from arseg.ledger.storing.insertion import create_tables, insert_rows
from arseg.ledger.storing.store import FORMAT, About
from arseg.schema import INVOICES, LEDGER, POSTINGS, DataError

DAY = dt.date(2024, 5, 1)
ABOUT = About("book", "EUR", {"EUR": 1.0}, ("postings",), ("terms were assumed",))
RATES = {"EUR": 1.0}


def invoice(number: int, **change: Any) -> dict[str, Any]:
    row = {
        "invoice_id": f"I{number}",
        "customer_id": "C1",
        "document_date": DAY,
        "due_date": DAY + dt.timedelta(days=30),
        "amount": Decimal("10.00"),
        "currency": "EUR",
        "known_on": DAY,
    }
    return row | change


def posting(number: int, **change: Any) -> dict[str, Any]:
    row = {
        "posting_id": f"P{number}",
        "invoice_id": "I1",
        "kind": "payment",
        "amount": Decimal("1.00"),
        "currency": "EUR",
        "value_date": DAY,
        "known_on": DAY,
    }
    return row | change


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give an empty book, and a stage in which a later load's rows stand."""
    with closing(duckdb.connect()) as connection:
        connection.execute("ATTACH ':memory:' AS book")
        connection.execute("ATTACH ':memory:' AS stage")
        create_tables(connection)
        yield connection


def put(connection: duckdb.DuckDBPyConnection, **rows: list[dict[str, Any]]) -> None:
    for name, some in rows.items():
        insert_rows(connection, LEDGER[name], pd.DataFrame(some))


def later(connection: duckdb.DuckDBPyConnection, **rows: list[dict[str, Any]]) -> None:
    """Put rows where those of a later load stand, and into the book as well."""
    for name, table in LEDGER.items():
        connection.execute(f"CREATE OR REPLACE TABLE stage.final_{name} AS FROM book.{name} LIMIT 0")
        for row in rows.get(name, []):
            marks = ", ".join("?" for _ in table.names)
            values = [row.get(column) for column in table.names]
            connection.execute(f"INSERT INTO stage.final_{name} VALUES ({marks})", values)
        connection.execute(f"INSERT INTO book.{name} FROM stage.final_{name}")


# Texts that could be mistaken for one another, were they merely put side by side.
texts = st.one_of(st.none(), st.sampled_from(["", "a", "b", "ab", "1", "NULL"]))
lots = st.lists(st.tuples(texts, texts, st.sampled_from([Decimal("1.00"), Decimal("-0.01")])), max_size=12)


@settings(max_examples=25, deadline=None)
@given(lots, st.integers(0, 12), st.randoms(use_true_random=False))
def test_a_digest_is_the_sum_of_its_parts_in_whatever_order(
    rows: list[tuple[Any, ...]], cut: int, random: Any
) -> None:
    turned = list(rows)
    random.shuffle(turned)
    parts = {"whole": rows, "turned": turned, "first": rows[:cut], "rest": rows[cut:]}
    found = {}
    with closing(duckdb.connect()) as connection:
        for name, part in parts.items():
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM ({_select(part)})")
            found[name] = int(digest(connection, name, "invoices"))
    assert found["whole"] == found["turned"] == found["first"] + found["rest"]


def _select(rows: list[tuple[Any, ...]]) -> str:
    kept = ("customer_id", "entity", "amount")
    others = ", ".join(f"NULL AS {name}" for name in INVOICES.names if name not in kept)
    said = [", ".join("NULL" if v is None else f"'{v}'" for v in row[:2]) + f", {row[2]}" for row in rows]
    lines = " UNION ALL ".join(f"SELECT {line}" for line in said) or "SELECT NULL, NULL, NULL LIMIT 0"
    return f"SELECT customer_id, entity, amount, {others} FROM ({lines}) AS v(customer_id, entity, amount)"


@settings(max_examples=25, deadline=None)
@given(lots, lots)
def test_other_rows_have_another_digest(one: list[tuple[Any, ...]], other: list[tuple[Any, ...]]) -> None:
    with closing(duckdb.connect()) as connection:
        connection.execute(f"CREATE TABLE one AS {_select(one)}")
        connection.execute(f"CREATE TABLE other AS {_select(other)}")
        same = digest(connection, "one", "invoices") == digest(connection, "other", "invoices")
    assert same is (sorted(one, key=repr) == sorted(other, key=repr))


def test_no_row_has_the_digest_nought(connection: duckdb.DuckDBPyConnection) -> None:
    assert {digest(connection, f"book.{name}", name) for name in LEDGER} == {"0"}


def test_a_book_is_measured(connection: duckdb.DuckDBPyConnection) -> None:
    late = DAY + dt.timedelta(days=9)
    put(connection, invoices=[invoice(1)], postings=[posting(1, currency=None), posting(2, known_on=late)])
    facts = measure(connection, ABOUT, RATES)
    assert (facts["format"], facts["name"], facts["currency"]) == (FORMAT, "book", "EUR")
    assert (facts["assumed_clocks"], facts["notes"]) == (["postings"], ["terms were assumed"])
    assert facts["present"] == ["invoices", "postings"]
    assert (facts["first_posting"], facts["last_known"]) == ("2024-05-01", "2024-05-10")
    assert (facts["currencies_complete"], facts["in_key_order"]) == (False, True)
    assert len(facts["content_hash"]) == 64


def test_a_book_without_an_invoice_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(DataError, match="the ledger has no invoice"):
        measure(connection, ABOUT, RATES)


def test_the_hash_speaks_of_rows_rates_and_clocks_and_not_of_names_and_sentences(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    put(connection, invoices=[invoice(1)])
    said = measure(connection, ABOUT, RATES)["content_hash"]
    assert measure(connection, About("other", "EUR", RATES, ("postings",)), RATES)["content_hash"] == said
    assert measure(connection, About("book", "EUR", RATES), RATES)["content_hash"] != said
    assert measure(connection, ABOUT, RATES | {"USD": 0.9})["content_hash"] != said
    put(connection, invoices=[invoice(2)])
    assert measure(connection, ABOUT, RATES)["content_hash"] != said


def test_facts_of_two_loads_are_those_of_one_load_of_both(connection: duckdb.DuckDBPyConnection) -> None:
    put(connection, invoices=[invoice(1)], postings=[posting(1)])
    first = measure(connection, ABOUT, RATES)
    early, late = DAY - dt.timedelta(days=40), DAY + dt.timedelta(days=40)
    later(
        connection,
        invoices=[invoice(2, known_on=late)],
        postings=[posting(2, value_date=early, known_on=early, currency=None)],
        customers=[{"customer_id": "C1", "known_on": early}],
    )
    about = About("book", "EUR", RATES, ("customers",), ("more was assumed", "terms were assumed"))
    both = extend(connection, first, about, {"USD": 0.9})
    declared = About(
        "book", "EUR", RATES, ("customers", "postings"), ("terms were assumed", "more was assumed")
    )
    at_once = measure(connection, declared, RATES | {"USD": 0.9})
    assert {**at_once, "in_key_order": False} == both
    assert both["content_hash"] == at_once["content_hash"] != first["content_hash"]


def test_a_later_load_of_nothing_new_leaves_the_facts(connection: duckdb.DuckDBPyConnection) -> None:
    put(connection, invoices=[invoice(1)])
    first = measure(connection, ABOUT, RATES)
    later(connection)
    assert extend(connection, first, ABOUT, RATES) == first


def test_the_last_day_is_an_invoices_a_postings_or_the_declared_one(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    far = DAY + dt.timedelta(days=99)
    put(connection, invoices=[invoice(1)], customers=[{"customer_id": "C1", "known_on": far}])
    assert measure(connection, ABOUT, RATES)["last_known"] == DAY.isoformat()
    declared = About("book", "EUR", RATES, complete_to=far)
    facts = measure(connection, declared, RATES)
    assert (facts["last_known"], facts["first_posting"]) == (far.isoformat(), None)
    assert POSTINGS.name not in facts["present"]
