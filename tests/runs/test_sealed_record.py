from __future__ import annotations

import json
from pathlib import Path

import pytest

from arseg.runs.sealed_record import SealedRecord
from arseg.schema import DataError, UsageError


@pytest.fixture(name="record")
def _record(tmp_path: Path) -> SealedRecord:
    made = SealedRecord(tmp_path / "deep" / "demo.jsonl", holds="champions", instead="promote another")
    for day in ("2026-10-01", "2026-10-01", "2026-10-05"):
        made.add({"event": "x", "on": day})
    return made


def test_events_come_back_in_their_order_and_none_where_there_is_no_file(
    record: SealedRecord, tmp_path: Path
) -> None:
    assert [event["on"] for event in record.events()] == ["2026-10-01", "2026-10-01", "2026-10-05"]
    assert SealedRecord(tmp_path / "absent", holds="x", instead="y").events() == []


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [lines[0].replace("-01", "-02"), *lines[1:]],
        lambda lines: lines[1:],
        lambda lines: [lines[0], lines[2]],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [*lines, lines[-1]],
        lambda lines: ["[]", *lines],
    ],
)
def test_a_line_changed_removed_moved_or_put_in_is_found(record: SealedRecord, change: object) -> None:
    assert callable(change)
    lines = record.path.read_text(encoding="ascii").splitlines()
    record.path.write_text("\n".join(change(lines)) + "\n", encoding="ascii")
    with pytest.raises(DataError, match=r"the record of champions demo\.jsonl was changed.*promote another"):
        record.events()
    with pytest.raises(DataError, match="was changed"):
        record.add({"event": "x", "on": "2026-11-01"})


def test_the_end_of_the_record_may_be_cut_off_only_by_a_crash_amid_a_line(record: SealedRecord) -> None:
    whole = record.path.read_bytes()
    record.path.write_bytes(whole[:-7])
    assert len(record.events()) == 2
    record.add({"event": "x", "on": "2026-10-06"})
    assert [event["on"] for event in record.events()] == ["2026-10-01", "2026-10-01", "2026-10-06"]
    assert all(json.loads(line)["seal"] for line in record.path.read_text(encoding="ascii").splitlines())


def test_days_never_run_backwards(record: SealedRecord) -> None:
    with pytest.raises(
        UsageError, match=r"an earlier line.*Given: on 2026-10-04\. Allowed: 2026-10-05 or later"
    ):
        record.add({"event": "x", "on": "2026-10-04"})
