"""What a policy would have been worth, on logs whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.value.decisions import DecisionLog, read_decisions
from arseg.backtest.value.scored import ESTIMATORS, HEADLINE
from arseg.backtest.value.worth import (
    COLUMNS,
    MEASURES,
    break_even_confounding,
    difference,
    judge,
    weigh,
)
from arseg.schema import DECISIONS, UsageError

LIFT = 0.25


def made(
    seed: int, *, customers: int = 250, logged: bool = True, rule: bool = False
) -> tuple[DecisionLog, dict[str, float]]:
    """Return a log of calls that bring in a quarter more of a balance, and what calling all the late is worth."""
    chance = np.random.default_rng(seed)
    count = customers * 8
    customer = np.repeat(np.arange(customers), 8)
    size = np.exp(chance.normal(7, 0.8, customers))[customer]
    late = chance.integers(1, 60, count)
    balance = size * chance.uniform(0.5, 1.5, count)
    call = (late > 30).astype(float) if rule else np.clip(0.15 + 0.012 * late, 0.1, 0.8)
    called = chance.random(count) < call
    habit = chance.beta(2, 4, customers)[customer]
    share = np.clip(habit - late / 300 + LIFT * called + chance.normal(0, 0.05, count), 0, 1)
    days = 28 * balance * (1 - share / 2)
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{n:04d}" for n in customer],
            "key_date": pd.Timestamp("2025-01-06")
            + pd.to_timedelta(7 * np.tile(np.arange(8), customers), unit="D"),
            "policy": "desk",
            "action": np.where(called, "call", "none"),
            "propensity": np.where(called, call, 1 - call) if logged else np.nan,
            "open_balance": balance,
            "overdue_balance": balance,
            "oldest_days_past_due": late,
            "cleared_days_late": 60 * (1 - habit),
            "cash": balance * share,
            "amount_days": days,
            "sales": size,
            "minutes": 8.0 * called,
        }
    )
    for name in DECISIONS.names:
        if name not in frame:
            frame[name] = 0.0
    log = read_decisions(frame[list(DECISIONS.names)])
    base = np.clip(habit - late / 300, 0, 1)
    gain = balance * (np.clip(base + LIFT, 0, 1) - base)
    change = (late > 20) - call
    truth = {
        "dso": float(-(14 * gain * change).sum() / size.sum()),
        "collection_rate": float((gain * change).sum() / balance.sum()),
        "minutes": float((8 * change).mean()),
    }
    return log, truth


def call_the_late(log: DecisionLog) -> np.ndarray:
    called = (log.rows["oldest_days_past_due"] > 20).to_numpy()
    return np.eye(2)[called.astype(int)].astype(float)


def test_every_estimator_tells_the_sign_and_the_size() -> None:
    log, truth = made(1, customers=800)
    found, verdicts = weigh(log, {"call the late": call_the_late(log)}, kind="linear")
    assert verdicts["call the late"].identified
    assert list(found.columns) == list(COLUMNS)
    assert len(found) == len(ESTIMATORS) * len(MEASURES)
    wide = {"IPS": 3.0, "SNIPS": 3.0}
    for row in found[found["measure"].isin(truth)].itertuples():
        slack = (row.high - row.low) * wide.get(row.estimator, 1.5)
        assert row.difference == pytest.approx(truth[row.measure], abs=slack), (row.estimator, row.measure)
    dso = found[(found["measure"] == "dso") & (found["estimator"] == HEADLINE)].iloc[0]
    assert dso["high"] < 0


def test_intervals_of_ratios_cover_the_truth() -> None:
    covered = []
    for seed in range(60):
        log, truth = made(seed, customers=150)
        found, _ = weigh(log, {"it": call_the_late(log)}, estimators=("SNDR",), kind="linear", seed=seed)
        by = found.set_index("measure")
        covered += [
            by.loc[name, "low"] <= truth[name] <= by.loc[name, "high"] for name in ("dso", "collection_rate")
        ]
    assert 0.88 <= np.mean(covered) <= 1.0


def test_the_policy_in_force_differs_from_itself_by_nothing() -> None:
    log, _ = made(2)
    found, _ = weigh(log, {"same": log.logged.propensity}, estimators=("IPS", "SNIPS"), kind="linear")
    assert found["difference"].abs().max() < 1e-9


def test_in_force_is_what_came_in() -> None:
    log, _ = made(2)
    found, _ = weigh(log, {"same": log.logged.propensity}, estimators=("IPS",))
    by = found.set_index("measure")["in_force"]
    assert by["dso"] == pytest.approx(log.rows["amount_days"].sum() / log.rows["sales"].sum())
    assert by["collection_rate"] == pytest.approx(log.rows["cash"].sum() / log.rows["open_balance"].sum())


@pytest.mark.parametrize("rule", [True, False])
def test_without_logged_chances_no_figure_is_printed_and_bounds_hold_the_truth(*, rule: bool) -> None:
    log, truth = made(3, logged=False, rule=rule)
    found, verdicts = weigh(log, {"it": call_the_late(log)})
    assert not verdicts["it"].identified
    assert "did not log how likely" in str(verdicts["it"])
    assert found["difference"].isna().all()
    assert set(found["estimator"]) == {"bounds"}
    by = found.set_index("measure")
    for name in ("dso", "collection_rate"):
        assert by.loc[name, "low"] < truth[name] < by.loc[name, "high"]
        assert by.loc[name, "low"] < 0 < by.loc[name, "high"]


def test_a_policy_that_history_never_tried_gets_bounds() -> None:
    log, _ = made(4)
    rare = log.rows["propensity"].where(log.rows["action"] != "call", 0.001)
    rare = rare.where(log.rows["action"] == "call", 0.999)
    seldom = read_decisions(log.rows.assign(propensity=rare))
    found, verdicts = weigh(seldom, {"it": call_the_late(seldom)})
    assert not verdicts["it"].identified
    assert found["difference"].isna().all()


def test_a_ratio_is_a_ratio_of_sums_and_not_a_mean_of_ratios() -> None:
    log, _ = made(5)
    psi = log.logged.reward * 1.1
    value, low, high = difference(log, psi, "dso")
    assert value == pytest.approx(0.1 * log.rows["amount_days"].sum() / log.rows["sales"].sum())
    assert low < value < high


def test_break_even_is_larger_the_clearer_the_result() -> None:
    log, _ = made(6, customers=200)
    scores = [
        break_even_confounding(
            log, share * call_the_late(log) + (1 - share) * log.logged.propensity, component="cash"
        )
        for share in (0.05, 1.0)
    ]
    assert 1.0 <= scores[0] <= scores[1]
    assert scores[1] > 1.05


def test_the_verdict_is_that_of_the_support() -> None:
    log, _ = made(7)
    assert judge(log, log.logged.propensity).identified


def test_an_estimator_that_is_not_there_is_named() -> None:
    log, _ = made(8, customers=60)
    with pytest.raises(UsageError, match="there is no estimator 'TMLE'"):
        weigh(log, {"it": call_the_late(log)}, estimators=("TMLE",))


def test_a_horizon_without_sales_has_no_ratio() -> None:
    log, _ = made(9, customers=60)
    without = read_decisions(log.rows.assign(sales=0.0))
    psi: np.ndarray = without.logged.reward
    assert np.isnan(difference(without, psi, "dso")).all()
