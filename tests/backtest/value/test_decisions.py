from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.value.decisions import COMPONENTS, STATE, Prices, read_decisions
from arseg.schema import DECISIONS, DataError


def rows(count: int = 60, seed: int = 1, **change: Any) -> pd.DataFrame:
    """Return a log of decisions that call the late and write to the rest, by chance."""
    chance = np.random.default_rng(seed)
    late = chance.integers(-5, 60, count)
    balance = chance.lognormal(7, 1, count)
    call = np.clip(0.2 + 0.01 * late, 0.1, 0.8)
    called = chance.random(count) < call
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{n % 15}" for n in range(count)],
            "key_date": pd.Timestamp("2025-01-06") + pd.to_timedelta(7 * (np.arange(count) // 15), unit="D"),
            "policy": "desk",
            "action": np.where(called, "call", "none"),
            "propensity": np.where(called, call, 1 - call),
            "open_balance": balance,
            "overdue_balance": balance * (late > 0),
            "oldest_days_past_due": late,
            "cleared_days_late": np.where(chance.random(count) < 0.2, np.nan, chance.normal(5, 3, count)),
            "cash": balance * chance.random(count),
            "amount_days": balance * 28 * chance.random(count),
            "sales": balance,
            "minutes": 8.0 * called,
            "last_contact_days": np.nan,
        }
    )
    for name in DECISIONS.names:
        if name not in frame:
            frame[name] = 0
    return frame[list(DECISIONS.names)].assign(**change)


def test_the_log_says_what_was_done_and_how_likely_that_was() -> None:
    told = rows()
    log = read_decisions(told)
    assert log.logged.actions == ("none", "call")
    assert log.logged.components == COMPONENTS
    assert log.logged.taken == pytest.approx(told["propensity"])
    assert log.logged.propensity.sum(axis=1) == pytest.approx(1.0)
    assert log.propensities_logged
    assert log.slope is None
    assert log.logged.customers == 15
    assert list(log.state.columns) == list(STATE)


def test_value_is_cash_less_what_waiting_working_and_losing_cost() -> None:
    told = rows(written_off=3.0)
    log = read_decisions(told, prices=Prices(interest=0.1, minute=2.0, contact=1.5, loss=0.5))
    contacted = told["action"] == "call"
    worth = told["cash"] - 0.1 * told["amount_days"] / 365 - 2 * told["minutes"] - 1.5 * contacted - 1.5
    assert log.logged.component("value") == pytest.approx(worth)
    assert log.logged.component("contacts").tolist() == contacted.astype(float).tolist()
    assert (log.sales == told["sales"]).all()
    assert (log.balance == told["open_balance"]).all()


def test_what_was_not_logged_is_estimated_and_said_to_be() -> None:
    log = read_decisions(rows(1500, propensity=np.nan))
    assert not log.propensities_logged
    assert log.slope == pytest.approx(1.0, abs=0.35)
    told = rows(1500)
    assert np.abs(log.logged.taken - told["propensity"]).mean() < 0.06


def test_what_was_logged_in_part_stands_beside_what_is_estimated() -> None:
    told = rows(300)
    told.loc[told.index % 3 == 0, "propensity"] = np.nan
    log = read_decisions(told)
    assert not log.propensities_logged
    known = told["propensity"].notna().to_numpy()
    assert log.logged.taken[known] == pytest.approx(told.loc[known, "propensity"])


def test_with_more_actions_the_others_share_what_is_left() -> None:
    told = rows(300)
    told["action"] = np.where(told.index % 5 == 0, "email", told["action"])
    told["propensity"] = 0.4
    log = read_decisions(told)
    assert log.logged.actions == ("none", "call", "email")
    assert log.logged.taken == pytest.approx(0.4)
    others = log.logged.propensity.sum(axis=1) - log.logged.taken
    assert others == pytest.approx(0.6)
    assert (log.logged.propensity > 0).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"action": "none"}, "only one action was ever taken"),
        ({"propensity": 1.2}, "a logged propensity is no probability"),
        ({"propensity": 0.0}, "a logged propensity is no probability"),
    ],
)
def test_a_log_that_cannot_be_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_decisions(rows(**change))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DataError, match="amount_days"):
        read_decisions(rows().drop(columns="amount_days"))
