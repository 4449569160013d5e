from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest

from arseg.runs.alarms import alarms_after, describe, stand_of
from arseg.runs.month_end import RunResult
from arseg.runs.publication import publish
from arseg.runs.review import add_review, review_file
from arseg.schema import DataError

DAY = dt.date(2026, 3, 1)


def table(*, alarm: bool) -> pd.DataFrame:
    rows = {
        "monitor": ["features", "cash"],
        "series": ["late_share", "came of expected"],
        "value": [0.9, 1.0],
        "usual": [0.5, 1.0],
        "standardised": [9.14, 0.0],
        "p": [1e-9, None],
        "alarm": [alarm, False],
    }
    return pd.DataFrame(rows)


def put(home: Path, *, alarm: bool = False, until: str = "2026-04-01") -> None:
    files = {"model_card.json": json.dumps({"valid_until": until}).encode()}
    path = home / "monitor.parquet"
    table(alarm=alarm).to_parquet(path)
    publish(
        files | {"monitor.parquet": path},
        folder=home / "data" / "published" / "demo",
        version="2026-01-31-aaaaaaaa",
        facts={},
    )


def test_a_quiet_publication_has_no_alarm_and_says_when_the_review_is_due(tmp_path: Path) -> None:
    put(tmp_path)
    found = stand_of(tmp_path, "demo", DAY)
    assert (found.alarms, found.watched, found.unjudged) == ((), 1, 1)
    assert describe(found).splitlines() == [
        "2026-01-31-aaaaaaaa: 1 series watched, 1 with too little past",
        "no alarm",
        "review: due 2026-05-09, none was held yet",
    ]
    assert json.loads(found.to_json())["alarms"] == []


def test_a_drift_an_old_model_and_an_overdue_review_are_alarms(tmp_path: Path) -> None:
    put(tmp_path, alarm=True)
    assert stand_of(tmp_path, "demo", dt.date(2026, 5, 19)).alarms == (
        "features: late_share is 0.9, usually 0.5 (+9.1 spreads)",
        "model: it could be used until 2026-04-01, 48 days ago",
        "review: OVERDUE by 10 days, none was held yet",
    )


def test_a_review_that_was_held_is_named(tmp_path: Path) -> None:
    put(tmp_path)
    add_review(review_file(tmp_path, "demo"), by="Ada", note="nothing found", on=DAY)
    assert stand_of(tmp_path, "demo", DAY).review == (
        "review: due 2026-06-07, last by Ada on 2026-03-01: nothing found"
    )


def test_the_first_quarter_counts_from_the_day_of_the_first_run_and_not_from_a_backfills_key_date(
    tmp_path: Path,
) -> None:
    put(tmp_path)
    folder = tmp_path / "journal" / "20260401T080000000000Z-abcdef"
    folder.mkdir(parents=True)
    events = [
        {"at": "2026-04-01T08:00:00.000+00:00", "event": "start", "experiment": "demo"},
        {"at": "2026-04-01T08:02:00.000+00:00", "event": "publish", "version": "2026-01-31-aaaaaaaa"},
    ]
    (folder / "journal.jsonl").write_text(
        "".join(json.dumps(event) + "\n" for event in events), encoding="utf-8"
    )
    assert stand_of(tmp_path, "demo", DAY).review == "review: due 2026-07-08, none was held yet"


def test_behind_a_daily_refresh_stands_what_the_month_end_watched(tmp_path: Path) -> None:
    put(tmp_path, alarm=True)
    publish(
        {"model_card.json": json.dumps({"valid_until": "2026-02-15"}).encode()},
        folder=tmp_path / "data" / "published" / "demo",
        version="2026-02-14-bbbbbbbb",
        facts={},
    )
    found = stand_of(tmp_path, "demo", DAY)
    assert found.version == "2026-01-31-aaaaaaaa"
    assert [alarm.partition(":")[0] for alarm in found.alarms] == ["features", "model"]


def test_what_was_not_watched_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"says nothing of what was watched.*nothing in force"):
        stand_of(tmp_path, "demo", DAY)


@pytest.mark.parametrize("in_force", [True, False])
def test_a_run_is_told_what_stands_against_it_on_its_key_date_and_a_backfill_its_own(
    tmp_path: Path, *, in_force: bool
) -> None:
    put(tmp_path, alarm=True)
    own = ("its own",)
    result = RunResult(
        *("r1", "demo", dt.date(2026, 4, 3), "2026-04-03-cc", tmp_path),
        in_force=in_force,
        report=tmp_path,
        worklist=tmp_path,
        tracked=None,
        alarms=own,
    )
    standing = (
        "features: late_share is 0.9, usually 0.5 (+9.1 spreads)",
        "model: it could be used until 2026-04-01, 2 days ago",
    )
    assert alarms_after(result, tmp_path) == (standing if in_force else own)
