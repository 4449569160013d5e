from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from arseg.ledger.quality.quality import SEVERITIES, Finding, QualityReport, check
from arseg.ledger.storing.store import Ledger
from arseg.ledger.storing.writing import create_ledger

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

    from arseg.ledger.storing.store import About

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


def test_a_check_stands_on_the_ledgers_last_day_unless_told_another(small_ledger: Ledger) -> None:
    assert check(small_ledger).as_of == small_ledger.last_known
    later = check(small_ledger, as_of="2026-02-01", max_age_days=7)
    assert later.as_of == dt.date(2026, 2, 1)
    assert "invoices are " in later.stale[0]
    assert check(small_ledger, max_age_days=7).stale == ()


def test_the_report_says_what_every_source_and_currency_came_to(make_ledger: Maker) -> None:
    ledger = make_ledger(*sound())
    with closing(duckdb.connect(str(ledger.path))) as connection:
        connection.execute(
            "INSERT INTO sources VALUES (1, 'a.csv', 'ab', 25, 20, 5, '{\"bad_date\": 3, \"orphan_posting\": 2}')"
        )
        rows = [("bad_date", "10.00", "USD"), ("bad_date", "2.50", "EUR"), ("bad_date", None, None)]
        rows += [("orphan_posting", "7.00", "EUR"), ("orphan_posting", "-7.00", "EUR")]
        connection.executemany(
            "INSERT INTO quarantine (load, source, reason, amount, currency) VALUES (1, 'a.csv', ?, ?, ?)",
            rows,
        )
    said = json.loads(check(ledger).to_json())
    (source,) = said["sources"]
    assert source["rows_read"] == source["rows_loaded"] + source["rows_quarantined"]
    assert source["reasons"] == {"bad_date": 3, "orphan_posting": 2}
    assert said["quarantine"] == [
        {"reason": "bad_date", "rows": 3, "amounts": {"EUR": "2.50", "USD": "10.00"}},
        {"reason": "orphan_posting", "rows": 2, "amounts": {"EUR": "0.00"}},
    ]
    assert said["currencies"]["EUR"] == {
        "invoiced": "1000.00",
        "paid": "1000.00",
        "credited": "0.00",
        "written_off": "0.00",
        "recovered": "0.00",
        "reversed": "0.00",
        "open": "0.00",
    }


def test_what_moved_history_is_found_with_its_money_in_reporting_currency(make_ledger: Maker) -> None:
    invoices, postings = sound()
    invoices[1] |= {"currency": "USD"}
    invoices.append({**invoices[1], "amount": Decimal(40), "known_on": day(3)})
    report = check(make_ledger(invoices, postings))
    (restated,) = find(report, "restated")
    assert (restated.severity, restated.count, restated.amount) == ("note", 1, Decimal("54.00"))
    assert report.restatements is not None
    assert restated.message == report.restatements.sentences[0].rstrip(".")


def test_a_finding_stands_once_however_often_it_is_noted(make_ledger: Maker) -> None:
    report = check(make_ledger(*sound(), notes=("Twice.", "Twice.")))
    assert len(find(report, "layout_note")) == 1
    assert len(set(report.findings)) == len(report.findings)


def test_the_whole_report_is_plain_data_and_names_no_debtor(small_ledger: Ledger) -> None:
    said = check(small_ledger, max_age_days={"customers": 3}).to_dict()
    text = json.dumps(said, allow_nan=False)
    assert "Customer 0" not in text
    assert [row["table"] for row in said["freshness"] if row["stale"]] == ["customers"]
    assert said["stale"][0].startswith("customers are ")


def test_a_report_made_by_hand_is_plain_data_too() -> None:
    report = QualityReport("x", "EUR", (Finding("note", "a", "b"),))
    assert report.to_dict()["restatements"]["movements"] == []
    assert report.to_frame()["count"].isna().all()


@pytest.mark.shared
def test_the_known_traps_of_the_real_books_are_named(shared_data: Any, tmp_path: Any) -> None:
    from arseg.ledger.loading.intake import load
    from arseg.ledger.storing.store import read_ledger

    wanted = {
        "ibm_ar": [
            "Disputed is not loaded, because it is known only after the invoice",
            "DaysLate are not loaded, because they are the outcome; DaysLate is floored at 0",
            "PaperlessDate is not loaded, because it is later than the invoice",
            "known_on of postings is assumed to be value_date",
        ],
        "highradius": [
            "customer 0200769623 holds 25% of the invoices",
            "960 rows are in quarantine as duplicate_row",
            "747 invoices are in CAD, read at 0.75 USD each",
            "isOpen is a cut by posting date",
            "groups of customers may be one each",
        ],
    }
    sources = {"ibm_ar": shared_data / "ibm_ar" / "WA_Fn-UseC_-Accounts-Receivable.csv"}
    sources["highradius"] = shared_data / "highradius"
    for name, sentences in wanted.items():
        load([sources[name]], name, into=name, home=tmp_path)
        report = check(read_ledger(tmp_path / "data" / "ledger" / f"{name}.duckdb"))
        said = "\n".join(finding.message for finding in report.findings)
        assert [sentence for sentence in sentences if sentence not in said] == []
