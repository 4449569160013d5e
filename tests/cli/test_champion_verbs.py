from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from arseg.cli.front_door import app
from arseg.runs import backfill, daily, promotion, standing
from arseg.runs.champion import Champion
from arseg.runs.month_end import RunResult
from arseg.runs.promotion import Approval, Promoted

DAY = dt.date(2026, 1, 5)
CHAMPION = Champion(
    *("small", "2025-12-31-aa", "Hazard()", "aa", "bb", dt.date(2025, 12, 31), "A. Bee", "best", DAY, DAY),
    {"against": "Old()", "in_words": "log-loss -0.1: better"},
)


def result(*, in_force: bool = True) -> RunResult:
    here = Path("x")
    return RunResult(
        "r1", "small", DAY, "2026-01-05-cc", here / "pub", in_force, here / "d.html", here / "w", None
    )


def said(*words: str) -> Any:
    return CliRunner().invoke(app, words)


@pytest.mark.parametrize(("late", "code"), [("", 0), ("OVERDUE: by a day", 1)])
def test_score_says_where_everything_is_and_ends_with_1_past_the_approval(
    monkeypatch: pytest.MonkeyPatch, late: str, code: int
) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(
        daily, "score_day", lambda path, **options: asked.update(options, path=path) or result()
    )
    monkeypatch.setattr(daily, "overdue_by", lambda _result: late)
    found = said("score", "x.yaml", "--key-date", "2026-01-05", "--home", "h")
    assert (found.exit_code, asked["key_date"], asked["home"]) == (code, "2026-01-05", Path("h"))
    assert found.stdout.splitlines() == [
        *(
            "key date: 2026-01-05",
            f"publication: {Path('x/pub')}",
            f"report: {Path('x/d.html')}",
            "worklist: x/w",
        )
    ]
    assert (f"published under a stamp. {late}" in found.stderr) is bool(late)
    assert json.loads(said("score", "x.yaml", "--json").stdout)["version"] == "2026-01-05-cc"


@pytest.mark.parametrize(("alarms", "code"), [((), 0), (("mean of x: 3 instead of 1", "review: OVERDUE"), 1)])
def test_score_ends_with_1_on_an_alarm_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, alarms: tuple[str, ...], code: int
) -> None:
    monkeypatch.setattr(daily, "score_day", lambda *_, **__: result())
    monkeypatch.setattr(daily, "overdue_by", lambda _result: "")
    monkeypatch.setattr("arseg.runs.alarms.alarms_after", lambda _result, _home: alarms)
    assert said("score", "x.yaml").exit_code == 0
    found = said("score", "x.yaml", "--fail-on-alarm")
    assert (found.exit_code, "worklist: x/w" in found.stdout) == (code, True)
    assert found.stderr.splitlines() == [f"arseg: published, with an ALARM: {alarm}" for alarm in alarms]


def test_score_says_where_a_later_key_date_stays_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily, "score_day", lambda *_, **__: result(in_force=False))
    monkeypatch.setattr(daily, "overdue_by", lambda _result: "")
    assert "in force: still the publication of a later key date" in said("score", "x.yaml").stdout


def test_promote_hands_over_who_why_and_until_and_says_what_came_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def promote(name: str, approval: Approval, **options: Any) -> Promoted:
        asked.append((name, approval, options))
        return Promoted(CHAMPION, CHAMPION, Path("record"), "it is down")

    monkeypatch.setattr(promotion, "promote", promote)
    monkeypatch.setattr(standing, "published_folder", lambda _home, name: tmp_path / name)
    words = [
        "--approver",
        "A. Bee",
        "--reason",
        "best",
        "--expires",
        "2026-01-05",
        "--run",
        "r1",
        "--despite",
    ]
    found = said("promote", "small", *words, "--home", str(tmp_path))
    assert found.exit_code == 0
    assert asked == [
        (
            "small",
            Approval("A. Bee", "best", "2026-01-05", despite=True),
            {"run_id": "r1", "version": None, "home": tmp_path},
        )
    ]
    assert found.stdout.splitlines() == [
        "champion: Hazard() of 2025-12-31, edition 2025-12-31-aa, in place of 2025-12-31-aa",
        "approved by A. Bee until 2026-01-05: best",
        "against Old()",
        "log-loss -0.1: better",
        "record: record",
    ]
    assert "MLflow was not told (it is down)" in found.stderr
    assert json.loads(said("promote", "small", *words, "--json").stdout)["champion"]["model"] == "Hazard()"


def test_promotions_are_listed_without_making_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "published_folder", lambda _home, name: tmp_path / name)
    found = said("promote", "small", "--list", "--home", str(tmp_path))
    assert (found.exit_code, found.stdout) == (0, "nobody was promoted\n")


def test_a_backfill_tells_each_month_and_what_is_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    months = (
        backfill.Month(dt.date(2025, 11, 30), "v1", "passed over"),
        backfill.Month(dt.date(2025, 12, 31), "v2", "published"),
    )

    def run(_path: Path, *, progress: Any, **options: Any) -> backfill.Backfilled:
        assert (options["first"], options["last"]) == ("2025-11", "2025-12")
        for number, month in enumerate(months, start=1):
            progress(month, number, 2)
        return backfill.Backfilled("small", months, "v2")

    monkeypatch.setattr(backfill, "backfill", run)
    found = said("backfill", "x.yaml", "--from", "2025-11", "--to", "2025-12")
    assert found.exit_code == 0
    assert found.stdout.splitlines() == ["1 months published, 1 passed over", "in force: v2"]
    assert found.stderr.splitlines()[1] == "2 of 2: 2025-12-31 published, v2"
    told = json.loads(said("backfill", "x.yaml", "--from", "2025-11", "--to", "2025-12", "--json").stdout)
    assert told["in_force"] == "v2"
