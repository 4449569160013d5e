from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.schema import DataError, UsageError
from arseg.treatments import Capacity, allocate, shadow_price

quick = settings(max_examples=60, deadline=None, derandomize=True)
tasks = st.lists(
    st.tuples(
        st.sampled_from([5.0, 8.0, 12.0, 12.5, 30.0]), st.sampled_from([-5.0, 0.0, 1.0, 30.0, 31.25, 200.0])
    ),
    max_size=9,
)
hours = st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0, 2.0])
teams = st.integers(1, 3)


def work_of(rows: list[tuple[float, float]]) -> pd.DataFrame:
    ids = pd.Series([f"C{place}" for place in range(len(rows))], dtype="str")
    minutes, value = ([row[i] for row in rows] for i in (0, 1))
    return pd.DataFrame(
        {
            "customer_id": ids,
            "minutes": pd.Series(minutes, dtype="float64"),
            "expected_value": pd.Series(value, dtype="float64"),
            "handling": "collector",
        }
    )


def worth(work: pd.DataFrame, capacity: Capacity) -> float:
    return float(work.loc[allocate(work, capacity)["on_today"], "expected_value"].sum())


def best(rows: list[tuple[float, float]], minutes: float) -> float:
    """Try every subset."""
    subsets = (chosen for size in range(len(rows) + 1) for chosen in combinations(rows, size))
    return max(sum(v for _, v in chosen) for chosen in subsets if sum(m for m, _ in chosen) <= minutes + 1e-6)


def relaxed(rows: list[tuple[float, float]], minutes: float) -> float:
    """Fill by value per minute, cutting the last task: the optimum of the relaxation."""
    total = 0.0
    for needed, value in sorted(rows, key=lambda row: -row[1] / row[0]):
        share = min(1.0, minutes / needed)
        total += max(value, 0.0) * share
        minutes -= needed * share
    return total


@quick
@given(tasks, hours, teams)
def test_the_minutes_used_fit_the_team(rows, hours_per_day, team) -> None:
    work, capacity = work_of(rows), Capacity(team, hours_per_day)
    done = allocate(work, capacity)
    assert work.loc[done["on_today"], "minutes"].sum() <= capacity.minutes + 1e-6
    assert (done["collector"].isin(capacity.names) == done["on_today"]).all()
    assert (done.loc[~done["on_today"], "collector"] == "").all()


@quick
@given(tasks, hours, teams)
def test_the_value_is_within_one_task_of_the_bound_and_never_above_the_best(
    rows, hours_per_day, team
) -> None:
    capacity = Capacity(team, hours_per_day)
    got, optimum, bound = (
        worth(work_of(rows), capacity),
        best(rows, capacity.minutes),
        relaxed(rows, capacity.minutes),
    )
    assert got <= optimum + 1e-9 <= bound + 1e-6
    assert got >= bound - max([value for _, value in rows if value > 0], default=0) - 1e-6


@quick
@given(tasks, hours, teams, st.floats(0, 2), st.integers(0, 2))
def test_more_capacity_never_lowers_the_value(rows, hours_per_day, team, more_hours, more_collectors) -> None:
    work = work_of(rows)
    more = Capacity(team + more_collectors, hours_per_day + more_hours)
    assert worth(work, more) >= worth(work, Capacity(team, hours_per_day)) - 1e-9


@quick
@given(tasks, hours, teams)
def test_loads_differ_by_one_task_at_most(rows, hours_per_day, team) -> None:
    work, capacity = work_of(rows), Capacity(team, hours_per_day)
    done = allocate(work, capacity)
    loads = work["minutes"].groupby(done["collector"]).sum().reindex(capacity.names, fill_value=0.0)
    assert loads.max() - loads.min() <= work["minutes"].max() if len(work) else loads.max() == 0
    assert loads.max() < 60 * capacity.hours_per_day + 30 + 1e-6


