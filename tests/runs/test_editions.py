from __future__ import annotations

from pathlib import Path

import pytest

from arseg.runs.editions import (
    DAILY,
    SCORED_BY,
    WORK,
    in_force_before,
    is_daily,
    last_month_end,
    one_per_day,
)
from arseg.runs.journal import Run
from arseg.runs.publication import POINTER, publish


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """Return publications: two month-ends, a refresh after each, and a month that was never in force."""
    for version, work in (
        ("2026-08-31-ffff", ""),
        ("2026-08-31-aaaa", ""),
        ("2026-09-04-bbbb", DAILY),
        ("2026-09-30-cccc", ""),
        ("2026-09-30-dddd", DAILY),
    ):
        publish({"x": version.encode()}, folder=tmp_path, version=version, facts={WORK: work})
    publish({"x": b""}, folder=tmp_path, version="2026-07-31-eeee", facts={}, point=False)
    return tmp_path


def names(folder: Path, day: str | None = None) -> list[str]:
    return [held.name for held, _ in in_force_before(folder, day)]


def test_editions_in_force_come_latest_first_and_end_before_the_day(folder: Path) -> None:
    assert names(folder)[:2] == ["2026-09-30-dddd", "2026-09-30-cccc"]
    assert names(folder, "2026-09-30") == ["2026-09-04-bbbb", "2026-08-31-aaaa", "2026-08-31-ffff"]
    assert names(folder, "2026-01-01") == []
    assert names(folder / "absent") == []


def test_a_month_end_is_found_behind_daily_refreshes(folder: Path) -> None:
    for day, version in ((None, "2026-09-30-cccc"), ("2026-09-30", "2026-08-31-aaaa"), ("2026-08-31", None)):
        found = last_month_end(folder, day)
        assert (found.name if found else None) == version


def test_of_each_day_the_edition_last_in_force_speaks_and_a_month_end_before_a_refresh(folder: Path) -> None:
    found = {day: held.name for day, held in one_per_day(folder, "2026-10-01").items()}
    assert found == {
        "2026-07-31": "2026-07-31-eeee",
        "2026-08-31": "2026-08-31-aaaa",
        "2026-09-04": "2026-09-04-bbbb",
        "2026-09-30": "2026-09-30-cccc",
    }
    (folder / POINTER).write_text("nonsense\n", encoding="utf-8")
    assert list(one_per_day(folder, "2026-09-01")) == ["2026-07-31", "2026-08-31"]


def test_a_run_is_daily_once_it_says_by_whom_it_scores(run: Run) -> None:
    assert not is_daily(run)
    run.save(SCORED_BY, {"version": "x"})
    assert is_daily(run)
