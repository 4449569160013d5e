from __future__ import annotations

import csv
import datetime as dt
import gzip
import shutil
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from arseg.ledger import Ledger, LoadOptions, LoadReport, load, read_ledger, take_snapshot
from arseg.schema import LEDGER, BusyError, DataError, UsageError

Rows = list[dict[str, Any]]

INVOICE = {
    "invoice_id": "I-1", "customer_id": "C-1", "document_date": "2024-01-02", "due_date": "2024-02-01",
    "amount": "100.00", "currency": "EUR", "known_on": "2024-01-02",
}  # fmt: skip
PAYMENT = {
    "posting_id": "P-1", "invoice_id": "I-1", "kind": "payment", "amount": "40.00", "currency": "EUR",
    "value_date": "2024-02-10", "known_on": "2024-02-11",
}  # fmt: skip
NEW = LoadOptions()


def write(folder: Path, **tables: Rows) -> Path:
    """Write tables as CSV files of our own format."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def put(home: Path, options: LoadOptions = NEW, **tables: Rows) -> LoadReport:
    """Write tables to a new folder and load them into ledger ``book``."""
    folder = home / f"extract{len(list(home.glob('extract*')))}"
    return load([write(folder, **tables)], "arseg", into="book", home=home, options=options)


def book(home: Path) -> Ledger:
    return read_ledger(home / "data" / "ledger" / "book.duckdb")


def select(ledger: Ledger, query: str) -> list[tuple[Any, ...]]:
    with closing(ledger.connect()) as connection:
        return connection.execute(query).fetchall()


def seen(ledger: Ledger, day: str | dt.date) -> dict[str, list[dict[str, Any]]]:
    """Return all that a key date sees."""
    with take_snapshot(ledger, day) as snapshot:
        return {
            name: snapshot.arrow(f"FROM {name}").to_pylist()
            for name in (*LEDGER, "open_items", "cleared_items")
        }


def lenient(home: Path) -> Path:
    """Write our own layout with no limit on what is set aside."""
    own = (Path(load.__code__.co_filename).parents[1] / "layouts" / "arseg.yaml").read_text(encoding="utf-8")
    path = home / "lenient.yaml"
    path.write_text(
        own.replace("sources:\n", "limits: {rows: 1.0, amount: 1.0}\nsources:\n", 1), encoding="utf-8"
    )
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home whose ledger ``book`` knows one invoice and its part payment."""
    put(tmp_path, invoices=[INVOICE], postings=[PAYMENT])
    return tmp_path


def test_the_same_source_again_changes_no_byte(home: Path) -> None:
    path = book(home).path
    before = path.read_bytes()
    report = load([home / "extract0"], "arseg", into="book", home=home)
    assert report.unchanged
    assert path.read_bytes() == before
    assert [(c.source, c.rows_read, c.rows_loaded) for c in report.sources] == [
        ("invoices.csv", 1, 1),
        ("postings.csv", 1, 1),
    ]
    assert "had all of it already" in str(report)


