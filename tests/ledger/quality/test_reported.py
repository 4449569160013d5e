from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from arseg.ledger.quality.reported import count_rows, make_views


def test_every_amount_is_read_at_its_rate_and_only_the_last_version_counts(random_book: Any) -> None:
    book, reading, ledger = random_book
    last = ledger.last_known
    with closing(ledger.connect()) as connection:
        make_views(connection, ledger.rates)
        latest = dict(connection.execute("SELECT invoice_id, reported FROM latest").fetchall())
        posted = dict(connection.execute("SELECT posting_id, reported FROM posted").fetchall())
    assert latest == {name: row["worth"] for name, row in reading.invoices(last).items()}
    known = {row["posting_id"]: row["worth"] for row in reading.postings(last)}
    assert {name: worth for name, worth in posted.items() if worth is not None} == {
        name: worth for name, worth in known.items() if posted[name] is not None
    }
    assert len(posted) == len(book["postings"])


def test_the_tables_are_of_the_session_only(random_book: Any) -> None:
    *_, ledger = random_book
    with closing(ledger.connect()) as connection:
        make_views(connection, ledger.rates)
        assert count_rows(connection, "SELECT count(*), NULL FROM balances")[0] > 0
    with closing(ledger.connect()) as connection, pytest.raises(Exception, match="latest"):
        connection.execute("FROM latest")
