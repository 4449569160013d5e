from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.ledger import Ledger
from arseg.models import load_model
from arseg.runs import assigning, cash_stage, edition, provision_stage, stages
from arseg.runs.backtest_sections import Replay
from arseg.runs.experiment import Experiment
from arseg.runs.journal import Run, create_run
from arseg.runs.sections import Part, Training
from arseg.runs.walked import load_walk
from arseg.schema import ASSIGNMENTS, MEASURES, SEGMENTS, WORKLIST, DataError

MakeRun = Callable[..., Run]


def go_through(run: Run) -> None:
    """Do what the notebooks do, without kernels."""
    for stage in (stages.check_ledger, stages.build, stages.train, assigning.assign, stages.compare):
        stage(run)
    cash_stage.forecast(run)
    provision_stage.provision(run)
    edition.write(run, edition.collect(run))


@pytest.fixture(scope="module")
def done(told_run: Run) -> Run:
    return told_run


def test_the_policy_in_force_comes_first_whatever_the_order_of_the_file(done: Run) -> None:
    assert [repr(policy) for policy in assigning.declared_policies(done)] == ["AgingBuckets()", "RiskTiers()"]
    assert repr(assigning.published_policy(done)) == "RiskTiers()"
    assert done.load("backtest")["in_force"] == "AgingBuckets()"


def test_every_customer_with_an_open_item_has_one_segment_per_policy_and_one_place_in_the_list(
    done: Run,
) -> None:
    scored = set(done.load("customer_scores")["customer_id"])
    segmentations = done.load("segmentations")
    for _, own in segmentations.groupby("policy"):
        assert sorted(own["customer_id"]) == sorted(scored)
        assert set(own["segment"]) <= set(SEGMENTS)
    worklist = done.load("worklist")
    assert sorted(worklist["customer_id"]) == sorted(scored)
    assert list(worklist.columns)[: len(WORKLIST.names)] == list(WORKLIST.names)
    assert worklist["invoices"].str.len().min() > 0
    assert worklist["name"].str.startswith("Customer ").all()


def test_the_saved_model_scores_as_the_fitted_one_did(done: Run) -> None:
    from arseg.scores import score

    walk = load_walk(done, stages.open_walk(done))
    again = score(walk.landmark(done.key_date).features, load_model(done.work / "model"))
    pd.testing.assert_frame_equal(again.items, done.load("item_scores"), check_exact=True)


def test_the_same_run_twice_gives_the_same_bytes(done: Run, small_run: MakeRun, tmp_path: Path) -> None:
    again = small_run(tmp_path)
    go_through(again)
    names, others = (
        sorted(path.relative_to(run.to_publish) for path in run.to_publish.rglob("*") if path.is_file())
        for run in (done, again)
    )
    assert names == others
    for name in names:
        assert (done.to_publish / name).read_bytes() == (again.to_publish / name).read_bytes(), name


def test_the_edition_holds_every_table_and_no_name_of_a_customer_but_in_the_worklist(done: Run) -> None:
    names = {path.name for path in done.to_publish.iterdir()}
    assert {
        "index.html",
        "worklist.csv",
        "worklist.parquet",
        "assignments.parquet",
        "headline.parquet",
    } <= names
    assert {f"{table}.parquet" for table in edition.TABLES} <= names
    assert {path.name for path in (done.to_publish / "model").iterdir()} == {"model.json", "manifest.json"}
    for path in (path for path in done.to_publish.rglob("*") if path.is_file()):
        # A workbook is packed, so its texts are not among its bytes.
        if path.suffix != ".xlsx":
            said = b"Customer 0" in path.read_bytes()
            assert said == (path.stem.startswith("worklist")), path.name


def test_the_run_says_why_its_model_and_publishes_the_models_card(done: Run) -> None:
    selection = done.load("selection")
    assert selection["model"] == "DiscreteHazard(trees=8)"
    assert (selection["fell_back"], selection["compared"], selection["notes"]) == (False, [], [])
    assert done.load("training")["chosen_because"] == selection["why"]
    card = json.loads((done.to_publish / "model_card.json").read_text(encoding="utf-8"))
    assert card["model"] == selection["model"]
    assert card["data"]["rows"] == done.load("training")["rows"]
    assert {row["measure"] for row in card["backtest"]["measures"]} >= {"log_loss", "gap"}
    assert (done.work / "model" / "model_card.html").is_file()


def test_a_customers_reasons_end_with_what_of_its_habit_is_the_books(done: Run) -> None:
    history = done.load("history").set_index("customer_id")
    reasons = done.load("customer_scores").set_index("customer_id")["reasons"]
    assert list(history.index) == list(reasons.index)
    told = history["words"] != ""
    assert told.any()
    assert not told.all()
    assert all(reasons[name].endswith(words) for name, words in history.loc[told, "words"].items())
    assert not reasons[~told].str.contains("assumed payment habit").any()


