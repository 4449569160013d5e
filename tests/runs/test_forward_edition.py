from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from arseg.forecast import load_frozen
from arseg.runs.forward_edition import TABLES, cash_ahead, forward_findings, is_told, publish_forward
from arseg.runs.journal import Run


def test_every_table_and_the_frozen_forecast_are_published(told_run: Run) -> None:
    names = {path.name for path in told_run.to_publish.iterdir()}
    assert {f"{name}.parquet" for name in TABLES} <= names
    assert {"forecast_items.parquet", "provision.json", "2025-11-30.npz", "2025-11-30.sha256"} <= names


def test_the_frozen_forecast_is_what_the_page_shows(told_run: Run) -> None:
    frozen = load_frozen(told_run.to_publish / "2025-11-30.npz")
    shown = pd.read_parquet(told_run.to_publish / "cash.parquet")
    assert frozen.groups[0] == "all"
    assert (
        frozen.expected[0].tolist() == shown["expected"].tolist() == cash_ahead(told_run)["expected"].tolist()
    )


def test_the_page_says_cash_as_a_band_and_the_allowance(told_run: Run) -> None:
    page = (told_run.to_publish / "index.html").read_text(encoding="utf-8")
    assert "80 % of outcomes within" in page
    assert 'id="forecast"' in page
    assert 'id="provision"' in page
    assert "customer_id" not in page


def test_before_the_notebook_has_run_nothing_is_told_or_published(told_run: Run, tmp_path: Path) -> None:
    bare = replace(told_run, folder=tmp_path)
    assert not is_told(bare)
    assert forward_findings(bare) == {}
    publish_forward(bare, tmp_path)
    assert not list(tmp_path.glob("*.parquet"))
