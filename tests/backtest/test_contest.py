from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from arseg import backtest
from arseg.backtest import BacktestResult, Plan, mature_key_dates
from arseg.backtest.chosen_cuts import ShareCuts
from arseg.backtest.recorded import Recorded
from arseg.backtest.replay import UNSCORED
from arseg.backtest.reviews import Entrant
from arseg.ledger import Ledger, observe_flows
from arseg.models import KaplanMeierByTerms
from arseg.policies import AgingBuckets, Hysteresis, RiskTiers
from arseg.schema import MEASURES, DataError, UsageError

PLAN = Plan(landmarks=6, fewest_events=20, draws=100)
POLICIES: list[Entrant] = [AgingBuckets(), RiskTiers()]
STEADY = Hysteresis(RiskTiers(medium_from=0.2, high_from=0.4), dwell_days=45)
CHOOSING = ShareCuts(0.1, 0.3)


@pytest.fixture(scope="module")
def result(small_ledger: Ledger) -> BacktestResult:
    policies = [*POLICIES, STEADY, CHOOSING, Recorded.read(small_ledger)]
    return backtest(small_ledger, policies, KaplanMeierByTerms(), key_dates="2025-03/2025-06", plan=PLAN)


def test_the_result_has_every_key_date_policy_and_measure(result: BacktestResult) -> None:
    assert [str(day) for day in result.key_dates] == ["2025-03-31", "2025-04-30", "2025-05-31", "2025-06-30"]
    assert result.in_force == "AgingBuckets()"
    assert set(result.rows["policy"]) == {
        *map(repr, [*POLICIES, STEADY, CHOOSING]),
        "Recorded()",
    }
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


def test_what_was_in_force_reproduces_history_to_the_cent_on_every_key_date(
    result: BacktestResult, small_ledger: Ledger
) -> None:
    recorded = result.rows[result.rows["policy"] == "Recorded()"]
    assert set(recorded["segment"]) <= {"High", "Low", UNSCORED}
    for day, until in zip(result.key_dates, [*result.key_dates[1:], dt.date(2025, 7, 31)], strict=True):
        own = recorded[recorded["key_date"] == pd.Timestamp(day)]
        by_segment = own.groupby("segment")[["amount_days", "sales", "net_written_off"]].sum()
        flows = observe_flows(small_ledger, day, until=until)
        book = [
            flows["amount_days"].sum(),
            flows["sales"].sum(),
            (flows["written_off"] - flows["recovered"]).sum(),
        ]
        cents = np.rint((by_segment.sum().to_numpy() - np.array(book)) * 100)
        assert (cents == 0).all()


def test_a_policy_that_remembers_is_held_by_its_own_reviews_of_the_walk(result: BacktestResult) -> None:
    days = [(day, part) for day, part in result.customers.groupby("key_date")]
    followed = STEADY.follow((day.date(), part) for day, part in days)
    expected = followed.assign(key_date=pd.to_datetime(followed["key_date"]))
    rows = result.rows[(result.rows["policy"] == repr(STEADY)) & (result.rows["segment"] != UNSCORED)]
    both = rows.merge(expected[["customer_id", "key_date", "segment"]], on=["customer_id", "key_date"])
    assert len(both) == len(rows) == len(expected)
    assert (both["segment_x"] == both["segment_y"]).all()


def test_cuts_are_chosen_at_refits_and_frozen_in_between_and_in_the_final_window(
    result: BacktestResult,
) -> None:
    # The models are refitted on 2025-06-30 too, but its outcomes reach into the final window.
    assert result.final_dates == (dt.date(2025, 6, 30),)
    assert result.choices["chosen_on"].tolist() == [dt.date(2025, 3, 31)]
    first = result.choices.iloc[0]
    march = result.customers[result.customers["key_date"] == pd.Timestamp(first["chosen_on"])]
    assert first["holds"] == repr(CHOOSING.choose(march))


def test_the_final_window_is_reported_apart_and_nothing_is_chosen_in_it(small_ledger: Ledger) -> None:
    plan = replace(PLAN, final_days=210, refit_every=1)
    result = backtest(small_ledger, [CHOOSING], KaplanMeierByTerms(), key_dates="2025-01/2025-04", plan=plan)
    settled = dt.date(2025, 12, 31) - dt.timedelta(days=10)
    assert (
        result.final_dates
        == tuple(day for day in result.key_dates if (settled - day).days < 90 + 210)
        == (dt.date(2025, 2, 28), dt.date(2025, 3, 31), dt.date(2025, 4, 30))
    )
    assert result.choices["chosen_on"].tolist() == [dt.date(2025, 1, 31)]
    assert set(result.measures_apart["part"]) == {"earlier", "final"}
    assert any("no choice was made on 3 of 4 key dates" in said for said in result.protocol)


def test_the_protocol_says_the_embargo_and_what_the_book_really_takes(result: BacktestResult) -> None:
    said = "; ".join(result.protocol)
    assert "embargo 10 days, as declared; 95 % of" in said
    assert "payments were posted within 10 days, as known on 2025-06-30" in said
    assert "trained on the last 6 month-ends" in said


def test_the_same_model_speaks_of_60_and_90_days_past_due(result: BacktestResult) -> None:
    said = result.items[["p_unpaid_30", "p_unpaid_60", "p_unpaid_90"]].to_numpy()
    assert ((said >= 0) & (said <= 1)).all()
    assert (np.diff(said, axis=1) <= 1e-9).all(), "what is unpaid later was unpaid before"
    assert result.customers["mean_days_late"].notna().any()


def test_calibration_counts_every_mature_item_once(result: BacktestResult) -> None:
    both = result.items.merge(result.outcomes, on=["invoice_id", "key_date"])
    assert result.calibration["rows"].sum() == (both["followed_days"] >= both["late_day"]).sum()


def test_the_same_call_gives_the_same_result(result: BacktestResult, small_ledger: Ledger) -> None:
    policies = [*POLICIES, STEADY, CHOOSING, Recorded.read(small_ledger)]
    again = backtest(small_ledger, policies, KaplanMeierByTerms(), key_dates="2025-03/2025-06", plan=PLAN)
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
