from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.ledger.declared.layout import Limits
from arseg.ledger.declared.source import Source
from arseg.ledger.loading.convert import open_stage, stage_source
from arseg.ledger.sources.reading import Stream, make_batch, number_rows
from arseg.schema import LEDGER, DataError

Row = dict[str, str | None]

INVOICE: Row = {
    "invoice_id": "I1",
    "customer_id": "C1",
    "document_date": "2024-01-01",
    "due_date": "2024-01-31",
    "amount": "10.00",
    "currency": "EUR",
    "known_on": "2024-01-01",
}
POSTING: Row = {
    "posting_id": "P",
    "invoice_id": "I",
    "kind": "payment",
    "amount": "1",
    "value_date": "2024-01-01",
    "known_on": "2024-01-02",
}
MARKS = [(".", ""), (".", ","), (",", "."), (",", " "), (".", "'"), (",", "\u00a0"), (".", "\u2019")]
FORMATS = ["%Y-%m-%d", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d", "%d %b %Y", "%d-%m-%y", "%B %d, %Y"]


class Done:
    """What a source becomes: rows of one table, and the rows rejected before any table."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str, count: int) -> None:
        self.count = count
        self.rows = connection.sql(f"FROM stage.{table} ORDER BY row").to_arrow_table().to_pylist()
        self.rejected = dict(connection.execute("FROM stage.rejected ORDER BY row").fetchall())
        self.texts = connection.execute("FROM stage.texts ORDER BY row").fetchall()


def stage(
    rows: Sequence[Row],
    feeds: list[dict[str, Any]],
    *,
    kinds: dict[str, str] | None = None,
    size: int = 1000,
    **declared: Any,
) -> Done:
    """Stage rows of text, ``size`` a batch, from row 7 on."""
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    source = Source.model_validate({"files": ["*"], "feeds": feeds, **declared})
    batches = [
        make_batch(
            {
                name: pa.array([row.get(name) for row in rows[first : first + size]], pa.string())
                for name in names
            },
            lines=number_rows(2 + first, len(rows[first : first + size])),
        )
        for first in range(0, len(rows), size)
    ]
    reading = Stream("a.csv", names, dict.fromkeys(names, "text") | (kinds or {}), iter(batches))
    with closing(duckdb.connect()) as connection:
        open_stage(connection)
        count = stage_source(connection, reading, source, place=3, first_row=7, limits=Limits())
        return Done(connection, feeds[0]["table"], count)


def convert(rows: Sequence[Row], table: str = "invoices", **declared: Any) -> list[dict[str, Any]]:
    """Return the stage rows that columns of the table's own names become."""
    return stage(rows, [{"table": table, "same_names": True}], **declared).rows


def complaints(rows: Sequence[Row], table: str = "invoices", **declared: Any) -> list[str | None]:
    return [row["complaint"] for row in convert(rows, table, **declared)]


def kept(rows: Sequence[Row], **feed: Any) -> tuple[list[int], dict[int, str]]:
    """Return the numbers of the rows that a filter lets through, and what the others are rejected for."""
    done = stage(rows, [{"table": "invoices", "same_names": True, **feed}])
    return [row["row"] for row in done.rows], done.rejected


def test_a_sound_row_becomes_text_days_and_exact_money() -> None:
    (row,) = convert([INVOICE | {"amount": "9999999999999999.99", "invoice_id": "000123"}])
    assert row["row"] == row["rank"] == 7
    assert row["complaint"] is None
    assert row["invoice_id"] == "000123"
    assert row["amount"] == Decimal("9999999999999999.99")
    assert row["due_date"] == dt.date(2024, 1, 31)
    assert row["entity"] is None


def test_rows_are_numbered_through_all_batches_and_keep_line_and_text() -> None:
    rows = [INVOICE | {"invoice_id": str(n)} for n in range(5)]
    done = stage(rows, [{"table": "invoices", "same_names": True}], size=2)
    assert done.count == 5
    assert [(row["row"], row["invoice_id"]) for row in done.rows] == [(7 + n, str(n)) for n in range(5)]
    assert [text[:3] for text in done.texts] == [(7 + n, 3, 2 + n) for n in range(5)]
    assert done.texts[4][3] == "4,C1,2024-01-01,2024-01-31,10.00,EUR,2024-01-01"


def test_a_source_without_rows_stages_none() -> None:
    assert stage([], [{"table": "invoices", "same_names": True}]).count == 0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.decimals(-(10**15), 10**15, places=2), min_size=1, max_size=20), st.sampled_from(MARKS))
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
    assert set(complaints(rows)) == {"bad_money"}


