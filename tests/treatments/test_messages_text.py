from __future__ import annotations

import datetime as dt
import unicodedata

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from arseg.treatments.messages_text import (
    MOST_LINES,
    OpenInvoice,
    amount_text,
    escape,
    open_invoices,
    sums_text,
    table_text,
)

TODAY = dt.date(2026, 10, 31)


@given(st.text(max_size=400))
def test_an_escaped_value_is_one_short_seen_line_without_markup(text) -> None:
    shown = escape(text)
    assert len(shown) <= 200
    assert shown.splitlines() in ([], [shown])
    assert not set("<>") & set(shown)
    assert not any(unicodedata.category(sign)[0] == "C" for sign in shown)
    assert escape(shown) == shown


def test_a_name_cannot_start_a_header() -> None:
    for end in ("\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\u2029"):
        assert escape(f"Nord AG{end}Bcc: x@y.example") == "Nord AG Bcc: x@y.example"


def test_ordinary_names_stay_as_they_are() -> None:
    for name in ("Müller & Söhne GmbH", "O'Neill $ Co.", "株式会社アーセグ", "{x} ${y}", "=SUM(A1)"):
        assert escape(name) == name


def test_amounts_keep_their_sign_and_cents() -> None:
    assert amount_text(-1234.5, "de") == "-1.234,50"
    assert amount_text(0, "en") == "0.00"
    assert amount_text(999.999, "es") == "1.000,00"


def test_disputed_invoices_are_left_out_and_the_oldest_stands_first() -> None:
    invoices = pd.DataFrame(
        {
            "customer_id": ["A", "A", "A", "B"],
            "invoice_id": ["3", "2", "1", "9"],
            "due_date": pd.to_datetime(["2026-10-30", "2026-11-30", "2026-10-01", "2026-10-01"]),
            "balance": [3.0, 2.0, 1.0, 9.0],
            "disputed": [False, None, False, True],
            "currency": ["USD", None, "EUR", "EUR"],
        }
    )
    found = open_invoices(invoices, TODAY, currency="CHF")
    assert found == {
        "A": [
            OpenInvoice("1", dt.date(2026, 10, 1), 30, 1.0, "EUR"),
            OpenInvoice("3", dt.date(2026, 10, 30), 1, 3.0, "USD"),
            OpenInvoice("2", dt.date(2026, 11, 30), -30, 2.0, "CHF"),
        ]
    }
    assert sums_text(found["A"], "en", currency="CHF") == "2.00 CHF + 1.00 EUR + 3.00 USD"


def test_a_long_table_is_cut_and_says_so() -> None:
    owed = [OpenInvoice(f"R{i}", TODAY, 0, 1.0, "EUR") for i in range(MOST_LINES + 3)]
    lines = table_text(owed, "en").splitlines()
    assert len(lines) == 1 + MOST_LINES + 1
    assert lines[-1] == "and 3 more"
    assert len({len(line) for line in lines[:-1]}) == 1


def test_no_invoice_is_said_in_the_language() -> None:
    assert [table_text([], language) for language in ("en", "de", "es")] == ["none", "keine", "ninguna"]
    assert sums_text([], "de", currency="EUR") == "0,00 EUR"
