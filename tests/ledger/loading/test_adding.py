from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import duckdb
import pytest

from arseg.ledger.declared.layout import Limits
from arseg.ledger.loading.adding import (
    Later,
    count_actions,
    insert_final,
    judge_rows,
    record_restatements,
    record_vanished,
    require_few_restated,
)
from arseg.ledger.loading.convert import open_stage
from arseg.ledger.storing.insertion import create_tables
from arseg.schema import LEDGER, DataError

LAST = dt.date(2024, 3, 31)
FROM = dt.date(2024, 4, 5)

Version = tuple[str, str, str]  # id, amount, known on


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a connection with an empty stage and an empty book."""
    with closing(duckdb.connect()) as opened:
        open_stage(opened)
        opened.execute("ATTACH ':memory:' AS book")
        create_tables(opened)
        opened.execute("CREATE TABLE book.restated (invoice_id VARCHAR)")
        yield opened


def later(*, backfill: bool = False, present: frozenset[str] = frozenset(LEDGER)) -> Later:
    return Later(last_known=LAST, counts_from=FROM, backfill=backfill, present=present)


def invoices(versions: list[Version]) -> str:
    """Return the SELECT of invoice versions."""
    row = {
        "customer_id": "'C'",
        "document_date": "DATE '2024-01-01'",
        "due_date": "DATE '2024-02-01'",
        "currency": "'EUR'",
    }
    rows = [
        row
        | {
            "invoice_id": f"'{name}'",
            "amount": f"CAST({amount} AS DECIMAL(18,2))",
            "known_on": f"DATE '{known}'",
        }
        for name, amount, known in versions
    ]
    columns = [
        (column.name, one.get(column.name, "NULL")) for one in rows for column in LEDGER["invoices"].columns
    ]
    width = len(LEDGER["invoices"].columns)
    cut = [columns[start : start + width] for start in range(0, len(columns), width)]
    return " UNION ALL ".join(
        "SELECT " + ", ".join(f"{value} AS {name}" for name, value in one) for one in cut
    )


def judged(
    connection: duckdb.DuckDBPyConnection, had: list[Version], comes: list[Version], how: Later
) -> dict[str, list[tuple[Any, ...]]]:
    """Judge invoices that come against those that the book had."""
    if had:
        connection.execute(f"INSERT INTO book.invoices {invoices(had)}")
    judge_rows(connection, {"invoices": invoices(comes)}, how)
    final = "SELECT invoice_id, CAST(amount AS INTEGER), CAST(known_on AS VARCHAR) FROM stage.final_invoices ORDER BY ALL"
    verdicts = (
        "SELECT ident, action, CAST(counts_on AS VARCHAR) FROM stage.verdicts ORDER BY claimed_on, ident"
    )
    return {
        "final": connection.execute(final).fetchall(),
        "verdicts": connection.execute(verdicts).fetchall(),
    }


def test_a_row_after_the_last_day_is_new_and_keeps_its_own(connection: duckdb.DuckDBPyConnection) -> None:
    found = judged(connection, [("A", "1", "2024-01-01")], [("B", "2", "2024-04-01")], later())
    assert found == {"final": [("B", 2, "2024-04-01")], "verdicts": [("B", "new", "2024-04-01")]}


def test_a_row_of_the_last_day_itself_comes_late(connection: duckdb.DuckDBPyConnection) -> None:
    found = judged(connection, [("A", "1", "2024-01-01")], [("B", "2", str(LAST))], later())
    assert found["verdicts"] == [("B", "late", str(FROM))]


def test_the_first_rows_of_a_table_are_never_late(connection: duckdb.DuckDBPyConnection) -> None:
    found = judged(connection, [], [("B", "2", "2024-01-05")], later(present=frozenset()))
    assert found["final"] == [("B", 2, "2024-01-05")]


def test_versions_that_the_book_has_are_unchanged_and_only_what_is_new_is_stored(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    had = [("A", "1", "2024-01-01"), ("A", "2", "2024-02-01")]
    found = judged(connection, had, [*had, ("A", "3", "2024-04-02")], later())
    assert found["final"] == [("A", 3, "2024-04-02")]
    assert count_actions(connection) == {"new": 0, "late": 0, "restated": 1, "unchanged": 2}


def test_a_late_version_never_hides_a_later_one(connection: duckdb.DuckDBPyConnection) -> None:
    comes = [("A", "2", "2024-02-01"), ("A", "3", "2024-04-02")]
    found = judged(connection, [("A", "1", "2024-01-01")], comes, later())
    assert found["final"] == [("A", 3, "2024-04-02")]


def test_a_claim_that_was_moved_is_not_moved_again(connection: duckdb.DuckDBPyConnection) -> None:
    """The source goes on claiming 2024-02-01 for what the book took in on 2024-03-20."""
    found = judged(connection, [("A", "1", "2024-03-20")], [("A", "1", "2024-02-01")], later())
    assert found["final"] == []
    assert count_actions(connection)["unchanged"] == 1


def test_a_change_always_counts_after_the_version_that_it_changes(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = judged(connection, [("A", "1", "2024-05-01")], [("A", "2", "2024-05-01")], later())
    assert found["final"] == [("A", 2, "2024-05-02")]


def test_a_backfill_stands_where_it_claims_unless_a_version_stands_there(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    comes = [("A", "7", "2024-01-15"), ("A", "9", "2024-02-01"), ("B", "1", "2024-01-01")]
    found = judged(connection, [("A", "1", "2024-02-01")], comes, later(backfill=True))
    assert found["final"] == [("A", 7, "2024-01-15"), ("A", 9, str(FROM)), ("B", 1, "2024-01-01")]


def test_what_is_stored_and_what_is_written_down_agree(connection: duckdb.DuckDBPyConnection) -> None:
    comes = [
        ("A", "2", "2024-01-01"),
        ("B", "5", "2024-02-01"),
        ("C", "6", "2024-04-01"),
        ("C", "7", "2024-04-03"),
    ]
    judged(connection, [("A", "1", "2024-01-01")], comes, later())
    record_restatements(connection, 2)
    insert_final(connection)
    audit = connection.execute(
        "SELECT load, identity, kind, CAST(amount_before AS INTEGER), CAST(amount_after AS INTEGER) FROM book.restatements ORDER BY 2"
    ).fetchall()
    assert audit == [(2, "A", "restated", 1, 2), (2, "B", "late", None, 5)]
    assert connection.execute("SELECT count(*) FROM book.invoices").fetchall() == [(5,)]
    assert connection.execute("SELECT invoice_id FROM book.restated ORDER BY 1").fetchall() == [
        ("A",),
        ("C",),
    ]


def test_many_changes_are_refused_and_few_are_not(connection: duckdb.DuckDBPyConnection) -> None:
    had = [(f"I{n}", "1", "2024-01-01") for n in range(60)]
    judged(
        connection,
        had,
        [(name, "2" if n < 20 else "1", day) for n, (name, _, day) in enumerate(had)],
        later(),
    )
    require_few_restated(connection, Limits())
    connection.execute(
        "INSERT INTO stage.verdicts SELECT 'invoices', 'x', 'restated', NULL, NULL, NULL, NULL, NULL"
    )
    with pytest.raises(DataError, match=r"would change 21 of the ledger's 60 .*35%.*up to 20%"):
        require_few_restated(connection, Limits())


def test_a_full_source_that_lost_most_of_its_rows_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    had = [(f"I{n}", "1", "2024-01-01") for n in range(60)]
    judged(connection, had, had[:30], later())
    with pytest.raises(DataError, match=r"30 of the ledger's 60 invoices are gone.*extract: delta"):
        record_vanished(connection, "invoices", 2, Limits())
    record_vanished(connection, "invoices", 2, Limits(restated=0.5))
    gone = connection.execute(
        "SELECT count(*), sum(amount_before) FROM book.restatements WHERE kind = 'vanished'"
    )
    assert [int(value) for value in gone.fetchall()[0]] == [30, 30]
