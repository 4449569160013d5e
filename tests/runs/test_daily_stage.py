from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from arseg.ledger import read_ledger, take_snapshot
from arseg.models import load_model
from arseg.runs.champion import require_champion
from arseg.runs.daily import _scored_by
from arseg.runs.daily_stage import refresh
from arseg.runs.editions import SCORED_BY
from arseg.runs.journal import Run, create_run, open_run, run_folders
from arseg.scores import score

from .without_kernels import rehomed

DAY = dt.date(2025, 12, 12)


@pytest.fixture(name="day", scope="module")
def _day(champion_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a daily run whose refresh is done."""
    home = rehomed(champion_home, tmp_path_factory.mktemp("stage"))
    declared = open_run(str(run_folders(home)[0] / "run.json")).experiment
    run = create_run(declared, key_date=DAY, home=home)
    run.save(SCORED_BY, _scored_by(require_champion(home, "small"), DAY, home))
    refresh(run)
    return run


def test_the_scores_are_the_champions_of_what_the_day_knows(day: Run) -> None:
    from arseg.features import build_features

    with take_snapshot(read_ledger(day.ledger_path), DAY) as snapshot:
        features = build_features(snapshot)
    by_hand = score(features, load_model(day.work / "model"))
    shown = [name for name in by_hand.customers if name != "reasons"]
    assert day.load("customer_scores")[shown].equals(by_hand.customers[shown])
    assert day.load("item_scores").equals(by_hand.items)


def test_who_had_news_is_counted_from_the_rows_known_since(day: Run) -> None:
    told = day.load("refreshed")
    with take_snapshot(read_ledger(day.ledger_path), DAY) as snapshot:
        since = "known_on > DATE '2025-11-30'"
        invoices = snapshot.sql(f"SELECT customer_id FROM invoices WHERE {since}")
        postings = snapshot.sql(
            f"SELECT i.customer_id FROM postings AS p JOIN invoices AS i USING (invoice_id) WHERE p.{since}"
        )
    least = set(pd.concat([invoices, postings])["customer_id"])
    assert len(least) <= told["with_news"] <= 40
    assert told["customers"] == told["scored_anew"] == len(day.load("customer_scores"))
    assert told["open_items"] == len(day.load("item_scores"))
