from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from arseg.ledger.quality import SEVERITIES, Finding, QualityReport, check
from arseg.ledger.store import Ledger
from arseg.ledger.writing import create_ledger

DAY = dt.date(2024, 3, 1)

Maker = Callable[..., Ledger]


def day(number: int) -> dt.date:
    return DAY + dt.timedelta(days=number)


def invoice(number: int, **change: Any) -> dict[str, Any]:
    row = {
        "invoice_id": f"I{number}",
        "customer_id": f"C{number}",
        "document_date": DAY,
        "amount": Decimal(100),
    }
    return row | change


def payment(number: int, amount: str = "100", **change: Any) -> dict[str, Any]:
    row = {
        "posting_id": f"P{number}",
        "invoice_id": f"I{number}",
        "amount": Decimal(amount),
        "value_date": day(9),
    }
    return row | {"currency": "EUR", "customer_id": None} | change


def sound(count: int = 10) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    return [invoice(n) for n in range(count)], [payment(n) for n in range(count)]


def find(report: QualityReport, code: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.code == code]


def test_a_sound_book_has_notes_only(make_ledger: Maker) -> None:
    report = check(make_ledger(*sound()))
    assert not report.has_errors
    assert {finding.severity for finding in report.findings} == {"note"}
    assert "absent tables: customers, disputes" in find(report, "absent_tables")[0].message


def test_a_book_without_a_cleared_invoice_is_an_error(make_ledger: Maker) -> None:
    report = check(make_ledger([invoice(1)], [payment(1, "99.00")]))
    assert report.has_errors
    assert report.findings[0].code == "no_cleared_invoice"
    assert not check(make_ledger([invoice(1)], [payment(1, "99.50")])).has_errors


def test_a_posting_without_a_currency_of_its_own_counts_in_its_invoices(make_ledger: Maker) -> None:
    paid = {**payment(1, "100.00"), "currency": None}
    assert not check(make_ledger([invoice(1)], [paid])).has_errors


def test_a_book_without_an_invoice_is_an_error(make_ledger: Maker) -> None:
    ledger = make_ledger(*sound())
    with closing(duckdb.connect(str(ledger.path))) as connection:
        connection.execute("DELETE FROM invoices")
    assert [finding.code for finding in check(ledger).findings if finding.severity == "error"] == [
        "no_invoices"
    ]


def test_quarantined_rows_are_counted_by_reason_with_their_money(make_ledger: Maker) -> None:
    ledger = make_ledger(*sound())
    import pandas as pd
    import pyarrow as pa

    from arseg.ledger.store import About

    rows = [
        ["a.csv", 2, "bad_date", "x", Decimal("10.00"), "USD"],
        ["a.csv", 3, "bad_date", "x", None, None],
        ["a.csv", 4, "duplicate_row", "x", Decimal("-7.00"), "EUR"],
    ]
    frame = pd.DataFrame(
        rows, columns=["source", "line", "reason", "text", "amount", "currency"], dtype=object
    )
    with closing(ledger.connect()) as connection:
        tables: dict[str, pd.DataFrame | pa.Table] = {
            name: connection.sql(f"FROM {name}").to_arrow_table() for name in ("invoices", "postings")
        }
    ledger = create_ledger(ledger.path, tables, About("x", "EUR", {"USD": 0.9}), quarantine=frame)
    found = {(f.severity, f.count, f.amount) for f in find(check(ledger), "quarantined")}
    assert found == {("warning", 2, Decimal("9.00")), ("note", 1, Decimal("7.00"))}


def test_an_assumed_clock_is_a_warning_with_its_share(make_ledger: Maker) -> None:
    invoices, postings = sound()
    postings[0]["known_on"] = day(20)
    (found,) = find(check(make_ledger(invoices, postings, assumed_clocks=("postings",))), "assumed_clock")
    assert (found.severity, found.count) == ("warning", 9)
    assert (
        "known_on of postings is assumed to be value_date (both are one day on 90% of rows)" in found.message
    )


def test_layout_notes_are_passed_on(make_ledger: Maker) -> None:
    (found,) = find(check(make_ledger(*sound(), notes=("The rate is declared.",))), "layout_note")
    assert found.message == "The rate is declared."


def test_customers_of_one_name_are_listed_not_merged(make_ledger: Maker) -> None:
    names = ["Acme", " acme", "Other", None, None]
    customers = [{"customer_id": f"C{n}", "name": name} for n, name in enumerate(names)]
    (found,) = find(check(make_ledger(*sound(), customers=customers)), "duplicate_customers")
    assert found.count == 1


@pytest.mark.parametrize(("amount", "warned"), [("224", False), ("226", True)])
def test_a_customer_with_more_than_a_fifth_is_named(make_ledger: Maker, amount: str, *, warned: bool) -> None:
    invoices, postings = sound()
    invoices[3]["amount"] = Decimal(amount)
    found = find(check(make_ledger(invoices, postings)), "single_customer_share")
    assert [finding.message[:11] for finding in found] == (["customer C3"] if warned else [])


@pytest.mark.parametrize(
    ("code", "change", "paid"),
    [
        ("impossible_dates", {"due_date": day(-1)}, {}),
        ("impossible_dates", {"delivered_on": day(-1)}, {}),
        ("overpaid", {}, {"amount": Decimal(101)}),
        ("prepaid", {}, {"value_date": day(-3), "known_on": day(-3)}),
        ("not_receivable", {"amount": Decimal(0)}, {"amount": Decimal(0)}),
        ("currency_mismatch", {}, {"currency": "USD"}),
        ("on_account", {}, {"invoice_id": None, "customer_id": "C1"}),
    ],
)
def test_doubtful_rows_are_counted(
    make_ledger: Maker, code: str, change: dict[str, Any], paid: dict[str, Any]
) -> None:
    invoices, postings = sound()
    assert not find(check(make_ledger(invoices, postings)), code)
    invoices[1] |= change
    postings[1] |= paid
    (found,) = find(check(make_ledger(invoices, postings)), code)
    assert found.count == 1
    assert found.amount is not None


def test_findings_stand_by_severity_then_code(small_ledger: Ledger) -> None:
    report = check(small_ledger)
    order = [(SEVERITIES.index(f.severity), f.code, f.message) for f in report.findings]
    assert order == sorted(order)
    assert check(small_ledger) == report


def test_the_report_is_a_frame_json_and_text(small_ledger: Ledger) -> None:
    report = check(small_ledger)
    assert list(report.to_frame().columns) == ["severity", "code", "message", "count", "amount"]
    assert (
        len(json.loads(report.to_json())["findings"]) == len(str(report).splitlines()) == len(report.findings)
    )


def test_the_ledger_is_not_changed_by_a_check(small_ledger: Ledger) -> None:
    before = small_ledger.path.read_bytes()
    check(small_ledger)
    assert small_ledger.path.read_bytes() == before
