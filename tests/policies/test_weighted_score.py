from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from arseg.policies import WeightedScore
from arseg.policies.weighted_score import PUBLISHED_WEIGHTS
from arseg.schema import UsageError

UNKNOWN = {
    "on_time_share": np.nan,
    "credit_utilisation": np.nan,
    "credit_score_change": np.nan,
    "industry_late_rate": np.nan,
    "account_age_days": np.nan,
}
RANK = {"Low": 0, "Medium": 1, "High": 2}


def book(*customers: dict[str, float]) -> pd.DataFrame:
    rows = [
        {"customer_id": f"C{place}", "open_balance": 100.0, **UNKNOWN, **known}
        for place, known in enumerate(customers)
    ]
    return pd.DataFrame(rows)


def dumb_risks(row: pd.Series, balances: list[float]) -> list[float]:
    """Each risk on its own, one customer at a time, as the table in the docstring says."""
    below = sum(other < row.open_balance for other in balances)
    ties = sum(other == row.open_balance for other in balances)
    percentile = (below + ties / 2) / len(balances)
    risks = [
        1 - row.on_time_share,
        1 / (1 + math.exp(row.credit_score_change / 10)),
        percentile if math.isnan(row.credit_utilisation) else row.credit_utilisation,
        (row.industry_late_rate - 0.2) / 0.6,
        1 - row.account_age_days / 1826,
    ]
    return [0.5 if math.isnan(risk) else min(max(risk, 0), 1) for risk in risks]


@pytest.mark.parametrize("seed", range(5))
def test_contributions_equal_the_table_computed_one_customer_at_a_time(draw_scores, seed) -> None:
    scores = draw_scores(seed, 30)
    got = WeightedScore().contributions(scores)
    balances = scores["open_balance"].tolist()
    rows = scores.sort_values("customer_id").itertuples(index=False)
    expected = np.array([dumb_risks(row, balances) for row in rows]) * list(PUBLISHED_WEIGHTS.values())
    np.testing.assert_allclose(got.to_numpy(), expected, atol=1e-12)
    assert got.columns.tolist() == list(PUBLISHED_WEIGHTS)
    assert got.index.tolist() == sorted(scores["customer_id"])


@pytest.mark.parametrize("seed", range(5))
def test_the_sum_of_the_contributions_decides(draw_scores, seed) -> None:
    scores = draw_scores(seed, 40)
    total = WeightedScore().contributions(scores).sum(axis=1)
    expected = ["High" if s >= 0.6 else "Medium" if s >= 0.4 else "Low" for s in total.round(9)]
    assert WeightedScore().assign(scores)["segment"].tolist() == expected
    assert total.between(0, 1).all()


@pytest.mark.parametrize(
    ("column", "step"),
    [
        ("on_time_share", -0.3),
        ("credit_score_change", -25.0),
        ("credit_utilisation", 0.4),
        ("industry_late_rate", 0.2),
        ("account_age_days", -500.0),
    ],
)
def test_more_risk_in_one_criterion_never_lowers_the_segment(draw_scores, column, step) -> None:
    before = draw_scores(11, 60)
    after = before.assign(**{column: before[column] + step})
    ranks = [WeightedScore().assign(scores)["segment"].map(RANK) for scores in (before, after)]
    assert (ranks[1] >= ranks[0]).all()


def test_nothing_known_is_neutral_and_said_so() -> None:
    assigned = WeightedScore().assign(book({})).iloc[0]
    assert assigned["segment"] == "Medium"
    assert assigned["why"] == (
        "score 0.50, Medium from 0.4: outstanding balance 0.10; unknown, taken as neutral: "
        "payment history, credit trend, industry health, account age"
    )


def test_the_strongest_criterion_is_named_first() -> None:
    known = {
        "on_time_share": 0.1,
        "credit_utilisation": 0.5,
        "credit_score_change": 0.0,
        "industry_late_rate": 0.2,
        "account_age_days": 0.0,
    }
    assert WeightedScore().assign(book(known))["why"][0] == (
        "score 0.59, Medium from 0.4: payment history 0.32, outstanding balance 0.10, account age 0.10, credit trend 0.07"
    )


