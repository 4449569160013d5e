from __future__ import annotations

import datetime as dt
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from arseg import backtest
from arseg.backtest import BacktestResult, Plan, mature_key_dates
from arseg.ledger import Ledger, observe_flows
from arseg.models import KaplanMeierByTerms
from arseg.policies import AgingBuckets, RiskTiers
from arseg.schema import MEASURES, DataError, UsageError

PLAN = Plan(landmarks=6, fewest_events=20, draws=100)
POLICIES = [AgingBuckets(), RiskTiers()]


@pytest.fixture(scope="module")
def result(small_ledger: Ledger) -> BacktestResult:
    return backtest(small_ledger, POLICIES, KaplanMeierByTerms(), key_dates="2025-03/2025-06", plan=PLAN)


def test_the_result_has_every_key_date_policy_and_measure(result: BacktestResult) -> None:
    assert [str(day) for day in result.key_dates] == ["2025-03-31", "2025-04-30", "2025-05-31", "2025-06-30"]
    assert result.in_force == "AgingBuckets()"
    assert set(result.rows["policy"]) == {"AgingBuckets()", "RiskTiers()"}
    assert list(result.measures.columns) == list(MEASURES.names)
    assert set(result.accuracy["model"]) == {"KaplanMeierByTerms()", "CustomerMeanDelay()"}


def test_the_book_as_a_whole_is_the_ledgers_own_history_to_the_cent(
    result: BacktestResult, small_ledger: Ledger
) -> None:
    flows = pd.concat(
        observe_flows(small_ledger, day, until=until, observed_on=small_ledger.last_known)
        for day, until in zip(result.key_dates, [*result.key_dates[1:], dt.date(2025, 7, 31)], strict=True)
    )
    whole = result.measures[(result.measures["segment"] == "all") & (result.measures["measure"] == "dso")]
    assert whole["numerator"].to_numpy() == pytest.approx(flows["amount_days"].sum(), abs=0.005)
    assert whole["denominator"].to_numpy() == pytest.approx(flows["sales"].sum(), abs=0.005)


def test_calibration_counts_every_mature_item_once(result: BacktestResult) -> None:
    both = result.items.merge(result.outcomes, on=["invoice_id", "key_date"])
    assert result.calibration["rows"].sum() == (both["followed_days"] >= both["late_day"]).sum()


def test_the_same_call_gives_the_same_result(result: BacktestResult, small_ledger: Ledger) -> None:
    again = backtest(small_ledger, POLICIES, KaplanMeierByTerms(), key_dates="2025-03/2025-06", plan=PLAN)
    for field in fields(result):
        one, other = getattr(result, field.name), getattr(again, field.name)
        if isinstance(one, pd.DataFrame):
            pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_key_dates_without_history_are_left_out_and_said_so(small_ledger: Ledger) -> None:
    result = backtest(small_ledger, POLICIES, KaplanMeierByTerms(), key_dates="2024-02/2024-08", plan=PLAN)
    assert result.key_dates[0] > dt.date(2024, 2, 29)
    assert "2024-02-29 is left out: too little is known" in result.notes[0]


def test_a_key_date_whose_outcomes_are_not_mature_is_left_out_and_said_so(small_ledger: Ledger) -> None:
    result = backtest(small_ledger, POLICIES, KaplanMeierByTerms(), key_dates="2025-08/2025-12", plan=PLAN)
    assert [str(day) for day in result.key_dates] == ["2025-08-31"]
    assert "2025-09-30 is left out: its outcomes were not mature by 2025-12-31" in result.notes
    assert (result.outcomes["followed_days"] == PLAN.horizon_days).all()


def test_a_book_that_cannot_be_judged_is_refused(small_ledger: Ledger) -> None:
    with pytest.raises(DataError, match=r"no key date can be judged\. Given: 1 key dates"):
        backtest(small_ledger, POLICIES, KaplanMeierByTerms(), key_dates="2024-02-29", plan=PLAN)


def test_no_policy_is_refused(small_ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="no policy to compare"):
        backtest(small_ledger, [], KaplanMeierByTerms())


def test_mature_key_dates_leave_room_for_horizon_and_settling() -> None:
    days = mature_key_dates(Plan(), dt.date(2026, 5, 31), count=3)
    assert [str(day) for day in days] == ["2025-11-30", "2025-12-31", "2026-01-31"]
    assert all((dt.date(2026, 5, 31) - day).days >= 100 for day in days)
    assert np.diff([day.toordinal() for day in days]).min() >= 28
