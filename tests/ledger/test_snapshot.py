from __future__ import annotations

import datetime as dt
from collections import Counter
from contextlib import closing
from decimal import Decimal

import duckdb
import numpy as np
import pytest

from arseg.ledger.snapshot import take_snapshot
from arseg.schema import LEDGER, DataError, UsageError

TABLES = (
    "invoices", "postings", "open_items", "cleared_items", "customers", "customer_versions", "disputes",
    "promises", "contacts", "credit", "indicators", "assignments",
)  # fmt: skip
DAYS = [dt.date(2024, 4, 8), dt.date(2024, 5, 2)]
MARCH = dt.date(2024, 3, 31)


def days(number: int) -> dt.timedelta:
    return dt.timedelta(days=number)


def arrow_tables(ledger, day, known_by=None) -> dict:
    with take_snapshot(ledger, day, known_by=known_by) as snapshot:
        return {name: snapshot.arrow(f"SELECT * FROM {name}") for name in TABLES}


@pytest.mark.parametrize("day", DAYS)
def test_invoiced_is_paid_credited_written_off_and_open_to_the_cent(day, random_book) -> None:
    _, reading, ledger = random_book
    with take_snapshot(ledger, day) as snapshot:
        found = snapshot.arrow(
            """
            WITH flows AS (
                SELECT currency, 'invoiced' AS kind, amount FROM invoices
                UNION ALL SELECT currency, kind, amount FROM postings
            ), totals AS (SELECT currency, kind, sum(amount) AS total FROM flows GROUP BY currency, kind)
            SELECT *, sum(CASE WHEN kind IN ('invoiced', 'recovery', 'reversal') THEN total ELSE -total END)
                OVER (PARTITION BY currency) AS open FROM totals
            """
        ).to_pylist()
    raw = [("invoiced", row) for row in reading.invoices(day).values()]
    raw += [(row["kind"], row) for row in reading.postings(day)]
    expected, opened = Counter(), Counter()
    for kind, row in raw:
        expected[row["currency"], kind] += row["worth"]
        opened[row["currency"]] += row["worth"] * (1 if kind in ("invoiced", "recovery", "reversal") else -1)
    assert {(row["currency"], row["kind"]): row["total"] for row in found} == dict(expected)
    assert {row["currency"]: row["open"] for row in found} == dict(opened)


@pytest.mark.parametrize("day", DAYS)
def test_open_items_are_those_of_a_plain_reading(day, random_book) -> None:
    book, reading, ledger = random_book
    with take_snapshot(ledger, day) as snapshot:
        rows = snapshot.arrow("SELECT * FROM open_items").to_pylist()
    assert {row["invoice_id"]: row["balance"] for row in rows} == reading.open_items(day)
    for row in rows:
        assert row["days_past_due"] == (day - row["due_date"]).days
        assert row["age_days"] == (day - row["document_date"]).days
        assert row["terms_days"] == (row["due_date"] - row["document_date"]).days
        notes = [d for d in book["disputes"] if d["invoice_id"] == row["invoice_id"] and d["known_on"] <= day]
        assert row["is_disputed"] == (len(notes) == 1)


@pytest.mark.parametrize("day", DAYS)
def test_cleared_items_are_those_of_a_plain_reading(day, random_book) -> None:
    _, reading, ledger = random_book
    postings, expected = reading.postings(day), {}
    for name, invoice in reading.invoices(day).items():
        moves = [(p["value_date"], p["kind"], p["worth"]) for p in postings if p["invoice_id"] == name]
        cleared = reading.clear(invoice["worth"], reading.tolerance(invoice["worth"]), moves)
        if invoice["worth"] > 0 and cleared:
            expected[name] = (*cleared, invoice["original"], invoice["first"])
    with take_snapshot(ledger, day) as snapshot:
        rows = snapshot.arrow("SELECT * FROM cleared_items").to_pylist()
    assert expected == {
        row["invoice_id"]: (row["cleared_on"], row["event"], row["original_amount"], row["first_known_on"])
        for row in rows
    }
    assert [row["days_late"] for row in rows] == [(row["cleared_on"] - row["due_date"]).days for row in rows]
    assert [row["days_to_pay"] for row in rows] == [
        (row["cleared_on"] - row["document_date"]).days for row in rows
    ]


