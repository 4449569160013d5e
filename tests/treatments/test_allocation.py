from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.schema import DataError
from arseg.treatments import Capacity, allocate, shadow_price
from arseg.treatments.allocation import allocate_hours, next_hour, price_in_words
from arseg.treatments.allocation_capacity import Collector
from oracle.day import best_value, fits, teams, works

quick = settings(max_examples=60, deadline=None, derandomize=True)
hours = st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0, 2.0])


def work_of(rows: list[tuple[float, float]], **more: object) -> pd.DataFrame:
    ids = pd.Series([f"C{place}" for place in range(len(rows))], dtype="str")
    minutes, value = ([row[i] for row in rows] for i in (0, 1))
    numbers = {"minutes": minutes, "expected_value": value}
    frame = pd.DataFrame({"customer_id": ids, **numbers}).astype(dict.fromkeys(numbers, "float64"))
    return frame.assign(**({"handling": "collector"} | more))


def book(customers: int, *, seed: int = 1) -> tuple[pd.DataFrame, Capacity]:
    """Return two treatments for each of many customers, and eight collectors who are not alike."""
    rng = np.random.default_rng(seed)
    team = [
        Collector(
            f"c{i}", hours=4.0, portfolios=("north",) if i % 2 else (), max_customers=20 if i > 5 else None
        )
        for i in range(8)
    ]
    frame = pd.DataFrame(
        {
            "customer_id": np.repeat([f"C{i:05d}" for i in range(customers)], 2),
            "treatment": np.tile(["call", "letter"], customers),
            "minutes": np.tile([12.0, 5.0], customers),
            "expected_value": rng.lognormal(3, 1, 2 * customers),
            "portfolio": np.repeat(rng.choice(["north", "south"], customers), 2),
            "owner": np.repeat(rng.choice(["", "c1", "c2"], customers), 2),
        }
    )
    return frame, Capacity(tuple(team))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(works(), teams())
def test_small_days_are_as_good_as_the_best_of_all_and_keep_every_rule(work, capacity) -> None:
    day = allocate_hours(work, capacity)
    best = best_value(work, capacity)
    assert fits(work, day.chosen, capacity)
    assert day.value == pytest.approx(best, abs=1e-6)
    assert day.value == pytest.approx(work.loc[day.chosen["on_today"], "expected_value"].sum())
    assert day.exact
    assert best <= day.bound + 1e-6