def test_thousands_must_stand_in_threes() -> None:
    rows = [INVOICE | {"amount": text} for text in ("1.23,00", "12.34.567,00", "1234.567,00")]
    assert set(complaints(rows, decimal_mark=",", thousands_mark=".")) == {"bad_money"}


def test_declared_negatives_and_symbols_are_read_and_no_others() -> None:
    texts = ("$1.50", "1.50 $", "(1.50)", "$ (1.50)", "1.50-", "-1.50", "EUR 1.50", "€1.50")
    done = convert(
        [INVOICE | {"amount": text} for text in texts], negatives=["(1)", "1-"], symbols=["$", "EUR"]
    )
    low, high = Decimal("-1.50"), Decimal("1.50")
    assert [row["amount"] for row in done] == [high, high, low, low, low, None, high, None]
    assert {row["complaint"] for row in done if row["amount"] is None} == {"bad_money"}


@pytest.mark.parametrize("day_format", FORMATS)
def test_every_day_from_2000_to_2040_is_read_back(day_format: str) -> None:
    days = [dt.date(2000, 1, 1) + dt.timedelta(days=number) for number in range(0, 366 * 40, 61)]
    rows = [
        INVOICE | {name: day.strftime(day_format) for name in ("document_date", "due_date", "known_on")}
        for day in days
    ]
    done = convert(rows, dates=day_format)
    assert [row["due_date"] for row in done] == days
    assert {row["complaint"] for row in done} == {None}


