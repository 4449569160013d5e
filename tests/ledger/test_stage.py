from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from arseg.ledger.layout import Layout, Reporting, read_layout
from arseg.ledger.matching import Matched, match_files
from arseg.ledger.read import RawTable, read_source
from arseg.ledger.stage import assumed_clocks, loaded_rows, reject_all, stage_all, strict_keys, total_amount

FIXTURES = Path(__file__).parent / "fixtures"

Staged = tuple[duckdb.DuckDBPyConnection, list[Matched], list[RawTable], Layout]


@pytest.fixture(params=["ibm_ar", "highradius"])
def staged(request: pytest.FixtureRequest) -> Iterator[Staged]:
    layout = read_layout(request.param)
    place = FIXTURES / ("ibm_ar.csv" if request.param == "ibm_ar" else "highradius")
    files = match_files([place], layout)
    raws = [read_source(file.path, file.source, name=file.name) for file in files]
    with closing(duckdb.connect()) as connection:
        stage_all(connection, files, raws, layout)
        yield connection, files, raws, layout


def _reporting(layout: Layout) -> Reporting:
    assert layout.reporting is not None
    return layout.reporting


def test_a_rejected_row_keeps_its_file_line_text_and_amount(staged: Staged) -> None:
    connection, files, raws, layout = staged
    (bad,) = reject_all(connection, files, raws, _reporting(layout))
    path = next(file.path for file in files if file.name == bad.source)
    assert bad.reason == "duplicate_row"
    assert path.read_text(encoding="utf-8").split("\n")[bad.line - 1] == bad.text
    assert str(bad.amount) in {"80.50", "1000.50"}


def test_under_an_assumed_clock_an_id_has_one_version(staged: Staged) -> None:
    _, files, _, _ = staged
    assert assumed_clocks(files) == ("invoices", "postings")
    assert strict_keys(files) == {"invoices": ("invoice_id",), "postings": ("posting_id",)}


def test_under_a_delivered_clock_it_has_as_many_as_days() -> None:
    files = match_files([FIXTURES / "arseg"], read_layout("arseg"))
    assert assumed_clocks(files) == ()
    assert strict_keys(files)["invoices"] == ("invoice_id", "known_on")


def test_a_customer_on_each_invoice_becomes_one_row_per_change(staged: Staged) -> None:
    connection, files, raws, layout = staged
    reject_all(connection, files, raws, _reporting(layout))
    rows = loaded_rows(connection, "customers", files).sort_by("known_on").to_pylist()
    if layout.name == "ibm_ar":
        found = [(row["customer_id"], row["invoice_delivery"], row["known_on"]) for row in rows]
        assert found == [
            ("0001-AAAAA", "paper", dt.date(2021, 1, 4)),
            ("0001-AAAAA", "email", dt.date(2021, 3, 9)),
        ]
    else:
        assert [(row["customer_id"], row["name"]) for row in rows] == [("0300000001", "ACME co")]


def test_the_total_is_converted_and_without_sign(staged: Staged) -> None:
    connection, _, _, layout = staged
    total = str(total_amount(connection, {"USD": 1.0, "CAD": 0.75}))
    assert float(total) == pytest.approx({"ibm_ar": 267.58, "highradius": 2133.17}[layout.name])
