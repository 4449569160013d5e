from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.policies import AgingBuckets, OneSizeFitsAll, RiskTiers, WeightedScore, all_policies
from arseg.policies.composed import Composed
from arseg.policies.levels import (
    chance_behind,
    cuts_of,
    levels_of,
    levels_under,
    moved_cells,
    segments_of,
)
from arseg.schema import DataError


def test_levels_and_segments_are_each_others_inverse() -> None:
    levels = np.array([0, 1, 2, 1])
    assert levels_of(segments_of(levels)).tolist() == levels.tolist()


def test_an_unknown_segment_is_refused() -> None:
    with pytest.raises(DataError, match=r"a segment is not known\. Given: \['Severe'\].*High, Medium, Low"):
        levels_of(["High", "Severe"])


@pytest.mark.parametrize("kind", all_policies(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("seed", range(3))
def test_levels_are_those_of_assign_for_every_policy(draw_scores, kind, seed) -> None:
    scores = draw_scores(seed, 40)
    assigned = kind().assign(scores)
    assert levels_under(kind(), scores).tolist() == levels_of(assigned["segment"]).tolist()


@pytest.mark.parametrize("policy", [RiskTiers(), WeightedScore(), Composed()], ids=repr)
def test_the_number_behind_a_policy_explains_its_segments(draw_scores, policy) -> None:
    scores = draw_scores(7, 60)
    number, cuts = chance_behind(policy, scores), cuts_of(policy)
    assert number.index.tolist() == sorted(scores["customer_id"])
    assert number.between(0, 1).all()
    levels = [sum(value >= cut for cut in cuts) for value in number]
    assert levels == levels_of(policy.assign(scores)["segment"]).tolist()


def test_days_and_no_number_at_all_are_not_between_0_and_1(draw_scores) -> None:
    assert chance_behind(AgingBuckets(), draw_scores(1, 5)) is None
    assert chance_behind(OneSizeFitsAll(), draw_scores(1, 5)) is None
    assert cuts_of(OneSizeFitsAll()) is None
    assert cuts_of(AgingBuckets()) is None


def test_a_cell_keeps_its_axes_when_the_segment_moves() -> None:
    cells = ["High / paper", "High", "Low / a / b", "Highlands"]
    moved = moved_cells(cells, ["High", "High", "Low", "High"], ["Low", "Medium", "Low", "Low"])
    assert moved == ["Low / paper", "Medium", "Low / a / b", "Low"]


def test_nobody_has_no_level() -> None:
    none = pd.DataFrame({"customer_id": pd.Series(dtype="str"), "p_unpaid_30": pd.Series(dtype="float64")})
    assert levels_under(RiskTiers(), none).tolist() == []
