"""Small days of work and the best that can be done on them, by trying everything."""

from __future__ import annotations

from itertools import product

import pandas as pd
from hypothesis import strategies as st

from arseg.treatments.allocation_capacity import Capacity, Collector

PORTFOLIOS, LANGUAGES, SKILLS = ("", "north", "south"), ("", "en", "es"), ("collector", "expert")

_minutes = st.sampled_from([5.0, 8.0, 12.0, 12.5, 30.0])
_value = st.sampled_from([-5.0, 0.0, 1.0, 30.0, 31.25, 200.0])
_customer = st.tuples(
    st.lists(st.tuples(_minutes, _value, st.sampled_from(SKILLS)), min_size=1, max_size=3),
    st.sampled_from(PORTFOLIOS),
    st.sampled_from(LANGUAGES),
    st.sampled_from(["", "c0", "c1", "gone"]),
)


def _some(words: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(words), unique=True, max_size=2).map(tuple)


_collector = st.tuples(
    st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0]),
    _some(PORTFOLIOS[1:]),
    _some(LANGUAGES[1:]),
    st.sampled_from([("collector",), SKILLS, ("expert",)]),
    st.sampled_from([None, 0, 1, 2]),
)


def works(most: int = 5) -> st.SearchStrategy[pd.DataFrame]:
    """Draw days of up to so many customers, each with one to three treatments."""
    return st.lists(_customer, max_size=most).map(_as_frame)


def teams(most: int = 3) -> st.SearchStrategy[Capacity]:
    """Draw teams of up to so many collectors who are not alike."""
    return st.lists(_collector, min_size=1, max_size=most).map(
        lambda drawn: Capacity(tuple(Collector(f"c{i}", *one) for i, one in enumerate(drawn)))
    )


def _as_frame(customers: list) -> pd.DataFrame:
    rows = [
        (f"C{i}", f"T{j}", minutes, value, skill, portfolio, language, owner)
        for i, (options, portfolio, language, owner) in enumerate(customers)
        for j, (minutes, value, skill) in enumerate(options)
    ]
    names = ["customer_id", "treatment", "minutes", "expected_value", "handling", "portfolio", "language"]
    frame = pd.DataFrame(rows, columns=[*names, "owner"])
    return frame.astype({"minutes": "float64", "expected_value": "float64"})


def best_value(work: pd.DataFrame, capacity: Capacity) -> float:
    """Return the value of the best of all allocations."""
    ways = [
        [
            None,
            *(
                (row, place)
                for row in options.itertuples(index=False)
                for place, collector in enumerate(capacity.team)
                if row.expected_value > 0 and _takes(collector, row)
            ),
        ]
        for _, options in work.groupby("customer_id")
    ]
    return max((_worth(way, capacity) for way in product(*ways)), default=0.0)


def fits(work: pd.DataFrame, done: pd.DataFrame, capacity: Capacity) -> bool:
    """Whether an allocation keeps every rule."""
    taken = work.assign(collector=done["collector"])[done["on_today"]]
    team = dict(zip(capacity.names, zip(capacity.team, capacity.minutes_each, strict=True), strict=True))
    loads = taken.groupby("collector")["minutes"].agg(["sum", "count"])
    return (
        not taken["customer_id"].duplicated().any()
        and (done.loc[~done["on_today"], "collector"] == "").all()
        and (taken["expected_value"] > 0).all()
        and all(_takes(team[row.collector][0], row) for row in taken.itertuples(index=False))
        and all(
            load["sum"] <= team[name][1] + 1e-6
            and (team[name][0].max_customers is None or load["count"] <= team[name][0].max_customers)
            for name, load in loads.iterrows()
        )
    )


def _takes(collector: Collector, row: object) -> bool:
    word = lambda name, default="": getattr(row, name, default)  # noqa: E731
    if word("handling", "collector") not in collector.skills:
        return False
    if word("portfolio") and collector.portfolios and word("portfolio") not in collector.portfolios:
        return False
    return not (word("language") and collector.languages and word("language") not in collector.languages)


def _worth(way: tuple, capacity: Capacity) -> float:
    minutes, count = [0.0] * len(capacity.team), [0] * len(capacity.team)
    for one in way:
        if one is not None:
            minutes[one[1]] += one[0].minutes
            count[one[1]] += 1
    for place, collector in enumerate(capacity.team):
        most = collector.max_customers
        if minutes[place] > capacity.minutes_each[place] + 1e-6 or (most is not None and count[place] > most):
            return -1.0
    return sum(one[0].expected_value for one in way if one is not None)
