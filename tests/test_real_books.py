"""From a source file to a judged model: the real set where it is at hand, and a book of our own everywhere."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from arseg.backtest import BacktestResult, Plan, Walk, contest, mature_key_dates
from arseg.ledger import load, read_ledger
from arseg.models import CustomerMeanDelay, DiscreteHazard, KaplanMeierByTerms
from arseg.policies import AgingBuckets, RiskTiers
from arseg.world import synthesize

IBM = "WA_Fn-UseC_-Accounts-Receivable.csv"


def _judge(path: Path, observed_on: dt.date, key_dates: int) -> BacktestResult:
    plan = Plan(draws=50)
    models = {repr(model): model for model in (DiscreteHazard(), KaplanMeierByTerms(), CustomerMeanDelay())}
    days = mature_key_dates(plan, observed_on, count=key_dates)
    walk = Walk(read_ledger(path), plan)
    return contest(walk, [AgingBuckets(), RiskTiers()], models, observed_on=observed_on, key_dates=days)


def _beats_both(result: BacktestResult) -> None:
    """Compare the amount-weighted horizon log-loss, on mature rows only."""
    mean = result.accuracy[result.accuracy["horizon"] == 0].set_index("model")["log_loss"]
    assert mean["DiscreteHazard()"] < mean["KaplanMeierByTerms()"]
    assert mean["DiscreteHazard()"] < mean["CustomerMeanDelay()"]


@pytest.mark.shared
def test_on_the_ibm_sample_the_default_model_beats_both_baselines(shared_data: Path, tmp_path: Path) -> None:
    report = load([shared_data / "ibm_ar" / IBM], "ibm_ar", into="ibm_ar", home=tmp_path)
    _beats_both(_judge(report.ledger_path, dt.date(2013, 6, 30), key_dates=12))


def test_on_a_book_of_our_own_the_default_model_beats_both_baselines(tmp_path: Path) -> None:
    synthesize(tmp_path / "book", customers=60, months=18, seed=5)
    report = load([tmp_path / "book"], "arseg", into="book", home=tmp_path)
    result = _judge(report.ledger_path, dt.date(2025, 6, 30), key_dates=4)
    _beats_both(result)
    shares = result.measures[result.measures["measure"] == "unpaid_30_share"].set_index(
        ["policy", "segment"]
    )["value"]
    assert shares["RiskTiers()", "High"] > shares["RiskTiers()", "Low"]