def test_a_criterion_without_weight_is_not_mentioned() -> None:
    weights = dict.fromkeys(PUBLISHED_WEIGHTS, 0.0) | {"outstanding_balance": 1}
    assert (
        WeightedScore(weights).assign(book({}))["why"][0]
        == "score 0.50, Medium from 0.4: outstanding balance 0.50"
    )


def test_a_score_on_the_threshold_reaches_it() -> None:
    weights = dict(zip(PUBLISHED_WEIGHTS, [0.1, 0.2, 0.3, 0.2, 0.2], strict=True))
    full = {"on_time_share": 0.0, "credit_score_change": -1e9, "credit_utilisation": 1.0}
    none = {"industry_late_rate": 0.0, "account_age_days": 9999.0}
    scores = book(full | none)
    assert WeightedScore(weights).contributions(scores).sum(axis=1).iloc[0] != 0.6
    assert WeightedScore(weights).assign(scores)["segment"].tolist() == ["High"]


def test_ties_and_zero_balances_share_a_rank() -> None:
    got = WeightedScore().contributions(book({"open_balance": 0.0}, {"open_balance": 0.0}))
    assert got["outstanding_balance"].tolist() == [0.1, 0.1]


def test_extreme_changes_of_the_credit_score_stay_within_their_weight() -> None:
    got = WeightedScore().contributions(book({"credit_score_change": 1e12}, {"credit_score_change": -1e12}))
    np.testing.assert_allclose(got["credit_trend"], [0, 0.15], atol=1e-12)


def test_equal_weights_in_another_order_are_the_same_policy() -> None:
    turned = WeightedScore(dict(reversed(PUBLISHED_WEIGHTS.items())))
    assert turned == WeightedScore()
    assert repr(turned) == "WeightedScore()"


def test_weights_cannot_be_changed_afterwards() -> None:
    given = dict(PUBLISHED_WEIGHTS)
    policy = WeightedScore(given)
    given["account_age"] = 9
    assert policy == WeightedScore()
    with pytest.raises(TypeError):
        policy.weights["account_age"] = 9


def test_weights_must_sum_to_one() -> None:
    with pytest.raises(
        UsageError, match=r"do not sum to 1.*together 1\.01\. Allowed: weights >= 0 that sum to 1"
    ):
        WeightedScore({**PUBLISHED_WEIGHTS, "account_age": 0.11})


def test_rounding_noise_in_the_weights_is_allowed() -> None:
    WeightedScore({**PUBLISHED_WEIGHTS, "account_age": 0.1 + 5e-10})


def test_weights_are_not_negative() -> None:
    with pytest.raises(UsageError, match="one is negative"):
        WeightedScore({**PUBLISHED_WEIGHTS, "account_age": -0.1, "credit_trend": 0.35})


def test_a_misspelt_criterion_names_the_near_one() -> None:
    weights = dict(PUBLISHED_WEIGHTS)
    weights["acount_age"] = weights.pop("account_age")
    with pytest.raises(
        UsageError, match=r"unknown \['acount_age'\], missing \['account_age'\].*Do: write 'account_age'"
    ):
        WeightedScore(weights)


def test_every_criterion_is_named() -> None:
    with pytest.raises(UsageError, match=r"missing \['credit_trend', .*Do: name all five"):
        WeightedScore({"payment_history": 1.0})
    with pytest.raises(UsageError, match=r"Given: 1\.0"):
        WeightedScore(1.0)


def test_a_weight_is_a_number() -> None:
    with pytest.raises(UsageError, match="weight account_age is not a number"):
        WeightedScore({**PUBLISHED_WEIGHTS, "account_age": "0.1"})


def test_thresholds_are_ordered() -> None:
    with pytest.raises(UsageError, match="WeightedScore: the thresholds are not ordered"):
        WeightedScore(medium_from=0.6)
