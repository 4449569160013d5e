"""What a publication answers about the days to come: the very figures of its page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from arseg.forecast.audit_export import verify_export
from arseg.runs.forward_answers import (
    Told,
    export_audit,
    export_forecast,
    find_told,
    forecast_lines,
    lost_since,
    provision_lines,
)
from arseg.runs.journal import Run
from arseg.runs.publication import publish
from arseg.schema import DataError, UsageError


@pytest.fixture(scope="module")
def home(told_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home in which the small run was published."""
    home = tmp_path_factory.mktemp("published")
    facts = {
        "arseg": "0",
        "experiment": "small",
        "experiment_hash": told_run.experiment.experiment_hash,
        "key_date": "2025-11-30",
        "ledger_hash": "ab" * 32,
    }
    folder = told_run.to_publish
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    publish(files, folder=home / "data" / "published" / "small", version="2025-11-30-aaaaaaaa", facts=facts)
    return home


@pytest.fixture(scope="module")
def told(home: Path) -> Told:
    return find_told(home, "small")


def test_the_publication_is_found_by_its_key_date_or_as_the_one_in_force(home: Path, told: Told) -> None:
    assert find_told(home, "small", "2025-11-30") == told
    with pytest.raises(UsageError, match=r"no forecast was published on that day.*Allowed: 2025-11-30"):
        find_told(home, "small", "2025-10-31")


def test_a_damaged_publication_answers_nothing(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "home")
    (next((tmp_path / "home").rglob("provision.json"))).write_text("{}", encoding="ascii")
    with pytest.raises(DataError, match="damaged"):
        find_told(tmp_path / "home", "small")


def test_weeks_are_lines_and_columns_stand_under_each_other(told: Told) -> None:
    lines = forecast_lines(told)
    cash = pd.read_parquet(told.folder / "cash.parquet")
    assert lines[0] == "Cash expected by small on 2025-11-30, EUR"
    assert lines[2].split()[:2] == ["2025-12-01", f"{cash['expected'].iloc[0]:,.0f}"]
    assert len({len(line) for line in lines[1:]}) == 1
    assert [line.split("  ")[0] for line in lines[-3:]] == [
        f"13 weeks, {s}" for s in ("open items", "new sales", "all")
    ]


def test_a_forecast_is_told_by_segment_and_by_nothing_it_was_not_made_by(told: Told) -> None:
    assert any(line.startswith("High  ") for line in forecast_lines(told, "segment"))
    with pytest.raises(UsageError, match=r"not made by that column.*Allowed: currency.*segment"):
        forecast_lines(told, "colour")


def test_the_provision_says_its_allowance_method_and_outlook(told: Told) -> None:
    text = "\n".join(provision_lines(told))
    assert f"allowance {float(told.provision['allowance']):,.2f}" in text
    assert "rates of the past, without a view of what is to come" in text
    for method in ("vintages", "roll_rates", "transitions", "model"):
        assert f"\n{method} " in text


def test_an_auditor_gets_matrix_inputs_method_date_and_hashes(told: Told, tmp_path: Path) -> None:
    path = export_audit(told, tmp_path / "audit")
    stated = verify_export(path.parent)
    assert stated["totals"]["allowance"] == told.provision["allowance"]
    assert stated["key_date"] == "2025-11-30"
    assert stated["parameters"]["ledger_sha256"] == "ab" * 32
    assert {"matrix.csv", "items.csv", "rates.csv", "roll_forward.csv"} <= set(stated["files"])
    assert (path.parent / "provision.xlsx").is_file()
    assert {"loss_backtest.csv"} <= set(stated["files"])
    with pytest.raises(UsageError, match="the folder holds something"):
        export_audit(told, path.parent)


def test_losses_since_stand_below_the_methods(told: Told, tmp_path: Path) -> None:
    assert "No earlier provision can be held against losses yet." in provision_lines(told)
    shutil.copytree(told.folder, tmp_path / "later")
    row = {
        "origin": pd.Timestamp("2025-01-31"),
        "said": "published",
        "followed_days": 293,
        "group": "all",
        "items": 5,
        "customers": 3,
        "expected": 1200.4,
        "realised": 900.0,
        "still_open": 1.0,
        "ratio": 0.75,
        "inside": True,
        "key_date": told.facts["key_date"],
        "data_sha256": "",
        "experiment_sha256": "",
    }
    known = {"by": "total", "low": 0.5, "high": 1.25, "verdict": "not told apart"}
    unknown = {
        "by": "total",
        "low": float("nan"),
        "high": float("nan"),
        "verdict": "too few customers to tell",
    }
    part = known | {"by": "bucket"}
    pd.DataFrame([row | known, row | unknown, row | part]).to_parquet(
        tmp_path / "later" / "loss_backtest.parquet"
    )
    lines = provision_lines(Told(tmp_path / "later", told.facts))
    place = next(at for at, line in enumerate(lines) if line.startswith("said on"))
    said = "2025-01-31 published 293 1,200 900 1 0.50 to 1.25 not told apart"
    assert " ".join(lines[place + 1].split()) == said
    assert lines[place + 2].endswith("too few customers to tell")
    assert lines[place + 3] == ""


def test_a_publication_of_an_earlier_release_is_exported_with_what_it_holds(
    told: Told, tmp_path: Path
) -> None:
    shutil.copytree(told.folder, tmp_path / "old")
    for name in ("loss_backtest", "cash_dependence", "aging_cash"):
        (tmp_path / "old" / f"{name}.parquet").unlink()
    old = Told(tmp_path / "old", told.facts)
    assert not (export_forecast(old, tmp_path / "cash") / "aging_cash.csv").exists()
    assert "loss_backtest.csv" not in verify_export(export_audit(old, tmp_path / "audit").parent)["files"]
    assert lost_since(old).empty


def test_the_forecast_is_exported_as_published(told: Told, tmp_path: Path) -> None:
    folder = export_forecast(told, tmp_path / "cash")
    weeks = pd.read_csv(folder / "cash_by_week.csv")
    assert weeks["expected"].sum() == pytest.approx(told.table("cash_by_week")["expected"].sum())
    with pytest.raises(UsageError, match="the folder holds something"):
        export_forecast(told, folder)
