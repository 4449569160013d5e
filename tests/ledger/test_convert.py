from __future__ import annotations

import datetime as dt
from contextlib import closing
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.ledger.convert import open_stage, stage_rows
from arseg.ledger.layout import Limits, Source
from arseg.ledger.read import RawTable
from arseg.schema import LEDGER, DataError

INVOICE = {
    "invoice_id": "I1",
    "customer_id": "C1",
    "document_date": "2024-01-01",
    "due_date": "2024-01-31",
    "amount": "10.00",
    "currency": "EUR",
    "known_on": "2024-01-01",
}
MARKS = [(".", ""), (".", ","), (",", "."), (",", " "), (".", "'")]
FORMATS = ["%Y-%m-%d", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d", "%d %b %Y", "%d-%m-%y"]


def convert(
    rows: list[dict[str, str | None]],
    table: str = "invoices",
    *,
    columns: dict[str, Any] | None = None,
    kinds: dict[str, str] | None = None,
    **declared: Any,
) -> list[dict[str, Any]]:
    """Return the stage rows that a feed makes of rows of text."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    feed: dict[str, Any] = {"table": table, "same_names": columns is None, "columns": columns or {}}
    feed |= {key: declared.pop(key) for key in ("skip_row_when_empty",) if key in declared}
    source = Source.model_validate({"files": ["*"], "feeds": [feed], **declared})
    text = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    raw = RawTable("a.csv", "", text, dict.fromkeys(names, "text") | (kinds or {}), range(2, 2 + len(rows)))
    with closing(duckdb.connect()) as connection:
        open_stage(connection)
        stage_rows(connection, raw, source, first_row=7, limits=Limits())
        return connection.sql(f"FROM stage_{table} ORDER BY row").to_arrow_table().to_pylist()


def complaint(table: str = "invoices", *, row: dict[str, str] | None = None, **change: Any) -> str | None:
    return convert([(row or INVOICE) | change], table)[0]["complaint"]


def test_a_sound_row_becomes_text_days_and_exact_money() -> None:
    (row,) = convert([INVOICE | {"amount": "9999999999999999.99", "invoice_id": "000123"}])
    assert row["row"] == 7
    assert row["complaint"] is None
    assert row["invoice_id"] == "000123"
    assert row["amount"] == Decimal("9999999999999999.99")
    assert row["due_date"] == dt.date(2024, 1, 31)
    assert row["entity"] is None


@settings(max_examples=15, deadline=None)
@given(st.lists(st.decimals(-(10**15), 10**15, places=2), min_size=1, max_size=50), st.sampled_from(MARKS))
def test_money_written_in_a_locale_is_read_back_exactly(
    amounts: list[Decimal], marks: tuple[str, str]
) -> None:
    decimal_mark, thousands_mark = marks
    swap = str.maketrans({",": thousands_mark, ".": decimal_mark})
    rows = [INVOICE | {"amount": f"{amount:,.2f}".translate(swap)} for amount in amounts]
    done = convert(rows, decimal_mark=decimal_mark, thousands_mark=thousands_mark)
    assert [row["amount"] for row in done] == amounts
    assert {row["complaint"] for row in done} == {None}


def test_money_that_does_not_match_its_marks_is_never_guessed() -> None:
    texts = (
        "1,00 1.000,00 1,000.00 12.345 1e3 NaN inf +1 €1 (1.00) 1.00- --1 .5 1. \u0661 0x10 1_000 1e400 "
        "99999999999999999 -"
    )
    rows = [INVOICE | {"amount": text} for text in (" 1", "1 ", *texts.split())]
    assert {row["complaint"] for row in convert(rows)} == {"bad_money"}


def test_thousands_must_stand_in_threes() -> None:
    rows = [INVOICE | {"amount": text} for text in ("1.23,00", "12.34.567,00", "1234.567,00")]
    done = convert(rows, decimal_mark=",", thousands_mark=".")
    assert {row["complaint"] for row in done} == {"bad_money"}


@pytest.mark.parametrize("day_format", FORMATS)
def test_every_day_from_2000_to_2040_is_read_back(day_format: str) -> None:
    days = [dt.date(2000, 1, 1) + dt.timedelta(days=number) for number in range(0, 366 * 40, 7)]
    rows = [
        INVOICE | {name: day.strftime(day_format) for name in ("document_date", "due_date", "known_on")}
        for day in days
    ]
    done = convert(rows, dates=day_format)
    assert [row["due_date"] for row in done] == days
    assert {row["complaint"] for row in done} == {None}


def test_a_day_that_does_not_match_or_cannot_be_believed_is_rejected() -> None:
    reasons = {
        "2023-02-29": "bad_date",
        "0000-00-00": "bad_date",
        "01/02/2024": "bad_date",
        "24-01-31": "bad_date",
        "2024-01-31 00:00:00": "bad_date",
        " 2024-01-31": "bad_date",
        "45322": "bad_date",
        "today": "bad_date",
        "9999-12-31": "date_out_of_range",
        "1989-12-31": "date_out_of_range",
        "2034-12-31": "date_out_of_range",
    }
    done = convert([INVOICE | {"due_date": text} for text in reasons])
    assert [row["complaint"] for row in done] == list(reasons.values())


def test_compact_days_need_their_full_width() -> None:
    rows = [
        INVOICE | {"document_date": "20240101", "known_on": "20240101", "due_date": t}
        for t in ("2024131", "20240131")
    ]
    assert [row["complaint"] for row in convert(rows, dates="%Y%m%d")] == ["bad_date", None]


def test_a_declared_sentinel_means_no_date() -> None:
    rows = [INVOICE | {"delivered_on": "9999-12-31"}, INVOICE | {"due_date": "9999-12-31"}]
    done = convert(rows, no_date=["9999-12-31"])
    assert done[0]["delivered_on"] is None
    assert [row["complaint"] for row in done] == [None, "missing_required"]


def test_a_control_character_in_any_field_is_rejected() -> None:
    codes = [*range(32), 127, *range(128, 160)]
    names = ("customer_id", "amount", "due_date")
    rows = [INVOICE | {name: f"{INVOICE[name]}{chr(code)}"} for code in codes for name in names]
    assert {row["complaint"] for row in convert(rows)} == {"control_character"}


def test_other_unicode_stays_as_it_is() -> None:
    names = ["Mu\u0308ller", "Müller", "\u202eevil", "😀\u200d", "\uff21\uff22", "\u2028", "<script>"]
    assert [row["customer_id"] for row in convert([INVOICE | {"customer_id": n} for n in names])] == names


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"customer_id": "x" * 65_537}, "oversized_field"),
        ({"invoice_id": ""}, "missing_required"),
        ({"amount": ""}, "missing_required"),
        ({"known_on": "2023-12-31"}, "known_before_event"),
    ],
)
def test_a_row_that_cannot_be_loaded_says_why(change: dict[str, str], reason: str) -> None:
    assert complaint(**change) == reason


def test_a_posting_is_of_a_known_kind_and_not_negative() -> None:
    posting = {
        "posting_id": "P", "invoice_id": "I", "kind": "payment", "amount": "1", "value_date": "2024-01-01",
        "known_on": "2024-01-02",
    }  # fmt: skip
    assert complaint("postings", row=posting) is None
    assert complaint("postings", row=posting, kind="Payment") == "unmapped_value"
    assert complaint("postings", row=posting, amount="-1") == "bad_money"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("0.5", None), ("1e-3", None), ("nan", "bad_number"), ("1e400", "bad_number"), ("0,5", "bad_number")],
)
def test_a_number_is_plain_and_finite(text: str, reason: str | None) -> None:
    row = {"series": "s", "period": "2024-01-01", "value": text, "known_on": "2024-01-01"}
    assert complaint("indicators", row=row) == reason


def test_the_declared_operations() -> None:
    columns = {
        "invoice_id": {"column": "no", "strip_suffix": ".0", "prefix": "I-"},
        "customer_id": {"column": "who", "pad_left": 5},
        "entity": {"column": "flag", "map": {"Yes": "one", "No": "two"}},
        "document_date": {"due_minus_days": 15},
        "due_date": {"column": "due", "date": "%d.%m.%Y"},
        "amount": {"column": "sum"},
        "currency": {"constant": "E'R"},
        "known_on": {"assumed": "document_date"},
    }
    row: dict[str, str | None] = {
        "no": "1930571429.0",
        "who": "123",
        "flag": "Yes",
        "due": "31.01.2024",
        "sum": "1",
    }
    others = [
        row | {"no": "A.0.0", "who": "C12"},
        row | {"who": "123456", "flag": ""},
        row | {"flag": "Maybe"},
    ]
    first, second, third, fourth = convert([row, *others], columns=columns)
    assert (first["invoice_id"], first["customer_id"], first["entity"]) == ("I-1930571429", "00123", "one")
    assert first["document_date"] == first["known_on"] == dt.date(2024, 1, 16)
    assert first["currency"] == "E'R"
    assert (second["invoice_id"], second["customer_id"]) == ("I-A.0", "C12")
    assert (third["customer_id"], third["entity"], third["complaint"]) == ("123456", None, None)
    assert fourth["complaint"] == "unmapped_value"


def test_an_id_made_of_content_is_the_same_for_the_same_content_only() -> None:
    columns = {name: {"column": name} for name in INVOICE} | {"invoice_id": {"content_id": ["a", "b"]}}
    pairs = [("1", "23"), ("12", "3"), ("1", "23")]
    ids = [r["invoice_id"] for r in convert([INVOICE | {"a": a, "b": b} for a, b in pairs], columns=columns)]
    assert ids[0] == ids[2] != ids[1]
    assert len(ids[0]) == 24


def test_no_row_is_made_where_a_named_field_is_empty() -> None:
    rows = [INVOICE | {"delivered_on": text} for text in ("", "2024-01-02")]
    assert [row["row"] for row in convert(rows, skip_row_when_empty=["delivered_on"])] == [8]


def test_headers_that_differ_in_case_or_hold_quotes_are_different_columns() -> None:
    columns = {name: {"column": name} for name in INVOICE} | {"entity": {"column": 'Amount"'}}
    (row,) = convert([INVOICE | {'Amount"': "x", "AMOUNT": "3"}], columns=columns)
    assert (row["amount"], row["entity"]) == (Decimal("10.00"), "x")


@pytest.mark.parametrize(
    ("column", "kind"), [("amount", "float"), ("customer_id", "float"), ("due_date", "integer")]
)
def test_a_typed_column_that_would_lose_something_is_refused(column: str, kind: str) -> None:
    with pytest.raises(DataError, match=f"a.csv: column '{column}' would lose something"):
        convert([INVOICE], kinds={column: kind})


def test_a_typed_file_needs_no_marks() -> None:
    (row,) = convert([INVOICE], kinds={"amount": "decimal", "due_date": "date"}, decimal_mark=",")
    assert (row["amount"], row["due_date"]) == (Decimal("10.00"), dt.date(2024, 1, 31))


def test_every_table_can_be_staged() -> None:
    for name, table in LEDGER.items():
        assert convert([dict.fromkeys(table.names, "")], name)[0]["complaint"] == "missing_required"
