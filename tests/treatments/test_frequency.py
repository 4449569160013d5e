from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings

from arseg.schema import DataError
from arseg.treatments import Capacity
from arseg.treatments.allocation_capacity import Collector
from arseg.treatments.frequency import list_overlap, plan_in_words, plan_reach
from oracle.day import teams, works

FRIDAY = "2026-10-30"


def waiting(values: list[float], minutes: float = 30.0, **more: object) -> pd.DataFrame:
    ids = [f"C{i}" for i in range(len(values))]
    numbers = {"minutes": minutes, "expected_value": values, "handling": "collector", "on_today": False}
    return pd.DataFrame({"customer_id": pd.array(ids, dtype="str"), **(numbers | more)})


def test_the_dearest_are_reached_first_on_the_next_working_days() -> None:
    plan = plan_reach(waiting([10.0, 40.0, 30.0, 20.0, 50.0]), Capacity(("Ana",), 1), key_date=FRIDAY)
    assert plan["customer_id"].tolist() == ["C4", "C1", "C2", "C3", "C0"]
    assert plan["working_days"].tolist() == [1, 1, 2, 2, 3]
    assert [str(day.date()) for day in plan["reach_on"]] == ["2026-11-02"] * 2 + ["2026-11-03"] * 2 + [
        "2026-11-04"
    ]


@pytest.mark.parametrize(("key_date", "day"), [("2026-10-31", "2026-11-02"), ("2026-11-02", "2026-11-03")])
def test_the_plan_starts_on_the_next_working_day(key_date, day) -> None:
    assert str(plan_reach(waiting([1.0]), Capacity(), key_date=key_date)["reach_on"][0].date()) == day


def test_nobody_works_on_closed_days() -> None:
    plan = plan_reach(waiting([1.0]), Capacity(), key_date=FRIDAY, closed=[dt.date(2026, 11, 2)])
    assert str(plan["reach_on"][0].date()) == "2026-11-03"


def test_who_cannot_or_must_not_be_reached_is_not_planned() -> None:
    rows = waiting(
        [5.0, -1.0, 5.0, 5.0, 5.0], held=["", "", "promise hold", "", ""], language=["", "", "", "es", ""]
    )
    rows.loc[4, "on_today"] = True
    plan = plan_reach(rows, Capacity((Collector("Ana", languages=("en",)),)), key_date=FRIDAY)
    assert plan["customer_id"].tolist() == ["C0"]
    assert plan_reach(rows, Capacity(1, 0), key_date=FRIDAY).empty


def test_customers_wait_for_their_owner_only_where_that_is_no_later() -> None:
    plan = plan_reach(waiting([5.0, 4.0, 3.0], owner="Ben"), Capacity(("Ana", "Ben"), 1), key_date=FRIDAY)
    assert plan["collector"].tolist() == ["Ben", "Ben", "Ana"]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(works(8), teams())
def test_no_planned_day_is_overrun_and_everybody_who_can_be_reached_is(work, capacity) -> None:
    rows = work.drop_duplicates("customer_id").assign(on_today=False)
    plan = plan_reach(rows, capacity, key_date=FRIDAY)
    done = plan.merge(rows, on="customer_id")
    able = [
        row.expected_value > 0
        and any(
            c.takes(portfolio=row.portfolio, language=row.language, skill=row.handling)
            and m >= row.minutes
            and c.max_customers != 0
            for c, m in zip(capacity.team, capacity.minutes_each, strict=True)
        )
        for row in rows.itertuples()
    ]
    assert sorted(plan["customer_id"]) == sorted(rows.loc[able, "customer_id"])
    for (name, _), day in done.groupby(["collector", "working_days"]):
        at = capacity.names.index(name)
        assert day["minutes"].sum() <= capacity.minutes_each[at] + 1e-6
        assert len(day) <= (capacity.team[at].max_customers or len(day))


def test_the_plan_reads_as_a_sentence() -> None:
    capacity = Capacity(("Ana",), 1)
    one = plan_reach(waiting([1.0]), capacity, key_date=FRIDAY)
    assert plan_in_words(one) == (
        "1 customer waits; at the present hours 1 is reached on Mon 2026-11-02, if nothing new comes first."
    )
    many = plan_reach(waiting([1.0] * 9), capacity, key_date=FRIDAY)
    assert plan_in_words(many) == (
        "9 customers wait; at the present hours 2 are reached on Mon 2026-11-02, 2 on Tue 2026-11-03, "
        "2 on Wed 2026-11-04 and the last on Fri 2026-11-06, if nothing new comes first."
    )
    assert plan_in_words(one.head(0)) == "Nobody who is worth a collector's time waits for it."


def test_the_overlap_is_what_is_on_both_lists_of_what_is_on_either() -> None:
    today = waiting([1.0] * 4).assign(on_today=[True, True, True, False])
    before = today.assign(on_today=[False, True, True, True])
    assert list_overlap(today, before) == 0.5
    assert list_overlap(today, today) == 1.0
    assert list_overlap(today.assign(minutes=0.0), today.head(0)) == 1.0
    with pytest.raises(DataError, match=r"the worklist before lacks columns \['on_today'\]"):
        list_overlap(today, before.drop(columns="on_today"))
