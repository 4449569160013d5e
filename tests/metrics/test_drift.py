from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from arseg.metrics.drift import DRIFT, FEWEST, _rank, drift_table, innovations, mean_ranks, shares
from arseg.schema import UsageError

DAYS = [dt.date(2024, month, 28) for month in range(1, 13)]


def months_of(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values, index=pd.Index(DAYS[: len(values)], name="key_date"))


def test_a_column_stands_as_high_as_its_ranks_and_missing_values_are_a_series_of_their_own() -> None:
    frames = {
        DAYS[0]: pd.DataFrame({"late": [1.0, 2.0], "who": ["a", "b"]}),
        DAYS[1]: pd.DataFrame({"late": [3.0, np.nan], "who": ["a", "b"]}),
    }
    found = mean_ranks(frames)
    # Ranks 1, 2 and 3 of three: 1/6, 3/6 and 5/6.
    assert found["late"].tolist() == pytest.approx([2 / 6, 5 / 6])
    assert found["late?"].tolist() == [0.0, 0.5]
    # The same ranks from the middle: 1/3 and 0, and 1/3.
    assert found["late~"].tolist() == pytest.approx([1 / 6, 2 / 6])
    assert list(found) == ["late", "late~", "late?"]


def test_two_values_have_a_mean_and_no_distance_of_their_own() -> None:
    found = mean_ranks({DAYS[0]: pd.DataFrame({"insured": [0.0, 1.0, 1.0]})})
    assert list(found) == ["insured"]


def test_a_trend_in_another_unit_is_seen_although_its_mean_rank_stays_where_it_was() -> None:
    rng = np.random.default_rng(6)
    halves = {day: rng.normal(size=100) for day in DAYS}
    trends = {day: pd.DataFrame({"trend": np.concatenate([one, -one])}) for day, one in halves.items()}
    least = 0.1 / np.sqrt(200)
    assert not drift_table(mean_ranks(trends), least=least)["alarm"].any()
    trends[DAYS[-1]] *= 100
    found = drift_table(mean_ranks(trends), least=least).set_index("series")["alarm"]
    assert found.to_dict() == {"trend~": True, "trend": False}


def test_a_share_of_each_class_is_a_series() -> None:
    frames = {
        DAYS[1]: pd.DataFrame({"region": ["north", "south"]}),
        DAYS[0]: pd.DataFrame({"region": ["north", None]}),
    }
    found = shares(frames)
    assert found.index.tolist() == DAYS[:2]
    assert found.to_dict("list") == {"region=north": [1.0, 0.5], "region=south": [0.0, 0.5]}


def test_an_innovation_is_taken_from_the_months_before_only() -> None:
    values = np.random.default_rng(1).normal(size=(12, 3))
    found = innovations(months_of(values))
    for at in range(12):
        expected = values[at] - values[max(0, at - 6) : at].mean(axis=0) if at >= 2 else np.full(3, np.nan)
        np.testing.assert_allclose(found.iloc[at], expected)


def test_the_alarm_is_a_students_t_over_the_past_innovations() -> None:
    from scipy.stats import t

    values = np.random.default_rng(2).normal(size=(12, 1))
    row = drift_table(months_of(values)).iloc[0]
    moved = innovations(months_of(values))[0].to_numpy()
    past = moved[2:-1]
    spread = np.sqrt((past**2).mean())
    standardised = moved[-1] / spread / np.sqrt(1 + 1 / len(past))
    assert row["months"] == len(past) == 9
    assert row["standardised"] == pytest.approx(standardised)
    assert row["p"] == pytest.approx(2 * t.sf(abs(standardised), df=9))
    assert row["usual"] == pytest.approx(values[5:11].mean())


def test_quiet_books_raise_at_most_the_share_of_alarms_that_was_asked_for_over_all_series() -> None:
    rng = np.random.default_rng(3)
    alarms = [drift_table(months_of(rng.normal(size=(12, 40))))["alarm"].any() for _ in range(400)]
    # Of a chance of 5 %, 400 books show up to 8 % in 999 of 1,000 sweeps.
    assert np.mean(alarms) <= 0.08


def test_a_jump_of_one_series_is_named_first() -> None:
    values = np.random.default_rng(4).normal(size=(12, 40))
    values[-1, 17] += 30
    found = drift_table(months_of(values))
    assert list(found.columns) == list(DRIFT)
    assert found["series"].iloc[0] == 17
    assert found["alarm"].tolist() == [True] + [False] * 39


def test_a_series_that_stood_still_is_allowed_what_customers_alone_would_move_it() -> None:
    values = np.full((12, 1), 0.5)
    values[-1] = 0.52
    assert not drift_table(months_of(values), least=0.02)["alarm"].any()
    assert drift_table(months_of(values), least=0.0005)["alarm"].all()
    assert not drift_table(months_of(np.full((12, 1), 0.5)))["alarm"].any()


def test_too_few_months_are_not_judged() -> None:
    values = np.random.default_rng(5).normal(size=(FEWEST + 2, 1))
    values[-1] += 1e6
    found = drift_table(months_of(values))
    assert found["p"].isna().all()
    assert not found["alarm"].any()
    assert drift_table(months_of(np.vstack([values[:1], values])))["alarm"].all()


def test_a_chance_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="alpha is no probability"):
        drift_table(months_of(np.zeros((3, 1))), alpha=1.0)


def test_a_large_book_is_ranked_column_by_column_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    frames = {day: pd.DataFrame(rng.normal(size=(30, 5)), columns=list("abcde")) for day in DAYS[:3]}
    frames[DAYS[1]].loc[4, "c"] = np.nan
    together = mean_ranks(frames)
    monkeypatch.setattr("arseg.metrics.drift._CELLS", 90)
    # Sums over other layouts may differ in the last digit.
    pd.testing.assert_frame_equal(mean_ranks(frames)[list(together)], together, rtol=1e-12)


def test_ranks_are_those_of_pandas_with_ties_gaps_and_infinities() -> None:
    rng = np.random.default_rng(17)
    numbers = pd.DataFrame(
        {
            "tied": rng.integers(0, 4, 200).astype(float),
            "gaps": np.where(rng.random(200) < 0.3, np.nan, rng.normal(size=200)),
            "one": 1.0,
            "none": np.nan,
            "ends": rng.choice([-np.inf, -0.0, 0.0, np.inf, np.nan], 200),
        }
    )
    pd.testing.assert_frame_equal(_rank(numbers), numbers.rank(), check_exact=True)
    pd.testing.assert_frame_equal(_rank(numbers[:0]), numbers[:0].rank(), check_exact=True)


def test_a_month_without_a_value_has_no_class_and_a_book_without_texts_no_series() -> None:
    frames = {
        DAYS[0]: pd.DataFrame({"region": ["north"], "late": [1.0]}),
        DAYS[1]: pd.DataFrame({"region": pd.Series([None], dtype="str"), "late": [1.0]}),
    }
    assert shares(frames).to_dict("list") == {"region=north": [1.0, 0.0]}
    assert shares({day: frame[["late"]] for day, frame in frames.items()}).shape == (2, 0)
