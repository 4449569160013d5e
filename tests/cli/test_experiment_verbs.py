from __future__ import annotations

import json
from pathlib import Path

import yaml
from typer.testing import CliRunner

from arseg.cli.front_door import app

DEMO = Path(__file__).parents[2] / "experiments" / "demo.yaml"


def test_show_writes_out_every_value_as_yaml_or_json() -> None:
    said = CliRunner().invoke(app, ["experiment", "show", str(DEMO)])
    assert said.exit_code == 0, said.output
    shown = yaml.safe_load(said.stdout)
    assert (shown["backtest"]["key_dates"], shown["daily"]) == (9, {"when_overdue": "stamp"})
    told = CliRunner().invoke(app, ["experiment", "show", str(DEMO), "--json"])
    assert json.loads(told.stdout) == shown


def test_show_refuses_what_a_run_would_refuse(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(DEMO.read_text(encoding="utf-8") + "calibrat: true\n", encoding="utf-8")
    said = CliRunner().invoke(app, ["experiment", "show", str(path)])
    assert said.exit_code == 2
    assert "write 'calibrate'" in said.stderr


def test_the_schema_is_one_json_object() -> None:
    said = CliRunner().invoke(app, ["experiment", "schema", "--indent", "0"])
    assert json.loads(said.stdout)["title"] == "arseg experiment"
