from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.metrics import censored_brier, horizon_brier, integrated_brier
from arseg.metrics.followed import FollowUp, Outcome
from arseg.schema import DataError


def test_each_cause_at_each_day_is_that_of_hazardous(peers) -> None:
    found = censored_brier(peers.y, peers.incidence, peers.times)
    for cause, part in found.groupby("cause"):
        assert part["time"].tolist() == peers.times
        np.testing.assert_allclose(part["brier"], peers.said["brier"][str(cause)], rtol=1e-10)


def test_the_average_over_time_is_that_of_hazardous(peers) -> None:
    found = integrated_brier(peers.y, peers.incidence, peers.times)
    wanted = [peers.said["integrated"][str(cause)] for cause in found["cause"]]
    np.testing.assert_allclose(found["brier"], wanted, rtol=1e-10)


def test_it_is_the_sum_by_hand_with_ties_strata_and_weights(book) -> None:
    found = censored_brier(book.y, book.incidence, book.times, strata=book.strata, weight=book.weight)
    weights = FollowUp.of(Outcome.read(book.y, book.weight), book.strata).weights(12)
    total = 0.0
    for row, (event, duration) in enumerate(zip(book.y["event"], book.y["duration"], strict=True)):
        came = float(event == 2 and duration <= 12)
        total += weights[row] * (came - book.incidence[row, 1, 1]) ** 2
    at = found[(found["cause"] == 2) & (found["time"] == 12)]
    assert at["brier"].item() == pytest.approx(total / book.weight.sum())
    unknown = ((book.y["event"] == 0) & (book.y["duration"] < 12)).sum()
    assert at["rows"].item() == len(book.y) - unknown


def test_on_mature_rows_it_is_the_plain_score(book) -> None:
    mature = (book.y["followed_days"] >= 30).to_numpy()
    y, incidence, weight = book.y[mature], book.incidence[mature], book.weight[mature]
    found = censored_brier(y, incidence, book.times, strata=y["followed_days"], weight=weight)
    wanted = horizon_brier(y, incidence, book.times, horizons=book.times, weight=weight)
    np.testing.assert_allclose(found.loc[found["cause"] == 1, "brier"], wanted["brier"])


def test_a_weight_of_two_is_the_row_twice(book) -> None:
    twice = pd.concat([book.y, book.y.iloc[:40]], ignore_index=True)
    doubled = np.concatenate([book.incidence, book.incidence[:40]])
    weight = np.append(np.full(40, 2.0), np.ones(80))
    np.testing.assert_allclose(
        integrated_brier(book.y, book.incidence, book.times, weight=weight)["brier"],
        integrated_brier(twice, doubled, book.times)["brier"],
    )


def test_the_order_of_rows_does_not_matter(book) -> None:
    order = np.random.default_rng(1).permutation(len(book.y))
    shuffled = integrated_brier(
        book.y.iloc[order], book.incidence[order], book.times, strata=book.strata[order]
    )
    straight = integrated_brier(book.y, book.incidence, book.times, strata=book.strata)
    np.testing.assert_allclose(shuffled["brier"], straight["brier"])


def drifting_book(rows: int = 40_000) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Old key dates pay slowly and are followed for long, new ones pay fast and are lost early."""
    rng = np.random.default_rng(2)
    new = rng.random(rows) < 0.5
    rate = np.where(new, 0.08, 0.015)
    true, followed = rng.geometric(rate), np.where(new, rng.integers(5, 35, rows), 60)
    y = pd.DataFrame({"event": (true <= followed).astype(int), "duration": np.minimum(true, followed)})
    return y, true, new, 1 - (1 - rate) ** 30


def test_censoring_that_depends_on_the_key_date_is_mended_by_strata() -> None:
    y, true, new, p = drifting_book()
    complete = np.mean(((true <= 30) - p) ** 2)
    predicted = p.reshape(-1, 1, 1)
    by_key_date = censored_brier(y, predicted, [30], strata=new)["brier"].item()
    over_all = censored_brier(y, predicted, [30])["brier"].item()
    assert abs(by_key_date - complete) < 0.002
    assert abs(over_all - complete) > 0.006


def test_the_truth_has_the_lowest_score_under_censoring() -> None:
    y, _, new, p = drifting_book()
    scores = [
        censored_brier(y, (p**power).reshape(-1, 1, 1), [30], strata=new)["brier"].item()
        for power in (0.7, 1.0, 1.4)
    ]
    assert scores[1] == min(scores)


def test_a_day_beyond_follow_up_is_refused(book) -> None:
    incidence = np.repeat(book.incidence[:, :, :1], 2, axis=2)
    with pytest.raises(
        DataError, match=r"nobody is followed that long. Given: day 300. Allowed: at most day"
    ):
        integrated_brier(book.y, incidence, [30, 300], strata=book.strata)


def test_one_day_has_no_average(book) -> None:
    with pytest.raises(DataError, match=r"one day has no average over time. Given: \[5\]"):
        integrated_brier(book.y, book.incidence[:, :, :1], [5])


def test_another_shape_is_refused(book) -> None:
    with pytest.raises(DataError, match=r"the incidence does not fit the rows and times"):
        censored_brier(book.y, book.incidence[1:], book.times)
