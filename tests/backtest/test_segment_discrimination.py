from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from arseg.backtest import BacktestResult
from arseg.backtest.segment_discrimination import (
    SCORE,
    SegmentDiscrimination,
    discriminate_segments,
    read_contacts,
)
from arseg.ledger import Ledger, observe_contacts
from oracle.judged import DATES, draw_frames


def _result(frames: Mapping[str, Any]) -> BacktestResult:
    """Return what of a backtest is read."""
    return cast("BacktestResult", SimpleNamespace(**frames))


@pytest.fixture(scope="module")
def found() -> SegmentDiscrimination:
    frames = draw_frames(customers=60)
    by_age = np.select(
        [frames["customers"]["oldest_days_past_due"] > 30, frames["customers"]["oldest_days_past_due"] > 0],
        ["High", "Medium"],
        "Low",
    )
    aging = frames["customers"][["customer_id", "key_date"]].assign(policy="aging", segment=by_age)
    frames["rows"] = pd.concat([frames["rows"], aging], ignore_index=True)
    return discriminate_segments(_result(frames), draws=200)


def test_what_separates_is_seen_to_and_what_does_not_is_not(found: SegmentDiscrimination) -> None:
    ranking = found.ranking.set_index(["ranking", "age", "weight", "measure"])
    assert ranking.loc[("drawn", 60, "count", "somers_d"), "low"] > 0.2
    aging = ranking.loc[("aging", 60, "count", "somers_d")]
    assert aging["low"] < 0 < aging["high"], "in these frames the oldest item says nothing of what comes"
    assert set(found.segments["policy"]) == set(found.curves["policy"]) == {"drawn", "aging"}
    assert set(found.errors["policy"]) == {"drawn", "aging"}


def test_the_lead_over_a_baseline_is_the_difference_of_two_rankings(found: SegmentDiscrimination) -> None:
    lift = found.lift.set_index(["ranking", "against", "age", "weight", "measure"])
    ranking = found.ranking.set_index(["ranking", "age", "weight", "measure"])["value"]
    row = lift.loc[("drawn", "oldest days past due", 60, "amount", "somers_d")]
    assert row["value"] == pytest.approx(ranking.loc[("drawn", 60, "amount", "somers_d")] - row["baseline"])
    assert row["low"] > 0
    own = lift.loc[(SCORE, "mean days late", 30, "count", "ks")]
    assert own["baseline"] == pytest.approx(ranking.loc[("mean days late", 30, "count", "ks")])


def test_a_policy_that_sorts_by_the_oldest_item_has_no_lead_over_sorting_by_it(
    found: SegmentDiscrimination,
) -> None:
    lift = found.lift.set_index(["ranking", "against"])
    assert (lift.loc[[("aging", "oldest days past due")], "value"].abs() < 1e-12).all()


def test_without_contacts_the_treatment_paradox_cannot_be_sized_and_that_is_said(
    found: SegmentDiscrimination,
) -> None:
    assert found.contacted.empty
    assert found.notes == ("no contact is known: how far treatment has hidden the risk cannot be said",)


def test_a_baseline_that_no_block_says_is_left_out() -> None:
    frames = draw_frames()
    frames["customers"] = frames["customers"].assign(mean_days_late=np.nan)
    found = discriminate_segments(_result(frames), draws=20)
    assert set(found.lift["against"]) == {"oldest days past due"}


def test_contacts_of_the_ledger_are_those_about_the_items_open_on_each_key_date(small_ledger: Ledger) -> None:
    days = [dt.date(2025, 3, 31), dt.date(2025, 4, 30)]
    found = read_contacts(small_ledger, days)
    expected = sum(len(observe_contacts(small_ledger, day)) for day in days)
    assert len(found) == expected > 0
    assert found["key_date"].nunique() == 2


def test_contacts_are_put_beside_the_segments() -> None:
    frames = draw_frames()
    contacts = frames["items"][["key_date", "invoice_id"]].assign(day=3).iloc[::2]
    found = discriminate_segments(_result(frames), contacts=contacts, draws=20)
    assert len(found.contacted) == 3
    assert "desk" in set(found.errors["policy"])
    assert len(DATES) == found.segments["key_date"].nunique()
