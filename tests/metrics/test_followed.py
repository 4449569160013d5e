from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.metrics.followed import FollowUp, Outcome
from arseg.metrics.observed import observed_incidence
from arseg.schema import DataError


def followed_by_hand(y: pd.DataFrame, weight: np.ndarray, day: int) -> float:
    """P(followed through a day): a product over the earlier days, one row at a time."""
    reached = 1.0
    for earlier in range(1, day):
        lost = at_risk = 0.0
        for event, duration, own in zip(y["event"], y["duration"], weight, strict=True):
            lost += own * (event == 0 and duration == earlier)
            # A row that leaves today was watched through today: it cannot be lost today.
            at_risk += own * (duration > earlier or (duration == earlier and event == 0))
        reached *= 1 - lost / at_risk if lost else 1.0
    return reached


def test_the_curve_is_that_of_the_product_by_hand_in_each_stratum(book) -> None:
    follow_up = FollowUp.of(Outcome.read(book.y, book.weight), book.strata)
    for place in range(3):
        own = book.strata == place
        for day in (1, 5, 31, 44):
            wanted = followed_by_hand(book.y[own], book.weight[own], day)
            assert follow_up.curve[place, day] == pytest.approx(wanted)


def test_the_curve_is_that_of_lifelines(peers) -> None:
    follow_up = FollowUp.of(Outcome.read(peers.y))
    # Nobody is lost on these days, so "through the day" and "beyond the day" are one.
    np.testing.assert_allclose(follow_up.curve[0, peers.times], peers.said["followed"], atol=1e-12)


@pytest.mark.parametrize("day", [1, 7, 29, 44])
def test_the_weights_sum_to_those_of_all_rows(book, day: int) -> None:
    follow_up = FollowUp.of(Outcome.read(book.y, book.weight), book.strata)
    assert follow_up.weights(day).sum() == pytest.approx(book.weight.sum())


def test_weighted_means_of_what_came_are_the_aalen_johansen_curve(book) -> None:
    outcome = Outcome.read(book.y, book.weight)
    follow_up, curve = FollowUp.of(outcome), observed_incidence(book.y, [5, 30], weight=book.weight)
    for cause in (1, 2, 3):
        for place, day in enumerate((5, 30)):
            mean = (follow_up.weights(day) * outcome.left(day, cause)).sum() / book.weight.sum()
            assert curve[0, cause - 1, place] == pytest.approx(mean)


def test_rows_lost_before_the_day_count_nothing_and_those_lost_on_it_count() -> None:
    y = pd.DataFrame({"event": [0, 0, 1, 0], "duration": [9, 10, 4, 12]})
    assert FollowUp.of(Outcome.read(y)).weights(10) == pytest.approx([0.0, 1.5, 1.0, 1.5])


def test_without_censoring_before_the_day_every_row_counts_once() -> None:
    y = pd.DataFrame({"event": [1, 0, 2, 0], "duration": [3, 30, 9, 30]})
    assert FollowUp.of(Outcome.read(y)).weights(30).tolist() == [1.0] * 4


def test_the_last_day_is_that_of_the_last_row_still_followed() -> None:
    y = pd.DataFrame({"event": [1, 0, 0], "duration": [3, 20, 30]})
    follow_up = FollowUp.of(Outcome.read(y))
    assert follow_up.last_days.tolist() == [30.0]
    follow_up.require([30])
    with pytest.raises(
        DataError, match=r"nobody is followed that long. Given: day 31. Allowed: at most day 30"
    ):
        follow_up.require([7, 31])


def test_where_all_have_left_every_day_is_known() -> None:
    y = pd.DataFrame({"event": [0, 1], "duration": [3, 20]})
    assert FollowUp.of(Outcome.read(y)).last_days.tolist() == [np.inf]


def test_the_stratum_that_ends_first_is_named() -> None:
    y = pd.DataFrame({"event": [0, 0], "duration": [10, 40]})
    follow_up = FollowUp.of(Outcome.read(y), ["2025-09", "2025-08"])
    with pytest.raises(DataError, match=r"at most day 10, the last with a row of stratum 2025-09"):
        follow_up.require([30])


@pytest.mark.parametrize("bad", [{"event": 4}, {"event": np.nan}, {"duration": 0}, {"duration": 2.5}])
def test_an_impossible_outcome_is_refused(bad: dict) -> None:
    y = pd.DataFrame({"event": [1.0, 0.0], "duration": [3.0, 9.0]})
    with pytest.raises(DataError, match=r"y is no outcome. Given: 2 impossible rows of 2"):
        Outcome.read(y.assign(**bad))


def test_no_row_is_refused() -> None:
    with pytest.raises(DataError, match=r"y is no outcome. Given: 0 impossible rows of 0"):
        Outcome.read(pd.DataFrame({"event": [], "duration": []}))


@pytest.mark.parametrize("weight", [[1.0], [1.0, -1.0], [np.nan, 1.0], [0.0, 0.0]])
def test_weights_that_do_not_fit_are_refused(weight: list[float]) -> None:
    with pytest.raises(DataError, match=r"the weights do not fit the rows"):
        Outcome.read(pd.DataFrame({"event": [1, 0], "duration": [3, 9]}), weight)


@pytest.mark.parametrize("strata", [["a"], ["a", None]])
def test_a_row_without_stratum_is_refused(strata: list) -> None:
    outcome = Outcome.read(pd.DataFrame({"event": [1, 0], "duration": [3, 9]}))
    with pytest.raises(DataError, match=r"rows have no stratum"):
        FollowUp.of(outcome, np.array(strata, dtype=object))