def test_the_same_source_packed_is_the_same_source(home: Path) -> None:
    packed = home / "packed"
    packed.mkdir()
    for path in (home / "extract0").glob("*.csv"):
        (packed / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert load([packed], "arseg", into="book", home=home).unchanged


def test_a_day_s_delta_is_appended_and_its_past_stays(home: Path) -> None:
    before = seen(book(home), "2024-02-11")
    second = {
        **INVOICE,
        "invoice_id": "I-2",
        "document_date": "2024-02-12",
        "due_date": "2024-03-12",
        "known_on": "2024-02-12",
    }
    paid = {
        **PAYMENT,
        "posting_id": "P-2",
        "amount": "60.00",
        "value_date": "2024-02-12",
        "known_on": "2024-02-12",
    }
    report = put(home, invoices=[second], postings=[paid])
    assert report.actions == {"new": 2, "restated": 0, "late": 0, "unchanged": 0}
    ledger = book(home)
    assert ledger.last_known == dt.date(2024, 2, 12)
    assert seen(ledger, "2024-02-11") == before
    assert [row["invoice_id"] for row in seen(ledger, "2024-02-12")["open_items"]] == ["I-2"]
    assert report.currencies["EUR"]["open"] == Decimal("100.00")


def test_a_restated_invoice_is_a_version_with_its_own_day(home: Path) -> None:
    before = seen(book(home), "2024-02-11")
    report = put(home, invoices=[{**INVOICE, "amount": "90.00", "known_on": "2024-03-01"}])
    assert report.actions["restated"] == 1
    ledger = book(home)
    assert seen(ledger, "2024-02-11") == before
    assert seen(ledger, "2024-02-29")["open_items"][0]["balance"] == Decimal("60.00")
    assert seen(ledger, "2024-03-01")["open_items"][0]["balance"] == Decimal("50.00")
    assert report.currencies["EUR"]["invoiced"] == Decimal("90.00")
    found = select(
        ledger,
        "SELECT table_name, identity, kind, claimed_on, known_on, amount_before, amount_after FROM restatements",
    )
    day = dt.date(2024, 3, 1)
    assert found == [("invoices", "I-1", "restated", day, day, Decimal("100.00"), Decimal("90.00"))]


def test_a_silent_change_counts_from_the_day_after_the_ledger_ended(home: Path) -> None:
    before = seen(book(home), "2024-02-11")
    put(home, invoices=[{**INVOICE, "amount": "90.00"}], postings=[PAYMENT])
    ledger = book(home)
    assert seen(ledger, "2024-02-11") == before
    assert ledger.last_known == dt.date(2024, 2, 12)
    assert seen(ledger, "2024-02-12")["open_items"][0]["balance"] == Decimal("50.00")


def test_a_silent_change_counts_from_the_day_of_the_extract_where_that_is_said(home: Path) -> None:
    put(
        home,
        LoadOptions(extracted_on="2024-02-29"),
        invoices=[{**INVOICE, "amount": "90.00"}],
        postings=[PAYMENT],
    )
    assert select(book(home), "SELECT max(known_on) FROM invoices") == [(dt.date(2024, 2, 29),)]


def test_a_posting_that_comes_late_counts_late_whatever_day_it_claims(home: Path) -> None:
    before = seen(book(home), "2024-02-11")
    late = {
        **PAYMENT,
        "posting_id": "P-2",
        "amount": "60.00",
        "value_date": "2024-02-01",
        "known_on": "2024-02-01",
    }
    today = {
        **PAYMENT,
        "posting_id": "P-3",
        "amount": "1.00",
        "value_date": "2024-03-05",
        "known_on": "2024-03-05",
    }
    report = put(home, postings=[PAYMENT, late, today])
    assert report.actions == {"new": 1, "restated": 0, "late": 1, "unchanged": 1}
    ledger = book(home)
    assert seen(ledger, "2024-02-11") == before
    assert select(ledger, "SELECT value_date, known_on FROM postings WHERE posting_id = 'P-2'") == [
        (dt.date(2024, 2, 1), dt.date(2024, 3, 5))
    ]


def test_a_backfill_stands_as_it_claims_and_keeps_its_reason(home: Path) -> None:
    early = {
        **INVOICE,
        "invoice_id": "I-0",
        "document_date": "2023-01-02",
        "due_date": "2023-02-01",
        "known_on": "2023-01-02",
    }
    put(home, LoadOptions(backfill="the year 2023 was left out"), invoices=[early])
    ledger = book(home)
    assert select(ledger, "SELECT known_on FROM invoices WHERE invoice_id = 'I-0'") == [
        (dt.date(2023, 1, 2),)
    ]
    assert select(ledger, "SELECT backfill FROM loads ORDER BY load") == [
        (None,),
        ("the year 2023 was left out",),
    ]


def test_last_month_s_file_again_is_refused(home: Path) -> None:
    before = book(home).path.read_bytes()
    old = {**INVOICE, "invoice_id": "I-0", "known_on": "2024-01-05"}
    with pytest.raises(
        DataError, match=r"ends before the ledger does.*last known on 2024-01-05, 1 such rows.*--backfill"
    ):
        put(home, invoices=[old])
    assert book(home).path.read_bytes() == before


def test_a_changed_posting_is_cancelled_and_made_again(home: Path) -> None:
    before = seen(book(home), "2024-02-11")
    put(home, LoadOptions(extracted_on="2024-02-20"), postings=[{**PAYMENT, "amount": "45.00"}])
    put(home, LoadOptions(extracted_on="2024-02-25"), postings=[{**PAYMENT, "amount": "50.00"}])
    ledger = book(home)
    rows = select(
        ledger, "SELECT posting_id, amount, known_on, restates FROM postings ORDER BY known_on, amount"
    )
    first, second = dt.date(2024, 2, 20), dt.date(2024, 2, 25)
    assert rows == [
        ("P-1", Decimal("40.00"), dt.date(2024, 2, 11), None),
        ("P-1~2024-02-20-", Decimal("-40.00"), first, "P-1"),
        ("P-1~2024-02-20", Decimal("45.00"), first, "P-1"),
        ("P-1~2024-02-25-", Decimal("-45.00"), second, "P-1"),
        ("P-1~2024-02-25", Decimal("50.00"), second, "P-1"),
    ]
    assert seen(ledger, "2024-02-11") == before
    balances = [
        seen(ledger, day)["open_items"][0]["balance"] for day in ("2024-02-19", "2024-02-20", "2024-02-25")
    ]
    assert balances == [Decimal("60.00"), Decimal("55.00"), Decimal("50.00")]
    assert put(
        home, LoadOptions(extracted_on="2024-02-28"), postings=[{**PAYMENT, "amount": "50.00"}]
    ).unchanged


def test_a_changed_contact_is_set_aside(home: Path) -> None:
    contact = {
        "contact_id": "T-1",
        "customer_id": "C-1",
        "contacted_on": "2024-02-11",
        "channel": "call",
        "known_on": "2024-02-11",
    }
    put(home, contacts=[contact])
    layout = lenient(home)
    folder = write(
        home / "again", contacts=[{**contact, "channel": "email"}, {**contact, "contact_id": "T-2"}]
    )
    report = load([folder], layout, into="book", home=home)
    assert report.sources[0].reasons == {"conflicting_id": 1}
    assert select(book(home), "SELECT contact_id, channel FROM contacts ORDER BY 1") == [
        ("T-1", "call"),
        ("T-2", "call"),
    ]


def test_a_posting_of_an_earlier_load_s_invoice_finds_it_and_its_currency(home: Path) -> None:
    bare = {key: value for key, value in PAYMENT.items() if key != "currency"}
    put(home, postings=[{**bare, "posting_id": "P-2", "value_date": "2024-02-12", "known_on": "2024-02-12"}])
    assert select(book(home), "SELECT currency FROM postings WHERE posting_id = 'P-2'") == [("EUR",)]


def test_a_refused_delta_leaves_the_ledger_as_it_was(home: Path) -> None:
    before = book(home).path.read_bytes()
    with pytest.raises(DataError, match="orphan_posting 1"):
        put(
            home, postings=[{**PAYMENT, "posting_id": "P-2", "invoice_id": "I-404", "known_on": "2024-02-12"}]
        )
    assert book(home).path.read_bytes() == before


def test_another_book_under_the_same_name_is_refused(tmp_path: Path) -> None:
    many = [{**INVOICE, "invoice_id": f"I-{n}"} for n in range(50)]
    put(tmp_path, invoices=many)
    with pytest.raises(
        DataError, match=r"would change 50 of the ledger's 50 invoices and postings.*--replace"
    ):
        put(tmp_path, invoices=[{**row, "amount": "7.00"} for row in many])
    report = put(tmp_path, LoadOptions(replace=True), invoices=[{**row, "amount": "7.00"} for row in many])
    assert report.currencies["EUR"]["invoiced"] == Decimal("350.00")


def test_another_layout_for_a_source_that_came_already_is_refused(home: Path) -> None:
    layout = home / "other.yaml"
    own = (Path(load.__code__.co_filename).parents[1] / "layouts" / "arseg.yaml").read_text(encoding="utf-8")
    layout.write_text(own.replace("title:", "notes: [mine]\ntitle:", 1), encoding="utf-8")
    with pytest.raises(
        UsageError, match=r"invoices.csv is in the ledger already, by another layout.*--replace"
    ):
        load([home / "extract0"], layout, into="book", home=home)


def test_other_rates_than_the_ledger_s_are_refused(home: Path) -> None:
    (home / "extract1").mkdir()
    (home / "extract1" / "about.json").write_text('{"currency": "USD"}', encoding="utf-8")
    write(home / "extract1", invoices=[{**INVOICE, "invoice_id": "I-2", "known_on": "2024-03-01"}])
    with pytest.raises(UsageError, match=r"reports in another currency.*Allowed: EUR"):
        load([home / "extract1"], "arseg", into="book", home=home)


def test_an_empty_delta_needs_a_word(home: Path) -> None:
    folder = home / "nothing"
    folder.mkdir()
    (folder / "postings.csv").write_text(
        (home / "extract0" / "postings.csv").read_text(encoding="utf-8").splitlines()[0] + "\n",
        encoding="utf-8",
    )
    with pytest.raises(DataError, match=r"the sources hold no row.*--allow-empty"):
        load([folder], "arseg", into="book", home=home)
    assert (
        load([folder], "arseg", into="book", home=home, options=LoadOptions(allow_empty=True)).actions["new"]
        == 0
    )


def test_a_payment_that_came_before_its_invoice_is_taken_in_when_it_comes_again(home: Path) -> None:
    early = {
        **PAYMENT,
        "posting_id": "P-2",
        "invoice_id": "I-2",
        "value_date": "2024-02-12",
        "known_on": "2024-02-12",
    }
    layout = lenient(home)
    folder = write(home / "a", postings=[early, {**early, "posting_id": "P-3", "invoice_id": "I-1"}])
    first = [write(home / "first", invoices=[INVOICE]), folder]
    assert load(first, layout, into="b", home=home).sources[1].reasons == {"orphan_posting": 1}
    assert load(first, layout, into="b", home=home).unchanged
    second = {**INVOICE, "invoice_id": "I-2", "known_on": "2024-02-12"}
    load([write(home / "c", invoices=[second])], layout, into="b", home=home)
    report = load([folder], layout, into="b", home=home)
    assert (report.actions["late"], report.actions["unchanged"]) == (1, 1)
    assert report.sources[0].rows_quarantined == 0


def test_a_ledger_in_use_is_left_alone(home: Path) -> None:
    with closing(book(home).connect()), pytest.raises((BusyError, DataError)):
        put(home, invoices=[{**INVOICE, "invoice_id": "I-2", "known_on": "2024-03-01"}])


def test_what_is_no_ledger_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "data" / "ledger" / "book.duckdb"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"notes of somebody")
    with pytest.raises(DataError, match=r"is not a ledger of this version.*--replace"):
        put(tmp_path, invoices=[INVOICE])
    assert path.read_bytes() == b"notes of somebody"


