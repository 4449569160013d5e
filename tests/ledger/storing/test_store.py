from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from arseg.ledger.storing.store import About, is_busy, read_ledger
from arseg.ledger.storing.writing import create_ledger
from arseg.schema import BusyError, DataError, UsageError

Book = Callable[[], dict[str, pd.DataFrame]]
ABOUT = About("book", "EUR", {"USD": 0.9})
JUNE = dt.date(2025, 6, 2)


def test_a_ledger_is_read_back_as_it_was_said(book: Book, tmp_path: Path) -> None:
    about = About("book", "EUR", {"USD": 0.9}, ("postings",), ("terms were assumed",))
    ledger = create_ledger(tmp_path / "new" / "book.duckdb", book(), about)
    assert ledger == read_ledger(str(tmp_path / "new" / "book.duckdb"))
    assert (ledger.name, ledger.currency, ledger.rates) == ("book", "EUR", {"EUR": 1.0, "USD": 0.9})
    assert ledger.present == {"invoices", "postings"}
    assert (ledger.first_posting, ledger.last_known) == (JUNE, JUNE)
    assert (ledger.assumed_clocks, ledger.notes) == (("postings",), ("terms were assumed",))
    assert (len(ledger.content_hash), ledger.currencies_complete, ledger.in_key_order) == (64, False, True)


def test_a_ledger_is_opened_read_only(book: Book, tmp_path: Path) -> None:
    ledger = create_ledger(tmp_path / "book.duckdb", book(), ABOUT)
    with (
        closing(ledger.connect()) as connection,
        pytest.raises(duckdb.InvalidInputException, match="read-only"),
    ):
        connection.execute("DELETE FROM invoices")


def test_a_source_may_say_to_which_day_it_is_complete(book: Book, tmp_path: Path) -> None:
    declared = About("book", "EUR", {"USD": 0.9}, complete_to=dt.date(2025, 6, 30))
    ledger = create_ledger(tmp_path / "book.duckdb", book(), declared)
    assert ledger.last_known == dt.date(2025, 6, 30)
    assert ledger.require_day("2025-06-30") == dt.date(2025, 6, 30)


def test_a_later_indicator_says_nothing_about_who_has_paid(book: Book, tmp_path: Path) -> None:
    later = pd.Timestamp("2026-01-01")
    released = pd.DataFrame({"series": ["rate"], "period": [later], "value": [2.5], "known_on": [later]})
    ledger = create_ledger(tmp_path / "book.duckdb", {**book(), "indicators": released}, ABOUT)
    assert ledger.last_known == JUNE
    assert "indicators" in ledger.present


def test_a_book_without_postings_has_no_first_posting(book: Book, tmp_path: Path) -> None:
    ledger = create_ledger(tmp_path / "book.duckdb", {"invoices": book()["invoices"]}, ABOUT)
    assert ledger.first_posting is None
    assert ledger.require_day("2025-01-01") == dt.date(2025, 1, 1)
    assert ledger.currencies_complete


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no ledger\. Given: .*none\.duckdb"):
        read_ledger(tmp_path / "none.duckdb")


@pytest.mark.parametrize("name", ["other.duckdb", "clock.duckdb"])
@pytest.mark.parametrize("kind", ["text", "database", "facts", "format"])
def test_another_file_is_refused(kind: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if kind == "text":
        path.write_text("invoice;amount\n" * 5000, encoding="utf-8")
    else:
        facts = {"facts": "not JSON", "format": '{"format": "arseg ledger 1"}'}.get(kind)
        with closing(duckdb.connect(str(path))) as connection:
            connection.execute(f"CREATE TABLE {'about' if facts else 'other'} (facts VARCHAR)")
            connection.execute(f"INSERT INTO {'about' if facts else 'other'} VALUES (?)", [facts])
    with pytest.raises(DataError, match=r"the file is not a ledger.*Allowed: arseg ledger 3\. Do: load"):
        read_ledger(path)


def test_a_ledger_that_another_process_writes_is_busy(book: Book, tmp_path: Path) -> None:
    ledger = create_ledger(tmp_path / "book.duckdb", book(), ABOUT)
    code = f"import duckdb, sys; c = duckdb.connect({str(ledger.path)!r}); print('open', flush=True); sys.stdin.read()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        with pytest.raises(BusyError, match=r"the ledger is being written.*wait for the load to end"):
            read_ledger(ledger.path)
        writer.communicate()
    assert read_ledger(ledger.path) == ledger


def test_a_damaged_file_is_not_busy() -> None:
    assert not is_busy(OSError('The file "clock.duckdb" exists, but it is not a valid DuckDB database file!'))
    assert is_busy(OSError('Could not set lock on file "a.duckdb": Conflicting lock is held'))


def test_a_key_date_lies_between_the_first_posting_and_the_last_known_day(book: Book, tmp_path: Path) -> None:
    ledger = create_ledger(tmp_path / "book.duckdb", book(), ABOUT)
    assert ledger.require_day("2025-06-02") == ledger.require_day(JUNE) == JUNE
    with pytest.raises(UsageError, match=r"key_date 2025-06-01 is before the first posting \(2025-06-02\)"):
        ledger.require_day("2025-06-01")
    with pytest.raises(UsageError, match="start 2025-06-03: nothing is known after 2025-06-02"):
        ledger.require_day("2025-06-03", name="start")
