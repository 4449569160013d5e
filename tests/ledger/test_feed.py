from __future__ import annotations

import pytest
from pydantic import ValidationError

from arseg.ledger.feed import Feed, Mapped

INVOICE = {
    "invoice_id": {"column": "no"},
    "customer_id": {"column": "who"},
    "document_date": {"due_minus_days": 15},
    "due_date": {"column": "due", "date": "%d.%m.%Y"},
    "amount": {"column": "sum"},
    "currency": {"constant": "EUR"},
    "known_on": {"assumed": "document_date"},
}


def test_a_feed_says_which_source_columns_it_reads_once_each() -> None:
    feed = Feed.model_validate({"table": "invoices", "columns": INVOICE, "skip_row_when_empty": ["due", "x"]})
    assert feed.reads == ("no", "who", "due", "sum", "x")


def test_same_names_require_only_what_the_table_requires() -> None:
    feed = Feed(table="invoices", same_names=True)
    assert set(feed.reads) == {
        "invoice_id", "customer_id", "document_date", "due_date", "amount", "currency", "known_on",
    }  # fmt: skip
    assert list(feed.mappings(["entity", "amount", "other"])) == ["entity", "amount"]


@pytest.mark.parametrize(
    "origins", [{}, {"column": "a", "constant": "b"}, {"column": "a", "content_id": ["b"]}], ids=str
)
def test_a_column_has_exactly_one_origin(origins: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="exactly one of column"):
        Mapped.model_validate(origins)


@pytest.mark.parametrize("wrong", ["%Y-%m", "%d/%m", "yyyy-mm-dd", "%x", "%Y-%m-%d %Z", "%"])
def test_a_date_format_names_a_year_a_month_and_a_day(wrong: str) -> None:
    with pytest.raises(ValidationError, match="a date format with a year"):
        Mapped(column="a", date=wrong)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amuont": {"column": "a"}}, "'amount' is near 'amuont'"),
        ({"due_date": {"assumed": "document_date"}}, "assumed only under known_on"),
        ({"known_on": {"assumed": "posting_date"}}, "assumed only under known_on"),
    ],
)
def test_a_wrong_word_is_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Feed.model_validate({"table": "invoices", "columns": INVOICE | change})


def test_a_required_column_must_be_mapped() -> None:
    short = {name: mapped for name, mapped in INVOICE.items() if name != "amount"}
    with pytest.raises(ValidationError, match="a mapping of amount too"):
        Feed.model_validate({"table": "invoices", "columns": short})


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(ValidationError, match="table one of customers, invoices"):
        Feed(table="invoice")


def test_a_derived_issue_day_needs_a_due_day() -> None:
    columns = {name: mapped for name, mapped in INVOICE.items() if name != "due_date"}
    with pytest.raises(ValidationError, match="due_minus_days only beside due_date"):
        Feed.model_validate({"table": "invoices", "columns": columns})
