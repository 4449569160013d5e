"""ERPNext, QuickBooks Online and Sage Intacct: what each fixture says, worked out by hand."""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from arseg.ledger import LoadReport, load, read_ledger
from arseg.ledger.declared.layout import SHIPPED

FIXTURES = Path(__file__).parent / "fixtures"
FOLDERS = {
    "erpnext": "erpnext",
    "quickbooks": "quickbooks/api",
    "report": "quickbooks/report",
    "sage": "sage_intacct",
}
LAYOUTS = {"erpnext": "erpnext", "quickbooks": "quickbooks", "report": "quickbooks", "sage": "sage_intacct"}

Loaded = dict[str, LoadReport]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    home = tmp_path_factory.mktemp("shipped")
    return {
        name: load([FIXTURES / folder], LAYOUTS[name], into=name, home=home)
        for name, folder in FOLDERS.items()
    }


def ask(report: LoadReport, query: str) -> list[tuple[Any, ...]]:
    with closing(read_ledger(report.ledger_path).connect()) as connection:
        return connection.execute(query).fetchall()


def invoices(report: LoadReport) -> dict[str, tuple[Any, ...]]:
    """Return customer, document day, due day, amount, currency and day of knowledge, days as text."""
    rows = ask(
        report,
        "SELECT invoice_id, customer_id, CAST(document_date AS VARCHAR), CAST(due_date AS VARCHAR), "
        "CAST(amount AS VARCHAR), currency, CAST(known_on AS VARCHAR) FROM invoices",
    )
    return {row[0]: row[1:] for row in rows}


def postings(report: LoadReport, *, by_id: bool = True) -> Any:
    """Return invoice, customer, kind, amount, currency, value day and day of knowledge, by posting."""
    rows = ask(
        report,
        "SELECT posting_id, invoice_id, customer_id, kind, CAST(amount AS VARCHAR), currency, "
        "CAST(value_date AS VARCHAR), CAST(known_on AS VARCHAR) FROM postings ORDER BY value_date, posting_id",
    )
    return {row[0]: row[1:] for row in rows} if by_id else [row[1:] for row in rows]


def reasons(report: LoadReport) -> dict[str, int]:
    found: dict[str, int] = {}
    for source in report.sources:
        for reason, count in source.reasons.items():
            found[reason] = found.get(reason, 0) + count
    return found


def open_balances(report: LoadReport) -> dict[str, Decimal]:
    """Return what is left of each invoice after all postings, where something is."""
    rows = ask(
        report,
        "SELECT i.invoice_id, i.amount + coalesce(sum(CASE WHEN kind IN ('recovery', 'reversal') THEN p.amount "
        "ELSE -p.amount END), 0) AS left_open FROM invoices i LEFT JOIN postings p USING (invoice_id) "
        "GROUP BY i.invoice_id, i.amount HAVING left_open <> 0",
    )
    return {name: Decimal(str(value)) for name, value in rows}


@pytest.mark.parametrize("name", FOLDERS)
def test_every_row_is_loaded_or_declared_to_be_no_receivable(loaded: Loaded, name: str) -> None:
    assert set(reasons(loaded[name])) <= {"ignored"}
    read = sum(len(path.read_text().splitlines()) - 1 for path in (FIXTURES / FOLDERS[name]).glob("*.csv"))
    # The report has four lines before its header and two after its rows.
    assert sum(source.rows_read for source in loaded[name].sources) == read - (6 if name == "report" else 0)


@pytest.mark.parametrize("name", FOLDERS)
def test_nothing_is_known_before_it_happened(loaded: Loaded, name: str) -> None:
    assert ask(loaded[name], "SELECT count(*) FROM postings WHERE known_on < value_date") == [(0,)]
    assert ask(loaded[name], "SELECT count(*) FROM invoices WHERE known_on < document_date") == [(0,)]


def test_erpnext_invoices_are_what_was_submitted_and_is_owed(loaded: Loaded) -> None:
    assert invoices(loaded["erpnext"]) == {
        "SINV-1": ("CUST-A", "2024-01-05", "2024-02-04", "119.00", "EUR", "2024-01-05"),
        "SINV-2": ("CUST-A", "2024-01-20", "2024-02-19", "200.50", "EUR", "2024-01-22"),
        "SINV-3": ("CUST-B", "2024-02-01", "2024-03-02", "1000.00", "USD", "2024-02-01"),
    }
    # Cancelled, draft, POS; a supplier's and a cancelled payment, the allocation of that, a bad-debt account.
    assert reasons(loaded["erpnext"]) == {"ignored": 7}


