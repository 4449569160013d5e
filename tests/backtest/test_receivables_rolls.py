from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.receivables_book import ReceivablesBook, read_book
from arseg.backtest.receivables_rolls import lifetime_loss, roll_table
from arseg.ledger import Ledger

START = dt.date(2025, 3, 31)


def after(days: int) -> dt.date:
    return START + dt.timedelta(days=days)


@pytest.fixture(name="book")
def _book(make_ledger: Callable[..., Ledger]) -> ReceivablesBook:
    """Return 64 days, two steps: `a` due on day 10 rolls and is paid in part, `b` is in dispute, then credited."""
    due = {"a": 10, "b": -5, "c": -100, "late": 40}
    invoices = [
        {
            "invoice_id": name,
            "customer_id": name,
            "document_date": after(days - 30),
            "due_date": after(days),
            "amount": 100,
        }
        for name, days in due.items()
    ]
    postings = [
        {"invoice_id": "a", "amount": 30, "value_date": after(25)},
        {"invoice_id": "a", "amount": 70, "value_date": after(50)},
        {"invoice_id": "b", "amount": 100, "value_date": after(45), "kind": "credit_note"},
        {"invoice_id": "c", "amount": 100, "value_date": after(60), "kind": "write_off"},
        {"invoice_id": "c", "amount": 1, "value_date": after(-120)},
        {"invoice_id": "c", "amount": 1, "value_date": after(-119), "kind": "reversal"},
        {"invoice_id": "late", "amount": 100, "value_date": after(64)},
    ]
    disputes = [{"invoice_id": "b", "opened_on": after(-1)}]
    return read_book(make_ledger(invoices, postings, disputes=disputes), START, after(64))


def amounts(rolls: pd.DataFrame, segment: str) -> dict[tuple[str, str], float]:
    own = rolls[(rolls["segment"] == segment) & (rolls["numerator"] > 0)]
    return own.set_index(["source", "destination"])["numerator"].to_dict()


def test_balances_roll_as_the_hand_says_and_the_rest_of_the_period_is_left_out(book: ReceivablesBook) -> None:
    rolls = roll_table(book, pd.Series({"a": "High", "b": "Low", "c": "Low", "late": "Low"}))
    assert amounts(rolls, "High") == {
        ("current", "1-30"): 70,
        ("current", "paid"): 30,
        ("1-30", "paid"): 70,
    }
    assert amounts(rolls, "Low") == {
        ("disputed", "disputed"): 100,
        ("disputed", "credited"): 100,
        ("over 90", "over 90"): 100,
        ("over 90", "written off"): 100,
        ("current", "1-30"): 100,
    }
    assert (
        rolls.loc[(rolls["segment"] == "all") & (rolls["source"] == "current"), "denominator"].eq(200).all()
    )


def test_lifetime_loss_is_unknown_where_nothing_was_seen_to_leave(book: ReceivablesBook) -> None:
    loss = lifetime_loss(roll_table(book, pd.Series({"a": "High", "b": "Low", "c": "Low", "late": "Low"})))
    assert loss["High"].dropna().to_dict() == {"current": 0, "1-30": 0}
    # Of the over-90 half stays a step and all is lost in the end; where "late" went from 1-30 is not known.
    assert loss["Low"].dropna().to_dict() == {"over 90": 1, "disputed": 0}
    assert loss["all"].dropna().to_dict() == {"current": 0, "1-30": 0, "over 90": 1, "disputed": 0}


def test_a_period_shorter_than_a_step_rolls_nothing(
    book: ReceivablesBook, make_ledger: Callable[..., Ledger]
) -> None:
    assert book.days == 64
    one = {"invoice_id": "a", "document_date": after(0), "amount": 10}
    short = make_ledger(
        [one], [{"invoice_id": "a", "amount": 10, "value_date": after(day)} for day in (0, 20)]
    )
    rolls = roll_table(read_book(short, START, after(20)), pd.Series({"C1": "High"}))
    assert (rolls["numerator"] == 0).all()
    assert rolls["value"].isna().all()
    assert np.isnan(lifetime_loss(rolls)).all(axis=None)
