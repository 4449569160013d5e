"""A history kept in a file is made once, grows with its ledger, and is never taken for another's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from arseg.ledger import Ledger, history_file, load, read_ledger, take_snapshots
from arseg.ledger.history import TABLES

Make = Callable[..., Ledger]
END = dt.date(2025, 12, 31)


def tables(path: Path) -> dict[str, list[Any]]:
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        return {name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in TABLES}


def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows with each history made: 'whole' or 'touched'."""
    made: list[str] = []
    honest = history_file.make_history

    def counted(*args: Any, **kwargs: Any) -> None:
        made.append("touched" if kwargs.get("touched") else "whole")
        honest(*args, **kwargs)

    monkeypatch.setattr(history_file, "make_history", counted)
    return made


def test_a_second_run_reads_what_the_first_one_made(
    small_ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = calls(monkeypatch)
    seen = []
    for _ in range(2):
        with take_snapshots(small_ledger, ["2025-03-31"], cache=tmp_path) as snapshots:
            seen += [snapshot.arrow("SELECT * FROM open_items ORDER BY invoice_id") for snapshot in snapshots]
    assert made == ["whole"]
    assert seen[0].equals(seen[1])
    with take_snapshots(small_ledger, ["2025-03-31"]) as snapshots:
        seen += [snapshot.arrow("SELECT * FROM open_items ORDER BY invoice_id") for snapshot in snapshots]
    assert seen[0].equals(seen[2])


def test_a_broken_file_or_one_of_other_sql_is_made_again(
    small_ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = calls(monkeypatch)
    path = tmp_path / f"{small_ledger.name}.history.duckdb"
    take_snapshots(small_ledger, ["2025-03-31"], cache=tmp_path).close()
    path.write_bytes(path.read_bytes()[:5000])
    take_snapshots(small_ledger, ["2025-03-31"], cache=tmp_path).close()
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("UPDATE made_of SET made_by = 'an older arseg'")
    take_snapshots(small_ledger, ["2025-03-31"], cache=tmp_path).close()
    assert made == ["whole"] * 3


def test_a_file_is_asked_once_what_it_was_made_of(
    small_ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_snapshots(small_ledger, ["2025-03-31"], cache=tmp_path).close()
    take_snapshots(small_ledger, ["2025-03-31"], cache=tmp_path).close()
    monkeypatch.setattr(history_file.duckdb, "connect", None)
    assert history_file._made_of(tmp_path / f"{small_ledger.name}.history.duckdb")[0] == (
        small_ledger.content_hash
    )
    assert history_file._made_of(tmp_path / "another.history.duckdb") == ("", "")


def write_source(folder: Path, days: int) -> Path:
    """Write a book as it stood after so many days: each pays the invoice of ten days ago; customers come anew."""
    folder.mkdir(exist_ok=True)
    invoices, postings = ["invoice_id,customer_id,document_date,due_date,amount,currency,known_on"], []
    disputes = ["dispute_id,invoice_id,opened_on,known_on"]
    first = dt.date(2025, 1, 1)
    for n in range(days):
        day = first + dt.timedelta(days=n)
        invoices.append(f"I{n},C{n // 9},{day},{day + dt.timedelta(days=9)},100.00,EUR,{day}")
        if n >= 10:
            postings.append(f"P{n},I{n - 10},payment,{60 if n % 3 else 100}.00,EUR,{day},{day}")
            if n % 3 and n >= 15:
                postings.append(f"R{n},I{n - 15},payment,40.00,EUR,{day},{day}")
        if n % 20 == 15:
            disputes.append(f"D{n},I{n - 12},{day},{day}")
    (folder / "disputes.csv").write_text("\n".join(disputes) + "\n")
    (folder / "invoices.csv").write_text("\n".join(invoices) + "\n")
    head = "posting_id,invoice_id,kind,amount,currency,value_date,known_on"
    (folder / "postings.csv").write_text("\n".join([head, *postings]) + "\n")
    return folder


def test_a_later_load_costs_only_the_invoices_that_it_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, cache = tmp_path / "home", tmp_path / "cache"
    ledger = load_book(write_source(tmp_path / "source", 60), home)
    take_snapshots(ledger, ["2025-02-28"], cache=cache).close()
    made = calls(monkeypatch)
    for days in (61, 75):
        ledger = load_book(write_source(tmp_path / "source", days), home)
        take_snapshots(ledger, ["2025-02-28"], cache=cache).close()
    assert made == ["touched", "touched"]
    take_snapshots(ledger, ["2025-02-28"], cache=tmp_path / "anew").close()
    name = f"{ledger.name}.history.duckdb"
    grown, anew = tables(cache / name), tables(tmp_path / "anew" / name)
    assert grown == anew
    assert len(grown["item_states"]) > 120
    assert len(grown["disputes"]) == 3


def load_book(source: Path, home: Path) -> Ledger:
    load([source], layout="arseg", into="grown", home=home)
    return read_ledger(home / "data" / "ledger" / "grown.duckdb")


def test_two_ledgers_of_one_name_do_not_share_a_history(make_ledger: Make, tmp_path: Path) -> None:
    paid = [{"invoice_id": "I1", "value_date": dt.date(2025, 1, 5)}]
    one = make_ledger([{"invoice_id": "I1"}], paid, complete_to=END, name="book")
    other = make_ledger([{"invoice_id": "I2"}], paid, complete_to=END, name="book")
    for ledger, number in ((one, []), (other, ["I2"]), (one, [])):
        with take_snapshots(ledger, [END], cache=tmp_path) as snapshots:
            (rows,) = (snapshot.arrow("SELECT invoice_id FROM open_items") for snapshot in snapshots)
        assert rows["invoice_id"].to_pylist() == number