def poison(book, more, day, rng) -> dict:
    """Change, drop and repeat everything known after a day, and add to it."""
    changed = {"amount": Decimal("9.99"), "industry": "fraud", "currency": "GBP", "credit_limit": 1}
    poisoned = {}
    for name, rows in book.items():
        poisoned[name] = [row for row in rows if row["known_on"] <= day]
        for row in (row for row in rows if row["known_on"] > day):
            draw = rng.random()
            if draw < 0.6:
                poisoned[name].append({**row, **{key: value for key, value in changed.items() if key in row}})
            if draw < 0.2 and name == "postings":
                poisoned[name].append({**row, "posting_id": f"again {row['posting_id']}"})
    for name, identity in (
        ("invoices", "invoice_id"),
        ("postings", "posting_id"),
        ("disputes", "dispute_id"),
    ):
        for row in more[name]:
            known = row["known_on"] + (day - MARCH) + days(40)
            poisoned[name].append({**row, identity: f"A-{row[identity]}", "known_on": known})
    seen = {row["invoice_id"]: row for row in poisoned["invoices"] if row["known_on"] <= day}
    restated = {"amount": Decimal(1), "known_on": day + days(70)}
    poisoned["invoices"] += [{**row, **restated} for row in seen.values()]
    return poisoned


@pytest.mark.parametrize("day", DAYS)
def test_nothing_known_later_changes_a_bit(day, random_book, make_ledger, draw_book, book_rates) -> None:
    book, _, ledger = random_book
    poisoned = poison(book, draw_book(100), day, np.random.default_rng(1))
    before, after = arrow_tables(ledger, day), arrow_tables(make_ledger(**poisoned, rates=book_rates), day)
    assert all(before[name].equals(after[name]) for name in TABLES)
    with take_snapshot(ledger, day + days(15)) as later:
        assert not later.arrow("FROM postings").equals(before["postings"])


def test_days_that_pass_without_news_see_nothing_known_later(
    random_book, make_ledger, draw_book, book_rates
) -> None:
    book, reading, ledger = random_book
    day, later = DAYS
    poisoned = poison(book, draw_book(100), day, np.random.default_rng(1))
    before = arrow_tables(ledger, later, day)
    after = arrow_tables(make_ledger(**poisoned, rates=book_rates), later, day)
    assert all(before[name].equals(after[name]) for name in TABLES)
    rows = before["open_items"].to_pylist()
    assert {row["invoice_id"]: row["balance"] for row in rows} == reading.open_items(day)
    for row in rows:
        assert row["key_date"] == later
        assert row["days_past_due"] == (later - row["due_date"]).days
    assert not arrow_tables(ledger, later)["postings"].equals(before["postings"])


def test_known_by_after_the_key_date_is_refused(small_ledger) -> None:
    with pytest.raises(UsageError, match=r"known_by is after the key date.*known_by 2025-07-01"):
        take_snapshot(small_ledger, "2025-06-30", known_by="2025-07-01")


def test_a_row_is_seen_from_the_day_it_is_known(make_ledger) -> None:
    invoice = {"invoice_id": "I1", "document_date": MARCH - days(20), "due_date": MARCH}
    paid = {"invoice_id": "I1", "amount": 100, "value_date": MARCH - days(1), "known_on": MARCH}
    early = {"invoice_id": "I2", "amount": 1, "value_date": MARCH - days(9)}
    ledger = make_ledger([invoice, {"invoice_id": "I3", "known_on": MARCH + days(1)}], [paid, early])
    seen = {}
    for offset in (-1, 0, 1):
        with take_snapshot(ledger, MARCH + days(offset)) as snapshot:
            ids = [
                snapshot.sql(f"SELECT invoice_id FROM {t}").invoice_id.tolist()
                for t in ("open_items", "cleared_items")
            ]
            seen[offset] = tuple(ids)
    assert seen == {-1: (["I1"], []), 0: ([], ["I1"]), 1: (["I3"], ["I1"])}


