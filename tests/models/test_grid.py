from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from arseg.models.grid import (
    INTERVAL_COLUMNS,
    accumulate,
    count_periods,
    due_edges,
    expand,
    interval_features,
    row_outcomes,
)
from arseg.schema import DataError


def naive_intervals(age, upto) -> list[tuple[int, int]]:
    """Walk day by day; close an interval on every edge of the grid."""
    edges = set(due_edges(-3000, 3000).tolist())
    start, rows = 0, []
    for day in range(1, 366):
        if age + day in edges or day == 365:
            rows.append((start, day))
            start = day
            if day >= upto:
                return rows
    return rows


def naive_features(age, key_day, start, end) -> list[int]:
    days = [dt.date(1970, 1, 1) + dt.timedelta(days=key_day + u) for u in range(start + 1, end + 1)]
    last = days[-1]
    to_end = 0
    while (last + dt.timedelta(days=to_end + 1)).month == last.month:
        to_end += 1
    return [
        age + end,
        end - start,
        start,
        last.weekday(),
        last.day,
        to_end,
        sum(d.weekday() < 5 for d in days),
    ]


@pytest.fixture(scope="module", name="items")
def _items() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    age = np.append(rng.integers(-130, 500, 60), [-5, -6, 14, 90, 2000, -1000, 0])
    upto = np.append(rng.integers(1, 500, 60), [1, 365, 400, 1, 365, 365, 5])
    key_day = rng.integers(15000, 20000, len(age))
    return age, upto, key_day


def test_expansion_equals_a_walk_day_by_day(items) -> None:
    age, upto, _ = items
    found = expand(age, upto)
    wanted = [(i, *row) for i in range(len(age)) for row in naive_intervals(age[i], min(upto[i], 365))]
    assert list(zip(found.item.tolist(), found.start.tolist(), found.end.tolist(), strict=True)) == wanted


def test_the_count_is_that_of_the_expansion(items) -> None:
    age, upto, _ = items
    assert count_periods(age, upto) == len(expand(age, upto).item)


def test_interval_features_equal_the_calendar(items) -> None:
    age, upto, key_day = items
    periods = expand(age, upto)
    wanted = [
        naive_features(int(age[i]), int(key_day[i]), int(a), int(b))
        for i, a, b in zip(periods.item, periods.start, periods.end, strict=True)
    ]
    found = interval_features(periods, age, key_day)
    assert found.shape[1] == len(INTERVAL_COLUMNS)
    np.testing.assert_array_equal(found, np.array(wanted, dtype=np.float32))


def test_steps_are_daily_around_the_due_date_and_widen() -> None:
    edges = due_edges(-40, 400)
    steps = dict(zip(edges[1:].tolist(), np.diff(edges).tolist(), strict=True))
    assert {steps[age] for age in range(-4, 15)} == {1}
    assert {step for age, step in steps.items() if age <= -5} == {7}
    assert {step for age, step in steps.items() if 14 < age <= 45} == {3, 4}
    assert {step for age, step in steps.items() if 45 < age < 90} == {7}
    assert {step for age, step in steps.items() if age > 90} == {30}


def test_the_fine_grid_is_daily_for_longer() -> None:
    edges = due_edges(-40, 400, fine=True)
    steps = dict(zip(edges[1:].tolist(), np.diff(edges).tolist(), strict=True))
    assert {steps[age] for age in range(-13, 32)} == {1}
    assert {step for age, step in steps.items() if age <= -14} == {7}
    assert {step for age, step in steps.items() if 31 < age <= 45} == {3, 4}
    assert {step for age, step in steps.items() if 45 < age < 90} == {7}
    assert {step for age, step in steps.items() if age > 90} == {30}


def test_the_count_is_that_of_the_fine_expansion(items) -> None:
    age, upto, _ = items
    assert count_periods(age, upto, fine=True) == len(expand(age, upto, fine=True).item)
    assert count_periods(age, upto, fine=True) > count_periods(age, upto)


def test_an_item_of_another_century_is_refused() -> None:
    with pytest.raises(DataError, match=r"impossibly far from its due date. Given: 999999 days"):
        expand(np.array([0, 999_999]), np.array([5, 5]))


def test_no_item_gives_no_row() -> None:
    none = np.array([], dtype=np.int64)
    periods = expand(none, none)
    assert len(periods.item) == len(periods.is_last) == 0


def test_only_the_last_row_of_an_item_carries_its_event() -> None:
    periods = expand(np.array([0, 0]), np.array([3, 2]))
    event, share = row_outcomes(periods, np.array([1, 0]), np.array([3, 2]))
    assert event.tolist() == [0, 0, 1, 0, 0]
    assert share.tolist() == [1, 1, 1, 1, 1]


def test_a_censored_interval_counts_with_the_share_seen() -> None:
    periods = expand(np.array([45]), np.array([2]))
    _, share = row_outcomes(periods, np.array([0]), np.array([2]))
    assert share.tolist() == [2 / 7]


def test_an_event_after_a_year_is_open_at_the_year() -> None:
    periods = expand(np.array([0]), np.array([500]))
    event, share = row_outcomes(periods, np.array([1]), np.array([500]))
    assert event.sum() == 0
    assert periods.end[-1] == 365
    assert share.tolist() == [1.0] * len(share)


def test_the_share_seen_makes_the_hazard_unbiased() -> None:
    rng = np.random.default_rng(2)
    count, daily = 400_000, 0.005
    paid, followed = rng.geometric(daily, count), rng.integers(1, 61, count)
    event, duration = (paid <= followed).astype(int), np.minimum(paid, followed)
    periods = expand(np.full(count, 90), duration)
    row_event, share = row_outcomes(periods, event, duration)
    first = periods.start == 0
    hazard = row_event[first].sum() / share[first].sum()
    assert hazard == pytest.approx(1 - (1 - daily) ** 30, rel=0.02)


def naive_incidence(periods, hazards, times) -> np.ndarray:
    found = np.zeros((periods.items, hazards.shape[1], len(times)))
    for item in range(periods.items):
        survival, reached = 1.0, np.zeros(hazards.shape[1])
        curve = {}
        for row in np.flatnonzero(periods.item == item):
            h, length = hazards[row], periods.end[row] - periods.start[row]
            daily = 1 - (1 - h.sum()) ** (1 / length)
            for day in range(periods.start[row] + 1, periods.end[row] + 1):
                reached = reached + survival * daily * h / h.sum()
                survival *= 1 - daily
                curve[day] = reached
        found[item] = np.stack([curve[time] for time in times], axis=1)
    return found


def test_incidence_equals_a_sum_day_by_day(items) -> None:
    age, _, _ = items
    periods = expand(age, np.full(len(age), 365))
    hazards = np.random.default_rng(3).uniform(0.001, 0.3, (len(periods.item), 3))
    times = np.array([1, 2, 9, 30, 31, 100, 364, 365])
    np.testing.assert_allclose(accumulate(periods, hazards, times), naive_incidence(periods, hazards, times))


def test_hazards_that_sum_above_one_are_cut() -> None:
    periods = expand(np.array([0]), np.array([3]))
    found = accumulate(periods, np.full((3, 3), 0.9), np.array([1, 2, 3]))
    np.testing.assert_allclose(found[0, :, -1], 1 / 3)


def test_no_hazard_gives_no_incidence() -> None:
    periods = expand(np.array([0, 50]), np.array([30, 30]))
    assert accumulate(periods, np.zeros((len(periods.item), 3)), np.array([7, 30])).max() == 0
