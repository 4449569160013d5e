from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.policies import AgingBuckets, Hysteresis, RiskTiers
from arseg.runs.journal import Run
from arseg.runs.spread import (
    SPREAD,
    badges_in_words,
    badges_of,
    of_like_risk,
    parts,
    pooled_spread,
    with_badges,
)

MakeRun = Callable[..., Run]


def logistic(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))


def test_half_of_the_difference_of_the_halves_pooled_over_like_risk() -> None:
    """Logits apart by 1 and by 3 in one group: sqrt((1 + 9) / 2) / 2."""
    first = np.array([logistic(0.0), logistic(2.0)])
    second = np.array([logistic(-1.0), logistic(-1.0)])
    found = pooled_spread(first, second, np.array([0.3, 0.4]))
    assert found == pytest.approx([np.sqrt(5) / 2] * 2)


def test_like_risk_is_of_like_rank() -> None:
    chance = np.linspace(0.01, 0.99, 90)
    steps = np.repeat([0.2, 0.6, 1.0], 30)
    first = 1 / (1 + np.exp(-(np.log(chance / (1 - chance)) + steps)))
    order = np.random.default_rng(1).permutation(90)
    found = pooled_spread(first[order], chance[order], chance[order])
    assert found == pytest.approx(steps[order] / 2)


def test_the_spread_is_the_standard_error_of_the_whole() -> None:
    """A share of n draws: the half-sample estimate meets 1 / sqrt(n p q) of the logit."""
    rng = np.random.default_rng(3)
    halves_of = rng.binomial(200, 0.3, size=(2, 4000)) / 200
    found = pooled_spread(*halves_of, np.full(4000, 0.3))
    assert float(np.sqrt((found**2).mean())) == pytest.approx(1 / np.sqrt(400 * 0.3 * 0.7), rel=0.05)


def test_the_spread_is_that_of_the_whole_where_smaller_parts_were_taught() -> None:
    """Parts of a tenth of 2,000 draws each tell the standard error of all 2,000."""
    tenths = np.random.default_rng(4).binomial(200, 0.3, size=(2, 4000)) / 200
    found = pooled_spread(*tenths, np.full(4000, 0.3), share=0.1)
    assert float(np.sqrt((found**2).mean())) == pytest.approx(1 / np.sqrt(2000 * 0.3 * 0.7), rel=0.05)


def test_parts_of_a_large_book_are_of_different_customers_and_no_larger_than_asked_for() -> None:
    customers = pd.Series(np.repeat([f"C{number:03d}" for number in range(200)], 3))
    first, second = parts(customers, 0.1, seed=7)
    assert (first.sum(), second.sum()) == (60, 60)
    assert not (first & second).any()
    assert not set(customers[first]) & set(customers[second])


def test_whoever_was_not_drawn_has_the_spread_of_the_next_riskier_who_was() -> None:
    told, chance = np.array([3.0, 1.0, 2.0]), np.array([0.9, 0.1, 0.5])
    everyone = np.array([0.05, 0.1, 0.3, 0.5, 0.51, 0.9, 0.95])
    assert of_like_risk(told, chance, everyone).tolist() == [1, 1, 2, 2, 3, 3, 3]
    assert of_like_risk(told, chance, chance) is told


def test_halves_are_of_customers_whatever_the_order_of_their_rows() -> None:
    customers = pd.Series(np.repeat([f"C{number}" for number in range(11)], 3))
    first, second = parts(customers, 0.5, seed=7)
    assert (first ^ second).all()
    assert len(set(customers[first])) == 5
    assert not set(customers[first]) & set(customers[second])
    turned = customers[::-1].reset_index(drop=True)
    assert set(turned[parts(turned, 0.5, seed=7)[0]]) == set(customers[first])


def test_a_score_beside_a_cut_is_borderline_and_one_far_from_it_is_not(
    small_run: MakeRun, tmp_path: Path
) -> None:
    run = small_run(tmp_path)
    scores = pd.DataFrame({"customer_id": ["A", "B"], "p_unpaid_30": [0.36, 0.9]})
    assert badges_of(run, RiskTiers(), scores) is None
    run.save(SPREAD, pd.DataFrame({"customer_id": ["A", "B"], "spread": 0.3}))
    for policy in (RiskTiers(), Hysteresis(RiskTiers())):
        badges = badges_of(run, policy, scores)
        assert badges is not None
        assert badges["borderline"].tolist() == [True, False]
    shown = with_badges(scores[["customer_id"]], badges)
    assert shown["borderline"].tolist() == [True, False]
    assert badges_in_words(shown).startswith("The segment of 1 of 2 customers is borderline")
    late = scores.assign(oldest_days_past_due=[3, 99])
    sure = badges_of(run, AgingBuckets(), late)
    assert sure is not None
    assert not sure["borderline"].any()


def test_where_no_spread_is_known_nobody_is_called_borderline() -> None:
    shown = with_badges(pd.DataFrame({"customer_id": ["A"]}), None)
    assert shown["borderline"].tolist() == [False]
    assert badges_in_words(shown) == ""
