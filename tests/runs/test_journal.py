from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.runs.experiment import Experiment
from arseg.runs.journal import Run, create_run, note, open_run, read_journal, run_folders
from arseg.runs.memory import peak_mib
from arseg.schema import DataError, UsageError


def test_a_notebook_opens_the_run_that_was_recorded(run: Run) -> None:
    assert open_run(str(run.record), run.run_id) == run
    assert run.ledger_path == run.home / "data" / "ledger" / "demo.duckdb"


def test_a_notebook_opened_by_hand_joins_the_prepared_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARSEG_RUN", str(run.record))
    assert open_run() == run


def test_a_notebook_without_a_run_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARSEG_RUN", raising=False)
    with pytest.raises(UsageError, match=r"belongs to no run.*arseg lab EXPERIMENT"):
        open_run()


def test_the_record_of_another_run_is_refused(run: Run) -> None:
    with pytest.raises(UsageError, match="the record is of another run"):
        open_run(str(run.record), "20260101T000000000000Z-000000")


def test_run_ids_are_unique_and_in_order_of_time(experiment: Experiment, tmp_path: Path) -> None:
    runs = [create_run(experiment, key_date=dt.date(2026, 10, 31), home=tmp_path) for _ in range(20)]
    assert [folder.name for folder in run_folders(tmp_path)] == [run.run_id for run in runs]


def test_frames_and_plain_data_come_back_as_they_were_saved(run: Run) -> None:
    frame = pd.DataFrame(
        {"customer_id": ["a", None], "day": pd.to_datetime(["2026-01-31", None]), "balance": [1.5, np.nan]},
        index=pd.Index([7, 9], name="row"),
    )
    run.save("scores", frame)
    pd.testing.assert_frame_equal(run.load("scores"), frame)
    run.save(
        "told", {"days": [dt.date(2026, 1, 31), pd.Timestamp("2026-02-28")], "n": np.int64(3), "x": None}
    )
    assert run.load("told") == {"days": ["2026-01-31", "2026-02-28"], "n": 3, "x": None}


def test_saving_twice_gives_the_same_bytes(run: Run) -> None:
    frame = pd.DataFrame({"customer_id": ["a", "b"], "balance": [1.5, 2.5]})
    first = [run.save("frame", frame).read_bytes(), run.save("plain", {"b": 1, "a": 2}).read_bytes()]
    again = [run.save("frame", frame.copy()).read_bytes(), run.save("plain", {"a": 2, "b": 1}).read_bytes()]
    assert first == again


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float32("nan"), object(), pd.NaT, {1, 2}])
def test_what_json_cannot_keep_is_refused(run: Run, value: object) -> None:
    with pytest.raises(DataError, match=r"told cannot be kept as plain data.*write None"):
        run.save("told", {"value": value})
    with pytest.raises(DataError, match="no earlier stage saved 'told'"):
        run.load("told")


@pytest.mark.parametrize("name", ["", "../x", "a b", "X", "a" * 65])
def test_a_result_is_named_in_plain_words(run: Run, name: str) -> None:
    with pytest.raises(UsageError, match="name for its result"):
        run.save(name, {})


def test_what_no_stage_saved_is_asked_for_in_vain(run: Run) -> None:
    run.save("measures", [])
    with pytest.raises(DataError, match=r"no earlier stage saved 'scores'.*Allowed: measures"):
        run.load("scores")


def test_the_sentinel_carries_the_run_id_and_the_memory(run: Run) -> None:
    assert not run.sentinel("01_ledger").exists()
    run.finish("01_ledger")
    said = json.loads(run.sentinel("01_ledger").read_text(encoding="utf-8"))
    assert said == {"run_id": run.run_id, "peak_mib": peak_mib()}
    assert 10 < said["peak_mib"] < 100_000


def test_events_are_appended_one_line_each_with_their_time(run: Run) -> None:
    note(run, "start", experiment="demo")
    note(run, "fail", message="two\nlines \x1b[31m and a day", day=dt.date(2026, 1, 31))
    lines = (run.folder / "journal.jsonl").read_text(encoding="ascii").splitlines()
    events = read_journal(run.folder)
    assert len(lines) == len(events) == 2
    assert [event["event"] for event in events] == ["start", "fail"]
    assert "\x1b" not in lines[1]
    assert dt.datetime.fromisoformat(events[0]["at"]) <= dt.datetime.fromisoformat(events[1]["at"])


def test_a_line_cut_short_by_a_crash_is_left_out(run: Run) -> None:
    note(run, "start")
    with (run.folder / "journal.jsonl").open("a", encoding="ascii") as journal:
        journal.write('{"at": "2026-')
    assert [event["event"] for event in read_journal(run.folder)] == ["start"]


def test_a_run_without_events_has_an_empty_journal(run: Run) -> None:
    assert read_journal(run.folder) == []
