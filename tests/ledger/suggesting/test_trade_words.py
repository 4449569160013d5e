from __future__ import annotations

import itertools

import pytest

from arseg.ledger.declared.layout import read_layout
from arseg.ledger.declared.mapped import Mapped
from arseg.ledger.suggesting.trade_words import (
    NEAR,
    TRADE_WORDS,
    can_hold,
    likeness,
    origins,
    source_words,
    tokens,
    words_of,
)
from arseg.schema import INVOICES, LEDGER


def test_every_word_belongs_to_a_column_of_the_ledger() -> None:
    columns = {name for table in LEDGER.values() for name in table.names}
    full = {f"{table.name}.{name}" for table in LEDGER.values() for name in table.names}
    assert set(TRADE_WORDS) <= columns | full


def test_every_column_is_its_own_first_word() -> None:
    for table in LEDGER.values():
        for column in table.names:
            assert words_of(table.name, column)[0] == column


@pytest.mark.parametrize(
    ("header", "table", "column"),
    [
        ("Rechnungsnummer", "invoices", "invoice_id"),
        ("Rechnungs-Nr.", "invoices", "invoice_id"),
        ("BELNR", "invoices", "invoice_id"),
        ("Invoice No.", "invoices", "invoice_id"),
        ("Número de factura", "invoices", "invoice_id"),
        ("Fälligkeit", "invoices", "due_date"),
        ("FAELLIGKEITSDATUM", "invoices", "due_date"),
        ("fecha_vencimiento", "invoices", "due_date"),
        ("Belegdatum", "invoices", "document_date"),
        ("Kunde", "invoices", "customer_id"),
        ("KUNNR", "invoices", "customer_id"),
        ("Kunden-Nr", "invoices", "customer_id"),
        ("CUSTOMERID", "invoices", "customer_id"),
        ("Betrag", "invoices", "amount"),
        ("DMBTR", "invoices", "amount"),
        ("Importe", "invoices", "amount"),
        ("Währung", "invoices", "currency"),
        ("WAERS", "invoices", "currency"),
        ("clear_date", "postings", "value_date"),
        ("Paid Date", "postings", "value_date"),
        ("Ausgleichsdatum", "postings", "value_date"),
    ],
)
def test_the_trade_is_understood_in_three_languages_and_in_field_names(
    header: str, table: str, column: str
) -> None:
    assert max(likeness(header, word) for word in words_of(table, column)) >= NEAR
    others = {"invoice_id", "customer_id", "amount", "currency", "due_date"} - {column}
    rivals = [max(likeness(header, word) for word in words_of("invoices", other)) for other in others]
    assert max(likeness(header, word) for word in words_of(table, column)) > max(rivals)


def test_likeness_has_no_side_and_lies_between_nothing_and_the_same() -> None:
    words = ["amount", "invoice amount", "Due Date", "KUNNR", "customer_id", "MetaData.CreateTime", "§§", "x"]
    for one, other in itertools.product(words, words):
        assert 0 <= likeness(one, other) <= 1
        assert likeness(one, one) == (1.0 if tokens(one) else 0.0)
    assert likeness("Date Due", "due date") == likeness("due date", "Date Due") == 0.97


def test_short_names_are_the_same_or_not() -> None:
    assert likeness("budat", "bldat") == 0
    assert likeness("invoice_nunber", "invoice_number") > 0.6


def test_a_header_that_says_date_or_amount_or_currency_gives_nothing_else() -> None:
    allowed = {
        name: [c.name for c in INVOICES.columns if can_hold(name, c)] for name in ("a date", "amount", "ccy")
    }
    assert allowed["a date"] == [
        "document_date",
        "posting_date",
        "due_date",
        "delivered_on",
        "viewed_on",
        "known_on",
    ]
    assert allowed["amount"] == ["amount"]
    assert allowed["ccy"] == ["currency"]
    assert not can_hold("customer_name", INVOICES.column("customer_id"))


def test_shipped_layouts_teach_the_columns_that_they_take() -> None:
    words = source_words(read_layout("ibm_ar").sources)
    assert words["invoices", "due_date"] == {"DueDate"}
    assert words["invoices", "currency"] == set()


def test_a_derived_column_counts_by_its_first_source() -> None:
    assert origins(Mapped(column=["A", "B"])) == ("A", "B")
    assert origins(Mapped.model_validate({"first_of": ["A", "B"]})) == ("A", "B")
    assert origins(Mapped.model_validate({"latest_of": ["A", "B"]})) == ("A",)
    assert origins(Mapped.model_validate({"plus_days": {"day": "A", "days": ["B"]}})) == ("A",)
    assert origins(Mapped(constant="EUR")) == ()
