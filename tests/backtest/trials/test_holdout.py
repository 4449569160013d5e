from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arseg.backtest.trials.holdout import draw_challenger, draw_holdout
from arseg.schema import SEGMENTS, DataError, UsageError

DAY = "2026-10-31"


def segmented(count: int, seed: int = 1) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    return pd.DataFrame(
        {"customer_id": [f"C{n:05d}" for n in range(count)], "segment": chance.choice(SEGMENTS, count)}
    )


def test_a_share_moves_and_only_to_a_neighbour() -> None:
    drawn = draw_holdout(segmented(20_000), key_date=DAY, seed=3)
    moved = drawn["segment"] != drawn["drawn_segment"]
    assert moved.mean() == pytest.approx(0.05, abs=0.006)
    place = {name: at for at, name in enumerate(SEGMENTS)}
    step = drawn["drawn_segment"].map(place) - drawn["segment"].map(place)
    assert step.abs().max() == 1
    middle = drawn[drawn["segment"] == "Medium"]
    assert (middle["drawn_segment"] == "High").mean() == pytest.approx(0.025, abs=0.006)


def test_what_was_drawn_came_as_often_as_it_was_said_to_be_likely() -> None:
    drawn = draw_holdout(segmented(40_000), key_date=DAY, seed=5, share=0.2)
    for own in SEGMENTS:
        part = drawn[drawn["segment"] == own]
        for segment in SEGMENTS:
            said = part[f"p_{segment}"].iloc[0]
            assert (part["drawn_segment"] == segment).mean() == pytest.approx(said, abs=0.012)
    taken = [row[f"p_{row['drawn_segment']}"] for row in drawn.head(200).to_dict("records")]
    assert drawn["propensity"].head(200).tolist() == taken
    assert drawn[[f"p_{name}" for name in SEGMENTS]].sum(axis=1).to_numpy() == pytest.approx(1.0)


@given(st.integers(0, 99), st.floats(0, 0.5), st.integers(1, 30))
def test_lots_hang_on_neither_order_nor_company(seed: int, share: float, count: int) -> None:
    whole = segmented(40, seed)
    some = whole.sample(count, random_state=seed)
    by = draw_holdout(whole, key_date=DAY, seed=seed, share=share).set_index("customer_id")["drawn_segment"]
    again = draw_holdout(some, key_date=DAY, seed=seed, share=share).set_index("customer_id")["drawn_segment"]
    assert again.to_dict() == by.loc[again.index].to_dict()


def test_those_of_one_parent_move_together() -> None:
    frame = segmented(3000).assign(segment="Medium")
    parents = pd.Series({name: f"P{at // 3}" for at, name in enumerate(frame["customer_id"])})
    drawn = draw_holdout(frame, key_date=DAY, seed=1, share=0.3, groups=parents)
    assert drawn.groupby(drawn["customer_id"].map(parents))["drawn_segment"].nunique().max() == 1


def test_a_customer_without_a_parent_draws_alone() -> None:
    frame = segmented(50)
    alone = draw_holdout(frame, key_date=DAY, seed=1, share=0.5)
    empty = draw_holdout(
        frame, key_date=DAY, seed=1, share=0.5, groups=pd.Series("", index=frame["customer_id"])
    )
    pd.testing.assert_frame_equal(alone, empty)


def test_another_day_draws_others() -> None:
    frame = segmented(5000)
    one, two = (draw_holdout(frame, key_date=day, seed=1)["drawn_segment"] for day in (DAY, "2026-11-30"))
    both = (one != frame["segment"]) & (two != frame["segment"])
    assert both.mean() < 0.01


def test_the_challenger_keeps_whole_groups_for_good() -> None:
    frame = segmented(6000)
    parents = pd.Series({name: f"P{at // 4}" for at, name in enumerate(frame["customer_id"])})
    arms = draw_challenger(frame["customer_id"], experiment="autumn", seed=1, share=0.2, groups=parents)
    assert arms.groupby("group")["arm"].nunique().max() == 1
    assert (arms["arm"] == "challenger").mean() == pytest.approx(0.2, abs=0.03)
    assert set(arms.loc[arms["arm"] == "challenger", "propensity"]) == {0.2}
    again = draw_challenger(
        frame["customer_id"].tail(9), experiment="autumn", seed=1, share=0.2, groups=parents
    )
    assert again["arm"].tolist() == arms["arm"].tail(9).tolist()


def test_what_cannot_be_drawn_is_refused() -> None:
    frame = segmented(3)
    with pytest.raises(UsageError, match="the share of the holdout is out of range"):
        draw_holdout(frame, key_date=DAY, seed=1, share=0.7)
    with pytest.raises(DataError, match="the segmentation cannot be drawn from"):
        draw_holdout(frame.assign(segment="Huge"), key_date=DAY, seed=1)
    with pytest.raises(DataError, match="the segmentation cannot be drawn from"):
        draw_holdout(pd.concat([frame, frame]), key_date=DAY, seed=1)
    with pytest.raises(UsageError, match="the challenger's share is out of range"):
        draw_challenger(frame["customer_id"], experiment="a", seed=1, share=1.0)
