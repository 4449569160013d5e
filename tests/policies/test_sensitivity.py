from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies import WeightedScore
from arseg.policies.sensitivity import moved_weights, weight_sensitivity
from arseg.policies.weighted_score import PUBLISHED_WEIGHTS
from arseg.schema import UsageError


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(0, 9), min_size=2, max_size=6).filter(any), st.sampled_from([-0.5, -0.1, 0.1, 1.0])
)
def test_moved_weights_sum_to_one_and_keep_the_ratio_of_the_others(parts, change) -> None:
    weights = {f"w{place}": part / sum(parts) for place, part in enumerate(parts)}
    for name, weight in weights.items():
        moved = moved_weights(weights, name, change=change)
        assert sum(moved.values()) == pytest.approx(1)
        assert min(moved.values()) >= 0
        assert moved[name] == pytest.approx(min(1, weight * (1 + change)))
        others = [other for other in weights if other != name]
        for one, two in itertools.pairwise(others):
            left, right = moved[one] * weights[two], moved[two] * weights[one]
            assert left == pytest.approx(right)


def test_a_weight_of_one_leaves_its_share_to_the_others_alike() -> None:
    assert moved_weights({"a": 1.0, "b": 0.0, "c": 0.0}, "a", change=-0.1) == pytest.approx(
        {"a": 0.9, "b": 0.05, "c": 0.05}
    )
    assert moved_weights({"a": 1.0, "b": 0.0}, "a", change=0.1) == pytest.approx({"a": 1.0, "b": 0.0})


@pytest.mark.parametrize("seed", range(3))
def test_flips_equal_those_of_policies_with_the_moved_weights(draw_scores, seed) -> None:
    scores = draw_scores(seed, 200)
    policy = WeightedScore(medium_from=0.45, high_from=0.55)
    table = policy.sensitivity(scores)
    assert len(table) == 10
    before = policy.assign(scores)["segment"]
    for row in table.itertuples():
        weights = moved_weights(PUBLISHED_WEIGHTS, row.criterion, change=row.change)
        scale = sum(weights.values())
        moved = WeightedScore({k: w / scale for k, w in weights.items()}, 0.45, 0.55).assign(scores)[
            "segment"
        ]
        assert row.flips == (before != moved).sum() == row.raised + row.lowered
        assert row.share == row.flips / 200
        assert row.weight == pytest.approx(weights[row.criterion])
    assert table["flips"].sum() > 0


def test_raised_and_lowered_are_told_apart() -> None:
    risks = np.array([[0.0, 1.0], [1.0, 0.0]])

    def segments_under(weights: Mapping[str, float]) -> np.ndarray:
        score = risks @ np.array(list(weights.values()))
        return np.where(score >= 0.55, "High", np.where(score >= 0.45, "Medium", "Low"))

    table = weight_sensitivity({"a": 0.5, "b": 0.5}, segments_under, change=0.2)
    assert table[["criterion", "change", "flips", "raised", "lowered"]].to_numpy().tolist() == [
        ["a", -0.2, 2, 1, 1],
        ["a", 0.2, 2, 1, 1],
        ["b", -0.2, 2, 1, 1],
        ["b", 0.2, 2, 1, 1],
    ]


def test_an_empty_book_flips_nothing(draw_scores) -> None:
    table = WeightedScore().sensitivity(draw_scores(1, 0))
    assert table["flips"].tolist() == [0] * 10
    pd.testing.assert_series_equal(table["share"], pd.Series([0.0] * 10, name="share"))


@pytest.mark.parametrize("change", [0, -0.1, 1.5])
def test_a_change_is_a_share(change, draw_scores) -> None:
    with pytest.raises(UsageError, match="sensitivity: the change is out of range"):
        WeightedScore().sensitivity(draw_scores(1, 5), change=change)
