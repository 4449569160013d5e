from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arseg.ledger import load, read_ledger
from arseg.ledger.storing.earlier import restore_ledger, told_facts
from arseg.schema import DataError

INVOICES = "invoice_id,customer_id,document_date,due_date,amount,currency,known_on\n"
POSTINGS = "posting_id,invoice_id,kind,amount,currency,value_date,known_on\n"


def put(home: Path, invoices: str, postings: str) -> Path:
    folder = home / f"extract{len(list(home.glob('extract*')))}"
    folder.mkdir()
    (folder / "invoices.csv").write_text(INVOICES + invoices, encoding="utf-8")
    (folder / "postings.csv").write_text(POSTINGS + postings, encoding="utf-8")
    load([folder], "arseg", into="book", home=home)
    return home / "data" / "ledger" / "book.duckdb"


@pytest.fixture(name="grown")
def _grown(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    path = put(
        tmp_path,
        "I1,C1,2024-01-02,2024-02-01,100.00,EUR,2024-01-02\n",
        "P1,I1,payment,40.00,EUR,2024-02-10,2024-02-11\n",
    )
    told = told_facts(path)
    put(
        tmp_path,
        "I2,C2,2024-03-02,2024-04-01,70.00,EUR,2024-03-02\n",
        "P2,I1,payment,60.00,EUR,2024-03-10,2024-03-11\n",
    )
    return path, told


def test_a_ledger_without_its_later_load_is_the_ledger_of_then(
    grown: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    path, told = grown
    now = read_ledger(path)
    found = restore_ledger(path, told, to=tmp_path / "again" / "book.duckdb")
    assert found.content_hash == told["facts"]["content_hash"] != now.content_hash
    assert str(found.last_known) == "2024-02-11"
    assert told_facts(found.path) == told
    assert read_ledger(path).content_hash == now.content_hash


def test_a_row_that_came_late_is_told_by_its_table_and_nothing_is_left(
    grown: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    path, told = grown
    facts = told["facts"] | {"last_known": "2024-03-02"}
    with pytest.raises(DataError, match=r"no longer what it was.*other rows in invoices"):
        restore_ledger(path, told | {"facts": facts}, to=tmp_path / "again.duckdb")
    assert not (tmp_path / "again.duckdb").exists()
