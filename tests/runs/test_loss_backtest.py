"""Expected against realised loss of a small run: its own past, and a publication of three months before."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from arseg.ledger import observe_outcomes, read_ledger
from arseg.runs.forward_sections import ProvisionRules
from arseg.runs.journal import Run
from arseg.runs.loss_backtest import COLUMNS, MODELLED, PUBLISHED, _verdict, loss_backtest
from arseg.runs.publication import MANIFEST

ORIGIN = dt.date(2025, 8, 31)


def _asking(run: Run, **rules: object) -> Run:
    asked = ProvisionRules.model_validate(rules)
    return replace(run, experiment=run.experiment.model_copy(update={"provision": asked}))


@pytest.fixture(scope="module")
def after(told_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return the run in a home that published three months before that half of every balance would be lost."""
    home = tmp_path_factory.mktemp("after")
    (home / "data" / "ledger").mkdir(parents=True)
    shutil.copy(told_run.ledger_path, home / "data" / "ledger" / "small.duckdb")
    stood = observe_outcomes(read_ledger(told_run.ledger_path), ORIGIN, observed_on=told_run.key_date)
    stood = stood[stood["balance"] > 0]
    items = stood[["invoice_id", "customer_id", "balance"]].astype({"balance": "float64"})
    items = items.assign(segment="High", bucket="current", exposed=0.5 * items["balance"])
    items = items.assign(expected_loss=0.5 * items["exposed"])
    gone = items.head(1).assign(invoice_id="gone")
    folder = home / "data" / "published" / "small" / "versions" / f"{ORIGIN}-aaaaaaaa"
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_text("{}", encoding="ascii")
    pd.concat([items, gone], ignore_index=True).to_parquet(folder / "provision_items.parquet")
    return replace(told_run, home=home)


def test_a_publication_is_held_against_what_was_lost_of_its_pool(after: Run) -> None:
    notes: list[str] = []
    found = loss_backtest(after, notes)
    assert list(found.columns) == list(COLUMNS)
    own = found[(found["said"] == PUBLISHED) & (found["by"] == "total")].iloc[0]
    settled = after.key_date - dt.timedelta(days=10)
    ends = observe_outcomes(read_ledger(after.ledger_path), ORIGIN, observed_on=after.key_date, until=settled)
    ends = ends[ends["balance"] > 0].astype(
        dict.fromkeys(("balance", "cash", "credited", "written_off"), "float64")
    )
    # Half of each item was in the pool, and half of that was expected to be lost.
    assert own["expected"] == pytest.approx(0.25 * ends["balance"].sum())
    assert own["realised"] == pytest.approx(0.5 * ends["written_off"].sum())
    left = (ends["balance"] - ends["cash"] - ends["credited"] - ends["written_off"]).clip(lower=0)
    assert own["still_open"] == pytest.approx(0.5 * left.sum())
    assert (own["followed_days"], own["verdict"]) == (81, "too early to say")
    assert notes == ["1 items of 2025-08-31 are no longer in the book: their loss is not counted."]


def test_a_mature_provision_of_half_of_everything_was_too_much(after: Run) -> None:
    found = loss_backtest(_asking(after, mature_days=60), [])
    own = found[(found["said"] == PUBLISHED) & (found["by"] == "total")].iloc[0]
    assert own["high"] < 1
    assert own["verdict"] == "too much was provided"


def test_the_backtests_key_dates_count_once_their_items_are_mature(told_run: Run) -> None:
    assert told_run.load("loss_backtest").empty
    found = loss_backtest(_asking(told_run, mature_days=100, loss_given_default=0.5), [])
    kept = told_run.load("backtest")["key_dates"]
    totals = found[found["by"] == "total"]
    assert set(found["said"]) == {MODELLED}
    assert [str(day.date()) for day in totals["origin"]] == kept
    loss = told_run.load(f"past_book_{kept[0].replace('-', '')}").query("balance > 0")["expected_loss"]
    assert totals["expected"].iloc[0] == pytest.approx(0.5 * loss.sum())
    buckets = found[found["by"] == "bucket"].groupby("origin")["expected"].sum()
    assert buckets.to_numpy() == pytest.approx(totals["expected"].to_numpy())


@pytest.mark.parametrize(
    ("low", "high", "age", "verdict"),
    [
        (0.5, 1.5, "mature", "not told apart"),
        (1.1, 1.5, "mature", "too little was provided"),
        (0.2, 0.9, "mature", "too much was provided"),
        (float("nan"), float("nan"), "mature", "too few customers to tell"),
        (0.0, 0.1, "young", "too early to say"),
        (float("nan"), float("nan"), "young", "too early to say"),
        (1.2, 2.0, "young", "more was lost already"),
    ],
)
def test_the_verdict_says_what_the_interval_says(low: float, high: float, age: str, verdict: str) -> None:
    assert _verdict({"low": low, "high": high, "realised": 1.0}, mature=age == "mature") == verdict


def test_where_nothing_was_lost_no_interval_is_needed_to_say_so() -> None:
    none = {"low": float("nan"), "high": float("nan"), "realised": 0.0}
    assert _verdict(none, mature=True) == "nothing was lost"
    assert _verdict(none, mature=False) == "too early to say"
