from __future__ import annotations

import datetime as dt

import pytest

from arseg.schema import DataError

DAY = dt.date(2024, 5, 1)
INVOICE = {"invoice_id": "I1"}
POSTING = {"posting_id": "P1", "invoice_id": "I1", "value_date": DAY}


def test_two_versions_of_an_invoice_are_no_repeat(make_ledger) -> None:
    assert make_ledger([INVOICE, {**INVOICE, "known_on": DAY}], [POSTING]).present == {"invoices", "postings"}


@pytest.mark.parametrize(
    ("book", "message"),
    [
        ({"invoices": [INVOICE, INVOICE]}, r"table invoices holds a key twice\. Given: I1, 2024-01-01"),
        ({"postings": [POSTING, POSTING]}, r"table postings holds a key twice\. Given: P1"),
        (
            {"indicators": [{"period": DAY}, {"period": DAY}]},
            "table indicators holds a key twice. Given: unemployment, None, 2024-05-01",
        ),
        (
            {"postings": [{**POSTING, "known_on": DAY - dt.timedelta(days=1)}]},
            r"table postings knows a row before it happened\. Given: P1, 2024-05-01, 2024-04-30",
        ),
        ({"invoices": [{**INVOICE, "known_on": dt.date(2023, 1, 1)}]}, "table invoices knows a row before"),
        (
            {"postings": [{**POSTING, "kind": "gift"}]},
            r"a kind of posting is unknown\. Given: gift\. Allowed: payment",
        ),
    ],
)
def test_a_broken_row_is_refused(book, message, make_ledger) -> None:
    with pytest.raises(DataError, match=message):
        make_ledger(**{"invoices": [INVOICE], **book})


def test_a_refusal_names_three_rows_not_all(make_ledger) -> None:
    with pytest.raises(DataError) as refusal:
        make_ledger([{"invoice_id": f"I{n}"} for n in range(9)] * 2)
    assert refusal.value.given.count(";") == 2
