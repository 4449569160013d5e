"""Lead times and false alarms, by hand and against a slow reading."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arseg.backtest.early_warning import warning_curve
from arseg.schema import DataError, UsageError

START = pd.Timestamp("2025-01-31")
FAR = pd.Timestamp("2027-01-31")


def scored(**risks: list[float]) -> pd.DataFrame:
    """Return one risk a month by customer."""
    return pd.DataFrame(
        [
            (name, START + pd.Timedelta(days=30 * at), risk)
            for name, values in risks.items()
            for at, risk in enumerate(values)
        ],
        columns=["customer_id", "key_date", "risk"],
    )


def event(**days: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": list(days), "day": [START + pd.Timedelta(days=day) for day in days.values()]}
    )


def at(curve: pd.DataFrame, threshold: float) -> dict[str, float]:
    (row,) = curve[curve["threshold"] == threshold].to_dict("records")
    return row


def test_the_lead_is_from_the_first_day_of_the_alarm_that_was_still_on() -> None:
    scores = scored(A=[0.1, 0.6, 0.1, 0.6, 0.7], B=[0.1, 0.1, 0.1, 0.1, 0.1])
    found = at(warning_curve(scores, event(A=130), thresholds=[0.5], followed_to=FAR), 0.5)
    assert (found["events"], found["warned"], found["lead_days"]) == (1, 1, 130 - 90)
    # The first alarm began 100 days before the event: early, and not false.
    assert (found["alarms"], found["false_alarms"]) == (2, 0)


def test_an_alarm_that_had_gone_out_warned_of_nothing() -> None:
    found = at(warning_curve(scored(A=[0.6, 0.6, 0.1]), event(A=80), thresholds=[0.5], followed_to=FAR), 0.5)
    assert (found["events"], found["warned"]) == (1, 0)
    assert np.isnan(found["lead_days"])


def test_an_alarm_with_nothing_after_it_is_false_once_it_can_be_known() -> None:
    scores = scored(A=[0.1, 0.6, 0.6, 0.1, 0.6])
    known, early = (
        at(
            warning_curve(
                scores, event(), thresholds=[0.5], within_days=60, followed_to=START + pd.Timedelta(days=day)
            ),
            0.5,
        )
        for day in (400, 100)
    )
    assert (known["alarms"], known["false_alarms"]) == (2, 2)
    assert (early["alarms"], early["false_alarms"]) == (1, 1)
    assert known["false_per_100_customer_years"] == pytest.approx(100 * 2 / (120 / 365.25))


def test_an_event_too_long_after_the_alarm_was_not_warned_of() -> None:
    found = at(
        warning_curve(
            scored(A=[0.6, 0.6, 0.6]), event(A=70), thresholds=[0.5], within_days=60, followed_to=FAR
        ),
        0.5,
    )
    assert (found["warned"], found["false_alarms"]) == (0, 1)


def test_nothing_after_the_event_counts() -> None:
    scores = scored(A=[0.1, 0.1, 0.9, 0.9])
    found = at(warning_curve(scores, event(A=45), thresholds=[0.5], followed_to=FAR), 0.5)
    assert (found["events"], found["warned"], found["alarms"]) == (1, 0, 0)


@given(st.integers(0, 500))
def test_the_higher_the_threshold_the_fewer_customers_are_ever_warned_about(seed: int) -> None:
    chance = np.random.default_rng(seed)
    scores = scored(**{f"C{n}": chance.random(6).tolist() for n in range(8)})
    events = event(**{f"C{n}": int(chance.integers(10, 170)) for n in range(0, 8, 2)})
    curve = warning_curve(scores, events, thresholds=[0.8, 0.2, 0.5], within_days=1000, followed_to=FAR)
    assert curve["threshold"].tolist() == [0.2, 0.5, 0.8]
    assert curve["warned"].is_monotonic_decreasing
    assert (curve["false_alarms"] <= curve["alarms"]).all()
    for row in curve.itertuples():
        warned = 0
        for name in events["customer_id"]:
            day = events.set_index("customer_id").loc[name, "day"]
            own = scores[(scores["customer_id"] == name) & (scores["key_date"] < day)]
            warned += bool(len(own) and own["risk"].iloc[-1] >= row.threshold)
        assert row.warned == warned


def test_what_cannot_be_read_is_refused() -> None:
    scores = scored(A=[0.1])
    with pytest.raises(UsageError, match="nothing to warn by"):
        warning_curve(scores, event(), thresholds=[], followed_to=FAR)
    with pytest.raises(DataError, match="a customer is scored twice on a day"):
        warning_curve(pd.concat([scores, scores]), event(), thresholds=[0.5], followed_to=FAR)
    with pytest.raises(DataError, match="risk"):
        warning_curve(scores.drop(columns="risk"), event(), thresholds=[0.5], followed_to=FAR)
