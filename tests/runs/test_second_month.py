"""The second month of a book: what only a run with an earlier edition behind it can say."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from arseg.ledger import read_ledger
from arseg.ledger.receipts import observe_receipts
from arseg.runs.month_end import RunResult, run_experiment
from arseg.runs.publication import current, read_manifest, verify

from . import without_kernels
from .without_kernels import rehomed

BEFORE, DAY = "2025-11-30", "2025-12-31"


@pytest.fixture(scope="module", name="home")
def _home(month_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rehomed(month_home, tmp_path_factory.mktemp("second"))


@pytest.fixture(scope="module", name="second")
def _second(home: Path) -> RunResult:
    with pytest.MonkeyPatch.context() as patch:
        without_kernels.use(patch)
        return run_experiment(home / "small.yaml", key_date=DAY, home=home)


@pytest.fixture(name="first")
def _first(second: RunResult) -> Path:
    before = read_manifest(second.publication)["predecessor"]
    assert before.startswith(BEFORE)
    return second.publication.with_name(before)


def table(edition: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(edition / f"{name}.parquet")


def test_it_takes_the_place_of_the_first(home: Path, second: RunResult) -> None:
    folder = home / "data" / "published" / "small"
    assert second.in_force
    assert current(folder) == second.publication
    assert verify(folder) == []


def test_the_allowance_opens_where_the_first_month_closed_and_adds_up(first: Path, second: RunResult) -> None:
    rolled = table(second.publication, "provision_roll_forward").set_index("segment")
    closed = table(first, "provision_roll_forward").set_index("segment")["closing"]
    for segment, row in rolled.iterrows():
        assert row["opening"] == closed.get(segment, Decimal(0)), segment
        moved = row["charge"] - row["written_off"] + row["recovered"] + row["fx"]
        assert row["opening"] + moved == row["closing"], segment
    assert set(rolled["since"]) == {pd.Timestamp(BEFORE)}
    told = json.loads((second.publication / "provision.json").read_text(encoding="utf-8"))
    assert str(rolled.loc["total", "closing"]) == told["allowance"]


def test_what_was_said_is_held_against_what_came(home: Path, first: Path, second: RunResult) -> None:
    said = table(second.publication, "said_and_came")
    assert set(said["method"]) == {"arseg", "terms", "average delay"}
    assert set(pd.to_datetime(said["origin"])) == {pd.Timestamp(BEFORE)}
    own = said[(said["method"] == "arseg") & (said["group"] == "all")].set_index("ahead")
    assert own.index.tolist() == [1, 2, 3], "the weeks that have settled by the key date"
    ledger = read_ledger(home / "data" / "ledger" / "small.duckdb")
    came = observe_receipts(ledger, BEFORE, observed_on=DAY, until="2025-12-21")
    items = table(first, "forecast_items").set_index("invoice_id")["balance"]
    cash = (came["share"] * came["invoice_id"].map(items)).groupby((came["day"] - 1) // 7 + 1).sum()
    assert own["actual"].to_numpy() == pytest.approx(cash.reindex(own.index).fillna(0.0).to_numpy())
    promised = table(first, "cash_by_week")
    assert len(promised)
    assert not len(table(first, "said_and_came")), "the first month has nothing to look back on"


def test_every_change_of_a_score_is_split_to_its_last_digit(first: Path, second: RunResult) -> None:
    changes = table(second.publication, "changes")
    before = table(first, "customer_scores").set_index("customer_id")["p_unpaid_30"]
    assert changes["score_before"].to_numpy() == pytest.approx(before[changes["customer_id"]].to_numpy())
    causes = [f"score_{cause}" for cause in ("time", "data", "model", "policy", "override")]
    moved = (changes["score_after"] - changes["score_before"]).to_numpy()
    assert changes[causes].sum(axis=1).to_numpy() == pytest.approx(moved)
    assert (changes["score_model"] != 0).any(), "it was taught anew"
    page = second.report.read_text(encoding="utf-8")
    assert "30 November 2025" in page or BEFORE in page