def test_the_due_day_itself_is_current(make_ledger) -> None:
    ledger = make_ledger(
        [{"invoice_id": "I1", "document_date": MARCH - days(30), "due_date": MARCH}],
        [{"value_date": MARCH - days(5), "known_on": MARCH - days(5)}, {"value_date": MARCH + days(5)}],
    )
    for offset in (-1, 0, 1):
        with take_snapshot(ledger, MARCH + days(offset)) as snapshot:
            assert snapshot.sql("SELECT days_past_due FROM open_items").days_past_due.tolist() == [offset]


@pytest.mark.parametrize(
    ("amount", "paid", "is_open"),
    [
        ("100", "99.50", False),
        ("100", "99.49", True),
        ("1", "0.99", False),
        ("1", "0.98", True),
        ("100", "150", False),
    ],
)
def test_a_balance_within_tolerance_is_settled(amount, paid, is_open, make_ledger) -> None:
    ledger = make_ledger(
        [{"invoice_id": "I1", "amount": Decimal(amount)}],
        [{"invoice_id": "I1", "amount": Decimal(paid), "value_date": MARCH}],
    )
    with take_snapshot(ledger, MARCH) as snapshot:
        assert len(snapshot.sql("FROM open_items")) == is_open
        assert len(snapshot.sql("FROM cleared_items")) == 1 - is_open


def test_a_snapshot_of_the_small_book_holds_every_table(small_ledger) -> None:
    with take_snapshot(small_ledger, "2025-06-30") as snapshot:
        assert snapshot.present == {*LEDGER, "holidays"}
        assert snapshot.currency == "EUR"
        for name in TABLES:
            found = snapshot.sql(f"SELECT count(*) AS n, min(key_date) AS key_date FROM {name}")
            assert found.n[0] > 0
            assert name == "assignments" or found.key_date[0].date() == dt.date(2025, 6, 30)
        assert len(snapshot.sql("FROM customers")) == 40 < len(snapshot.sql("FROM customer_versions"))


def test_a_book_of_invoices_and_one_payment_has_the_other_tables_empty(make_ledger) -> None:
    ledger = make_ledger(
        [{"invoice_id": "I1"}, {"invoice_id": "I2"}], [{"invoice_id": "I1", "value_date": MARCH}]
    )
    with take_snapshot(ledger, MARCH) as snapshot:
        assert snapshot.present == {"invoices", "postings"}
        assert snapshot.sql("SELECT customer_id, industry FROM customers").values.tolist() == [["C1", None]]
        assert all(len(snapshot.sql(f"FROM {name}")) == 0 for name in TABLES[6:])
        assert "invoices, postings" in repr(snapshot)


def test_amounts_are_in_the_reporting_currency_rounded_per_row(make_ledger) -> None:
    ledger = make_ledger(
        [{"invoice_id": "I1", "amount": Decimal("10.05"), "currency": "JPY"}],
        [
            {"invoice_id": "I1", "amount": Decimal("0.05"), "value_date": MARCH},
            {"invoice_id": "I1", "amount": Decimal("0.05"), "currency": "EUR", "value_date": MARCH},
        ],
        rates={"JPY": 0.5},
    )
    with take_snapshot(ledger, MARCH) as snapshot:
        assert snapshot.arrow("SELECT amount FROM invoices")["amount"].to_pylist() == [Decimal("5.03")]
        assert snapshot.arrow("FROM postings")["amount"].to_pylist() == [Decimal("0.03"), Decimal("0.05")]
        assert snapshot.arrow("FROM postings")["currency"].to_pylist() == ["JPY", "EUR"]