def test_what_a_full_extract_no_longer_holds_is_told_and_kept(tmp_path: Path) -> None:
    own = (Path(load.__code__.co_filename).parents[1] / "layouts" / "arseg.yaml").read_text(encoding="utf-8")
    layout = tmp_path / "full.yaml"
    layout.write_text(
        own.replace("feeds: [{table: invoices", "extract: full\n    feeds: [{table: invoices"),
        encoding="utf-8",
    )
    both = [INVOICE, {**INVOICE, "invoice_id": "I-2"}]
    load([write(tmp_path / "a", invoices=both)], layout, into="book", home=tmp_path)
    load([write(tmp_path / "b", invoices=[INVOICE])], layout, into="book", home=tmp_path)
    assert select(book(tmp_path), "SELECT identity, kind, amount_before FROM restatements") == [
        ("I-2", "vanished", Decimal("100.00"))
    ]
    assert len(select(book(tmp_path), "FROM invoices")) == 2


@pytest.mark.parametrize("seed", range(4))
def test_a_book_that_comes_in_pieces_shows_every_key_date_the_same(
    draw_book: Callable[..., dict[str, Rows]], tmp_path: Path, seed: int
) -> None:
    """Every row has its own clock, so the pieces by day of knowledge add up to the whole."""
    whole = draw_book(seed)
    since = {row["invoice_id"]: row["known_on"] for row in reversed(whole["invoices"])}
    whole["postings"] = [
        {**p, "known_on": max(p["known_on"], since.get(p["invoice_id"], p["known_on"]))}
        for p in whole["postings"]
        if p["invoice_id"] in since or p["customer_id"]
    ]
    for name, key in (
        ("invoices", "invoice_id"),
        ("customers", "customer_id"),
        ("credit", "customer_id"),
        ("disputes", "dispute_id"),
    ):
        whole[name] = list({(row[key], row["known_on"]): row for row in whole[name]}.values())
    about = '{"currency": "EUR", "rates": {"EUR": 1.0, "USD": 0.9137}}'
    cuts = [dt.date(2024, 4, 5), dt.date(2024, 4, 25), dt.date(2024, 5, 15), dt.date(2030, 1, 1)]
    low = dt.date.min
    for number, cut in enumerate(cuts):
        piece = {n: [r for r in rows if low < r["known_on"] <= cut] for n, rows in whole.items()}
        folder = write(tmp_path / f"piece{number}", **{n: rows for n, rows in piece.items() if rows})
        (folder / "about.json").write_text(about, encoding="utf-8")
        load([folder], "arseg", into="pieces", home=tmp_path)
        low = cut
    folder = write(tmp_path / "whole", **whole)
    (folder / "about.json").write_text(about, encoding="utf-8")
    load([folder], "arseg", into="whole", home=tmp_path)
    ledgers = [read_ledger(tmp_path / "data" / "ledger" / f"{name}.duckdb") for name in ("pieces", "whole")]
    assert ledgers[0].content_hash == ledgers[1].content_hash
    for day in (dt.date(2024, 4, 5), dt.date(2024, 4, 20), dt.date(2024, 5, 20), ledgers[1].last_known):
        assert seen(ledgers[0], day) == seen(ledgers[1], day)