def test_of_several_date_formats_the_first_that_matches_counts() -> None:
    texts = ("2024-02-01", "02.03.2024", "20240301", "45322", "3.2.24")
    rows = [INVOICE | {"due_date": text} for text in texts]
    done = convert(rows, dates=["%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "excel"])
    days = [dt.date(2024, 2, 1), dt.date(2024, 3, 2), dt.date(2024, 3, 1), dt.date(2024, 1, 31), None]
    assert [row["due_date"] for row in done] == days
    assert [row["complaint"] for row in done] == [None] * 4 + ["bad_date"]


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
    assert complaints([INVOICE | {"due_date": text} for text in reasons]) == list(reasons.values())


def test_compact_days_need_their_full_width() -> None:
    rows = [
        INVOICE | {"document_date": "20240101", "known_on": "20240101", "due_date": t}
        for t in ("2024131", "20240131")
    ]
    assert complaints(rows, dates="%Y%m%d") == ["bad_date", None]


def test_a_declared_sentinel_means_no_date() -> None:
    rows = [INVOICE | {"delivered_on": "9999-12-31"}, INVOICE | {"due_date": "9999-12-31"}]
    done = convert(rows, no_date=["9999-12-31"])
    assert done[0]["delivered_on"] is None
    assert [row["complaint"] for row in done] == [None, "missing_required"]


def test_a_text_that_means_no_value_is_an_empty_field_in_every_column() -> None:
    rows = [INVOICE | {"entity": "N/A", "delivered_on": "NULL"}, INVOICE | {"customer_id": "N/A"}]
    done = convert(rows, no_value=["N/A", "NULL"])
    assert (done[0]["entity"], done[0]["delivered_on"]) == (None, None)
    assert [row["complaint"] for row in done] == [None, "missing_required"]
    assert complaints(rows[:1]) == ["bad_date"]


@pytest.mark.parametrize(
    ("zone", "times_in", "text", "day"),
    [
        ("Europe/Berlin", None, "2024-01-31T23:30:00Z", dt.date(2024, 2, 1)),
        ("Europe/Berlin", None, "2024-01-31T23:30:00+01:00", dt.date(2024, 1, 31)),
        ("UTC", None, "2024-01-31T23:30:00-0500", dt.date(2024, 2, 1)),
        ("America/New_York", None, "2024-02-01T03:00:00+00:00", dt.date(2024, 1, 31)),
        ("Europe/Berlin", None, "2024-01-31 23:30:00", dt.date(2024, 1, 31)),
        ("Europe/Berlin", "UTC", "2024-01-31 23:30:00", dt.date(2024, 2, 1)),
        ("Europe/Berlin", "UTC", "2024-07-31 22:30:00", dt.date(2024, 8, 1)),
        ("America/New_York", "Europe/Berlin", "2024-02-01 05:00:00", dt.date(2024, 1, 31)),
        ("America/New_York", "Europe/Berlin", "2024-02-01", dt.date(2024, 2, 1)),
    ],
)
def test_the_day_of_an_instant_is_that_of_the_declared_zone(
    zone: str, times_in: str | None, text: str, day: dt.date
) -> None:
    formats = ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
    (row,) = convert([INVOICE | {"due_date": text}], dates=formats, zone=zone, times_in=times_in)
    assert (row["due_date"], row["complaint"]) == (day, None)


def test_a_control_character_in_any_field_is_rejected() -> None:
    codes = [*range(32), 127, *range(128, 160)]
    names = ("customer_id", "amount", "due_date")
    rows = [INVOICE | {name: f"{INVOICE[name]}{chr(code)}"} for code in codes for name in names]
    assert set(complaints(rows)) == {"control_character"}


def test_trimming_does_not_hide_a_control_character() -> None:
    rows = [INVOICE | {"amount": f"10.00{chr(code)}"} for code in (0, 7, 11, 127, 133)]
    assert set(complaints(rows, trim=True)) == {"control_character"}


def test_other_unicode_stays_as_it_is() -> None:
    names = [
        "Mu\u0308ller",
        "Müller",
        "a\u202eevil",
        "😀\u200d😀",
        "\uff21\uff22",
        "a\u2028b",
        "<script>",
        "a\ufffdb",
    ]
    done = convert([INVOICE | {"customer_id": name} for name in names])
    assert [row["customer_id"] for row in done] == names
    assert {row["complaint"] for row in done} == {None}


BLANKS = " \u00a0\u2003\u3000\u200b\u2060\ufeff\u00ad\u200e\u2028"


@pytest.mark.parametrize("blank", BLANKS, ids=lambda blank: f"U+{ord(blank):04X}")
def test_an_id_with_a_blank_at_either_end_is_rejected_unless_trimmed(blank: str) -> None:
    names = ("invoice_id", "customer_id", "currency")
    rows = [INVOICE | {n: text} for n in names for text in (f"{INVOICE[n]}{blank}", f"{blank}{INVOICE[n]}")]
    assert set(complaints(rows)) == {"padded_text"}
    done = convert(rows, trim=True)
    assert {row["complaint"] for row in done} == {None}
    assert {tuple(row[name] for name in names) for row in done} == {("I1", "C1", "EUR")}


def test_a_name_may_have_blanks_at_its_ends_but_is_trimmed_on_demand() -> None:
    rows = [{"customer_id": "C", "name": " A  B\u00a0", "known_on": "2024-01-01"}]
    assert [row["name"] for row in convert(rows, "customers")] == [" A  B\u00a0"]
    assert [row["name"] for row in convert(rows, "customers", trim=True)] == ["A  B"]


def test_a_field_of_blanks_is_empty_once_trimmed() -> None:
    assert complaints([INVOICE | {"customer_id": " \u00a0 "}], trim=True) == ["missing_required"]


def test_line_breaks_are_blanks_within_a_name_where_they_are_declared_and_damage_within_an_id() -> None:
    rows = [
        {"customer_id": "C", "name": "A\r\nB\tC", "known_on": "2024-01-01"},
        {"customer_id": "C\nD", "name": "A", "known_on": "2024-01-01"},
        {"customer_id": "C", "name": "A\x07", "known_on": "2024-01-01"},
    ]
    done = convert(rows, "customers", line_breaks=True)
    assert done[0]["name"] == "A B C"
    assert [row["complaint"] for row in done] == [None, "control_character", "control_character"]
    assert set(complaints(rows, "customers")) == {"control_character"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"customer_id": "x" * 65_537}, "oversized_field"),
        ({"invoice_id": ""}, "missing_required"),
        ({"amount": ""}, "missing_required"),
        ({"known_on": "2023-12-31"}, "known_before_event"),
    ],
)
def test_a_row_that_cannot_be_loaded_says_why(change: Row, reason: str) -> None:
    assert complaints([INVOICE | change]) == [reason]


