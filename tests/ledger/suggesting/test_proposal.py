from __future__ import annotations

from pathlib import Path

import pytest

from arseg.ledger.declared.layout import read_layout
from arseg.ledger.suggesting.suggestion import suggest_layout
from arseg.schema import UsageError

FILLED = {
    'reporting: "?"': "reporting: {currency: EUR}",
    'encoding: "?"': "encoding: utf-8",
    'dates: "?"': 'dates: "%d.%m.%Y"',
    'decimal_mark: "?"': 'decimal_mark: ","',
    'thousands_mark: "?"': 'thousands_mark: "."',
}


@pytest.fixture(name="german")
def _german(tmp_path: Path) -> Path:
    path = tmp_path / "offene Posten.csv"
    path.write_text(
        "Rechnungsnummer;Kunde;Belegdatum;Fälligkeit;Betrag;Währung\nR1;K1;05.01.2024;04.02.2024;1.200,50;EUR\n",
        encoding="utf-8",
    )
    return path


def filled(text: str) -> str:
    for gap, value in FILLED.items():
        text = text.replace(gap, value)
    return text


def test_a_proposal_is_invalid_until_every_gap_is_filled(german: Path, tmp_path: Path) -> None:
    text = suggest_layout(german, delimiter=";").to_yaml()
    path = tmp_path / "own.yaml"
    assert text.count('"?"') - text.splitlines()[0].count('"?"') == len(FILLED)
    for gap in FILLED:
        others = filled(text.replace(gap, "GAP")).replace("GAP", gap)
        path.write_text(others, encoding="utf-8")
        with pytest.raises(UsageError, match=r"is wrong in .*own\.yaml, line"):
            read_layout(path)
    path.write_text(filled(text), encoding="utf-8")
    layout = read_layout(path)
    assert layout.name == "offene_posten"
    assert [feed.table for feed in layout.sources[0].feeds] == ["invoices"]


def test_examples_stand_as_remarks_and_cannot_leave_them(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('invoice_id,due_date,amount\n"x\n: y # z",2024-01-01,10\n', encoding="utf-8")
    text = suggest_layout(path).to_yaml()
    assert "# 1.00" not in text.split("invoice_id:")[0]
    (line,) = [line for line in text.splitlines() if "invoice_id:" in line]
    assert line.strip().startswith('invoice_id: {column: "invoice_id"} # ')


def test_a_typed_file_leaves_open_only_what_it_does_not_say(tmp_path: Path) -> None:
    import datetime as dt
    from decimal import Decimal

    import pyarrow as pa
    import pyarrow.parquet as pq

    day = dt.date(2024, 1, 5)
    table = pa.table(
        {"invoice_id": ["I1"], "due_date": [day], "document_date": [day], "amount": [Decimal("1.00")]}
    )
    pq.write_table(table, tmp_path / "a.parquet")
    text = suggest_layout(tmp_path / "a.parquet").to_yaml()
    for word in ("encoding:", "delimiter:", "dates:", "decimal_mark:", "thousands_mark:"):
        assert word not in text
    assert 'customer_id: "?"' in text
    assert 'currency: "?" # {constant: EUR}, or {column: NAME}' in text


def test_names_are_quoted_whatever_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Invoice: No #,Due \\ Date,Amount\nI1,2024-01-01,1\n", encoding="utf-8")
    text = suggest_layout(path).to_yaml()
    assert 'due_date: {column: "Due \\\\ Date"}' in text
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="reporting is wrong"):
        read_layout(tmp_path / "own.yaml")


def test_the_kind_of_a_posting_is_a_gap_even_where_a_header_says_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "payment_id,transaction_type,paid_amount,paid_date\n1,PMT,2.00,2024-01-01\n", encoding="utf-8"
    )
    text = suggest_layout(path).to_yaml()
    assert 'kind: "?" # {column: "transaction_type", map: {...}} to payment, credit_note' in text
    assert 'posting_id: {column: "payment_id"}' in text
    assert "known_on: {assumed: value_date}" in text
