from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.value.decisions import DecisionLog
from arseg.backtest.value.rankings import CURVES, HEURISTICS, RATES, UNDRAWN, dearest, targeting

from .conftest import draw_log


@pytest.fixture(scope="module")
def log() -> DecisionLog:
    logged, state, _ = draw_log(2, customers=400)
    value, cost = logged.reward.T
    minutes = np.array([0.0, 1.0, 8.0])[logged.action]
    given = dataclasses.replace(
        logged,
        reward=np.column_stack([value, value, cost, cost, minutes, cost]),
        components=("value", "cash", "amount_days", "written_off", "minutes", "contacts"),
    )
    chance = np.random.default_rng(1)
    rows = pd.DataFrame(
        {
            name: chance.random(len(given))
            for name in (
                "oldest_days_past_due",
                "overdue_balance",
                "mean_days_past_due",
                "cleared_days_late",
                "last_contact_days",
            )
        }
    )
    rows.loc[0, ["cleared_days_late", "last_contact_days"]] = np.nan
    return DecisionLog(given, state, rows, propensities_logged=True, slope=None)


def test_the_treatment_that_takes_most_minutes_is_targeted(log: DecisionLog) -> None:
    assert dearest(log) == "call"


def test_a_ranking_by_what_moves_customers_beats_the_five_rules_of_thumb(log: DecisionLog) -> None:
    risky = log.state["risk"].to_numpy()
    rates, curves = targeting(
        log, {"uplift": risky, "unknown": np.full(len(risky), np.nan)}, kind="linear", draws=40
    )
    assert tuple(rates.columns) == RATES
    assert tuple(curves.columns) == CURVES
    assert len(HEURISTICS) == 5
    qini = rates[rates["weighting"] == "QINI"].set_index("ranking")
    assert qini.loc["uplift", "low"] > 0
    assert qini["value"].idxmax() == "uplift"
    assert qini.loc["unknown", "value"] == pytest.approx(0.0, abs=1e-9), "who ranks nobody gains nothing"
    ends = curves.groupby("ranking")["value"].last()
    assert np.allclose(ends, ends.iloc[0]), "at all minutes everybody is treated, whatever the order"


def test_a_log_without_chances_gives_no_figure(log: DecisionLog) -> None:
    rates, curves = targeting(dataclasses.replace(log, propensities_logged=False), {})
    assert rates["value"].isna().all()
    assert (rates["why"] == UNDRAWN).all()
    assert curves.empty


def test_a_treatment_that_was_hardly_ever_given_gives_no_figure(log: DecisionLog) -> None:
    chances = log.logged.propensity.copy()
    call = log.logged.actions.index("call")
    other = log.logged.action != call
    chances[other, call] = 0.001
    chances[other, :call] *= (0.999 / chances[other, :call].sum(axis=1))[:, None]
    rare = dataclasses.replace(log, logged=dataclasses.replace(log.logged, propensity=chances))
    rates, _ = targeting(rare, {})
    assert not rates["identified"].any()
    assert rates["why"].str.contains("was hardly ever done").all()
