from __future__ import annotations

import dataclasses
import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from arseg.report.findings import Findings, plain_value, rows_of
from arseg.schema import DataError


def test_rows_are_plain_whatever_the_frame_holds() -> None:
    frame = pd.DataFrame(
        {
            "week": [pd.Timestamp(2026, 11, 2), pd.NaT],
            "expected": [np.float64(1.5), float("nan")],
            "low_50": [Decimal("1.25"), None],
            "high_50": [np.int64(3), float("inf")],
            "low_80": [True, False],
            "high_80": pd.array([1, None], dtype="Int64"),
        }
    )
    first, second = rows_of(frame, "cash")
    assert first == {
        "week": "2026-11-02",
        "expected": 1.5,
        "low_50": 1.25,
        "high_50": 3.0,
        "low_80": True,
        "high_80": 1,
    }
    assert (
        second["week"]
        is second["expected"]
        is second["low_50"]
        is second["high_50"]
        is second["high_80"]
        is None
    )
    json.dumps([first, second], allow_nan=False)


def test_a_column_of_one_kind_is_as_plain_as_its_values_one_by_one() -> None:
    frame = pd.DataFrame(
        {
            "week": pd.Series(["a", None], dtype="str"),
            "expected": np.array([1.5, np.inf]),
            "low_50": np.array([0.1, np.nan], dtype="float32"),
            "high_50": np.array([3, -4]),
            "low_80": np.array([True, False]),
            "high_80": np.array([7, 8], dtype="uint8"),
        }
    )
    rows = rows_of(frame, "cash")
    plain = [{name: plain_value(value) for name, value in row.items()} for row in frame.to_dict("records")]
    assert rows == plain
    assert [[*map(type, row.values())] for row in rows] == [[*map(type, row.values())] for row in plain]


def test_lists_and_mappings_inside_a_cell_are_plain_too() -> None:
    assert plain_value(np.array([1.0, np.nan])) == [1.0, None]
    assert plain_value({"a": dt.datetime(2026, 1, 2, 3, 4)}) == {"a": "2026-01-02"}  # noqa: DTZ001


def test_no_frame_and_an_empty_frame_have_no_rows() -> None:
    assert rows_of(None, "cash") == rows_of(pd.DataFrame(), "cash") == []


def test_a_frame_that_lacks_a_column_is_refused_by_name() -> None:
    with pytest.raises(DataError, match=r"moves lacks columns \['customers'\]"):
        rows_of(pd.DataFrame({"from_segment": ["Low"], "to_segment": ["High"]}), "moves")


def test_the_worklists_names_are_not_read(findings: Findings) -> None:
    assert findings.worklist is not None
    assert findings.worklist["name"].str.startswith("CANARY").all()
    assert "CANARY" not in json.dumps(rows_of(findings.worklist, "worklist"))


def test_findings_cannot_be_changed(findings: Findings) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        findings.title = "other"  # type: ignore[misc]
