from __future__ import annotations

import pytest

from arseg.backtest.plan import Plan
from arseg.schema import UsageError


@pytest.mark.parametrize(
    "name", ["horizon_days", "landmarks", "refit_every", "fewest_events", "fewest_followed_days", "draws"]
)
def test_a_plan_refuses_what_cannot_be(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is too small"):
        Plan(**{name: 0})


def test_a_negative_lag_is_refused() -> None:
    with pytest.raises(UsageError, match="settle_lag_days is negative"):
        Plan(settle_lag_days=-1)
