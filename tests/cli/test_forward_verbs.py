from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from arseg.cli.front_door import app
from arseg.runs.publication import publish


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with a tiny publication of one week and one cell."""
    band = {"expected": 100.0, "low_80": 80.0, "high_80": 120.0}
    cash = pd.DataFrame(
        [
            {
                "source": "open items",
                "by": "total",
                "group": "all",
                "week": pd.Timestamp("2026-11-01"),
                "ahead": 1,
            }
            | band
        ]
    )
    amounts = {name: [Decimal("10.00")] for name in ("gross", "exposed", "allowance")}
    matrix = pd.DataFrame({"segment": ["High"], "bucket": ["current"], "outlook_rate": [0.5]} | amounts)
    methods = pd.DataFrame(
        {
            "method": ["model"],
            "bucket": ["total"],
            "allowance": [Decimal("10.00")],
            "gap_share": [0.0],
            "agrees": [True],
        }
    )
    facts = {
        "allowance": "10.00",
        "specific": "0.00",
        "currency": "EUR",
        "in_words": "model",
        "outlook": "none",
        "notes": [],
    }
    work = tmp_path / "work"
    work.mkdir()
    frames = {
        "cash_by_week": cash,
        "cash_to_date": cash,
        "provision_matrix": matrix,
        "provision_reconciliation": methods,
    }
    for name, frame in frames.items():
        frame.to_parquet(work / f"{name}.parquet")
    (work / "provision.json").write_text(json.dumps(facts), encoding="utf-8")
    publish(
        {path.name: path for path in work.iterdir()},
        folder=tmp_path / "data" / "published" / "demo",
        version="2026-10-31-aaaaaaaa",
        facts={"experiment": "demo", "key_date": "2026-10-31"},
    )
    return tmp_path


def test_forecast_prints_a_table_or_one_object(home: Path) -> None:
    said = CliRunner().invoke(app, ["forecast", "demo", "--home", str(home)])
    assert said.exit_code == 0, said.output
    assert said.stdout.splitlines()[2].split() == ["2026-11-01", "100", "80", "to", "120"]
    said = CliRunner().invoke(app, ["forecast", "demo", "--home", str(home), "--json"])
    assert json.loads(said.stdout)["cash"][0]["high_80"] == 120.0


def test_provision_prints_a_table_or_one_object(home: Path) -> None:
    said = CliRunner().invoke(app, ["provision", "demo", "--key-date", "2026-10-31", "--home", str(home)])
    assert said.exit_code == 0, said.output
    assert "allowance 10.00, of which judged alone 0.00" in said.stdout
    said = CliRunner().invoke(app, ["provision", "demo", "--home", str(home), "--json"])
    assert json.loads(said.stdout)["matrix"][0]["allowance"] == "10.00"


def test_a_day_without_a_publication_is_wrong_usage(home: Path) -> None:
    said = CliRunner().invoke(app, ["forecast", "demo", "--key-date", "2026-09-30", "--home", str(home)])
    assert said.exit_code == 2
    assert "arseg run experiments/demo.yaml --key-date 2026-09-30" in said.stderr
