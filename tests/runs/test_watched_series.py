from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd
import pytest

from arseg.ledger import observe_outcomes
from arseg.runs.journal import Run
from arseg.runs.monitoring import looked_at
from arseg.runs.stages import open_walk
from arseg.runs.walked import kept_days, load_walk
from arseg.runs.watched_series import (
    calibration_series,
    cash_series,
    migration,
    unpaid_shares,
    watched_series,
)

DAYS = [dt.date(2026, 1, 31), dt.date(2026, 2, 28)]


@dataclass(frozen=True)
class Halves:
    """High from a half on."""

    def assign(self, scores: pd.DataFrame) -> pd.DataFrame:
        high = scores["p_unpaid_30"] >= 0.5
        return pd.DataFrame(
            {"customer_id": scores["customer_id"], "segment": high.map({True: "High", False: "Low"})}
        )


def scores(**chances: float) -> pd.DataFrame:
    frame = pd.DataFrame({"customer_id": list(chances), "p_unpaid_30": list(chances.values())})
    return frame.set_index("customer_id")


def test_who_moves_is_a_share_of_the_customers_of_both_months() -> None:
    scored = {DAYS[0]: scores(a=0.1, b=0.1, c=0.9, d=0.9), DAYS[1]: scores(b=0.9, c=0.9, d=0.9, e=0.1)}
    found = migration(scored, Halves())  # type: ignore[arg-type]
    assert found["in High"].tolist() == [0.5, 0.75]
    assert found["moved"].isna().tolist() == [True, False]
    assert found["moved"].iloc[1] == pytest.approx(1 / 3)


def test_calibration_is_what_came_less_what_was_said_of_the_same_customers() -> None:
    unpaid = {DAYS[0]: pd.Series({"a": 1.0, "b": 0.0, "x": 1.0}), DAYS[1]: pd.Series({"a": 1.0})}
    found = calibration_series(unpaid, {DAYS[0]: scores(a=0.6, b=0.2, c=0.9)})
    assert found.index.tolist() == DAYS[:1]
    assert found.iloc[0, 0] == pytest.approx((0.4 - 0.2) / 2)


def test_forecasts_are_held_against_cash_over_the_same_weeks_ahead() -> None:
    # The last week of the older origin, which the newer one has not seen yet, went wrong.
    weeks = [(DAYS[0], 1, 10.0, 9.0), (DAYS[0], 2, 10.0, 0.0), (DAYS[1], 1, 20.0, 19.0)]
    own = pd.DataFrame(weeks, columns=["origin", "ahead", "expected", "actual"]).assign(
        group="all", method="arseg"
    )
    said = pd.concat([own, own.assign(actual=0.0, method="terms"), own.assign(actual=0.0, group="High")])
    assert cash_series(said)["came of expected"].to_dict() == {DAYS[0]: 0.9, DAYS[1]: 0.95}
    assert cash_series(pd.DataFrame()).empty


def test_unpaid_is_the_share_of_the_balance_of_a_month_end_and_only_once_its_thirty_days_are_over(
    told_run: Run,
) -> None:
    walk = load_walk(told_run, open_walk(told_run))
    days = kept_days(told_run)
    assert unpaid_shares(walk, walk.landmark(days[-2]), told_run.key_date).empty
    mark = walk.landmark(days[-3])
    found = unpaid_shares(walk, mark, told_run.key_date)
    outcomes = observe_outcomes(
        walk.ledger, mark.key_date, observed_on=told_run.key_date, until=walk.known_until(told_run.key_date)
    )
    late = (outcomes["event"] == 0) | (outcomes["duration"] > 30)
    owed = outcomes["balance"].clip(lower=0)
    expected = (owed * late).groupby(outcomes["customer_id"]).sum() / owed.groupby(
        outcomes["customer_id"]
    ).sum()
    pd.testing.assert_series_equal(found, expected[expected.notna()], check_names=False)
    assert 0 < found.mean() < 1


def test_every_monitor_yields_its_series_with_the_dates_in_order(told_run: Run) -> None:
    looked = looked_at(told_run, load_walk(told_run, open_walk(told_run)))
    found = {name: (series, least) for name, series, least in watched_series(looked)}
    assert list(found) == [
        "features", "profile", "feeds", "scores", "segments", "outcomes", "calibration", "cash",
    ]  # fmt: skip
    for name, (series, least) in found.items():
        assert list(series.index) == sorted(series.index), name
        assert least >= 0
    customers = len(looked.customers[told_run.key_date])
    assert found["scores"][1] == pytest.approx(0.1 / customers**0.5)
    assert found["feeds"][1] == pytest.approx(1 / 28)