def test_erpnext_postings_are_payments_returns_write_offs_and_what_is_taken_back(loaded: Loaded) -> None:
    assert postings(loaded["erpnext"]) == {
        "per-1": ("SINV-1", "CUST-A", "payment", "119.00", "EUR", "2024-02-02", "2024-02-03"),
        "per-2": ("SINV-2", "CUST-A", "payment", "100.00", "EUR", "2024-02-02", "2024-02-09"),
        "per-3": (None, "CUST-C", "payment", "25.00", "EUR", "2024-02-20", "2024-02-20"),
        "unallocated-PE-2": (None, "CUST-C", "payment", "15.00", "EUR", "2024-02-20", "2024-02-20"),
        "unallocated-PE-5": (None, "CUST-C", "reversal", "5.00", "EUR", "2024-03-05", "2024-03-05"),
        "SRET-1": ("SINV-2", "CUST-A", "credit_note", "20.00", "EUR", "2024-02-05", "2024-02-06"),
        "SRET-2": (None, "CUST-B", "credit_note", "50.00", "USD", "2024-02-15", "2024-02-15"),
        "SRET-3": (None, "CUST-C", "credit_note", "7.00", "EUR", "2024-03-01", "2024-03-01"),
        "jea-1": ("SINV-3", "CUST-B", "write_off", "300.00", "USD", "2024-06-30", "2024-06-30"),
        "jea-3": ("SINV-3", "CUST-B", "credit_note", "100.00", "USD", "2024-02-16", "2024-02-16"),
        "jea-5": ("SINV-1", "CUST-A", "reversal", "19.00", "EUR", "2024-03-08", "2024-03-10"),
    }


def test_erpnext_balances_are_the_outstanding_amounts_of_the_export(loaded: Loaded) -> None:
    assert open_balances(loaded["erpnext"]) == {
        "SINV-1": Decimal(19),
        "SINV-2": Decimal("80.50"),
        "SINV-3": Decimal(600),
    }


def test_erpnext_customers_come_from_every_document(loaded: Loaded) -> None:
    found = ask(loaded["erpnext"], "SELECT DISTINCT customer_id FROM customers ORDER BY 1")
    assert found == [("CUST-A",), ("CUST-B",), ("CUST-C",)]


def test_quickbooks_invoices_are_known_on_the_pacific_day_of_their_creation(loaded: Loaded) -> None:
    assert invoices(loaded["quickbooks"]) == {
        "130": ("24", "2024-01-10", "2024-02-09", "362.07", "USD", "2024-01-10"),
        "131": ("20", "2024-01-15", "2024-02-14", "1000.00", "USD", "2024-01-16"),
        "132": ("20", "2024-02-01", "2024-03-02", "80.50", "USD", "2024-02-01"),
        "133": ("24", "2024-02-05", "2024-03-06", "0.00", "USD", "2024-02-05"),
        "134": ("30", "2024-02-06", "2024-03-07", "500.00", "CAD", "2024-02-06"),
    }


def test_quickbooks_payments_that_use_a_credit_memo_bring_in_only_their_cash(loaded: Loaded) -> None:
    assert postings(loaded["quickbooks"]) == {
        "163-130": ("130", "24", "payment", "362.07", "USD", "2024-02-08", "2024-02-09"),
        "164-131": ("131", "20", "payment", "640.00", "USD", "2024-02-20", "2024-02-20"),
        "credit-164-140": (None, "20", "credit_note", "40.00", "USD", "2024-02-20", "2024-02-20"),
        "not-cash-164-140": (None, "20", "reversal", "40.00", "USD", "2024-02-20", "2024-02-20"),
        "165-132": ("132", "20", "credit_note", "80.50", "USD", "2024-03-01", "2024-03-01"),
        "unapplied-163": (None, "24", "payment", "10.00", "USD", "2024-02-08", "2024-02-09"),
        "credit-memo-140": (None, "20", "credit_note", "29.50", "USD", "2024-02-18", "2024-02-18"),
    }
    # 372.07 and 600.00 came in; the memo over 150.00 is credited once.
    moved = ask(
        loaded["quickbooks"],
        "SELECT sum(CASE kind WHEN 'payment' THEN amount WHEN 'reversal' THEN -amount ELSE 0 END), "
        "sum(amount) FILTER (kind = 'credit_note') FROM postings",
    )
    assert moved == [(Decimal("972.07"), Decimal("150.00"))]


def test_quickbooks_balances_are_those_of_the_export(loaded: Loaded) -> None:
    assert open_balances(loaded["quickbooks"]) == {"131": Decimal(360), "134": Decimal(500)}
    assert read_ledger(loaded["quickbooks"].ledger_path).rates == {"CAD": 0.75, "USD": 1.0}