def test_a_posting_is_of_a_known_kind_and_not_negative_where_it_names_an_invoice() -> None:
    reasons: list[tuple[Row, str | None]] = [
        ({}, None),
        ({"kind": "Payment"}, "unmapped_value"),
        ({"amount": "-1"}, "bad_money"),
        ({"amount": "-1", "invoice_id": ""}, None),
        ({"amount": "-1", "restates": "Q"}, None),
    ]
    assert complaints([POSTING | {"restates": ""} | row for row, _ in reasons], "postings") == [
        reason for _, reason in reasons
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("0.5", None), ("1e-3", None), ("nan", "bad_number"), ("1e400", "bad_number"), ("0,5", "bad_number")],
)
def test_a_number_is_plain_and_finite(text: str, reason: str | None) -> None:
    row: Row = {"series": "s", "period": "2024-01-01", "value": text, "known_on": "2024-01-01"}
    assert complaints([row], "indicators") == [reason]


def test_a_row_that_a_filter_keeps_from_the_only_table_is_rejected_for_it() -> None:
    rows = [INVOICE | {"delivered_on": text} for text in ("", "2024-01-02")]
    assert kept(rows, skip_row_when_empty=["delivered_on"]) == ([8], {7: "no_feed"})


FILTERED: list[Row] = [
    INVOICE | {"kind": kind, "other": other, "worth": worth}
    for kind, other, worth in (
        ("a", "a", "1"),
        ("b", "a", "-1"),
        ("", "", "0"),
        ("c", "", "x"),
        ("A", "b", ""),
    )
]


@pytest.mark.parametrize(
    ("feed", "rows"),
    [
        ({"only": {"kind": "a"}}, [7]),
        ({"only": {"kind": ["a", "b", ""]}}, [7, 8, 9]),
        ({"only": {"kind": ["a", "c"], "other": ["a"]}}, [7]),
        ({"never": {"kind": "a"}}, [8, 9, 10, 11]),
        ({"never": {"kind": ["", "b"]}}, [7, 10, 11]),
        ({"never": {"kind": "a", "other": "b"}}, [8, 9, 10]),
        ({"only": {"kind": ["a", "b"]}, "never": {"worth": "1"}}, [8]),
        ({"only_equal": {"kind": "other"}}, [7, 9]),
        ({"never_equal": {"kind": "other"}}, [8, 10, 11]),
        ({"only_sign": {"worth": "positive"}}, [7, 10]),
        ({"only_sign": {"worth": "negative"}}, [8, 10]),
        ({"only_sign": {"worth": "nonzero"}}, [7, 8, 10]),
        ({"skip_row_when_empty": ["kind", "other"]}, [7, 8, 11]),
    ],
    ids=str,
)
def test_a_filter_and_its_rejections_part_the_rows(feed: dict[str, Any], rows: list[int]) -> None:
    assert kept(FILTERED, **feed) == (rows, dict.fromkeys(sorted({*range(7, 12)} - {*rows}), "no_feed"))


