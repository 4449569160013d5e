from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.ledger.outcomes import observe_flows, observe_outcomes
from arseg.ledger.storing.contract import require_contract
from arseg.ledger.storing.store import Ledger
from arseg.schema import CONTACTS, FLOWS, INVOICES, LEDGER, OUTCOMES, POSTINGS, WORKLIST, DataError, Table

DAY = dt.date(2024, 3, 1)
VALUES: dict[str, Any] = {
    "text": "x",
    "date": DAY,
    "money": Decimal("1.50"),
    "integer": 3,
    "number": 0.25,
    "boolean": True,
}


def sound(table: Table, rows: int = 3) -> pd.DataFrame:
    """Return rows that keep the table's contract, their key columns told apart by number."""
    frame = {column.name: [VALUES[column.type]] * rows for column in table.columns}
    frame[table.key[0]] = [
        n if table.column(table.key[0]).type == "integer" else f"K{n}" for n in range(rows)
    ]
    if table is POSTINGS:
        frame["kind"] = ["payment"] * rows
    return pd.DataFrame(frame)


def broken(table: Table, column: str, value: Any, row: int = 1) -> pd.DataFrame:
    frame = sound(table)
    frame[column] = frame[column].astype(object)
    frame.loc[row, column] = value
    return frame


ALL = [*LEDGER.values(), OUTCOMES, FLOWS, WORKLIST]


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_a_sound_frame_passes_unchanged_whatever_its_index(table: Table) -> None:
    frame = sound(table).set_axis([7, 7, 9])
    before = frame.copy()
    require_contract(frame, table, where=table.name)
    pd.testing.assert_frame_equal(frame, before)
    require_contract(frame.iloc[:0], table, where=table.name)


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_every_required_column_is_missed_and_so_is_a_value_of_it(table: Table) -> None:
    for name in table.required:
        with pytest.raises(DataError, match="breaks its contract at column") as refused:
            require_contract(sound(table).drop(columns=name), table, where=table.name)
        assert (refused.value.column, refused.value.row) == (name, None)
        with pytest.raises(DataError, match="a value in every row") as refused:
            require_contract(broken(table, name, None), table, where=table.name)
        assert (refused.value.code, refused.value.column, refused.value.row) == ("contract", name, 1)


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_columns_that_a_row_may_lack_may_be_absent_or_empty(table: Table) -> None:
    optional = [name for name in table.names if name not in table.required]
    require_contract(sound(table).assign(**dict.fromkeys(optional)), table, where=table.name)
    keyed = [name for name in optional if name not in table.key]
    require_contract(sound(table).drop(columns=keyed), table, where=table.name)


@pytest.mark.parametrize(
    ("table", "column", "value", "message"),
    [
        (INVOICES, "amount", float("inf"), "a finite amount"),
        (INVOICES, "amount", float("-inf"), "a finite amount"),
        (INVOICES, "amount", Decimal("Infinity"), "a finite amount"),
        (INVOICES, "amount", "ten", "a finite amount"),
        (INVOICES, "amount", True, "a finite amount"),
        (INVOICES, "invoice_id", 7, "a text"),
        (INVOICES, "due_date", "2024-02-30", "a day without a time zone"),
        (INVOICES, "due_date", 20240301, "a day without a time zone"),
        (INVOICES, "known_on", dt.date(2024, 2, 29), "on its event day or later"),
        (POSTINGS, "kind", "gift", "one of payment, credit_note, write_off, recovery, reversal"),
        (CONTACTS, "propensity", np.inf, "a finite number"),
        (OUTCOMES, "event", 4, "one of 0, 1, 2, 3"),
        (OUTCOMES, "duration", 1.5, "a whole number"),
        (WORKLIST, "on_today", "yes", "true or false"),
    ],
)
def test_the_first_broken_value_is_named(table: Table, column: str, value: Any, message: str) -> None:
    frame = broken(table, column, value)
    with pytest.raises(DataError, match=message) as refused:
        require_contract(frame, table, where=f"table {table.name}")
    error = refused.value
    assert (error.code, error.file, error.row, error.column) == (
        "contract",
        f"table {table.name}",
        1,
        column,
    )
    assert repr(str(value)) in error.given
    assert str(error).startswith(f"table {table.name} breaks its contract at row 1 (counted from 0), column")


def test_infinity_in_a_column_of_floats_is_refused() -> None:
    frame = sound(FLOWS).assign(cash=[1.0, np.inf, np.inf])
    with pytest.raises(DataError, match=r"row 1 .* column cash. Given: cash 'inf'"):
        require_contract(frame, FLOWS, where="flows")


def test_a_key_that_stands_twice_is_refused_at_its_second_row() -> None:
    frame = sound(INVOICES, 4).assign(invoice_id=["A", "B", "A", "A"])
    with pytest.raises(DataError, match=r"row 2 .*Given: invoice_id 'A', known_on .*each key once"):
        require_contract(frame, INVOICES, where="invoices")


def test_of_several_faults_the_first_row_and_its_first_column_is_named() -> None:
    frame = broken(INVOICES, "amount", float("inf"), row=2)
    frame["currency"] = ["EUR", None, None]
    frame["customer_id"] = ["C", 5, "C"]
    with pytest.raises(DataError) as refused:
        require_contract(frame, INVOICES, where="invoices")
    assert (refused.value.row, refused.value.column) == (1, "customer_id")


@pytest.mark.parametrize("kind", ["datetime64[ns]", "datetime64[us]", "object", "str"])
def test_days_may_be_dates_timestamps_or_iso_text(kind: str) -> None:
    days = {name: sound(INVOICES)[name].astype(kind) for name in ("document_date", "due_date", "known_on")}
    require_contract(sound(INVOICES).assign(**days), INVOICES, where="invoices")


def test_a_moment_in_a_time_zone_is_no_day() -> None:
    zoned = pd.Series(pd.DatetimeIndex(["2024-03-01"] * 3, tz="Europe/Berlin"))
    with pytest.raises(DataError, match="a day without a time zone"):
        require_contract(sound(INVOICES).assign(due_date=zoned), INVOICES, where="invoices")


def test_what_leaves_the_room_keeps_its_contract(small_ledger: Ledger) -> None:
    outcomes = observe_outcomes(small_ledger, "2025-03-31")
    flows = observe_flows(small_ledger, "2025-03-31", until="2025-06-30")
    require_contract(outcomes, OUTCOMES, where="outcomes")
    require_contract(flows, FLOWS, where="flows")


def test_what_goes_into_the_room_keeps_its_contract(draw_book: Callable[..., Any]) -> None:
    for name, rows in draw_book(1).items():
        frame = pd.DataFrame(rows).reindex(columns=LEDGER[name].names)
        if name == "postings":
            frame["posting_id"] = frame["posting_id"].astype("str")
        require_contract(frame.astype(object).where(frame.notna(), None), LEDGER[name], where=name)


def test_pandera_is_imported_by_a_call_and_not_by_the_module() -> None:
    code = (
        "import sys, arseg.ledger.storing.contract, arseg.ledger.loading.intake, arseg.ledger.quality.quality, arseg.ledger.outcomes\n"
        "sys.exit('pandera' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