def test_frames_have_text_days_and_numbers(small_ledger) -> None:
    with take_snapshot(small_ledger, "2025-06-30") as snapshot:
        frame = snapshot.sql("SELECT invoice_id, due_date, balance, days_past_due FROM open_items")
    assert frame.dtypes.astype(str).str.replace(r"\[.*", "", regex=True).tolist() == [
        "str", "datetime64", "float64", "int64",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def sealed(small_ledger):  # noqa: ANN201
    with take_snapshot(small_ledger, "2025-06-30") as snapshot:
        yield snapshot


@pytest.mark.parametrize(
    "statement",
    [
        "ATTACH '{path}' AS again",
        "ATTACH '{path}' AS again (READ_ONLY)",
        "SELECT * FROM book.postings",
        "COPY (SELECT 1) TO '{path}.csv'",
        "COPY invoices FROM '{path}'",
        "SELECT * FROM read_csv('{path}')",
        "SELECT * FROM read_text('{path}')",
        "SELECT * FROM read_blob('{path}')",
        "SELECT * FROM read_parquet('{path}')",
        "SELECT * FROM '{path}'",
        "SELECT * FROM glob('{path}*') AS g SEMI JOIN (SELECT 1) ON true",
        "EXPORT DATABASE '{path}.dir'",
        "IMPORT DATABASE '{path}.dir'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "RESET lock_configuration",
        "SELECT * FROM query('FROM book.invoices')",
        "SELECT * FROM query_table('book.invoices')",
        "SELECT * FROM sniff_csv('{path}')",
    ],
)
def test_no_sql_reaches_the_ledger_again(statement, sealed, small_ledger) -> None:
    with pytest.raises(duckdb.Error):
        sealed.arrow(statement.format(path=small_ledger.path))


def test_no_sql_reads_the_callers_variables(small_ledger) -> None:
    future = small_ledger
    with take_snapshot(small_ledger, "2025-06-30") as snapshot, pytest.raises(duckdb.Error, match="future"):
        snapshot.sql("SELECT * FROM future")
    assert future is small_ledger


def test_snapshots_and_readers_stand_side_by_side(small_ledger) -> None:
    with (
        take_snapshot(small_ledger, "2025-03-31") as one,
        closing(small_ledger.connect()) as reader,
        take_snapshot(small_ledger, "2025-06-30") as other,
    ):
        (rows,) = reader.execute("SELECT count(*) FROM invoices").fetchone()
        assert len(one.sql("FROM invoices")) < len(other.sql("FROM invoices")) < rows


def test_the_same_key_date_gives_the_same_tables(small_ledger) -> None:
    one, other = arrow_tables(small_ledger, "2025-06-30"), arrow_tables(small_ledger, dt.date(2025, 6, 30))
    assert all(one[name].equals(other[name]) for name in TABLES)


def test_a_closed_snapshot_is_closed(small_ledger) -> None:
    snapshot = take_snapshot(small_ledger, "2025-06-30")
    snapshot.close()
    snapshot.close()
    with pytest.raises(duckdb.ConnectionException):
        snapshot.sql("FROM invoices")


def test_a_key_date_before_the_first_posting_is_refused(small_ledger) -> None:
    with pytest.raises(UsageError, match=r"key_date 2019-01-01 is before the first posting \(2024-01-14\)"):
        take_snapshot(small_ledger, "2019-01-01")


def test_a_key_date_after_the_last_known_day_is_refused(small_ledger) -> None:
    with pytest.raises(
        UsageError, match=r"nothing is known after 2025-12-31.*Allowed: 2024-01-14 to 2025-12-31"
    ):
        take_snapshot(small_ledger, "2026-01-01")


def test_a_key_date_that_is_no_day_is_refused(small_ledger) -> None:
    with pytest.raises(UsageError, match="key_date is not a day"):
        take_snapshot(small_ledger, "31.12.2025")


def test_a_currency_without_a_rate_is_refused_once_it_is_visible(make_ledger) -> None:
    later = {"invoice_id": "I2", "currency": "GBP", "known_on": MARCH + days(1)}
    ledger = make_ledger([{"invoice_id": "I1"}, later], [{"invoice_id": "I1", "value_date": MARCH}])
    take_snapshot(ledger, MARCH).close()
    with pytest.raises(DataError, match=r"no rate is declared for GBP.*declared are EUR, USD"):
        take_snapshot(ledger, MARCH + days(1))
