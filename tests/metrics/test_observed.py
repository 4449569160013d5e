from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.metrics import observed_incidence
from arseg.models.baselines import aalen_johansen


def test_it_is_that_of_lifelines(peers) -> None:
    found = observed_incidence(peers.y, peers.times)[0]
    for cause in (1, 2, 3):
        np.testing.assert_allclose(found[cause - 1], peers.said["observed"][str(cause)], atol=1e-12)


def test_it_is_the_curve_of_the_models_baseline(book) -> None:
    days = list(range(1, 31))
    wanted = aalen_johansen(book.y[["event", "duration"]], book.weight)[:, :30]
    np.testing.assert_allclose(observed_incidence(book.y, days, weight=book.weight)[0], wanted, atol=1e-12)


def test_groups_are_those_of_their_own_rows_in_sorted_order(book) -> None:
    found = observed_incidence(book.y, [5, 30], by=np.array(["c", "a", "b"])[book.strata])
    for place, stratum in enumerate((1, 2, 0)):
        wanted = observed_incidence(book.y[book.strata == stratum], [5, 30])[0]
        np.testing.assert_allclose(found[place], wanted, atol=1e-12)


def test_without_censoring_it_is_the_plain_share() -> None:
    y = pd.DataFrame({"event": [1, 1, 2, 0], "duration": [2, 5, 3, 90]})
    assert observed_incidence(y, [4, 60])[0].tolist() == [[0.25, 0.5], [0.25, 0.25], [0.0, 0.0]]


def test_days_beyond_follow_up_are_not_a_number_and_after_the_last_leaver_are_known() -> None:
    y = pd.DataFrame({"event": [1, 0, 1, 1], "duration": [2, 9, 2, 4]})
    found = observed_incidence(y, [9, 10], by=["a", "a", "b", "b"])[:, 0]
    np.testing.assert_array_equal(found, [[0.5, np.nan], [1.0, 1.0]])


def test_a_weight_of_two_is_the_row_twice(book) -> None:
    twice = pd.concat([book.y, book.y.iloc[:40]], ignore_index=True)
    weight = np.append(np.full(40, 2.0), np.ones(80))
    np.testing.assert_allclose(
        observed_incidence(book.y, [12], weight=weight), observed_incidence(twice, [12]), atol=1e-12
    )


def test_counting_other_causes_as_lost_would_overstate() -> None:
    y = pd.DataFrame({"event": [2, 1, 1, 0], "duration": [1, 2, 3, 9]})
    alone = observed_incidence(y.assign(event=y["event"].replace(2, 0)), [3])[0, 0, 0]
    assert observed_incidence(y, [3])[0, 0, 0] == 0.5
    assert alone == pytest.approx(2 / 3)
