from __future__ import annotations

import ast
import csv
import json
import shutil
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import arseg.ledger
from arseg.ledger import Ledger, LoadReport, check, load, read_ledger
from arseg.ledger.loading.intake import ledger_path
from arseg.schema import LEDGER, DataError, UsageError

FIXTURES = Path(__file__).parents[1] / "fixtures"
IBM = "ibm_ar/WA_Fn-UseC_-Accounts-Receivable.csv"
TWIN = "ibm_ar/WA_Fn-UseC_-Accounts-Receivable_with_missing.csv"
TYPES = {"date": pa.date32(), "money": pa.decimal128(18, 2), "number": pa.float64(), "text": pa.string()}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> LoadReport:
    """Return the report of a load of the small book in our own format."""
    return load([FIXTURES / "arseg"], "arseg", into="own", home=tmp_path_factory.mktemp("own"))


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a copy of the small book in our own format, to be damaged."""
    return Path(shutil.copytree(FIXTURES / "arseg", tmp_path / "book"))


def rows(ledger: Ledger, table: str) -> list[tuple[Any, ...]]:
    with closing(ledger.connect()) as connection:
        return connection.execute(f"FROM {table}").fetchall()


def contents(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    return {name: rows(ledger, name) for name in LEDGER}


def to_parquet(folder: Path) -> None:
    """Rewrite the CSV files of a folder as typed Parquet."""
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            text = list(csv.DictReader(file))
        arrays = {}
        for name in text[0]:
            known = {column.name: column.type for column in LEDGER[path.stem].columns}
            values = pa.array([row[name] or None for row in text], pa.string())
            arrays[name] = values.cast(TYPES[known.get(name, "text")])
        pq.write_table(pa.table(arrays), path.with_suffix(".parquet"))
        path.unlink()


def test_our_own_format_loads_whole(own: LoadReport) -> None:
    assert own.ledger_path.parts[-3:] == ("data", "ledger", "own.duckdb")
    assert [(c.source, c.rows_read, c.rows_loaded) for c in own.sources] == [
        ("customers.csv", 3, 3),
        ("invoices.csv", 5, 5),
        ("postings.csv", 8, 8),
    ]
    eur = {name: str(amount) for name, amount in own.currencies["EUR"].items()}
    assert eur == {
        "invoiced": "1340.00", "paid": "897.82", "credited": "100.05", "written_off": "99.90",
        "recovered": "50.00", "reversed": "0.00", "open": "292.23",
    }  # fmt: skip
    assert "Columns of customers.csv that are not loaded: nickname." in own.notes


def test_the_about_file_says_currency_rates_last_day_and_notes(own: LoadReport) -> None:
    ledger = read_ledger(own.ledger_path)
    assert (ledger.currency, dict(ledger.rates)) == ("EUR", {"EUR": 1.0, "USD": 0.9})
    assert ledger.last_known.isoformat() == "2024-07-31"
    assert ledger.notes[0] == "made for the tests"
    assert ledger.assumed_clocks == ()


def test_ids_are_text_from_end_to_end(own: LoadReport) -> None:
    ledger = read_ledger(own.ledger_path)
    assert {row[0] for row in rows(ledger, "customers")} == {"000123", "00123", "NA"}
    assert {row[0] for row in rows(ledger, "invoices")} == {"I-1", "I-2", "null", "1E5"}
    names = {row[0]: (row[1], row[4], row[8]) for row in rows(ledger, "customers")}
    assert names["NA"] == ("null", "None", "nan")
    assert names["000123"][1] == "NO"


def test_csv_and_parquet_give_the_same_ledger(book: Path, own: LoadReport, tmp_path: Path) -> None:
    to_parquet(book)
    report = load([book], "arseg", into="typed", home=tmp_path)
    assert all(count.source.endswith(".parquet") for count in report.sources)
    assert contents(read_ledger(report.ledger_path)) == contents(read_ledger(own.ledger_path))


def test_the_order_of_rows_is_without_effect(book: Path, own: LoadReport, tmp_path: Path) -> None:
    for path in book.glob("*.csv"):
        header, *lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([header, *lines[::-1], ""]), encoding="utf-8")
    assert contents(read_ledger(load([book], "arseg", into="b", home=tmp_path).ledger_path)) == contents(
        read_ledger(own.ledger_path)
    )


def test_the_content_hash_depends_on_sources_and_layout_only(book: Path, tmp_path: Path) -> None:
    def loaded(home: str) -> str:
        return read_ledger(load([book], "arseg", into="own", home=tmp_path / home).ledger_path).content_hash

    first = loaded("a")
    assert loaded("b") == first
    about = book / "about.json"
    about.write_text(about.read_text(encoding="utf-8").replace("0.9", "0.8"), encoding="utf-8")
    assert loaded("c") != first


def test_without_an_about_file_the_only_currency_reports(book: Path, tmp_path: Path) -> None:
    (book / "about.json").unlink()
    with pytest.raises(UsageError, match=r"the reporting currency is open. Given: EUR, USD.*about\.json"):
        load([book], "arseg", into="own", home=tmp_path)
    for name in ("invoices", "postings"):
        path = book / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8").replace("USD", "EUR"), encoding="utf-8")
    ledger = read_ledger(load([book], "arseg", into="own", home=tmp_path).ledger_path)
    assert dict(ledger.rates) == {"EUR": 1.0}


def test_a_misspelt_key_of_the_about_file_is_named(book: Path, tmp_path: Path) -> None:
    (book / "about.json").write_text('{"currancy": "EUR"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"about\.json, line 1"):
        load([book], "arseg", into="own", home=tmp_path)


BAD = [
    ("invoices", "I-9,NA,E1,2024-02-01,2024-02-02,2024-03-02,1", "field_count"),
    ("invoices", 'I-9,N"A,E1,2024-02-01,,2024-03-02,1,EUR,,2024-02-02', "bad_quote"),
    ("invoices", "I-9,NA,E1,2024-02-01,,2024-03-02,1.000.00,EUR,,2024-02-02", "bad_money"),
    ("invoices", "I-9,NA,E1,2024-02-01,,2023-02-29,1,EUR,,2024-02-02", "bad_date"),
    ("invoices", "I-9,,E1,2024-02-01,,2024-03-02,1,EUR,,2024-02-02", "missing_required"),
    ("invoices", "I-9,NA,E1,2024-02-01,,9999-12-31,1,EUR,,2024-02-02", "date_out_of_range"),
    ("invoices", "I-9,NA,E1,2024-02-03,,2024-03-02,1,EUR,,2024-02-02", "known_before_event"),
    ("invoices", "I-9,N\x01A,E1,2024-02-01,,2024-03-02,1,EUR,,2024-02-02", "control_character"),
    ("invoices", "I-9,NA,E1,2024-02-01,,2024-03-02,1,XXX,,2024-02-02", "unknown_currency"),
    (
        "invoices",
        "I-1,000123,E1,2024-02-01,2024-02-02,2024-03-02,1000.10,EUR,2024-02-03,2024-02-02",
        "duplicate_row",
    ),
    ("postings", "P-9,I-404,,payment,1,EUR,2024-03-01,,,2024-03-01", "orphan_posting"),
    ("postings", "P-9,I-1,,cash,1,EUR,2024-03-01,,,2024-03-01", "unmapped_value"),
]


def test_every_bad_row_is_set_aside_with_its_line_and_text_and_the_rest_loads(
    book: Path, own: LoadReport, tmp_path: Path
) -> None:
    expected = []
    for name, line, reason in BAD:
        path = book / f"{name}.csv"
        expected.append((path.name, path.read_bytes().count(b"\n") + 1, reason, line))
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    report = load([book], lenient(tmp_path), into="own", home=tmp_path)
    for count in report.sources:
        assert count.reasons == {reason: 1 for source, _, reason, _ in expected if source == count.source}
        assert count.rows_read == count.rows_loaded + count.rows_quarantined
    ledger = read_ledger(report.ledger_path)
    assert [row[1:5] for row in rows(ledger, "quarantine")] == expected
    assert contents(ledger) == contents(read_ledger(own.ledger_path))


def lenient(tmp_path: Path) -> Path:
    """Write our own layout with limits that let everything pass."""
    text = (Path(arseg.ledger.__file__).parent / "layouts" / "arseg.yaml").read_text(encoding="utf-8")
    path = tmp_path / "lenient.yaml"
    path.write_text(text + "limits: {rows: 1.0, amount: 1.0}\n", encoding="utf-8")
    return path


def test_a_conflict_sets_every_version_aside_and_orphans_its_postings(book: Path, tmp_path: Path) -> None:
    with (book / "invoices.csv").open("a", encoding="utf-8") as file:
        file.write("I-1,NA,E1,2024-02-01,2024-02-02,2024-03-02,1000.10,EUR,2024-02-03,2024-02-02\n")
    report = load([book], lenient(tmp_path), into="own", home=tmp_path)
    assert {c.source: dict(c.reasons) for c in report.sources} == {
        "customers.csv": {},
        "invoices.csv": {"conflicting_id": 2},
        "postings.csv": {"orphan_posting": 2},
    }


def test_a_refused_load_leaves_the_previous_ledger(book: Path, tmp_path: Path) -> None:
    path = load([book], "arseg", into="own", home=tmp_path).ledger_path
    before = path.read_bytes()
    with (book / "postings.csv").open("a", encoding="utf-8") as file:
        file.write("P-9,I-1,,payment,12.345,EUR,2024-03-01,,,2024-03-01\n")
    with pytest.raises(
        DataError, match=r"1 of 9 rows \(11.1%\).*bad_money 1.*postings.csv, line 10.*previous ledger stays"
    ):
        load([book], "arseg", into="own", home=tmp_path)
    assert path.read_bytes() == before
    assert [item.name for item in path.parent.iterdir()] == ["own.duckdb"]


def test_a_payment_before_the_issue_is_a_prepayment(own: LoadReport) -> None:
    ledger = read_ledger(own.ledger_path)
    assert "P-7" in {row[0] for row in rows(ledger, "postings")}
    assert [f.count for f in check(ledger).findings if f.code == "prepaid"] == [1]


def test_invoices_are_mandatory(book: Path, tmp_path: Path) -> None:
    (book / "invoices.csv").unlink()
    with pytest.raises(DataError, match="no source feeds table invoices"):
        load([book], "arseg", into="own", home=tmp_path)


def test_a_misspelt_required_column_is_named(book: Path, tmp_path: Path) -> None:
    path = book / "invoices.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("due_date", "duedate"), encoding="utf-8")
    with pytest.raises(DataError, match="lacks column 'due_date'; the nearest header is 'duedate'"):
        load([book], "arseg", into="own", home=tmp_path)


@pytest.mark.parametrize("name", ["../x", "", "a b", ".x", "x/y", "x" * 65])
def test_a_ledger_has_a_plain_name(name: str) -> None:
    with pytest.raises(UsageError, match="the name of the ledger is wrong"):
        ledger_path(name)


def test_an_unknown_layout_or_source_is_wrong_usage(book: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="write 'highradius'"):
        load([book], "highradus", into="own", home=tmp_path)
    with pytest.raises(UsageError, match="the source does not exist"):
        load([tmp_path / "gone"], "arseg", into="own", home=tmp_path)


def test_one_row_of_a_flat_file_becomes_invoice_settlement_and_customer(tmp_path: Path) -> None:
    report = load([FIXTURES / "ibm_ar.csv"], "ibm_ar", into="ibm", home=tmp_path)
    assert report.sources[0].reasons == {"duplicate_row": 1}
    ledger = read_ledger(report.ledger_path)
    assert ledger.assumed_clocks == ("invoices", "postings")
    assert {table: len(rows(ledger, table)) for table in ledger.present} == {
        "invoices": 4, "postings": 3, "customers": 2,
    }  # fmt: skip
    assert str(report.currencies["USD"]["open"]) == "33.33"
    assert not ledger.present & {"disputes"}
    assert any("Disputed is not loaded" in note for note in report.notes)


def test_a_folder_of_cleared_and_open_invoices_meets_in_one_customer(tmp_path: Path) -> None:
    report = load([FIXTURES / "highradius"], "highradius", into="hr", home=tmp_path)
    ledger = read_ledger(report.ledger_path)
    assert {row[1] for row in rows(ledger, "invoices")} == {"0300000001", "CCX001"}
    assert {c.source: dict(c.reasons) for c in report.sources} == {
        "closed_invoices.csv": {"duplicate_row": 1},
        "open_invoices.csv": {},
    }
    assert (ledger.currency, dict(ledger.rates)) == ("USD", {"CAD": 0.75, "USD": 1.0})
    assert json.loads(report.to_json())["currencies"]["CAD"]["open"] == "20.00"


def _column_sum(path: Path, column: str, *, once: bool = False) -> Decimal:
    with path.open(encoding="utf-8", newline="") as file:
        lines = [tuple(row.items()) for row in csv.DictReader(file)]
    picked = dict.fromkeys(lines) if once else lines
    return sum((Decimal(dict(line)[column]) for line in picked), Decimal(0))


@pytest.mark.shared
@pytest.mark.parametrize(("file", "count"), [(IBM, 2466), (TWIN, 2586)])
def test_the_ibm_files_load_to_the_cent(shared_data: Path, tmp_path: Path, file: str, count: int) -> None:
    report = load([shared_data / file], "ibm_ar", into="ibm", home=tmp_path)
    (source,) = report.sources
    assert (source.rows_read, source.rows_loaded, source.rows_quarantined) == (count, count, 0)
    assert report.currencies["USD"]["invoiced"] == _column_sum(shared_data / file, "InvoiceAmount")
    assert report.currencies["USD"]["open"] == 0


@pytest.mark.shared
def test_the_electronic_delivery_of_ibm_is_never_known_before_it_is_used(
    shared_data: Path, tmp_path: Path
) -> None:
    ledger = read_ledger(load([shared_data / IBM], "ibm_ar", into="ibm", home=tmp_path).ledger_path)
    with closing(ledger.connect()) as connection:
        (early,) = connection.execute(
            "SELECT count(*) FROM customers c WHERE NOT EXISTS (SELECT 1 FROM invoices i "
            "WHERE i.customer_id = c.customer_id AND i.document_date = c.known_on)"
        ).fetchall()
    assert early == (0,)


@pytest.mark.shared
def test_the_highradius_folder_loads_to_the_cent(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "highradius"
    report = load([folder], "highradius", into="hr", home=tmp_path)
    closed, still_open = report.sources
    assert (closed.rows_read, closed.rows_loaded, dict(closed.reasons)) == (
        40_000,
        39_040,
        {"duplicate_row": 960},
    )
    assert (still_open.rows_read, still_open.rows_loaded) == (9_700, 9_700)
    paid = _column_sum(folder / "closed_invoices.csv", "total_open_amount", once=True)
    assert report.currencies["USD"]["paid"] == paid
    invoiced = sum(row["invoiced"] for row in report.currencies.values())
    assert invoiced == paid + _column_sum(folder / "open_invoices.csv", "total_open_amount")
    ledger = read_ledger(report.ledger_path)
    aside = sum(row[5] for row in rows(ledger, "quarantine"))
    assert aside + paid == _column_sum(folder / "closed_invoices.csv", "total_open_amount")
    codes = {finding.code for finding in check(ledger).findings}
    assert codes >= {"assumed_clock", "single_customer_share", "prepaid", "impossible_dates", "quarantined"}


def _calls(tree: ast.AST) -> list[tuple[str, set[str | None]]]:
    """Return the name and keywords of every call."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            found.append((name, {keyword.arg for keyword in node.keywords}))
    return found


def test_nothing_in_the_package_infers_what_a_file_holds() -> None:
    forbidden = {"read_csv_auto", "sniff", "Sniffer", "infer_objects", "convert_dtypes", "from_csv_auto"}
    needed: dict[str, Callable[[set[str | None]], bool]] = {
        "to_datetime": lambda keywords: "format" in keywords,
        "read_csv": lambda keywords: "dtype" in keywords,
        "read_excel": lambda keywords: "dtype" in keywords,
    }
    for path in Path(arseg.ledger.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "auto_detect" not in text
        for name, keywords in _calls(ast.parse(text)):
            assert name not in forbidden, f"{path.name}: {name}"
            assert needed.get(name, lambda _: True)(keywords), f"{path.name}: {name}"
