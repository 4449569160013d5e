from __future__ import annotations

import pytest

from arseg.backtest.plan import Plan
from arseg.schema import UsageError


@pytest.mark.parametrize(
    "name", ["horizon_days", "landmarks", "refit_every", "fewest_events", "fewest_followed_days", "draws"]
)
def test_a_plan_refuses_what_cannot_be(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is too small"):
        Plan(**{name: 0})  # type: ignore[arg-type]


def test_a_negative_lag_is_refused() -> None:
    with pytest.raises(UsageError, match="settle_lag_days is negative"):
        Plan(settle_lag_days=-1)
    with pytest.raises(UsageError, match="final_days is negative"):
        Plan(final_days=-1)


@pytest.mark.parametrize("name", ["embargo", "window"])
def test_a_word_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is unknown"):
        Plan(**{name: "guessed"})  # type: ignore[arg-type]


def test_the_final_window_is_as_long_as_the_horizon_unless_declared() -> None:
    assert Plan(horizon_days=60).final_window_days == 60
    assert Plan(final_days=0).final_window_days == 0
