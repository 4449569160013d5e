"""The third question, from a ledger to a verdict and a figure."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from arseg.backtest import BacktestResult, Plan, Walk, contest
from arseg.backtest.counterfactual import VERDICTS, Counterfactual, look_back
from arseg.backtest.value.scored import ESTIMATORS, HEADLINE
from arseg.backtest.value.worth import COLUMNS, MEASURES
from arseg.ledger import Ledger, load, read_ledger
from arseg.models import KaplanMeierByTerms
from arseg.policies import AgingBuckets, OneSizeFitsAll
from arseg.treatments import read_playbook
from arseg.world import synthesize

BLOCKS = ["aging", "due_calendar", "exposure", "item", "payment_history", "relationship"]


class Seen(NamedTuple):
    ledger: Ledger
    result: BacktestResult
    found: Counterfactual


def seen(home: Path, legacy: str) -> Seen:
    synthesize(
        home / "book",
        customers=220,
        months=14,
        seed=4,
        setting="deterministic" if legacy == "rule" else "typical",
    )
    load([home / "book"], "arseg", into="book", home=home)
    ledger = read_ledger(home / "data" / "ledger" / "book.duckdb")
    walk = Walk(ledger, Plan(landmarks=3, fewest_events=20, horizon_days=30, draws=20), blocks=BLOCKS)
    model = KaplanMeierByTerms()
    days = [dt.date(2024, month, day) for month, day in ((8, 31), (9, 30), (10, 31), (11, 30))]
    policies = [AgingBuckets(), OneSizeFitsAll()]
    result = contest(walk, policies, {repr(model): model}, observed_on=ledger.last_known, key_dates=days)
    return Seen(ledger, result, look_back(ledger, result, playbook=read_playbook("standard")))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Return a book whose desk drew its treatments."""
    return seen(tmp_path_factory.mktemp("drawn"), "drawn")


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Return a book whose desk followed a rule."""
    return seen(tmp_path_factory.mktemp("ruled"), "rule")


def test_where_the_desk_drew_every_policy_has_a_verdict_and_a_row_for_each_measure(drawn: Seen) -> None:
    found = drawn.found
    assert found.notes == ()
    assert tuple(found.table.columns) == COLUMNS
    assert tuple(found.verdicts.columns) == VERDICTS
    names = ["AgingBuckets()", "OneSizeFitsAll()"]
    assert found.verdicts["policy"].tolist() == names
    for row in found.verdicts.itertuples():
        own = found.table[found.table["policy"] == row.policy]
        if row.identified:
            assert set(own["estimator"]) == set(ESTIMATORS)
            assert own["difference"].notna().all()
            assert row.break_even_lambda >= 1
        else:
            assert set(own["estimator"]) == {"bounds"}
            assert own["difference"].isna().all()
            assert row.reasons
        assert len(found.headline[found.headline["policy"] == row.policy]) == len(MEASURES)
    told = found.table.dropna(subset="difference")
    assert (told["low"] <= told["difference"]).all()
    assert (told["difference"] <= told["high"]).all()


def test_where_the_desk_followed_a_rule_no_figure_is_printed(ruled: Seen) -> None:
    found = ruled.found
    assert not found.verdicts["identified"].any()
    assert found.table["difference"].isna().all()
    assert found.verdicts["reasons"].str.contains("did not log how likely").all()
    assert found.verdicts["break_even_lambda"].isna().all()
    # Nobody wrote anything off in these months, so of losses even the bounds are nothing.
    bounded = found.headline[found.headline["measure"] != "bad_debt_ratio"]
    assert (bounded["low"] < 0).all()
    assert (bounded["high"] > 0).all()


def test_a_book_without_decisions_says_that_nothing_can_be_known(small_ledger: Ledger, drawn: Seen) -> None:
    result = dataclasses.replace(
        drawn.result, key_dates=(dt.date(2025, 1, 31),), observed_on=small_ledger.last_known
    )
    found = look_back(small_ledger, result, playbook=read_playbook("standard"))
    assert found.table.empty
    assert found.verdicts.empty
    (note,) = found.notes
    assert "no policy can be weighed: the ledger logs no decision that is mature" in note


def test_a_policy_of_contacts_that_the_desk_never_made_is_not_identified(drawn: Seen) -> None:
    from arseg.backtest.counterfactual import _hide, _with_unmatched
    from arseg.backtest.value.support import Verdict

    good = Verdict(identified=True, reasons=(), checks=pd.DataFrame(), support_gap=0.0)
    assert _with_unmatched(good, 0.04).identified
    lost = _with_unmatched(good, 0.4)
    assert "40 % of the policy's choices are contacts that the desk never made" in str(lost)
    table = drawn.found.table[drawn.found.table["policy"] == "AgingBuckets()"]
    hidden = _hide(table, {"AgingBuckets()": lost})
    assert hidden["difference"].isna().all()
    assert len(hidden) == len(MEASURES)
    assert not hidden["identified"].any()


def test_the_same_book_gives_the_same_figures(drawn: Seen) -> None:
    again = look_back(drawn.ledger, drawn.result, playbook=read_playbook("standard"))
    pd.testing.assert_frame_equal(again.table, drawn.found.table)
    assert np.array_equal(again.verdicts["support_gap"], drawn.found.verdicts["support_gap"])


def test_the_headline_is_among_the_estimators() -> None:
    assert HEADLINE in ESTIMATORS
