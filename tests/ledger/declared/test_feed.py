from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from arseg.ledger.declared.feed import Feed

INVOICE: dict[str, Any] = {
    "invoice_id": {"column": "no"},
    "customer_id": {"column": "who"},
    "document_date": {"due_minus_days": 15},
    "due_date": {"column": "due", "date": "%d.%m.%Y"},
    "amount": {"column": "sum"},
    "currency": {"constant": "EUR"},
    "known_on": {"assumed": "document_date"},
}


def feed(**declared: Any) -> Feed:
    return Feed.model_validate({"table": "invoices", "columns": INVOICE} | declared)


def test_a_feed_says_which_source_columns_it_reads_once_each() -> None:
    assert feed(skip_row_when_empty=["due", "x"]).reads == (("no",), ("who",), ("due",), ("sum",), ("x",))


def test_what_a_filter_looks_at_must_be_there() -> None:
    filters: dict[str, Any] = {
        "only": {"a": "1"},
        "never": {"b": ["2", ""]},
        "only_equal": {"c": "d"},
        "never_equal": {"e": "f"},
        "only_sign": {"g": "positive"},
    }
    assert {need for need in feed(**filters).reads if len(need[0]) == 1} == {(name,) for name in "abcdefg"}


def test_alternatives_are_one_need_and_what_is_optional_is_none() -> None:
    columns = INVOICE | {"amount": {"column": ["sum", "total"]}, "entity": {"column": "x", "optional": True}}
    assert feed(columns=columns).reads == (("no",), ("who",), ("due",), ("sum", "total"))


def test_same_names_require_only_what_the_table_requires() -> None:
    own = Feed(table="invoices", same_names=True)
    assert {need[0] for need in own.reads} == {
        "invoice_id", "customer_id", "document_date", "due_date", "amount", "currency", "known_on",
    }  # fmt: skip
    assert list(own.mappings(["entity", "amount", "other"])) == ["entity", "amount"]


def test_beside_same_names_a_mapping_of_its_own_counts() -> None:
    own = Feed.model_validate(
        {
            "table": "invoices",
            "same_names": True,
            "columns": {"customer_id": {"column": "who", "prefix": "C"}},
        }
    )
    assert ("who",) in own.reads
    assert ("customer_id",) not in own.reads
    assert own.mappings(["customer_id", "who"])["customer_id"].prefix == "C"


def test_mappings_are_those_that_the_header_can_fill() -> None:
    columns = INVOICE | {"amount": {"column": ["sum", "total"]}, "entity": {"column": "x", "optional": True}}
    found = feed(columns=columns).mappings(["no", "who", "due", "total"])
    assert found["amount"].source_column == "total"
    assert "entity" not in found


@pytest.mark.parametrize(
    ("declared", "filtered"),
    [
        ({}, False),
        ({"skip_row_when_empty": ["due"]}, True),
        ({"only": {"a": "1"}}, True),
        ({"never": {"a": "1"}}, True),
        ({"only_equal": {"a": "b"}}, True),
        ({"never_equal": {"a": "b"}}, True),
        ({"only_sign": {"sum": "nonzero"}}, True),
        ({"keep_one": True}, False),
    ],
    ids=str,
)
def test_a_feed_without_a_filter_takes_every_row(declared: dict[str, Any], filtered: object) -> None:
    assert feed(**declared).filtered is filtered


def test_several_rows_may_make_one_where_the_feed_keeps_one_or_the_last() -> None:
    assert [feed(**said).loose for said in ({}, {"keep_one": True}, {"keep": "last"})] == [False, True, True]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amuont": {"column": "a"}}, "'amount' is near 'amuont'"),
        ({"due_date": {"assumed": "document_date"}}, "assumed only under known_on"),
        ({"known_on": {"assumed": "posting_date"}}, "assumed only under known_on"),
        ({"amount": {"column": "sum", "optional": True}}, "optional only for a column that a row may lack"),
        ({"known_on": {"column": "day", "optional": True}}, "optional only for a column that a row may lack"),
    ],
)
def test_a_wrong_word_is_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        feed(columns=INVOICE | change)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"only": {"a": []}}, "at least 1 item"),
        ({"only_sign": {"a": "below"}}, "'positive', 'negative' or 'nonzero'"),
        ({"keep": "first"}, "'last'"),
        ({"onyl": {"a": "1"}}, "Extra inputs"),
    ],
)
def test_a_wrong_filter_is_refused(declared: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        feed(**declared)


def test_a_required_column_must_be_mapped() -> None:
    short = {name: mapped for name, mapped in INVOICE.items() if name != "amount"}
    with pytest.raises(ValidationError, match="a mapping of amount too"):
        feed(columns=short)


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(ValidationError, match="table one of customers, invoices"):
        Feed(table="invoice")


def test_a_derived_issue_day_needs_a_due_day() -> None:
    columns = {name: mapped for name, mapped in INVOICE.items() if name != "due_date"}
    with pytest.raises(ValidationError, match="due_minus_days only beside due_date"):
        feed(columns=columns)
