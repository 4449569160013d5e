from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from arseg.runs import comparing
from arseg.runs.champion import champion_of, champion_record
from arseg.runs.editions import DAILY, WORK
from arseg.runs.journal import run_folders
from arseg.runs.learnt_from import LEARNT
from arseg.runs.lock import exclusive
from arseg.runs.promotion import Approval, Promoted, list_promotions, promote
from arseg.runs.publication import MANIFEST, current, publish
from arseg.schema import BusyError, DataError, UsageError

from .without_kernels import rehomed

GOOD = Approval("A. Bee", "the first", "2026-02-15", on="2025-12-01")
DIFFERENCE = {"value": 0.2, "low": 0.1, "high": 0.3, "items": 90, "customers": 30}


@pytest.fixture(name="home")
def _home(month_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home with a published month-end, where comparing costs nothing and MLflow is down."""
    told = {"against": "x", "verdict": "better", "in_words": "log-loss -0.1"}
    monkeypatch.setattr(comparing, "compare_with", lambda _run, _champ: told)
    monkeypatch.setattr("arseg.runs.untold.tell_mlflow", lambda *_: "it is down")
    return rehomed(month_home, tmp_path)


def made(home: Path, approval: Approval = GOOD, **which: Any) -> Promoted:
    return promote("small", approval, home=home, **which)


def version(home: Path) -> str:
    found = current(home / "data" / "published" / "small")
    assert found is not None
    return found.name


def test_a_promotion_records_who_why_until_when_and_what_it_was_compared_with(champion_home: Path) -> None:
    event = champion_record(champion_home, "small").events()[0]
    assert (event["event"], event["approver"], event["until"]) == ("promote", "A. Bee", "2026-01-15")
    assert event["on"] == "2025-12-01"
    assert event["replaces"] is None
    assert event["declared"]["name"] == "DiscreteHazard"
    assert event["run_id"] == run_folders(champion_home)[-1].name
    told = event["comparison"]
    assert told["against"].startswith("KaplanMeierByTerms()")
    assert {"difference", "verdict", "key_dates", "sides"} <= set(told)
    assert len(event["model_sha256"]) == len(event["edition_sha256"]) == 64


def test_the_month_end_in_force_is_promoted_where_none_is_named(home: Path) -> None:
    found = made(home)
    assert (found.champion.version, found.replaces, found.untold) == (version(home), None, "it is down")
    assert champion_of(home, "small") == found.champion
    assert json.loads(found.to_json())["champion"]["approver"] == "A. Bee"


def test_it_is_named_by_its_run_or_by_its_version_and_replaces_the_one_before(home: Path) -> None:
    first = made(home, run_id=run_folders(home)[-1].name)
    again = made(home, Approval("B. Cee", "again", "2026-01-31", on="2025-12-02"), version=version(home))
    assert again.replaces == first.champion
    assert champion_record(home, "small").events()[-1]["replaces"] == version(home)
    lines = list_promotions(home, "small")
    assert [line.partition(":")[0] for line in lines] == ["2025-12-01", "2025-12-02"]
    assert "by B. Cee until 2026-01-31: again" in lines[1]
    assert json.loads(list_promotions(home, "small", as_json=True)[1])["approver"] == "B. Cee"
    assert list_promotions(home, "other") == ["nobody was promoted"]


@pytest.mark.parametrize(
    ("approval", "message"),
    [
        (Approval("", "why", "2026-01-01"), "promotion: approver is empty"),
        (Approval("A. Bee", "  ", "2026-01-01"), "promotion: reason is empty"),
        (Approval("A. Bee", "why", ""), "until"),
        (Approval("A. Bee", "why", "2025-11-30"), r"on a day that does not fit.*until 2025-11-30"),
        (Approval("A. Bee", "why", "2026-03-03"), r"no later than the card's 2026-03-02"),
    ],
)
def test_nobody_becomes_champion_without_a_name_a_reason_and_a_day_within_the_cards(
    home: Path, approval: Approval, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        made(home, approval)
    assert champion_of(home, "small") is None


@pytest.mark.parametrize("which", [{"run_id": "nobody"}, {"version": "2025-11-30-x"}])
def test_an_edition_that_does_not_exist_is_refused(home: Path, which: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=r"no such edition to promote.*Allowed: 2025-11-30-"):
        made(home, **which)


def test_a_damaged_edition_one_of_a_lost_run_and_one_that_says_too_little_are_refused(home: Path) -> None:
    folder = home / "data" / "published" / "small"
    publish({"a": b"a"}, folder=folder, version="2025-10-31-x", facts={}, point=False)
    with pytest.raises(DataError, match="does not say what its model was taught on"):
        made(home, version="2025-10-31-x")
    publish({LEARNT: b"{}"}, folder=folder, version="2025-10-31-y", facts={}, point=False)
    with pytest.raises(DataError, match="the record of the run that published it is gone"):
        made(home, version="2025-10-31-y")
    (folder / "versions" / version(home) / "worklist.csv").write_bytes(b"")
    with pytest.raises(DataError, match=r"is damaged.*worklist\.csv was changed"):
        made(home)
    assert champion_of(home, "small") is None


def test_a_daily_refresh_is_passed_over_and_cannot_be_promoted(home: Path) -> None:
    month_end = version(home)
    publish(
        {LEARNT: b"{}"},
        folder=home / "data" / "published" / "small",
        version="2025-12-05-x",
        facts={WORK: DAILY},
    )
    assert made(home).champion.version == month_end


def test_one_that_is_worse_beyond_chance_needs_to_be_said_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worse = {
        "against": "the champion",
        "verdict": "worse",
        "in_words": "log-loss +0.2",
        "difference": DIFFERENCE,
    }
    monkeypatch.setattr(comparing, "compare_with", lambda _run, _champ: worse)
    with pytest.raises(DataError, match=r"is worse than what it would replace.*log-loss \+0\.2.*--despite"):
        made(home)
    assert champion_of(home, "small") is None
    despite = Approval("A. Bee", "the old one is broken", "2026-01-31", on="2025-12-01", despite=True)
    assert made(home, despite).champion.comparison["verdict"] == "worse"


def test_the_champion_is_compared_as_it_was_declared_and_stored(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    first = made(home)
    told = {"against": "x", "note": "nothing could be compared"}
    monkeypatch.setattr(comparing, "compare_with", lambda _run, champ: asked.append(champ) or told)
    made(home)
    assert asked[0].part.name == "DiscreteHazard"
    assert asked[0].folder == first.champion.edition(home) / "model"
    assert (asked[0].folder / MANIFEST).is_file()


def test_two_at_a_time_are_one_too_many(home: Path) -> None:
    with exclusive(home, "arseg run"), pytest.raises(BusyError, match="arseg run"):
        made(home)
