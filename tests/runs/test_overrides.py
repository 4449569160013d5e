from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pandas as pd
import pytest

from arseg.policies.overrides import Override
from arseg.runs.overrides import (
    add_override,
    override_file,
    read_overrides,
    require_published,
    withdraw_override,
)
from arseg.runs.publication import publish
from arseg.schema import DataError, UsageError

MADE, UNTIL = dt.date(2026, 10, 1), dt.date(2026, 12, 31)


def one(customer: str = "C0", made: dt.date = MADE, segment: str = "Low") -> Override:
    return Override(customer, segment, "pays by instalments, says Müller", "M. Ruiz", made, UNTIL)


@pytest.fixture(name="record")
def _record(tmp_path: Path) -> Path:
    path = override_file(tmp_path, "demo")
    for made in (one("C0"), one("C1"), one("C0", dt.date(2026, 10, 5), "High")):
        add_override(path, made)
    return path


def test_what_was_written_is_read_in_its_order(record: Path) -> None:
    assert record.parts[-3:] == ("data", "overrides", "demo.jsonl")
    assert read_overrides(record) == [one("C0"), one("C1"), one("C0", dt.date(2026, 10, 5), "High")]


def test_there_is_none_before_the_first(tmp_path: Path) -> None:
    assert read_overrides(override_file(tmp_path, "demo")) == []


def test_it_is_only_ever_added_to(record: Path) -> None:
    before = record.read_bytes()
    withdraw_override(record, "C1", reason="paid", by="M. Ruiz", on=dt.date(2026, 10, 6))
    assert record.read_bytes().startswith(before)
    assert record.read_bytes().count(b"\n") == 4


def test_a_withdrawal_takes_the_last_override_of_the_customer(record: Path) -> None:
    gone = withdraw_override(record, "C0", reason="paid", by="M. Ruiz", on=dt.date(2026, 10, 7))
    assert gone.segment == "High"
    assert [each.withdrawn_on for each in read_overrides(record)] == [None, None, dt.date(2026, 10, 7)]
    add_override(record, one("C0", dt.date(2026, 10, 8)))
    assert read_overrides(record)[-1].withdrawn_on is None


@pytest.mark.parametrize("line", [0, 1, 2])
@pytest.mark.parametrize("how", ["changed", "removed", "doubled", "swapped", "no json"])
def test_a_record_that_was_tampered_with_is_refused(record: Path, line: int, how: str) -> None:
    lines = record.read_bytes().splitlines(keepends=True)
    if how == "changed":
        lines[line] = lines[line].replace(b"instalments", b"cheque")
    elif how == "removed":
        del lines[line]
    elif how == "doubled":
        lines.insert(line, lines[line])
    elif how == "swapped":
        lines[line], lines[line - 1] = lines[line - 1], lines[line]
    else:
        lines[line] = b"[1]\n"
    record.write_bytes(b"".join(lines))
    if how == "removed" and line == 2:
        assert len(read_overrides(record)) == 2, "an end that is missing cannot be seen"
        return
    with pytest.raises(DataError, match=r"demo\.jsonl was changed\. Given: line \d, or one before it"):
        read_overrides(record)
    with pytest.raises(DataError, match="was changed"):
        add_override(record, one("C2", dt.date(2026, 11, 1)))


def test_a_line_cut_short_by_a_crash_is_left_out_and_then_replaced(record: Path) -> None:
    whole = record.read_bytes()
    for cut in (1, 40, 200):
        record.write_bytes(whole + whole[:cut])
        assert len(read_overrides(record)) == 3
    add_override(record, one("C2", dt.date(2026, 10, 9)))
    assert len(read_overrides(record)) == 4
    assert record.read_bytes().startswith(whole)


def test_a_write_that_fails_leaves_what_was_there(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: written(handle, bytes(content)[:7]) and _full())
    with pytest.raises(OSError, match="no room"):
        add_override(record, one("C2", dt.date(2026, 10, 9)))
    monkeypatch.undo()
    assert len(read_overrides(record)) == 3
    add_override(record, one("C2", dt.date(2026, 10, 9)))
    assert len(read_overrides(record)) == 4


def _full() -> int:
    raise OSError(28, "no room")


def test_days_do_not_run_backwards(record: Path) -> None:
    with pytest.raises(
        UsageError, match=r"an earlier line.*Given: on 2026-10-04\. Allowed: 2026-10-05 or later"
    ):
        add_override(record, one("C2", dt.date(2026, 10, 4)))


@pytest.mark.parametrize("customer", ["C9", "C0"])
def test_what_does_not_stand_cannot_be_withdrawn(record: Path, customer: str) -> None:
    with pytest.raises(UsageError, match=r"no override to withdraw.*Do: list them"):
        withdraw_override(record, customer, reason="paid", by="M. Ruiz", on=dt.date(2027, 1, 1))


def test_a_withdrawal_says_who_and_why(record: Path) -> None:
    with pytest.raises(UsageError, match="override: reason is empty"):
        withdraw_override(record, "C1", reason="", by="M. Ruiz", on=dt.date(2026, 10, 7))


def test_a_customer_whom_nobody_published_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with pytest.raises(UsageError, match=r"does not know the customer\. Given: C1042\. Allowed: one of 0"):
        require_published(folder, "C1042")
    frame = pd.DataFrame({"customer_id": ["C1042", "C1043"]})
    files = {"assignments.parquet": frame.to_parquet()}
    publish(files, folder=folder, version="2026-10-31-00000000", facts={})
    require_published(folder, "C1042")
    with pytest.raises(UsageError, match=r"one of 2 customers, such as C104"):
        require_published(folder, "C1024")
