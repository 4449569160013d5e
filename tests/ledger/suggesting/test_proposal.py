from __future__ import annotations

from pathlib import Path

import pytest

from arseg.ledger.declared.layout import read_layout
from arseg.ledger.suggesting.suggestion import suggest_layout
from arseg.schema import UsageError

FILLED = {
    'reporting: "?"': "reporting: {currency: EUR}",
    'dates: "?"': 'dates: "%d/%m/%Y"',
    'decimal_mark: "?"': 'decimal_mark: ","',
    'thousands_mark: "?"': 'thousands_mark: "."',
}
HEAD = "Rechnungsnummer;Kunde;Belegdatum;Fälligkeit;Betrag;Währung"


@pytest.fixture(name="german")
def _german(tmp_path: Path) -> Path:
    path = tmp_path / "offene Posten.csv"
    # Neither these days nor these amounts can be read in one way.
    path.write_text(f"{HEAD}\nR1;K1;05/01/2024;04/02/2024;about 5;EUR\n", encoding="utf-8")
    return path


def filled(text: str) -> str:
    for gap, value in FILLED.items():
        text = text.replace(gap, value)
    return text


def test_a_proposal_is_invalid_until_every_gap_is_filled(german: Path, tmp_path: Path) -> None:
    text = suggest_layout(german).to_yaml()
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
    assert "only way" not in text
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
    assert 'kind: "?" # {column: "transaction_type", map: {PMT: KIND}} to payment, credit_note' in text
    assert 'posting_id: {column: "payment_id"}' in text
    assert "known_on: {assumed: value_date}" in text


def propose(path: Path, lines: list[str], encoding: str = "utf-8") -> str:
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return suggest_layout(path).to_yaml()


def test_what_the_values_leave_no_choice_about_is_filled_in(tmp_path: Path) -> None:
    lines = [
        "Stand 31.12.2024",
        HEAD,
        "R1;K1;05.01.2024;04.02.2024;1.200,50;EUR",
        "R2;K2;31.01.2024;00.00.0000;7,00-;EUR",
        "Summe;;;;1.193,50;",
    ]
    text = propose(tmp_path / "a.csv", lines, "cp1252")
    for line in (
        "encoding: cp1252 # it is not UTF-8; look whether accents are right",
        'delimiter: ";"',
        "skip_lines: 1",
        'footers: ["Summe"]',
        'dates: ["%d.%m.%Y"] # the only way to read them all',
        'no_date: ["00.00.0000"]',
        'decimal_mark: ","',
        'thousands_mark: "."',
        'negatives: ["-1", "1-"]',
        'reporting: "?" # {currency: EUR}, the only one that is seen',
    ):
        assert f"{line}\n" in text


def test_days_with_two_readings_stay_a_gap_that_names_both(tmp_path: Path) -> None:
    text = propose(tmp_path / "a.csv", ["invoice_id,due_date,amount", "I1,03/04/2024,1", "I2,05/06/2024,2"])
    assert 'dates: "?" # "%m/%d/%Y" or "%d/%m/%Y": the values can be read as each' in text


def test_currencies_that_are_seen_are_named_without_a_rate(tmp_path: Path) -> None:
    text = propose(
        tmp_path / "a.csv",
        [HEAD, "R1;K1;05.01.2024;04.02.2024;1,00;USD", "R2;K1;05.01.2024;04.02.2024;1,00;EUR"],
    )
    assert 'reporting: "?" # {currency: EUR, rates: {USD: RATE}}: EUR, USD are seen' in text


LIST = "Document Number,Account,Document Type,Document Date,Net due date,Amount in doc. curr.,Clearing date,Clearing Document"


def test_a_list_of_several_kinds_of_document_asks_which_do_not_belong(tmp_path: Path) -> None:
    lines = [
        LIST,
        "1,K1,RV,2024-01-05,2024-02-04,10.00,2024-02-01,9",
        "9,K1,DZ,2024-02-01,2024-02-01,10.00,2024-02-01,9",
    ]
    text = propose(tmp_path / "a.csv", lines)
    assert 'ignore: {"Document Type": "?"} # of DZ, RV those that are no invoices; or no such line' in text
    # One clearing document clears many invoices.
    assert 'posting_id: {joined: ["Clearing Document", "Document Number"]}' in text


def test_where_the_sign_tells_credits_apart_no_document_has_to_be_left_out(tmp_path: Path) -> None:
    lines = [
        LIST,
        "1,K1,RV,2024-01-05,2024-02-04,10.00,2024-02-01,9",
        "9,K1,DZ,2024-02-01,2024-02-01,-10.00,2024-02-01,9",
    ]
    text = propose(tmp_path / "a.csv", lines)
    assert "ignore" not in text
    assert text.count('only_sign: {"Amount in doc. curr.": positive} # those that raise what is owed') == 2
    assert text.count('only_sign: {"Amount in doc. curr.": negative}') == 1


def test_values_between_spaces_are_trimmed_and_named_without_them(tmp_path: Path) -> None:
    text = propose(tmp_path / "a.csv", ["invoice_id ; due_date ; amount ", "I1 ; 2024-01-05 ; 1.00 "])
    assert "    trim: true # values stand between spaces\n" in text
    assert 'due_date: {column: "due_date"}' in text
    assert "trim" not in propose(tmp_path / "a.csv", ["invoice_id;due_date;amount", "I1;2024-01-05;1.00"])


def test_negative_amounts_among_payments_are_pointed_out(tmp_path: Path) -> None:
    lines = ["payment_id,type,amount_paid,date_paid", "1,Payment,2.00,2024-01-01", "2,NSF,(2.00),2024-01-02"]
    text = propose(tmp_path / "a.csv", lines)
    assert "map: {NSF: KIND, Payment: KIND}" in text
    assert "some are negative: add absolute: true where the kind says that too" in text


def test_a_payment_in_its_invoices_row_gets_an_id_and_its_own_amount(tmp_path: Path) -> None:
    lines = [
        "Belegnr.;Kundennr.;Kundenname;Rechnungsdatum;Fällig am;Betrag;Zahldatum;Zahlbetrag",
        "R1;K1;Müller;05.01.2024;04.02.2024;10,00;01.02.2024;9,80",
    ]
    text = propose(tmp_path / "a.csv", lines)
    assert 'posting_id: {column: "Belegnr.", prefix: "paid-"} # one payment a row' in text
    assert 'amount: {column: "Zahlbetrag"}' in text
    assert 'customer_id: {column: "Kundennr."}' in text
    assert 'known_on: {column: "Rechnungsdatum"} # known by its invoice' in text
