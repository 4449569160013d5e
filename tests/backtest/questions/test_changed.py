from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.questions import Answer, Asked, ask_counterfactual
from arseg.backtest.questions.changed import UNDECLARED, scores_then
from arseg.backtest.questions.replayed import period_of
from arseg.backtest.value.natural import Cut, RuleChange
from arseg.treatments import read_playbook


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked(
        read_playbook("standard"),
        "AgingBuckets()",
        cuts=[Cut("oldest_days_past_due", 31)],
        changes=[RuleChange(dt.date(2024, 7, 1), "region", ("North",))],
        draws=20,
    )


@pytest.fixture(scope="module")
def found(drawn_book, asked: Asked) -> Answer:
    return ask_counterfactual(
        drawn_book.ledger, drawn_book.result, asked, period=period_of(drawn_book.ledger, drawn_book.result)
    )


def test_every_way_that_history_leaves_open_has_its_table(found: Answer) -> None:
    assert found.question == "counterfactual"
    assert {"counterfactual", "verdicts", "support", "targeting", "claims", "trial"} <= set(found.tables)
    assert set(found.tables["at_cuts"]["measure"]) == {"minutes", "collected", "days open"}
    assert UNDECLARED not in found.notes


def test_a_claims_effect_is_that_of_the_published_policy_or_none(found: Answer) -> None:
    claims = found.tables["claims"].set_index("claim")
    head = found.tables["counterfactual"].query("policy == 'AgingBuckets()' and measure == 'dso'")
    own = head[head["estimator"].isin(["SNDR", "bounds"])].iloc[0]
    assert claims.loc["dso", "identified"] == own["identified"]
    if own["identified"]:
        assert claims.loc["dso", "effect"] == own["difference"]
    assert not claims.loc["first contact", "identified"]


def test_what_is_not_identified_has_no_targeting_figure(found: Answer) -> None:
    rates = found.tables["targeting"]
    assert set(rates["ranking"]) >= {"score", "score x balance", "oldest item first"}
    assert (rates["value"].notna() == rates["identified"]).all()


def test_nothing_declared_is_said(drawn_book, asked: Asked) -> None:
    plain = dataclasses.replace(asked, cuts=(), changes=())
    again = ask_counterfactual(
        drawn_book.ledger, drawn_book.result, plain, period=period_of(drawn_book.ledger, drawn_book.result)
    )
    assert UNDECLARED in again.notes
    assert "at_cuts" not in again.tables


def test_a_decision_is_ranked_by_the_last_score_before_it() -> None:
    class Log:
        rows = pd.DataFrame(
            {
                "customer_id": ["A", "A", "B"],
                "key_date": [dt.date(2025, 2, 10), dt.date(2025, 1, 10), dt.date(2025, 2, 10)],
                "overdue_balance": [10.0, 10.0, 10.0],
            }
        )

    customers = pd.DataFrame(
        {
            "customer_id": ["A", "A"],
            "key_date": pd.to_datetime(["2025-01-31", "2025-02-28"]),
            "p_unpaid_30": [0.2, 0.9],
        }
    )
    score = scores_then(Log(), customers)["score"]  # type: ignore[arg-type]
    assert score[0] == 0.2
    assert np.isnan(score[1:]).all()
