"""What the backtest of a small run kept of its key dates, and what came of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.ledger import observe_outcomes, read_ledger
from arseg.runs.journal import Run
from arseg.runs.past_books import (
    PastBook,
    cash_since,
    forget_past,
    past_books,
    past_forecasts,
    past_items,
)


@pytest.fixture(scope="module")
def books(told_run: Run) -> list[PastBook]:
    return past_books(told_run)


def test_only_month_ends_whose_weeks_are_over_and_settled_count(told_run: Run, books: list[PastBook]) -> None:
    last = told_run.key_date - dt.timedelta(days=91 + 10)
    assert books[-1].day == dt.date(2025, 7, 31)
    assert all(book.day <= last for book in books)
    assert all(book.cash.shape == (len(book.items), 13) for book in books)


def test_no_item_brings_more_than_its_balance(books: list[PastBook]) -> None:
    for book in books:
        assert (book.cash.sum(axis=1) <= book.items["balance"] + 1e-6).all()
        assert book.cash.min() >= 0


def test_the_backtest_leaves_the_loss_and_the_curves_that_a_model_of_that_day_said(
    told_run: Run, books: list[PastBook]
) -> None:
    kept = past_items(told_run)
    assert [day.isoformat() for day in kept] == told_run.load("backtest")["key_dates"]
    for items in kept.values():
        assert (items["expected_loss"] <= items["balance"].clip(lower=0) + 1e-9).all()
    past = past_forecasts(told_run, books)
    assert [one.book.key_date for one in past] == [book.day for book in books if book.day in kept]
    for one in past:
        assert one.book.times.tolist() == list(range(7, 92, 7))
        assert 0 < one.book.expected_by_week(13).sum() <= one.book.balance.sum()


def test_cash_of_an_item_that_was_not_forecast_counts_as_nothing(told_run: Run) -> None:
    ledger, day = read_ledger(told_run.ledger_path), dt.date(2025, 8, 31)
    stood = observe_outcomes(ledger, day, observed_on=told_run.key_date)[["invoice_id", "balance"]]
    every = cash_since(ledger, day, stood, known=told_run.key_date, weeks=4)
    half = cash_since(ledger, day, stood[::2].reset_index(drop=True), known=told_run.key_date, weeks=4)
    assert np.array_equal(half, every[::2])
    strange = pd.DataFrame({"invoice_id": ["?"], "balance": [1.0]})
    assert cash_since(ledger, day, strange, known=told_run.key_date, weeks=4).sum() == 0


def test_a_second_try_of_the_backtest_starts_from_nothing(told_run: Run, tmp_path: Path) -> None:
    run = replace(told_run, folder=tmp_path)
    (run.work / "past_book_20250731.parquet").write_bytes(b"")
    (run.work / "past_curves_20250731.npy").write_bytes(b"")
    forget_past(run)
    assert list(run.work.iterdir()) == []
    assert past_items(run) == {}
