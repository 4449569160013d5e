from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.value.natural import (
    CHANGE_COLUMNS,
    CUT_COLUMNS,
    Cut,
    RuleChange,
    at_cuts,
    at_rule_changes,
)
from arseg.schema import UsageError


def decisions(*, jump: float = 0.3, minutes: float = 8.0, heap: bool = False) -> pd.DataFrame:
    """Return decisions whose desk calls from 31 days past due on; calls raise the share collected by a jump."""
    chance = np.random.default_rng(7)
    count = 4000
    age = chance.integers(1, 61, count)
    if heap:
        age = np.where((age < 31) & (age > 20) & (chance.random(count) < 0.5), 31, age)
    called = age >= 31
    share = np.clip(0.6 - 0.003 * age + jump * called + chance.normal(0, 0.1, count), 0, 1)
    balance = chance.lognormal(7, 1, count)
    return pd.DataFrame(
        {
            "customer_id": [f"C{n % 800:03d}" for n in range(count)],
            "key_date": pd.Timestamp("2025-03-31"),
            "oldest_days_past_due": age,
            "open_balance": balance,
            "cash": share * balance,
            "amount_days": (28 - 20 * share) * balance,
            "minutes": minutes * called + chance.random(count),
            "cleared_days_late": chance.normal(5, 3, count),
            "cleared_count": chance.integers(0, 9, count),
            "promised": 0,
            "contacts_30d": chance.integers(0, 3, count),
        }
    )


def test_a_jump_at_a_known_cut_is_found() -> None:
    found = at_cuts(decisions(), [Cut("oldest_days_past_due", 31)])
    assert tuple(found.columns) == CUT_COLUMNS
    own = found.set_index("measure")
    assert own["identified"].all(), own["why"].tolist()
    assert own.loc["collected", "low"] < 0.3 < own.loc["collected", "high"]
    assert own.loc["days open", "low"] < -6 < own.loc["days open", "high"]


def test_where_the_treatment_does_not_change_nothing_is_said_of_it() -> None:
    found = at_cuts(decisions(minutes=0.0), [Cut("oldest_days_past_due", 31)])
    assert not found["identified"].any()
    assert found["why"].str.contains("the desk spends no other minutes above the cut than below it").all()


def test_customers_who_heap_at_the_cut_are_seen() -> None:
    found = at_cuts(decisions(heap=True), [Cut("oldest_days_past_due", 31)])
    assert found["why"].str.contains("customers heap at the cut").all()


def test_what_was_known_before_and_jumps_too_is_named() -> None:
    rows = decisions()
    rows["cleared_days_late"] += 5.0 * (rows["oldest_days_past_due"] >= 31)
    found = at_cuts(rows, [Cut("oldest_days_past_due", 31)])
    assert found["why"].str.contains("what was known before jumps too: cleared_days_late").all()


def test_a_cut_that_nobody_crosses_has_no_figure() -> None:
    found = at_cuts(decisions(), [Cut("oldest_days_past_due", 500)])
    assert found["estimate"].isna().all()
    assert found["why"].str.contains("too few decisions lie near the cut").all()


def changed(*, drift: float = 0.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return decisions of a year in four regions, two of which collect a fifth more from July on."""
    chance = np.random.default_rng(3)
    parts = []
    for month in range(1, 13):
        rows = decisions().sample(1200, random_state=month)
        region = rows["customer_id"].str[1:].astype(int) % 4
        more = 0.2 * ((region < 2) & (month >= 7)) + drift * month * (region < 2)
        share = np.clip(0.3 + more + chance.normal(0, 0.02, len(rows)), 0, 1)
        parts.append(
            rows.assign(
                key_date=pd.Timestamp(2025, month, 15),
                cash=share * rows["open_balance"],
                amount_days=(28 - 20 * share) * rows["open_balance"],
            )
        )
    names = sorted({name for part in parts for name in part["customer_id"]})
    profile = pd.DataFrame({"customer_id": names, "region": [f"R{int(name[1:]) % 4}" for name in names]})
    return pd.concat(parts, ignore_index=True), profile


CHANGE = RuleChange(dt.date(2025, 7, 1), "region", ("R0", "R1"))


def test_a_known_change_of_rule_is_found() -> None:
    found = at_rule_changes(*changed(), [CHANGE])
    assert tuple(found.columns) == CHANGE_COLUMNS
    own = found.set_index("measure").loc["collected"]
    assert own["low"] < 0.2 < own["high"]
    assert own["units"] == 4


def test_regions_that_moved_apart_before_the_change_are_not_compared() -> None:
    own = at_rule_changes(*changed(drift=0.03), [CHANGE]).set_index("measure").loc["collected"]
    assert not own["identified"]
    assert own["why"] == "they moved apart before the change"


def test_a_change_that_met_everybody_has_nobody_to_compare_with() -> None:
    everywhere = RuleChange(dt.date(2025, 7, 1), "region", ("R0", "R1", "R2", "R3"))
    found = at_rule_changes(*changed(), [everywhere])
    assert (found["why"] == "nobody to compare with").all()
    assert not found["identified"].any()


def test_a_cut_or_a_change_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no such cut"):
        Cut("mood", 3)
    with pytest.raises(UsageError, match="names no customers"):
        RuleChange(dt.date(2025, 1, 1), "region", ())