@quick
@given(works(), teams(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(work, capacity, random) -> None:
    places = list(work.index)
    random.shuffle(places)
    shuffled = allocate(work.loc[places], capacity)
    pd.testing.assert_frame_equal(shuffled.loc[work.index], allocate(work, capacity))


@quick
@given(works(), hours, st.integers(1, 2), st.floats(0, 2), st.integers(0, 1))
def test_more_capacity_never_lowers_the_value(work, hours_per_day, team, more_hours, more_collectors) -> None:
    few = allocate_hours(work, Capacity(team, hours_per_day)).value
    more = allocate_hours(work, Capacity(team + more_collectors, min(hours_per_day + more_hours, 24))).value
    assert more >= few - 1e-6


@quick
@given(works(3), teams(2))
def test_the_next_hour_is_worth_what_the_best_day_with_it_adds(work, capacity) -> None:
    price = next_hour(work, capacity)
    now = best_value(work, capacity)
    assert price >= 0
    longer = [
        Capacity(
            tuple(
                Collector(
                    c.name, minutes / 60 + (i == at), c.portfolios, c.languages, c.skills, c.max_customers
                )
                for i, (c, minutes) in enumerate(zip(capacity.team, capacity.minutes_each, strict=True))
            )
        )
        for at in range(len(capacity.team))
    ]
    assert any(price == pytest.approx(best_value(work, one) - now, abs=1e-6) for one in longer)


def test_a_large_day_keeps_every_rule_and_reaches_nearly_the_bound() -> None:
    work, capacity = book(4000)
    day = allocate_hours(work, capacity)
    assert fits(work, day.chosen, capacity)
    assert not day.exact
    assert 0 <= day.gap < 0.002
    assert day.value == pytest.approx(work.loc[day.chosen["on_today"], "expected_value"].sum())
    pd.testing.assert_frame_equal(
        allocate(work.sample(frac=1, random_state=2), capacity).loc[work.index], day.chosen
    )


def test_the_price_of_an_hour_is_the_slope_of_the_bound() -> None:
    work, capacity = book(4000)
    day = allocate_hours(work, capacity)
    price = next_hour(work, capacity)
    # The bound is concave in the hours: the whole next hour is worth no more than 60 times the next minute.
    assert 0.8 * day.hour_price <= price <= day.hour_price + 1e-6


def test_a_hand_computed_day() -> None:
    work = work_of([(30, 300.0), (30, 200.0), (30, 90.0)])
    day = allocate_hours(work, Capacity(("Ana",), 1))
    assert (day.value, day.bound, day.gap, day.exact) == (500.0, pytest.approx(500.0), 0.0, True)
    assert next_hour(work, Capacity(("Ana",), 1)) == pytest.approx(90.0)
    assert next_hour(work, Capacity(("Ana",), 0.5)) == pytest.approx(290.0)


def test_a_day_without_work_and_one_without_hours() -> None:
    nothing = allocate_hours(work_of([]), Capacity())
    assert (nothing.value, nothing.bound, nothing.gap, nothing.hour_price) == (0.0, 0.0, 0.0, 0.0)
    none = allocate_hours(work_of([(12, 100.0)]), Capacity(2, 0))
    assert (none.value, none.gini, none.variation) == (0.0, 0.0, 0.0)


def test_only_what_collectors_handle_has_a_price() -> None:
    work = work_of([(12, 100.0), (12, 50.0)], handling=["automatic", "collector"])
    assert shadow_price(work, Capacity(1, 0)) == 50.0


def test_what_is_held_back_has_no_price() -> None:
    work = work_of([(12, 100.0), (12, 50.0)], held=["promise hold", ""])
    assert shadow_price(work, Capacity(1, 0)) == 50.0


def test_ties_go_to_the_first_customer() -> None:
    work = work_of([(12, 100.0), (12, 100.0)]).iloc[::-1]
    done = allocate(work, Capacity(("Ana",), 0.2))
    assert done.loc[0].tolist() == [True, "Ana"]
    assert done.loc[1].tolist() == [False, ""]


def test_what_does_not_fit_is_skipped_for_what_does() -> None:
    work = work_of([(30, 300.0), (5, 10.0)])
    assert allocate(work, Capacity(1, 0.1))["on_today"].tolist() == [False, True]


def test_nobody_runs_over_the_day_for_another_who_has_time() -> None:
    work = work_of([(40, 100.0)] * 3)
    assert allocate(work, Capacity(2, 1))["on_today"].tolist() == [True, True, False]


def test_loads_are_even_where_time_is_plenty() -> None:
    day = allocate_hours(work_of([(12, 10.0)] * 9 + [(6, 5.0)] * 2), Capacity(2, 8))
    assert day.desks["used_minutes"].tolist() == [60.0, 60.0]
    assert (day.gini, day.variation) == (0.0, 0.0)


def test_the_index_of_the_work_is_kept() -> None:
    work = work_of([(30, 300.0), (12, 100.0)]).set_index(pd.Index([7, 3]))
    assert allocate(work, Capacity()).index.tolist() == [7, 3]


def test_missing_columns_are_all_named() -> None:
    with pytest.raises(DataError, match=r"work lacks columns \['minutes', 'expected_value'\]"):
        allocate(pd.DataFrame({"customer_id": ["A"]}), Capacity())
    with pytest.raises(DataError, match=r"worklist lacks columns \['handling'\]"):
        shadow_price(work_of([]).drop(columns="handling"), Capacity())


@pytest.mark.parametrize("row", [(0.0, 5.0), (-1.0, 5.0), (float("nan"), 5.0), (5.0, float("inf"))])
def test_work_without_minutes_or_value_is_refused(row) -> None:
    with pytest.raises(DataError, match="1 rows of work have no minutes or no value"):
        allocate(work_of([(12, 1.0), row]), Capacity())


def test_the_price_is_said_in_words() -> None:
    assert price_in_words(312.4) == "One more hour today is worth 312.40."
    assert price_in_words(0.001, "EUR").startswith("One more hour today is worth nothing")