def test_a_row_whose_sign_cannot_be_read_is_rejected_for_its_amount() -> None:
    done = stage(
        [INVOICE | {"amount": "x"}],
        [{"table": "invoices", "same_names": True, "only_sign": {"amount": "positive"}}],
    )
    assert (done.rows[0]["complaint"], done.rejected) == ("bad_money", {})


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(["1", "2", "-3", "0", "", "x"]), min_size=1, max_size=12))
def test_no_row_is_lost_between_feeds_that_part_by_sign(amounts: list[str]) -> None:
    feeds = [
        {"table": "invoices", "same_names": True, "only_sign": {"amount": sign}}
        for sign in ("positive", "negative")
    ]
    done = stage([INVOICE | {"amount": amount} for amount in amounts], feeds)
    assert {row["row"] for row in done.rows} | set(done.rejected) == {*range(7, 7 + len(amounts))}
    assert list(done.rejected.values()) == ["no_feed"] * sum(amount in {"0", ""} for amount in amounts)
    # What cannot be read goes to both, and is rejected in both.
    assert len(done.rows) == sum({"0": 0, "": 0, "x": 2}.get(amount, 1) for amount in amounts)


def test_what_is_declared_to_be_ignored_feeds_nothing_whatever_else_is_wrong_with_it() -> None:
    rows = [
        INVOICE | {"type": kind, "amount": amount} for kind, amount in (("PO", "x"), ("RV", "1"), ("", "1"))
    ]
    done = stage(rows, [{"table": "invoices", "same_names": True}], ignore={"type": ["PO", ""]})
    assert [row["row"] for row in done.rows] == [8]
    assert done.rejected == {7: "ignored", 9: "ignored"}


def test_an_ignored_row_is_harmless_and_another_that_feeds_nothing_is_not() -> None:
    rows = [INVOICE | {"type": kind} for kind in ("PO", "RV", "XX")]
    feeds = [{"table": "invoices", "same_names": True, "only": {"type": "RV"}}]
    done = stage(rows, feeds, ignore={"type": "PO"})
    assert done.rejected == {7: "ignored", 9: "no_feed"}


def test_one_row_may_feed_one_table_twice() -> None:
    own = {name: {"column": name} for name in POSTING if name not in {"posting_id", "kind", "amount"}}
    feeds = [
        {
            "table": "postings",
            "only_sign": {column: "nonzero"},
            "columns": own
            | {
                "posting_id": {"column": "posting_id", "prefix": f"{column}-"},
                "kind": {"constant": kind},
                "amount": {"column": column},
            },
        }
        for column, kind in (("paid", "payment"), ("discount", "credit_note"))
    ]
    done = stage([POSTING | {"paid": "98", "discount": "2"}, POSTING | {"paid": "5", "discount": "0"}], feeds)
    assert sorted((row["row"], row["posting_id"], row["kind"], row["amount"]) for row in done.rows) == [
        (7, "discount-P", "credit_note", Decimal(2)),
        (7, "paid-P", "payment", Decimal(98)),
        (8, "paid-P", "payment", Decimal(5)),
    ]
    assert done.rejected == {}


def test_headers_that_differ_in_case_or_hold_quotes_are_different_columns() -> None:
    columns = {name: {"column": name} for name in INVOICE} | {"entity": {"column": 'Amount"'}}
    (row,) = stage(
        [INVOICE | {'Amount"': "x", "AMOUNT": "3"}], [{"table": "invoices", "columns": columns}]
    ).rows
    assert (row["amount"], row["entity"]) == (Decimal("10.00"), "x")


@pytest.mark.parametrize(
    ("column", "kind"), [("amount", "float"), ("customer_id", "float"), ("due_date", "integer")]
)
def test_a_typed_column_that_would_lose_something_is_refused(column: str, kind: str) -> None:
    with pytest.raises(DataError, match=f"a.csv: column '{column}' would lose something"):
        convert([INVOICE], kinds={column: kind})


def test_a_typed_file_needs_no_marks() -> None:
    typed = INVOICE | {"amount": "10.5000"}
    (row,) = convert([typed], kinds={"amount": "decimal", "due_date": "date"}, decimal_mark=",")
    assert (row["amount"], row["due_date"]) == (Decimal("10.50"), dt.date(2024, 1, 31))


def test_every_table_can_be_staged() -> None:
    for name, table in LEDGER.items():
        assert complaints([dict.fromkeys(table.names, "")], name) == ["missing_required"]
