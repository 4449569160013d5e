from __future__ import annotations

import numpy as np
import pytest

from arseg.models.expert_bands import PUBLISHED_FACTORS, Band, Factor
from arseg.policies.weighted_score import PUBLISHED_WEIGHTS, WeightedScore
from arseg.schema import UsageError

BANDS = (Band(0, below=0), Band(1, at_least=0, below=30), Band(4, at_least=30))


def days(bands=BANDS, weight=40.0, direction="rising") -> Factor:
    return Factor("oldest item", "oldest_days_past_due", weight, direction, bands)


def test_points_become_a_risk_between_nought_and_one() -> None:
    # The fewest points are 0, the most 1; a band of 1 of 4 points stands at a quarter.
    found = days().risk(np.array([-5.0, 0.0, 29.9, 30.0, 1e9, -1e9]))
    assert found.tolist() == [0, 0.25, 0.25, 1, 1, 0]


def test_what_is_unknown_is_neutral() -> None:
    assert days().risk(np.array([np.nan])).tolist() == [0.5]


def test_a_falling_factor_gives_the_most_to_the_least() -> None:
    bands = (Band(10, below=0.5), Band(2, at_least=0.5))
    assert days(bands, direction="falling").risk(np.array([0.1, 0.5])).tolist() == [1, 0]


def test_a_scale_of_points_does_not_matter() -> None:
    other = tuple(Band(100 + 7 * band.points, band.at_least, band.below) for band in BANDS)
    values = np.linspace(-50, 80, 99)
    np.testing.assert_allclose(days(other).risk(values), days().risk(values))


def test_bands_are_named_as_they_are_declared() -> None:
    assert [days().band_name(place) for place in (-1, 0, 1, 2)] == [
        "unknown",
        "below 0",
        "from 0 below 30",
        "from 30",
    ]


def test_plain_values_declare_the_same_factor() -> None:
    plain = {
        "name": "oldest item",
        "column": "oldest_days_past_due",
        "weight": 40.0,
        "direction": "rising",
        "bands": [
            {"points": 0, "below": 0},
            {"points": 1, "at_least": 0, "below": 30},
            {"points": 4, "at_least": 30},
        ],
    }
    assert Factor.read(plain) == days()


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        ((Band(0, below=10), Band(1, at_least=5)), "bands overlap"),
        ((Band(0), Band(1, at_least=5)), "bands overlap"),
        ((Band(0, below=5), Band(1)), "bands overlap"),
        ((Band(0, below=5), Band(1, at_least=6)), "bands leave a gap"),
        ((Band(0, below=5), Band(1, at_least=5, below=5), Band(2, at_least=5)), "a band is empty"),
        ((Band(0, at_least=0, below=5), Band(1, at_least=5)), "do not cover every value"),
        ((Band(0, below=5), Band(1, at_least=5, below=9)), "do not cover every value"),
        ((Band(2, below=5), Band(1, at_least=5)), "the points are not rising"),
        ((Band(1, below=5), Band(1, at_least=5)), "the points are not rising"),
        ((Band(0),), "too few bands"),
    ],
)
def test_bands_that_cannot_be_read_are_refused(bands, message) -> None:
    with pytest.raises(UsageError, match=rf"factor 'oldest item': .*{message}"):
        days(bands)


@pytest.mark.parametrize("weight", [0, -1, float("nan"), "40", True])
def test_a_weight_is_above_nought(weight) -> None:
    with pytest.raises(UsageError, match="factor 'oldest item': the weight is not above 0"):
        days(weight=weight)


def test_a_direction_is_named() -> None:
    with pytest.raises(UsageError, match=r"the direction is unknown. Given: up"):
        days(direction="up")


def test_a_wrong_key_is_met_with_the_near_one() -> None:
    with pytest.raises(UsageError, match=r"a band has unknown keys \['bellow'\].*write 'below' for 'bellow'"):
        days(({"points": 0, "bellow": 5}, {"points": 1, "at_least": 5}))
    with pytest.raises(UsageError, match=r"a factor has unknown keys \[\] or lacks \['bands'\]"):
        Factor.read({"name": "n", "column": "c", "weight": 1, "direction": "rising"})
    with pytest.raises(UsageError, match="a band has unknown keys"):
        days((5, 6))


def test_a_limit_that_is_no_number_is_refused() -> None:
    with pytest.raises(UsageError, match="a band has a value that is not a number"):
        days((Band(0, below="5"), Band(1, at_least="5")))


def test_the_published_factors_are_those_of_the_weighted_score_policy() -> None:
    weights = {factor.name: factor.weight / 100 for factor in PUBLISHED_FACTORS}
    assert weights == dict(PUBLISHED_WEIGHTS)
    columns = {factor.column for factor in PUBLISHED_FACTORS}
    assert columns <= set(WeightedScore.needs)
