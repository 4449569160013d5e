from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from arseg.cli.front_door import app


def test_without_a_name_the_only_ledger_is_meant(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["check", "--home", str(tmp_path)])
    assert said.exit_code == 2
    assert "which ledger. Given: no name. Allowed: none is loaded" in said.stderr


def test_the_layouts_are_listed_and_shown() -> None:
    listed = CliRunner().invoke(app, ["layout", "list"]).stdout
    assert "ibm_ar" in listed
    assert CliRunner().invoke(app, ["layout", "show", "ibm_ar"]).exit_code == 0
