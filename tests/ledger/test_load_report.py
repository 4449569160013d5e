from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from arseg.ledger.load_report import LoadReport, SourceCount, sum_money
from arseg.ledger.store import Ledger

DAY = dt.date(2024, 3, 1)


def _report() -> LoadReport:
    counts = (
        SourceCount("a.csv", "00", 1010, 1000, {"bad_date": 3, "duplicate_row": 7}),
        SourceCount("longer.csv", "01", 5, 5, {}),
    )
    money = {"EUR": {"invoiced": Decimal("1234567.80"), "open": Decimal("0.00")}}
    return LoadReport(Path("data/ledger/x.duckdb"), "own", counts, money, ("Ünder note.",))


def test_rows_read_are_rows_loaded_and_quarantined() -> None:
    for count in _report().sources:
        assert count.rows_read == count.rows_loaded + count.rows_quarantined


def test_json_holds_counts_by_reason_and_amounts_as_text() -> None:
    told = json.loads(_report().to_json())
    assert told["sources"][0]["rows_quarantined"] == 10
    assert told["sources"][0]["reasons"] == {"bad_date": 3, "duplicate_row": 7}
    assert told["currencies"]["EUR"]["invoiced"] == "1234567.80"
    assert told["notes"] == ["Ünder note."]


def test_the_terminal_shows_rows_reasons_and_money() -> None:
    told = str(_report())
    assert (
        "a.csv           1,010 rows read,     1,000 loaded,     10 quarantined (bad_date 3, duplicate_row 7)"
        in told
    )
    assert "EUR invoiced            1,234,567.80" in told


def test_money_is_summed_by_currency_over_the_latest_versions(make_ledger: Callable[..., Ledger]) -> None:
    invoice = {"invoice_id": "I1", "document_date": DAY, "amount": Decimal("100.10")}
    kinds = {
        "payment": "70.00",
        "credit_note": "10.10",
        "write_off": "20.00",
        "recovery": "5.00",
        "reversal": "1.00",
    }
    postings = [
        {"invoice_id": "I1", "kind": kind, "amount": Decimal(amount), "value_date": DAY, "currency": "EUR"}
        for kind, amount in kinds.items()
    ]
    ledger = make_ledger(
        [
            {**invoice, "known_on": DAY, "amount": Decimal(7)},
            {**invoice, "known_on": DAY + dt.timedelta(days=1)},
            {"invoice_id": "I2", "document_date": DAY, "amount": Decimal("3.00"), "currency": "USD"},
        ],
        postings,
    )
    money = sum_money(ledger)
    assert list(money) == ["EUR", "USD"]
    assert [str(value) for value in money["EUR"].values()] == [
        "100.10", "70.00", "10.10", "20.00", "5.00", "1.00", "6.00",
    ]  # fmt: skip
    assert money["USD"]["open"] == money["USD"]["invoiced"] == Decimal("3.00")