def test_assignments_can_be_loaded_back_as_the_ledgers_own_table(done: Run) -> None:
    frame = pd.read_parquet(done.to_publish / "assignments.parquet")
    assert list(frame.columns[: len(ASSIGNMENTS.names)]) == list(ASSIGNMENTS.names)
    assert not frame[list(ASSIGNMENTS.required)].isna().any(axis=None)
    assert (frame["policy"] == "RiskTiers()").all()


def test_moves_count_customers_who_were_scored_on_both_days(done: Run) -> None:
    moves = done.load("moves")
    before, now = done.load("customer_scores_before"), done.load("customer_scores")
    both = set(before["customer_id"]) & set(now["customer_id"])
    assert moves["customers"].sum() <= len(both)
    assert (moves["from_segment"] != moves["to_segment"]).all()


def test_measures_are_complete_and_the_segments_show_what_was_seen(done: Run) -> None:
    measures = done.load("measures")
    assert list(measures.columns) == list(MEASURES.names)
    segments = pd.read_parquet(done.to_publish / "segments.parquet")
    assert segments["customers"].sum() == len(done.load("customer_scores"))
    assert segments["exposure"].sum() == pytest.approx(done.load("customer_scores")["open_balance"].sum())


def test_a_ledger_with_a_finding_that_the_experiment_refuses_stops_the_run(
    small_run: MakeRun, tmp_path: Path
) -> None:
    from arseg.runs.sections import Quality

    run = small_run(tmp_path, quality=Quality(refuse_on="warning"))
    with pytest.raises(DataError, match="the ledger is not fit for a run: "):
        stages.check_ledger(run)


@pytest.mark.parametrize("ages", [{"credit": 3}, {"postings": 3, "customers": 3}])
def test_a_stale_ledger_stops_the_run_or_stamps_its_report(
    small_run: MakeRun, tmp_path: Path, ages: dict[str, int]
) -> None:
    from arseg.runs.sections import Quality

    stopped = small_run(tmp_path / "stop", quality=Quality(max_age_days=ages, when_stale="stop"))
    with pytest.raises(
        DataError, match=r"the ledger is stale. Given: .* old on 2025-11-30; 3 days are allowed"
    ) as refused:
        stages.check_ledger(stopped)
    assert refused.value.code == "stale"
    stamped = small_run(tmp_path / "stamp", quality=Quality(max_age_days=ages))
    report = stages.check_ledger(stamped)
    assert report.stale
    assert stamped.load("check")["stale"] == list(report.stale)


def test_needed_dates_end_with_the_key_date_and_lie_within_the_book(done: Run) -> None:
    days = stages.needed_dates(done, stages.open_walk(done))
    assert days[-1] == done.key_date
    assert days == sorted(set(days))


def test_nothing_of_a_run_changes_when_everything_known_after_the_key_date_does(
    small_book: Any, ledger_builder: Callable[..., Ledger], poison: Callable[..., Any], tmp_path: Path
) -> None:
    """The whole way at once: training, scores, segments, worklist, backtest and headline."""
    day = dt.date(2025, 7, 31)
    spoilt = poison(small_book, np.random.default_rng(8), day)
    runs = []
    for name, book in (("as it was", small_book), ("poisoned", spoilt)):
        run = _run_on(ledger_builder, book, tmp_path / name, day)
        stages.build(run)
        stages.train(run)
        assigning.assign(run)
        stages.compare(run)
        runs.append(run)
    one, other = runs
    names = sorted(path.name for path in one.work.glob("*.parquet"))
    assert {"customer_scores.parquet", "measures.parquet", "worklist.parquet"} <= set(names)
    for name in names:
        assert (one.work / name).read_bytes() == (other.work / name).read_bytes(), name
    heads = {
        edition._headline(run, load_walk(run, stages.open_walk(run))).to_json(double_precision=15)
        for run in runs
    }
    assert len(heads) == 1


def _run_on(build: Callable[..., Ledger], book: Any, home: Path, day: dt.date) -> Run:
    path = home / "data" / "ledger" / "small.duckdb"
    path.parent.mkdir(parents=True)
    build(path, book, complete_to=dt.date(2027, 1, 1))
    declared = Experiment(
        name="small",
        ledger="small",
        model=Part(name="DiscreteHazard", parameters={"trees": 5}),
        policies=[Part(name="AgingBuckets"), Part(name="RiskTiers")],
        in_force="AgingBuckets",
        publish="RiskTiers",
        training=Training(landmarks=4),
        backtest=Replay(key_dates=2, draws=20),
    )
    return create_run(declared, key_date=day, home=home)
