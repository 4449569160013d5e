from __future__ import annotations

import html
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from arseg.report import Findings, TearSheet, tear_sheet
from arseg.schema import UsageError


@pytest.fixture(name="result", scope="module")
def backtest_result(findings: Findings) -> Any:
    return SimpleNamespace(
        key_dates=findings.key_dates,
        horizon_days=90,
        in_force=findings.in_force,
        measures=findings.measures,
        accuracy=findings.accuracy,
        calibration=findings.calibration,
        notes=("Write-offs are still being followed.",),
    )


def test_a_tear_sheet_has_the_evidence_and_nothing_of_today(result: Any) -> None:
    page = tear_sheet(result, title="Tiers <against> aging").html
    assert re.findall(r'<h2 id="([\w-]+)"', page) == [
        *("contents-title", "separation", "replay", "counterfactual", "self_check", "trust", "definitions")
    ]
    assert "Backtest at 28 June 2026" in page
    assert "Tiers &lt;against&gt; aging" in page
    assert "Not identified: " in page
    assert "Write-offs are still being followed." in page
    assert "Policies over the last 12 key dates" in page


def test_it_is_saved_whole_and_the_same_bytes_twice(result: Any, tmp_path: Path) -> None:
    sheet = tear_sheet(result)
    path = sheet.save(tmp_path / "new" / "sheet.html")
    assert path.read_text(encoding="utf-8") == sheet.html == tear_sheet(result).html
    assert [each.name for each in path.parent.iterdir()] == ["sheet.html"]


def test_a_notebook_shows_it_in_a_frame_without_rights() -> None:
    shown = TearSheet('<p title="x">&</p>')._repr_html_()
    assert 'sandbox=""' in shown
    framed = re.search(r'srcdoc="([^"]*)"', shown)
    assert framed is not None
    assert html.unescape(framed.group(1)) == '<p title="x">&</p>'


def test_it_prints_as_its_size() -> None:
    assert repr(TearSheet("x" * 1234)) == "TearSheet(1,234 characters)"


def test_a_backtest_without_key_dates_is_refused() -> None:
    with pytest.raises(UsageError, match="the backtest has no key date"):
        tear_sheet(SimpleNamespace(key_dates=()))  # type: ignore[arg-type]
