from __future__ import annotations

import datetime as dt
import pickle

import duckdb
import pytest

from arseg import schema
from arseg.schema import ArsegError, BusyError, DataError, Table, UsageError


def test_an_error_has_its_four_beats_and_its_exit_code() -> None:
    error = UsageError("the key is unknown", given="modle", allowed="model", do="write 'model'")
    assert str(error) == "the key is unknown. Given: modle. Allowed: model. Do: write 'model'."
    assert [kind.exit_code for kind in (ArsegError, DataError, UsageError, BusyError)] == [1, 1, 2, 75]


def test_an_error_survives_a_trip_between_processes() -> None:
    error = DataError("a", given=1, allowed=2, do="c")
    again = pickle.loads(pickle.dumps(error))  # our own bytes, made on the line above
    assert type(again) is DataError
    assert str(again) == str(error)


def test_the_ledger_has_nine_tables_of_which_two_are_mandatory() -> None:
    assert len(schema.LEDGER) == 9
    assert [name for name, table in schema.LEDGER.items() if table.mandatory] == ["invoices", "postings"]


@pytest.mark.parametrize("table", schema.LEDGER.values(), ids=lambda table: table.name)
def test_every_ledger_table_knows_when_each_row_was_known(table: Table) -> None:
    assert "known_on" in table.required
    assert set(table.key) <= set(table.names)
    assert table.event_day is None or table.column(table.event_day).type == "date"
    assert len(set(table.names)) == len(table.names)


@pytest.mark.parametrize(
    "table", [v for v in vars(schema).values() if isinstance(v, Table)], ids=lambda t: t.name
)
def test_every_table_can_be_made_and_every_column_has_a_meaning(table: Table) -> None:
    with duckdb.connect() as connection:
        connection.execute(table.ddl())
        made = [row[0] for row in connection.execute(f"DESCRIBE {table.name}").fetchall()]
    assert tuple(made) == table.names
    assert all(column.meaning for column in table.columns)


def test_every_posting_kind_moves_the_balance_one_way() -> None:
    assert set(schema.BALANCE_SIGN) == set(schema.POSTING_KINDS)
    assert set(schema.BALANCE_SIGN.values()) == {1, -1}


def test_days_are_read_from_text_dates_and_timestamps() -> None:
    day = dt.date(2026, 10, 31)
    assert schema.parse_day("2026-10-31") == day
    assert schema.parse_day(day) == day
    assert schema.parse_day(dt.datetime(2026, 10, 31)) == day  # noqa: DTZ001 (a day has no zone)


@pytest.mark.parametrize("text", ["31.10.2026", "2026-02-30", "", "today"])
def test_what_is_not_a_day_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"key_date is not a day\. Given: .*Allowed: YYYY-MM-DD"):
        schema.parse_day(text)


def test_all_missing_columns_are_named_at_once() -> None:
    with pytest.raises(DataError, match=r"scores lacks columns \['b', 'c'\]"):
        schema.require_columns(["a"], ["a", "b", "c"], frame="scores")
