from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from arseg.ledger.declared.layout import Layout, Reporting, read_layout
from arseg.ledger.loading.convert import open_stage
from arseg.ledger.loading.stage import (
    Staged,
    assumed_clocks,
    fill_quarantine,
    live_rows,
    reject_all,
    stage_all,
    strict_keys,
    total_amount,
)
from arseg.ledger.sources.matching import Matched, match_sources

FIXTURES = Path(__file__).parents[1] / "fixtures"

Stage = tuple[duckdb.DuckDBPyConnection, list[Matched], list[Staged], Layout]

OWN: dict[str, Any] = {
    "name": "own",
    "title": "own",
    "reporting": {"currency": "EUR"},
    "sources": [
        {"files": ["invoices*.csv"], "feeds": [{"table": "invoices", "same_names": True}]},
        {"files": ["postings*.csv"], "feeds": [{"table": "postings", "same_names": True}]},
    ],
}
HEADER = "invoice_id,customer_id,document_date,due_date,amount,currency,known_on"


def _stage(connection: duckdb.DuckDBPyConnection, places: Sequence[Path], layout: Layout) -> Stage:
    with ExitStack() as stack:
        files = match_sources(places, layout, stack)
        open_stage(connection)
        return connection, files, stage_all(connection, files, layout), layout


@pytest.fixture(params=["ibm_ar", "highradius"])
def staged(request: pytest.FixtureRequest) -> Iterator[Stage]:
    place = FIXTURES / ("ibm_ar.csv" if request.param == "ibm_ar" else "highradius")
    with closing(duckdb.connect()) as connection:
        yield _stage(connection, [place], read_layout(request.param))


def _reporting(layout: Layout) -> Reporting:
    assert layout.reporting is not None
    return layout.reporting


def _quarantine(stage: Stage) -> list[tuple[Any, ...]]:
    connection, _, sources, layout = stage
    reject_all(connection, sources, _reporting(layout))
    fill_quarantine(connection, sources)
    return connection.execute("FROM stage.quarantine").fetchall()


def test_a_rejected_row_keeps_its_file_line_text_and_amount(staged: Stage) -> None:
    ((source, line, reason, text, amount, currency),) = _quarantine(staged)
    path = next(file.path for file in staged[1] if file.name == source)
    assert reason == "duplicate_row"
    assert path.read_text(encoding="utf-8").split("\n")[line - 1] == text
    assert str(amount) in {"80.50", "1000.50"}
    assert currency == "USD"


def test_every_physical_row_is_staged_or_damaged_and_numbered_once(tmp_path: Path) -> None:
    good = "I{},C1,2024-01-01,2024-01-31,10.00,EUR,2024-01-01"
    first = [HEADER, good.format(1), "I2,C1", good.format(3), good.format(3)]
    second = [HEADER, good.format(4).replace("10.00", "x"), good.format(5).replace("EUR", "XXX"), '"I6,C1']
    for name, lines in (("invoices_a.csv", first), ("invoices_b.csv", second)):
        (tmp_path / name).write_text("\n".join([*lines, ""]), encoding="utf-8")
    with closing(duckdb.connect()) as connection:
        stage = _stage(connection, [tmp_path], Layout.model_validate(OWN))
        found = _quarantine(stage)
        rows = connection.execute("SELECT row, place, line FROM stage.texts ORDER BY row").fetchall()
        live = connection.execute(
            f"SELECT invoice_id FROM ({live_rows('invoices', stage[2])}) ORDER BY 1"
        ).fetchall()
    assert [(one.name, one.rows, len(one.damaged)) for one in stage[2]] == [
        ("invoices_a.csv", 4, 1),
        ("invoices_b.csv", 3, 1),
    ]
    assert rows == [(0, 0, 2), (1, 0, 4), (2, 0, 5), (3, 1, 2), (4, 1, 3)]
    assert [row[:3] for row in found] == [
        ("invoices_a.csv", 3, "field_count"),
        ("invoices_a.csv", 5, "duplicate_row"),
        ("invoices_b.csv", 2, "bad_money"),
        ("invoices_b.csv", 3, "unknown_currency"),
        ("invoices_b.csv", 4, "bad_quote"),
    ]
    assert sum(one.rows for one in stage[2]) == len(live) + len(found)
    assert live == [("I1",), ("I3",)]


def test_a_row_that_feeds_an_invoice_and_its_payment_is_worth_its_invoice(tmp_path: Path) -> None:
    (tmp_path / "invoices.csv").write_text(
        f"{HEADER}\nI1,C1,2024-01-01,2024-01-31,-10.00,EUR,2024-01-01\n", encoding="utf-8"
    )
    header = "posting_id,invoice_id,customer_id,kind,amount,currency,value_date,known_on"
    (tmp_path / "postings.csv").write_text(
        f"{header}\nP1,I1,,payment,4.00,,2024-01-05,2024-01-05\nP2,,C1,payment,3.00,USD,2024-01-05,2024-01-05\n",
        encoding="utf-8",
    )
    with closing(duckdb.connect()) as connection:
        _, _, sources, layout = _stage(connection, [tmp_path], Layout.model_validate(OWN))
        reject_all(connection, sources, _reporting(layout))
        assert total_amount(connection, {"EUR": 1.0}) == Decimal("14.00")
        assert total_amount(connection, {"EUR": 1.0, "USD": 0.5}) == Decimal("15.50")
        assert total_amount(connection, {}) == 0


def test_under_an_assumed_clock_an_id_has_one_version(staged: Stage) -> None:
    sources = staged[2]
    assert assumed_clocks(sources) == ("invoices", "postings")
    assert strict_keys(sources) == {"invoices": ("invoice_id",), "postings": ("posting_id",)}


def test_under_a_delivered_clock_it_has_as_many_as_days() -> None:
    with closing(duckdb.connect()) as connection:
        _, _, sources, _ = _stage(connection, [FIXTURES / "arseg"], read_layout("arseg"))
    assert assumed_clocks(sources) == ()
    assert strict_keys(sources)["invoices"] == ("invoice_id", "known_on")


def test_a_customer_on_each_invoice_becomes_one_row_per_change(staged: Stage) -> None:
    connection, _, sources, layout = staged
    reject_all(connection, sources, _reporting(layout))
    live = live_rows("customers", sources)
    rows = connection.execute(
        f"SELECT customer_id, name, invoice_delivery, known_on FROM ({live}) ORDER BY known_on"
    ).fetchall()
    if layout.name == "ibm_ar":
        assert rows == [
            ("0001-AAAAA", None, "paper", dt.date(2021, 1, 4)),
            ("0001-AAAAA", None, "email", dt.date(2021, 3, 9)),
        ]
    else:
        assert [row[:2] for row in rows] == [("0300000001", "ACME co")]


def test_the_total_is_converted_and_without_sign(staged: Stage) -> None:
    connection, _, _, layout = staged
    total = str(total_amount(connection, {"USD": 1.0, "CAD": 0.75}))
    assert float(total) == pytest.approx({"ibm_ar": 267.58, "highradius": 2133.17}[layout.name])
