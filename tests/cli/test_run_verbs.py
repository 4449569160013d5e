from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from arseg.cli.front_door import app


def test_nothing_published_is_said_and_not_an_error(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["status", "--home", str(tmp_path)])
    assert (said.exit_code, said.stdout) == (0, "nothing is published\nno run yet\n")


def test_there_is_nothing_to_roll_back_to(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["rollback", "demo", "--home", str(tmp_path)])
    assert said.exit_code == 2
    assert "nothing is published under that name" in said.stderr
