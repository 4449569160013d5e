"""Frozen forecasts across runs: a made-up earlier publication against what the small ledger knows to have come."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.forecast import FrozenForecast
from arseg.ledger import observe_outcomes, read_ledger, take_snapshot
from arseg.runs.journal import Run
from arseg.runs.past_books import PastBook
from arseg.runs.publication import MANIFEST
from arseg.runs.said_before import (
    AGING,
    ITEMS,
    ROLLS,
    _disputed,
    aging_shares,
    came,
    look_back,
    published_before,
)
from arseg.schema import DataError

ORIGIN = dt.date(2025, 8, 31)
SETTLED = dt.date(2025, 11, 20)


@pytest.fixture(scope="module")
def after(told_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return the run in a home where a forecast of every item's tenth a week was published three months before."""
    home = tmp_path_factory.mktemp("after")
    ledger = read_ledger(told_run.ledger_path)
    stood = observe_outcomes(ledger, ORIGIN, observed_on=told_run.key_date)
    items = stood[["invoice_id", "customer_id", "balance"]].assign(
        segment="High", days_past_due=0, cleared=2.0, delay_days=8.0
    )
    items = items.assign(**{f"week_{week}": 0.1 * items["balance"] for week in range(1, 14)})
    folder = home / "data" / "published" / "small" / "versions" / f"{ORIGIN}-aaaaaaaa"
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_text("{}", encoding="ascii")
    items.to_parquet(folder / f"{ITEMS}.parquet")
    shares = {f"week_{week}": 0.2 if week == 1 else 0.05 for week in range(1, 14)}
    buckets = ["current", "1-30", "31-60", "61-90", "over 90"]
    pd.DataFrame({"bucket": buckets, "month_ends": 3, **shares}).to_parquet(folder / f"{AGING}.parquet")
    weekly = np.full((2, 13), 0.1 * items["balance"].sum())
    draws = (weekly[None] * np.array([0.5, 1.0, 1.5])[:, None, None]).astype(np.float32)
    FrozenForecast(ORIGIN, ("all", "High"), weekly, draws).save(folder)
    (home / "data" / "ledger").mkdir()
    shutil.copy(told_run.ledger_path, home / "data" / "ledger" / "small.duckdb")
    return replace(told_run, home=home)


def test_what_was_said_is_held_against_what_the_same_items_brought(after: Run) -> None:
    (before,) = published_before(after)
    cash = came(read_ledger(after.ledger_path), before, after.key_date, SETTLED)
    assert cash.shape == (len(before.items), 11)
    until = ORIGIN + dt.timedelta(days=77)
    ends = observe_outcomes(
        read_ledger(after.ledger_path), ORIGIN, observed_on=after.key_date, until=until
    ).set_index("invoice_id")
    known = ends["cash"].reindex(before.items["invoice_id"]).astype("float64").clip(lower=0)
    # Receipts stop at the balance; a payment beyond it is money on account.
    assert cash.sum() == pytest.approx(np.minimum(known, before.items["balance"].to_numpy()).sum(), rel=0.02)


def test_a_run_tells_accuracy_beside_the_baselines_and_who_moved_it(after: Run) -> None:
    found = look_back(after)
    assert set(found["forecast_accuracy"]["method"]) == {"arseg", "terms", "average delay", ROLLS}
    own = found["said_and_came"].query("method == 'arseg' and group == 'all'")
    assert own["ahead"].tolist() == list(range(1, 12))
    bands = found["forecast_accuracy"].set_index(["method", "group"])["coverage_80"]
    assert pd.notna(bands["arseg", "all"])
    assert pd.isna(bands["terms", "all"])
    misses = found["largest_misses"]
    assert set(misses["ahead"]) == {1, 11}
    assert (misses["miss"] == misses["actual"] - misses["expected"]).all()


def test_roll_rates_are_told_as_they_were_published_and_never_learnt_with_hindsight(after: Run) -> None:
    said = look_back(after)["said_and_came"].query(f"method == '{ROLLS}'")
    (before,) = published_before(after)
    balance = before.items["balance"].sum()
    assert said["group"].unique().tolist() == ["all"]
    assert said["expected"].to_numpy() == pytest.approx(balance * np.array([0.2, *[0.05] * 10]))


def test_a_publication_that_did_not_say_roll_rates_is_held_against_the_others(
    after: Run, tmp_path: Path
) -> None:
    shutil.copytree(after.home / "data", tmp_path / "data")
    (path,) = tmp_path.rglob(f"{AGING}.parquet")
    aging_shares([]).to_parquet(path)
    young = replace(after, home=tmp_path)
    assert ROLLS not in set(look_back(young)["said_and_came"]["method"])
    path.unlink()
    assert ROLLS not in set(look_back(young)["said_and_came"]["method"])


def test_shares_are_learnt_from_the_money_of_past_month_ends() -> None:
    items = pd.DataFrame({"balance": [100.0, 300.0], "days_past_due": [-5.0, 10.0]})
    cash = np.array([[50.0, 0.0], [30.0, 60.0]])
    books = [PastBook(ORIGIN, items, cash), PastBook(ORIGIN, items, 0 * cash)]
    found = aging_shares(books).set_index("bucket")
    assert found.loc["current", ["month_ends", "week_1", "week_2"]].tolist() == [2, 0.25, 0.0]
    assert found.loc["1-30", ["week_1", "week_2"]].tolist() == pytest.approx([0.05, 0.1])
    assert aging_shares([]).empty


def test_a_dispute_that_was_open_after_the_origin_is_a_reason(after: Run) -> None:
    (before,) = published_before(after)
    until = ORIGIN + dt.timedelta(days=77)
    found = _disputed(read_ledger(after.ledger_path), before, until, after.key_date)
    with take_snapshot(read_ledger(after.ledger_path), after.key_date) as snapshot:
        rows = snapshot.sql("SELECT invoice_id, opened_on, closed_on FROM disputes")
    days = rows[["opened_on", "closed_on"]].apply(pd.to_datetime)
    held = (days["opened_on"] <= pd.Timestamp(until)) & ~(days["closed_on"] <= pd.Timestamp(ORIGIN))
    wanted = before.items["invoice_id"].isin(rows.loc[held, "invoice_id"])
    assert found.tolist() == wanted.tolist()
    assert found.any()


def test_without_an_earlier_publication_there_is_nothing_to_tell(told_run: Run) -> None:
    assert published_before(told_run) == []
    assert all(frame.empty for frame in look_back(told_run).values())


def test_a_forecast_that_was_changed_since_is_refused(after: Run, tmp_path: Path) -> None:
    shutil.copytree(after.home / "data", tmp_path / "data")
    (path,) = tmp_path.rglob(f"{ORIGIN}.npz")
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(DataError, match="not what was published"):
        published_before(replace(after, home=tmp_path))
