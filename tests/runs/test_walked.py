from __future__ import annotations

import datetime as dt
import gc
import weakref
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.backtest import Plan, Walk
from arseg.ledger import Ledger
from arseg.runs import walked
from arseg.runs.journal import Run
from arseg.runs.walked import keep_day, keep_walk, kept_days, load_walk
from arseg.schema import DataError

DAYS = [dt.date(2025, 4, 30), dt.date(2025, 5, 31)]


@pytest.mark.parametrize("is_cached", [False, True])
def test_month_ends_come_back_as_they_were_kept(
    small_ledger: Ledger, run: Run, tmp_path: Path, *, is_cached: bool
) -> None:
    built = Walk(small_ledger, Plan(), cache=tmp_path if is_cached else None)
    keep_walk(run, [built.landmark(day) for day in DAYS])
    again = load_walk(run, Walk(small_ledger, Plan()))
    assert kept_days(run) == DAYS
    for day in DAYS:
        one, other = built.landmark(day), again.landmark(day)
        pd.testing.assert_frame_equal(one.features.matrix(), other.features.matrix(), check_exact=True)
        pd.testing.assert_frame_equal(one.standing.customers, other.standing.customers, check_exact=True)
        for part in ("items", "customers", "profile"):
            pd.testing.assert_frame_equal(getattr(one.features, part), getattr(other.features, part))
        if is_cached:
            copied = run.work / f"customers_{day:%Y%m%d}.parquet"
            assert copied.read_bytes() == (one.kept / "customers.parquet").read_bytes()
        assert np.array_equal(one.standing.month_days, other.standing.month_days)


def test_a_day_alone_is_kept_without_what_stood_open(small_ledger: Ledger, run: Run) -> None:
    features = Walk(small_ledger, Plan(), blocks=["item"]).landmark(DAYS[0]).features
    keep_day(run, features)
    mark = load_walk(run, Walk(small_ledger, Plan())).landmark(DAYS[0])
    pd.testing.assert_frame_equal(mark.features.items, features.items, check_exact=True)
    with pytest.raises(DataError, match="standing_20250430"):
        _ = mark.standing


def test_a_month_end_that_was_not_kept_is_still_built(small_ledger: Ledger, run: Run) -> None:
    keep_walk(run, [Walk(small_ledger, Plan()).landmark(DAYS[0])])
    again = load_walk(run, Walk(small_ledger, Plan()))
    assert again.landmark(DAYS[1]).key_date == DAYS[1]


def test_of_a_large_book_two_month_ends_are_held_at_a_time(
    small_ledger: Ledger, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walked, "_HELD", 1)
    built = Walk(small_ledger, Plan(), blocks=["item"])
    days = [*DAYS, dt.date(2025, 6, 30)]
    keep_walk(run, [built.landmark(day) for day in days])
    marks = load_walk(run, Walk(small_ledger, Plan())).landmarks(dt.date(2025, 7, 1))[-3:]
    assert [mark.key_date for mark in marks] == days
    held = weakref.ref(marks[0].features)
    assert held() is marks[0].features
    for mark in marks[1:]:
        assert len(mark.features.items) == len(built.landmark(mark.key_date).features.items)
    gc.collect()
    assert held() is None
    pd.testing.assert_frame_equal(marks[0].features.items, built.landmark(days[0]).features.items)
