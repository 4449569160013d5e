from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from arseg.cli import app
from tests.runs.test_alarms import put


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    (tmp_path / "journal").mkdir()
    return tmp_path


def test_an_alarm_is_an_exit_code_of_one_and_a_review_ends_its_own(home: Path) -> None:
    put(home)
    asked = ["demo", "--home", str(home), "--on", "2026-05-19"]
    quiet = CliRunner().invoke(app, ["monitor", "demo", "--home", str(home), "--on", "2026-03-01"])
    assert (quiet.exit_code, "no alarm" in quiet.output) == (0, True)
    late = CliRunner().invoke(app, ["monitor", *asked])
    assert (late.exit_code, "ALARM review: OVERDUE by 10 days" in late.output) == (1, True)
    held = CliRunner().invoke(app, ["review", *asked, "--by", "Ada", "--note", "taught anew"])
    assert (held.exit_code, "reviewed by Ada on 2026-05-19" in held.output) == (0, True)
    again = CliRunner().invoke(app, ["monitor", *asked, "--json"])
    assert "OVERDUE" not in again.output
    assert '"model: it could be used until 2026-04-01' in again.output
