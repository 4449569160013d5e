from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.metrics.dso_change import FACTORS, dso_change
from arseg.metrics.receivables import simple_dso
from arseg.schema import DataError

Late = dict[str, int]


def book(
    late: Late, terms: dict[str, list[int]], mix: Late | None = None, growth: float = 0.0, ages: int = 300
) -> pd.DataFrame:
    """Return steady daily sales: each class pays so many days after due."""
    rows = [
        (name, age, span, (mix or {}).get(name, 100) * (1 + growth) ** -age / len(terms[name]), days)
        for name, days in late.items()
        for age in range(ages)
        for span in terms[name]
    ]
    frame = pd.DataFrame(rows, columns=["class", "age_days", "terms_days", "amount", "late"])
    open_ = frame["age_days"] - frame["terms_days"] < frame["late"]
    return frame.assign(unpaid=frame["amount"].where(open_, 0.0)).drop(columns="late")


def effects(before: pd.DataFrame, after: pd.DataFrame, days: int = 91) -> dict[str, float]:
    return dso_change(before, after, days=days).set_index("factor")["effect"].to_dict()


BEFORE = {"late": {"a": 5, "b": 20}, "terms": {"a": [30], "b": [30, 60]}}


def test_longer_terms_alone_are_terms_and_no_behaviour() -> None:
    found = effects(book(**BEFORE), book(BEFORE["late"], {"a": [45], "b": [60, 90]}))
    assert found["terms"] == pytest.approx(found["dso"]) == pytest.approx(22.5)
    assert found["behaviour"] == pytest.approx(0, abs=1e-9)
    assert found["mix"] == pytest.approx(0, abs=1e-9)
    assert found["volume"] == pytest.approx(0, abs=1e-9)


def test_later_payment_alone_is_behaviour() -> None:
    found = effects(book(**BEFORE), book({"a": 12, "b": 20}, BEFORE["terms"]))
    assert found["behaviour"] == pytest.approx(found["dso"]) == pytest.approx(3.5)
    assert found["terms"] == pytest.approx(0, abs=1e-9)


def test_more_sales_to_slow_payers_alone_is_mix() -> None:
    found = effects(book(**BEFORE), book(**BEFORE, mix={"a": 50, "b": 150}))
    # From (35 + 65) / 2 to (35 + 3 x 65) / 4.
    assert found["mix"] == pytest.approx(found["dso"]) == pytest.approx(7.5)
    assert found["behaviour"] == pytest.approx(0, abs=1e-9)


def test_growth_alone_is_volume_and_can_point_either_way() -> None:
    falling = effects(book(**BEFORE), book(**BEFORE, growth=-0.002))
    for growth, found in ((-0.002, falling), (0.002, effects(book(**BEFORE), book(**BEFORE, growth=0.002)))):
        assert found["volume"] == pytest.approx(found["dso"]), growth
        assert abs(found["dso"]) > 0.1
    assert abs(falling["terms"]) + abs(falling["mix"]) + abs(falling["behaviour"]) < 1e-9


def test_a_new_class_is_mix_and_not_its_own_behaviour() -> None:
    after = book({"a": 5, "b": 20, "new": 60}, {**BEFORE["terms"], "new": [30]})
    found = effects(book(**BEFORE), after)
    assert found["mix"] == pytest.approx(found["dso"])
    assert found["behaviour"] == pytest.approx(0, abs=1e-9)


ROW = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.integers(0, 120),
    st.integers(0, 90),
    st.integers(1, 100),
    st.integers(-5, 100),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(ROW, min_size=1, max_size=20), st.lists(ROW, min_size=1, max_size=20))
def test_effects_sum_to_the_change_whatever_the_books(before: list[tuple], after: list[tuple]) -> None:
    frames = []
    for rows in (before, after):
        frame = pd.DataFrame(rows, columns=["class", "age_days", "terms_days", "amount", "share"])
        frame.loc[0, "age_days"] = 3
        frames.append(frame.assign(unpaid=frame["amount"] * frame["share"] / 100))
    found = dso_change(*frames).set_index("factor")
    own = [
        simple_dso(f["unpaid"].sum(), f.loc[f["age_days"] < 91, "amount"].sum(), 91).item() for f in frames
    ]
    assert found.loc[["dso"], ["before", "after"]].to_numpy().ravel().tolist() == pytest.approx(own)
    scale = 1 + np.abs(own).max()
    assert abs(found.loc[list(FACTORS), "effect"].sum() - (own[1] - own[0])) < 1e-9 * scale


def test_turning_the_days_round_turns_every_effect_round() -> None:
    one, two = book(**BEFORE), book({"a": 9, "b": 31}, {"a": [45], "b": [30]}, {"a": 300, "b": 40}, 0.003)
    there, back = effects(one, two), effects(two, one)
    assert [there[name] + back[name] for name in there] == pytest.approx([0] * 5, abs=1e-9)


def test_rows_that_are_no_sales_are_refused() -> None:
    good = book(**BEFORE)
    with pytest.raises(DataError, match="a row of after is no sale"):
        dso_change(good, good.assign(amount=-1.0))
    with pytest.raises(DataError, match=r"before lacks columns \['unpaid'\]"):
        dso_change(good.drop(columns="unpaid"), good)
    with pytest.raises(DataError, match="there are no sales in the last 91 days"):
        dso_change(good, good[good["age_days"] > 100])
