from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from arseg.runs.daily import overdue_by, score_day
from arseg.runs.earlier_edition import earlier_edition
from arseg.runs.editions import last_month_end
from arseg.runs.journal import open_run, read_journal, run_folders
from arseg.runs.lock import exclusive
from arseg.runs.month_end import RunResult
from arseg.runs.publication import current, read_manifest, verify
from arseg.schema import BusyError, DataError, UsageError

from . import without_kernels
from .without_kernels import rehomed

DAY = "2025-12-05"


@pytest.fixture(scope="module", name="home")
def _home(champion_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rehomed(champion_home, tmp_path_factory.mktemp("daily"))


@pytest.fixture(scope="module", name="result")
def _result(home: Path) -> RunResult:
    with pytest.MonkeyPatch.context() as patch:
        without_kernels.use(patch)
        return score_day(home / "small.yaml", key_date=DAY, home=home)


def asking(home: Path, to: Path, **changes: object) -> Path:
    """Return a copy of the home whose experiment asks for something else."""
    rehomed(home, to)
    told = yaml.safe_load((to / "small.yaml").read_text(encoding="utf-8"))
    (to / "small.yaml").write_text(yaml.safe_dump(told | changes), encoding="utf-8")
    return to


def test_the_day_is_published_by_the_champion_and_by_the_same_publication(
    home: Path, result: RunResult
) -> None:
    assert (result.key_date, result.in_force) == (dt.date(2025, 12, 5), True)
    assert current(home / "data" / "published" / "small") == result.publication
    assert verify(home / "data" / "published" / "small") == []
    facts = read_manifest(result.publication)["facts"]
    month_end = last_month_end(home / "data" / "published" / "small")
    assert month_end is not None
    assert (facts["work"], facts["champion"], facts["month_end"]) == ("daily", month_end.name, month_end.name)
    assert facts["overdue"] == overdue_by(result) == ""
    assert month_end.name.startswith("2025-11-30")
    same = (month_end / "model" / "model.json").read_bytes()
    assert (result.publication / "model" / "model.json").read_bytes() == same


def test_its_page_stands_beside_a_month_ends_and_says_who_scored_and_what_is_said_elsewhere(
    home: Path, result: RunResult
) -> None:
    assert result.report == home / "reports" / "small" / DAY / "daily.html"
    page = result.report.read_text(encoding="utf-8")
    assert "Daily refresh" in page
    assert "approved by A. Bee until 15 January 2026" in page
    assert "they stand in the month-end&#39;s edition, 2025-11-30-" in page
    assert f"arseg score experiments/small.yaml --key-date {DAY}" in page
    assert result.version in page


def test_every_customer_of_the_day_has_one_segment_and_one_place_in_the_list(result: RunResult) -> None:
    scores, assignments, worklist = (
        pd.read_parquet(result.publication / f"{name}.parquet")
        for name in ("customer_scores", "assignments", "worklist")
    )
    whose = sorted(scores["customer_id"])
    assert sorted(assignments["customer_id"]) == sorted(worklist["customer_id"]) == whose
    assert set(pd.to_datetime(assignments["key_date"])) == {pd.Timestamp(DAY)}
    assert not (result.publication / "measures.parquet").exists(), "a refresh looks back on nothing"


def test_the_journal_tells_a_refresh_from_a_month_end(home: Path, result: RunResult) -> None:
    events = read_journal(home / "journal" / result.run_id)
    assert [event["event"] for event in events] == ["start", "stage_start", "stage_end", "publish", "end"]
    assert (events[0]["work"], events[1]["stage"]) == ("daily", "08_daily")


def test_changes_are_told_since_the_edition_before(result: RunResult) -> None:
    changes = pd.read_parquet(result.publication / "changes.parquet")
    steps = changes[["score_time", "score_data", "score_model", "score_policy", "score_override"]].sum(axis=1)
    assert steps.to_numpy() == pytest.approx((changes["score_after"] - changes["score_before"]).to_numpy())
    assert (changes["score_model"] == 0).all(), "it is the same model"
    moves = pd.read_parquet(result.publication / "moves.parquet")
    assert moves["customers"].sum() == (changes["before"] != changes["after"]).sum()


def test_the_next_month_end_is_compared_with_the_last_and_not_with_a_refresh(
    home: Path, result: RunResult
) -> None:
    month = open_run(str(run_folders(home)[0] / "run.json"))
    later = replace(month, key_date=dt.date(2025, 12, 31))
    found = earlier_edition(later)
    assert found is not None
    assert found.version.startswith("2025-11-30")
    daily = open_run(str(home / "journal" / result.run_id / "run.json"))
    next_day = earlier_edition(replace(daily, key_date=dt.date(2025, 12, 6)))
    assert next_day is not None
    assert next_day.version == result.version


def test_the_same_day_again_is_the_same_version_and_scores_nobody_anew(
    home: Path, result: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_kernels.use(monkeypatch)
    again = score_day(home / "small.yaml", key_date=DAY, home=home)
    assert again.version == result.version
    told = open_run(str(home / "journal" / again.run_id / "run.json")).load("refreshed")
    assert told["scored_anew"] == 0
    first = open_run(str(home / "journal" / result.run_id / "run.json")).load("refreshed")
    assert first["scored_anew"] == first["customers"]
    assert 0 < first["with_news"] < first["customers"]


def test_without_a_champion_nothing_starts(month_home: Path, tmp_path: Path) -> None:
    home = rehomed(month_home, tmp_path)
    before = run_folders(home)
    with pytest.raises(UsageError, match="small has no champion"):
        score_day(home / "small.yaml", key_date=DAY, home=home)
    assert run_folders(home) == before


def test_a_day_before_the_champions_knowledge_or_beyond_the_ledgers_is_refused(champion_home: Path) -> None:
    path = champion_home / "small.yaml"
    with pytest.raises(UsageError, match=r"has learnt from days after the key date.*2025-11-30 or later"):
        score_day(path, key_date="2025-11-29", home=champion_home)
    with pytest.raises(UsageError, match="nothing is known after"):
        score_day(path, key_date="2027-01-01", home=champion_home)


def test_past_its_approval_it_stops_where_the_experiment_says_so(
    champion_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_kernels.use(monkeypatch)
    monkeypatch.setattr("arseg.runs.champion.Champion.overdue", lambda *_: "OVERDUE: by hand")
    home = asking(champion_home, tmp_path, daily={"when_overdue": "stop"})
    with pytest.raises(DataError, match=r"past its approval\. Given: OVERDUE: by hand"):
        score_day(home / "small.yaml", key_date=DAY, home=home)
    assert len(run_folders(home)) == 1


def test_another_policy_than_was_approved_publishes_nothing(
    champion_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_kernels.use(monkeypatch)
    home = asking(champion_home, tmp_path, publish="AgingBuckets")
    before = current(home / "data" / "published" / "small")
    with pytest.raises(UsageError, match="another policy to publish than was promoted"):
        score_day(home / "small.yaml", key_date=DAY, home=home)
    assert current(home / "data" / "published" / "small") == before
    assert (
        json.loads((run_folders(home)[-1] / "journal.jsonl").read_text().splitlines()[-1])["event"] == "fail"
    )


def test_one_at_a_time(champion_home: Path) -> None:
    with exclusive(champion_home, "arseg run"), pytest.raises(BusyError):
        score_day(champion_home / "small.yaml", key_date=DAY, home=champion_home)
