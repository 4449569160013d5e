"""What docs/monitoring.md says was measured is what the benchmark's result says."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
RESULT = json.loads((ROOT / "benchmarks" / "results" / "monitor.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield importlib.import_module("monitor_page")


def row(case: str, share: float, asked: str, **more: Any) -> dict[str, Any]:
    return {
        "case": case,
        "share": share,
        "low": share / 2,
        "high": share,
        "asked": asked,
        "worlds": 20,
        **more,
    }


def rows(share: float) -> list[dict[str, Any]]:
    return [
        row(
            "stationary",
            0.01,
            "<= 0.05",
            runs=240,
            series=560,
            cpu_seconds=1300,
            worlds_with_an_alarm_in_the_last_two=1,
        ),
        row("all judged", 0.0, "<= 0.05", runs=160),
        row("feed", share, ">= 0.90", first_run=0.5, by_monitor={"cash": 0.1, "feeds": 0.85, "scores": 0.0}),
    ]


def test_the_page_says_what_the_result_says(page: ModuleType) -> None:
    text = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    between = text.split(page.MARKS[0])[1].split(page.MARKS[1])[0].strip()
    assert between == page.section(RESULT["rows"])


def test_a_shift_caught_too_seldom_is_written_down_as_a_loss(page: ModuleType) -> None:
    assert "| feed | 85.0 % (42.5 to 85.0), **lost** | 50 % | feeds 85, cash 10 |" in page.section(rows(0.85))
    assert "lost" not in page.section(rows(0.9))


def test_too_many_false_alarms_are_a_loss(page: ModuleType) -> None:
    loud = [{**one, "share": 0.06} if one["case"] == "stationary" else one for one in rows(1.0)]
    assert "at most 5 %, **lost**" in page.section(loud)


def test_a_picture_is_drawn_of_every_row(page: ModuleType, tmp_path: Path) -> None:
    page.draw([*rows(0.85), row("growth", 0.0, "nothing", first_run=0.0, by_monitor={})], tmp_path / "m.png")
    assert (tmp_path / "m.png").stat().st_size > 10_000
