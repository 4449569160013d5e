"""Rows of one prediction are in one group, and groups follow the predictions."""

from __future__ import annotations

import numpy as np
import pytest

from arseg.metrics.like_predictions import quantile_groups


@pytest.mark.parametrize("groups", [1, 4, 10])
def test_groups_follow_the_predictions_and_hold_as_many_each(groups: int) -> None:
    p = np.random.default_rng(2).permutation(np.linspace(0.001, 0.999, 40 * groups))
    found = quantile_groups(p, groups)
    assert np.bincount(found).tolist() == [40] * groups
    assert (np.diff(found[np.argsort(p)]) >= 0).all()


def test_one_prediction_is_in_one_group() -> None:
    assert quantile_groups(np.array([0.2, 0.2, 0.2, 0.9]), 4).tolist() == [0, 0, 0, 1]
    assert quantile_groups(np.empty(0), 4).shape == (0,)