def test_the_quickbooks_report_is_read_between_its_preamble_and_its_totals(loaded: Loaded) -> None:
    assert invoices(loaded["report"]) == {
        "1037": ("Sonnenschein Family Store", "2024-01-10", "2024-02-09", "1362.07", "USD", "2024-01-10"),
        "1038": ("Red Rock Diner", "2024-01-15", "2024-02-14", "99.00", "USD", "2024-01-16"),
    }
    assert postings(loaded["report"], by_id=False) == [
        (None, "Sonnenschein Family Store", "payment", "1362.07", "USD", "2024-02-08", "2024-02-09"),
        (None, "Red Rock Diner", "credit_note", "99.00", "USD", "2024-02-18", "2024-02-18"),
    ]
    assert reasons(loaded["report"]) == {"ignored": 2}


def test_sage_intacct_receivables_are_invoices_and_debit_memos(loaded: Loaded) -> None:
    assert invoices(loaded["sage"]) == {
        "1241": ("CUST-00105", "2012-05-04", "2012-05-19", "1912.00", "USD", "2012-05-04"),
        "1242": ("CUST-00105", "2012-05-07", "2012-06-06", "1000.50", "USD", "2012-05-09"),
        "1243": ("CUST-00106", "2012-05-10", "2012-06-09", "250.00", "GBP", "2012-05-10"),
        "1301": ("CUST-00107", "2012-06-10", "2012-06-10", "40.00", "USD", "2012-06-10"),
    }
    assert reasons(loaded["sage"]) == {"ignored": 3}


def test_sage_intacct_details_are_payments_and_credits_of_the_invoice(loaded: Loaded) -> None:
    assert postings(loaded["sage"]) == {
        "paid-9001": ("1241", "CUST-00105", "payment", "1893.00", "USD", "2012-05-31", "2012-06-01"),
        "discount-9001": ("1241", "CUST-00105", "credit_note", "19.00", "USD", "2012-05-31", "2012-06-01"),
        "paid-9002": ("1242", "CUST-00105", "payment", "300.50", "USD", "2012-05-31", "2012-06-01"),
        "advance-9003": ("1242", "CUST-00105", "payment", "200.00", "USD", "2012-06-15", "2012-06-15"),
        "advance-used-9003": (None, "CUST-00105", "reversal", "200.00", "USD", "2012-06-15", "2012-06-15"),
        "adjusted-9004": ("1242", "CUST-00105", "credit_note", "100.00", "USD", "2012-06-20", "2012-06-20"),
        "paid-9006": ("1301", "CUST-00107", "payment", "40.00", "USD", "2012-07-02", "2012-07-03"),
        "received-700": (None, "CUST-00105", "payment", "350.00", "USD", "2012-05-20", "2012-05-21"),
        "credit-1245": (None, "CUST-00107", "credit_note", "50.00", "USD", "2012-05-12", "2012-05-12"),
        "credit-1300": (None, "CUST-00105", "credit_note", "30.00", "USD", "2012-06-18", "2012-06-18"),
    }


def test_sage_intacct_balances_are_those_of_the_export(loaded: Loaded) -> None:
    assert open_balances(loaded["sage"]) == {"1242": Decimal(400), "1243": Decimal(250)}
    assert read_ledger(loaded["sage"].ledger_path).last_known == dt.date(2012, 7, 3)


@pytest.mark.parametrize(
    ("name", "file", "old", "new"),
    [
        (
            "erpnext",
            "sales_invoice.csv",
            "EUR,119.40,119.000000000,19.0,1,0,",
            "EUR,119.40,119.000000000,19.0,1,no,",
        ),
        ("erpnext", "payment_entry.csv", "PE-2,Receive", "PE-2,Reversed"),
        ("erpnext", "payment_entry_reference.csv", "Cheque,Sales Order", "Cheque,Dunning"),
        ("sage_intacct", "aradjustment.csv", "1300,Credit Memo", "1300,Write-off"),
        ("quickbooks", "qbo_payment_lines.csv", "362.07,130,Invoice", "362.07,130,JournalEntry"),
    ],
)
def test_a_document_of_a_kind_that_nobody_declared_is_quarantined(
    tmp_path: Path, name: str, file: str, old: str, new: str
) -> None:
    source = FIXTURES / name / "api" if name == "quickbooks" else FIXTURES / name
    folder = shutil.copytree(source, tmp_path / "given")
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    layout = tmp_path / "own.yaml"
    layout.write_text((SHIPPED / f"{name}.yaml").read_text() + "\nlimits: {rows: 1.0, amount: 1.0}\n")
    found = reasons(load([folder], layout, into="own", home=tmp_path))
    assert found["no_feed"] == 1
