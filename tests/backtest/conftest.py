"""A small book whose desk drew its treatments, backtested once for every module that reads a result."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import pytest

from arseg.backtest import BacktestResult, Plan, Walk, contest
from arseg.ledger import Ledger, load, read_ledger
from arseg.models import KaplanMeierByTerms
from arseg.policies import AgingBuckets, OneSizeFitsAll
from arseg.world import synthesize

BLOCKS = ["aging", "due_calendar", "exposure", "item", "payment_history", "relationship"]


class Backtested(NamedTuple):
    ledger: Ledger
    walk: Walk
    result: BacktestResult


@pytest.fixture(scope="session")
def drawn_book(tmp_path_factory: pytest.TempPathFactory) -> Backtested:
    """Return a ledger of 120 customers and a backtest of two policies on it, over three month-ends."""
    home = tmp_path_factory.mktemp("drawn")
    synthesize(home / "book", customers=120, months=14, seed=4)
    load([home / "book"], "arseg", into="book", home=home)
    ledger = read_ledger(home / "data" / "ledger" / "book.duckdb")
    walk = Walk(ledger, Plan(landmarks=3, fewest_events=20, horizon_days=60, draws=20), blocks=BLOCKS)
    model = KaplanMeierByTerms()
    days = [dt.date(2024, month, day) for month, day in ((9, 30), (10, 31), (11, 30))]
    result = contest(
        walk,
        [AgingBuckets(), OneSizeFitsAll()],
        {repr(model): model},
        observed_on=ledger.last_known,
        key_dates=days,
    )
    return Backtested(ledger, walk, result)