@pytest.mark.parametrize("seed", range(4))
def test_no_later_load_changes_what_a_past_key_date_saw(
    draw_book: Callable[..., dict[str, Rows]], tmp_path: Path, seed: int
) -> None:
    first = draw_book(seed)
    known = {row["invoice_id"] for row in first["invoices"]}
    first["postings"] = [p for p in first["postings"] if p["invoice_id"] in known or p["customer_id"]]
    first["invoices"] = list({(r["invoice_id"], r["known_on"]): r for r in first["invoices"]}.values())
    tables = {name: first[name] for name in ("invoices", "postings")}
    about = '{"currency": "EUR", "rates": {"EUR": 1.0, "USD": 0.9137}}'
    folder = write(tmp_path / "first", **tables)
    (folder / "about.json").write_text(about, encoding="utf-8")
    load([folder], "arseg", into="book", home=tmp_path)
    days = [dt.date(2024, 4, 5), dt.date(2024, 5, 1), book(tmp_path).last_known]
    before = [seen(book(tmp_path), day) for day in days]
    changed = [
        {**row, "amount": row["amount"] + 1} if number % 7 == 0 else row
        for number, row in enumerate(tables["postings"])
    ]
    late = [{**row, "posting_id": f"late-{row['posting_id']}"} for row in tables["postings"][::9]]
    restated = [
        {**row, "amount": row["amount"] + 2} if n % 5 == 0 else row
        for n, row in enumerate(tables["invoices"])
    ]
    folder = write(tmp_path / "second", invoices=restated, postings=[*changed, *late])
    (folder / "about.json").write_text(about, encoding="utf-8")
    report = load(
        [folder], "arseg", into="book", home=tmp_path, options=LoadOptions(extracted_on="2024-08-01")
    )
    assert report.actions["late"] == len(late)
    assert report.actions["restated"] > len(tables["postings"]) // 8
    assert [seen(book(tmp_path), day) for day in days] == before
    for money in report.currencies.values():
        cleared = (
            money["paid"] + money["credited"] + money["written_off"] - money["recovered"] - money["reversed"]
        )
        assert money["invoiced"] == cleared + money["open"]
    paid = sum(p["amount"] for p in [*changed, *late] if p["kind"] == "payment" and p["currency"] == "EUR")
    named = select(
        book(tmp_path), "SELECT sum(amount) FROM postings WHERE kind = 'payment' AND currency = 'EUR'"
    )[0][0]
    owed = {r["invoice_id"]: r["currency"] for r in tables["invoices"]}
    paid += sum(
        p["amount"] for p in [*changed, *late]
        if p["kind"] == "payment" and p["currency"] is None and owed.get(p["invoice_id"]) == "EUR"
    )  # fmt: skip
    assert named == paid
    shutil.rmtree(tmp_path / "second")