@quick
@given(tasks, hours, teams, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows, hours_per_day, team, random) -> None:
    work, capacity = work_of(rows), Capacity(team, hours_per_day)
    places = list(work.index)
    random.shuffle(places)
    shuffled = allocate(work.loc[places], capacity)
    pd.testing.assert_frame_equal(shuffled.loc[work.index], allocate(work, capacity))


@quick
@given(tasks, hours, teams)
def test_what_is_worth_nothing_is_never_done(rows, hours_per_day, team) -> None:
    work = work_of(rows)
    done = allocate(work, Capacity(team, hours_per_day))
    assert (work.loc[done["on_today"], "expected_value"] > 0).all()


@quick
@given(tasks, hours)
def test_the_price_of_an_hour_is_what_one_more_hour_adds(rows, hours_per_day) -> None:
    work = work_of(rows)
    price = shadow_price(work, Capacity(1, hours_per_day))
    more = worth(work, Capacity(1, hours_per_day + 1)) - worth(work, Capacity(1, hours_per_day))
    assert price == pytest.approx(more, abs=0.005)
    assert price >= 0


def test_only_what_collectors_handle_has_a_price() -> None:
    work = work_of([(12, 100.0), (12, 50.0)]).assign(handling=["automatic", "collector"])
    assert shadow_price(work, Capacity(1, 0)) == 50.0


def test_ties_go_to_the_first_customer() -> None:
    work = work_of([(12, 100.0), (12, 100.0)]).iloc[::-1]
    done = allocate(work, Capacity(("Ana",), 0.2))
    assert done.loc[0].tolist() == [True, "Ana"]
    assert done.loc[1].tolist() == [False, ""]


def test_what_does_not_fit_is_skipped_for_what_does() -> None:
    work = work_of([(30, 300.0), (5, 10.0)])
    assert allocate(work, Capacity(1, 0.1))["on_today"].tolist() == [False, True]


def test_work_goes_to_whoever_has_least_to_do() -> None:
    work = work_of([(30, 300.0), (12, 100.0), (12, 99.0)])
    assert allocate(work, Capacity(("Ana", "Ben"), 1))["collector"].tolist() == ["Ana", "Ben", "Ben"]


def test_the_index_of_the_work_is_kept() -> None:
    work = work_of([(30, 300.0), (12, 100.0)]).set_index(pd.Index([7, 3]))
    assert allocate(work, Capacity()).index.tolist() == [7, 3]


def test_missing_columns_are_all_named() -> None:
    with pytest.raises(DataError, match=r"work lacks columns \['minutes', 'expected_value'\]"):
        allocate(pd.DataFrame({"customer_id": ["A"]}), Capacity())
    with pytest.raises(DataError, match=r"worklist lacks columns \['handling'\]"):
        shadow_price(work_of([]).drop(columns="handling"), Capacity())


def test_capacity_prints_as_it_is_written_and_knows_its_names() -> None:
    assert repr(Capacity()) == "Capacity(collectors=2, hours_per_day=6.0)"
    assert Capacity().names == ("collector 1", "collector 2")
    assert Capacity().minutes == 720
    assert Capacity(["Ana", "Ben"], np.float64(1)) == Capacity(("Ana", "Ben"), 1)


@pytest.mark.parametrize(
    "collectors", [0, -1, True, 1.5, "Ana", (), ("Ana", "Ana"), ("Ana", " "), ("Ana", 3), None]
)
def test_collectors_are_a_number_or_names(collectors) -> None:
    with pytest.raises(
        UsageError, match=r"neither a number nor names.*Allowed: 1 or more, or names that differ"
    ):
        Capacity(collectors)


@pytest.mark.parametrize("hours_per_day", [-1, 25, float("nan"), "6", True, None])
def test_hours_fit_a_day(hours_per_day) -> None:
    with pytest.raises(UsageError, match=r"hours_per_day is not a number of hours.*Allowed: 0 to 24"):
        Capacity(2, hours_per_day)
