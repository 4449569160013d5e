from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from arseg.cli.front_door import app
from arseg.runs.month_end import RunResult
from arseg.runs.publication import publish
from arseg.runs.publication_sections import Target
from arseg.runs.targets.declared import keep_targets


def test_nothing_published_is_said_and_not_an_error(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["status", "--home", str(tmp_path)])
    assert (said.exit_code, said.stdout) == (0, "nothing is published\nno run yet\n")


def test_there_is_nothing_to_roll_back_to(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["rollback", "demo", "--home", str(tmp_path)])
    assert said.exit_code == 2
    assert "nothing is published under that name" in said.stderr


def test_versions_are_verified_rolled_back_and_put_in_force_with_their_targets(tmp_path: Path) -> None:
    say = lambda *words: CliRunner().invoke(app, [*words, "--home", str(tmp_path)])  # noqa: E731 - one line says it
    folder = tmp_path / "data" / "published" / "demo"
    for number in (0, 1):
        version = f"2026-1{number}-31-00000000"
        publish({"index.html": b"%d" % number}, folder=folder, version=version, facts={})
    assert say("verify").stdout == "2 versions as published\n"
    done = say("rollback", "demo", "--by", "ann", "--reason", "wrong rates")
    assert (done.exit_code, done.stdout) == (0, f"in force: {folder}/versions/2026-10-31-00000000\n")
    assert "went back to 2026-10-31-00000000, ann, " in say("status").stdout
    assert say("publish", "demo", "--version", "2026-11-31-00000000").exit_code == 0
    assert (folder / "CURRENT").read_text(encoding="utf-8") == "2026-11-31-00000000\n"
    keep_targets(folder, [Target(kind="duckdb", path="mart.duckdb")])
    lagging = say("verify", "demo")
    assert lagging.exit_code == 1
    assert lagging.stdout.startswith("demo: duckdb mart.duckdb: lags behind: it shows nothing, the folder")


def test_a_backtest_says_what_it_found_and_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import arseg.runs.past_policies as room

    asked: dict[str, object] = {}

    def compare(path: Path, **options: object) -> room.Compared:
        asked.update(options, path=path)
        return room.Compared(
            "x", (dt.date(2025, 1, 31),), "A()", ("A(): identified",), ("one month is left out",), path, path
        )

    monkeypatch.setattr(room, "compare_policies", compare)
    command = ["backtest", "x.yaml", "--from", "2025-01", "--to", "2025-01", "--home", str(tmp_path)]
    said = CliRunner().invoke(app, command)
    assert said.exit_code == 0, said.output
    assert said.stdout.splitlines() == [
        "1 key dates, 2025-01-31 to 2025-01-31",
        "in force: A()",
        "A(): identified",
        "one month is left out",
        "report: x.yaml",
        "tables: x.yaml",
    ]
    assert (asked["first"], asked["last"], asked["home"]) == ("2025-01", "2025-01", tmp_path)
    told = CliRunner().invoke(app, [*command, "--json"])
    assert json.loads(told.stdout)["in_force"] == "A()"


@pytest.mark.parametrize("as_json", [False, True])
def test_a_run_ends_with_1_on_an_alarm_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, *, as_json: bool
) -> None:
    here = Path("x")
    result = RunResult(
        *("r1", "demo", dt.date(2026, 1, 31), "2026-01-31-cc", here / "pub"),
        in_force=True,
        report=here / "index.html",
        worklist=here / "worklist.csv",
        tracked=None,
        alarms=("mean of x: 3 instead of 1",),
    )
    monkeypatch.setattr("arseg.runs.month_end.run_experiment", lambda *_, **__: result)
    standing = [("mean of x: 3 instead of 1", "review: OVERDUE"), ()]
    monkeypatch.setattr("arseg.runs.alarms.alarms_after", lambda _result, _home: standing.pop(0))
    command = ["run", "x.yaml", *(["--json"] if as_json else [])]
    quiet = CliRunner().invoke(app, command)
    assert (quiet.exit_code, quiet.stderr) == (0, "")
    assert "mean of x: 3 instead of 1" in quiet.stdout
    found = CliRunner().invoke(app, [*command, "--fail-on-alarm"])
    assert (found.exit_code, found.stdout) == (1, quiet.stdout)
    assert found.stderr.splitlines()[-1] == "arseg: published, with an ALARM: review: OVERDUE"
    assert CliRunner().invoke(app, [*command, "--fail-on-alarm"]).exit_code == 0
