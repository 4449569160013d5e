from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from arseg.backtest.receivables_book import ReceivablesBook, read_book
from arseg.ledger import Ledger, observe_flows, take_snapshot
from arseg.schema import UsageError

START, END = "2025-03-31", "2025-06-30"


@pytest.fixture(scope="module", name="book")
def _book(small_ledger: Ledger) -> ReceivablesBook:
    return read_book(small_ledger, START, END)


def test_balances_of_a_day_sum_to_the_flows_of_each_customer(book: ReceivablesBook) -> None:
    for day, name in ((book.start, "opening"), (book.end, "closing")):
        found = book.balances(day).groupby("customer_id")["balance"].sum()
        expected = book.flows[name].reindex(found.index).fillna(0.0)
        assert found.to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-6), "no cash is on account here"


def test_with_the_eyes_of_its_last_day_balances_are_the_snapshots_own(small_ledger: Ledger) -> None:
    book = read_book(small_ledger, START, END, observed_on=END)
    with take_snapshot(small_ledger, END) as snapshot:
        items = snapshot.sql("SELECT invoice_id, balance, days_past_due FROM open_items ORDER BY invoice_id")
    found = book.balances(book.end).set_index("invoice_id").loc[items["invoice_id"]]
    assert found["balance"].to_numpy() == pytest.approx(items["balance"].to_numpy())
    assert found["days_past_due"].tolist() == items["days_past_due"].tolist()


def test_flows_are_those_of_the_ledger(book: ReceivablesBook, small_ledger: Ledger) -> None:
    expected = observe_flows(small_ledger, START, until=END).set_index("customer_id")
    pd.testing.assert_frame_equal(book.flows, expected)
    assert book.days == 91


def test_days_out_of_order_are_refused(small_ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="is not after the key date"):
        read_book(small_ledger, END, START)


def test_from_a_kept_history_it_is_the_same(small_ledger: Ledger, tmp_path: Path) -> None:
    anew = read_book(small_ledger, START, END, observed_on="2025-09-30")
    kept = read_book(small_ledger, START, END, observed_on="2025-09-30", cache=tmp_path)
    assert (anew.start, anew.end, anew.observed_on) == (kept.start, kept.end, kept.observed_on)
    assert anew.present == kept.present
    for name in ("items", "moves", "flows", "disputes", "promises", "contacts", "holidays"):
        pd.testing.assert_frame_equal(getattr(anew, name), getattr(kept, name), check_exact=True)
