from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from arseg.cli import app
from arseg.runs.lock import exclusive
from arseg.runs.overrides import override_file, read_overrides
from arseg.runs.publication import publish

WHY = ("--reason", "pays by instalments", "--by", "M. Ruiz")
UNTIL = ("--until", "2026-12-31")
ON = ("--on", "2026-11-02")


def published(home: Path, experiment: str) -> None:
    frame = pd.DataFrame({"customer_id": ["C1042", "C1043"]})
    publish(
        {"assignments.parquet": frame.to_parquet()},
        folder=home / "data" / "published" / experiment,
        version="2026-10-31-00000000",
        facts={},
    )


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    published(tmp_path, "demo")
    return tmp_path


def ask(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["override", *words, "--home", str(home)])


def test_it_is_written_down_and_listed(home: Path) -> None:
    said = ask(home, "C1042", "Low", *WHY, *UNTIL, *ON)
    line = "C1042: Low by M. Ruiz, 2026-11-02 to 2026-12-31: pays by instalments\n"
    assert (said.exit_code, said.stdout) == (0, line)
    assert ask(home, "--list", *ON).stdout == line
    assert ask(home, "--list", "--on", "2027-01-01").stdout == line.replace("-31:", "-31, does not count:")
    assert ask(home, "C1043", "--list", *ON).stdout == "no overrides\n"


def test_it_is_withdrawn(home: Path) -> None:
    ask(home, "C1042", "Low", *WHY, *UNTIL, *ON)
    said = ask(home, "C1042", "--withdraw", "--reason", "paid", "--by", "A. Cho", "--on", "2026-11-09")
    assert said.exit_code == 0
    assert "withdrawn on 2026-11-09" in said.stdout
    again = ask(home, "C1042", "--withdraw", "--reason", "paid", "--by", "A. Cho", "--on", "2026-11-09")
    assert again.exit_code == 2


def test_the_list_is_one_json_object(home: Path) -> None:
    ask(home, "C1042", "Low", *WHY, *UNTIL, *ON)
    rows = json.loads(ask(home, "--list", "--json", *ON).stdout)["overrides"]
    assert rows == [
        {
            "customer_id": "C1042",
            "segment": "Low",
            "reason": "pays by instalments",
            "by": "M. Ruiz",
            "made_on": "2026-11-02",
            "until": "2026-12-31",
            "withdrawn_on": None,
            "stands": True,
        }
    ]


def test_without_a_day_it_counts_from_the_day_of_the_call(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datetime as dt

    monkeypatch.setattr("arseg.runs.journal.today", lambda: dt.date(2026, 11, 3))
    assert "2026-11-03 to 2026-12-31" in ask(home, "C1042", "Low", *WHY, *UNTIL).stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("C1042", "Lo", *WHY, *UNTIL, *ON), "segment is 'Lo'"),
        (("C1042", "Low", "--by", "x", *UNTIL, *ON), "reason is empty"),
        (("C1042", "Low", "--reason", "x", *UNTIL, *ON), "by is empty"),
        (("C1042", "Low", *WHY, *ON), "it has no end"),
        (("C1042", "Low", *WHY, "--until", "2026-11-01", *ON), "until is past"),
        (("C1042", "Low", *WHY, "--until", "soon", *ON), "until is not a day"),
        (("C9999", "Low", *WHY, *UNTIL, *ON), "does not know the customer"),
        (("C1042", *WHY, *UNTIL, *ON), "who, and in which segment"),
        (("C1042", "Low", "--withdraw", *WHY, *ON), "who, and in which segment"),
        ((*WHY, *ON), "who, and in which segment"),
        (
            ("C1042", "Low", *WHY, *UNTIL, *ON, "--experiment", "other"),
            "nothing is published under that name",
        ),
    ],
)
def test_what_is_wrong_is_one_message_and_writes_nothing(home: Path, words, message) -> None:
    said = ask(home, *words)
    assert said.exit_code == 2
    assert message in said.stderr
    assert read_overrides(override_file(home, "demo")) == []


def test_of_several_experiments_one_is_named(home: Path, tmp_path: Path) -> None:
    published(home, "other")
    said = ask(home, "--list", *ON)
    assert "which experiment. Given: no name. Allowed: demo, other" in said.stderr
    assert ask(home, "--list", "--experiment", "other", *ON).exit_code == 0
    assert ask(tmp_path / "nowhere", "--list").exit_code == 2


def test_before_the_first_run_there_is_nobody_to_override(tmp_path: Path) -> None:
    said = ask(tmp_path, "--list", *ON)
    assert said.exit_code == 2
    assert "run the experiment first" in said.stderr


def test_a_run_that_is_going_on_is_not_disturbed(home: Path) -> None:
    with exclusive(home, "arseg run demo"):
        assert ask(home, "C1042", "Low", *WHY, *UNTIL, *ON).exit_code == 75
        assert ask(home, "--list", *ON).exit_code == 0
