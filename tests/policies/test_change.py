from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies import RiskTiers
from arseg.policies.change import (
    DECLARED,
    FEASIBLE,
    SCORED,
    SWAPS,
    ScoresOf,
    SegmentsOf,
    Swapped,
    explain_change,
    score_path,
)
from arseg.policies.levels import levels_of
from arseg.schema import SEGMENTS, DataError, UsageError

EVERY = frozenset(SWAPS)


def world(seed: int, customers: int, new: frozenset[str] = EVERY) -> tuple[ScoresOf, SegmentsOf]:
    """Two runs that differ in ``new`` alone: scores that interact, other cuts, people who overrule at will."""
    rng = np.random.default_rng(seed)
    ids = [f"C{place:02d}" for place in range(customers)]
    scorings = {}
    for size in range(4):
        for chosen in itertools.combinations(sorted(SCORED), size):
            scorings[frozenset(chosen)] = rng.random(customers)
    overruled = {swapped: rng.random(customers) < 0.3 for swapped in (True, False)}
    decided = {swapped: rng.choice(SEGMENTS, customers) for swapped in (True, False)}
    policies = {False: RiskTiers(), True: RiskTiers(medium_from=0.3, high_from=0.7)}

    def scores_of(swapped: Swapped) -> pd.DataFrame:
        return pd.DataFrame({"customer_id": ids, "p_unpaid_30": scorings[swapped & new & SCORED]})

    def segments_of(swapped: Swapped, scores: pd.DataFrame) -> pd.DataFrame:
        assigned = policies["policy" in swapped & new].assign(scores)
        by_person = "override" in swapped & new
        segments = np.where(overruled[by_person], decided[by_person], assigned["segment"])
        return assigned.assign(segment=segments)

    return scores_of, segments_of


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    customers=st.integers(0, 12),
    orders=st.one_of(st.just(DECLARED), st.just(FEASIBLE), st.sampled_from([(order,) for order in FEASIBLE])),
)
def test_the_parts_sum_to_the_change_of_score_and_segment(seed, customers, orders) -> None:
    scores_of, segments_of = world(seed, customers)
    frame = explain_change(scores_of, segments_of, orders=orders).customers
    scores = [scores_of(swapped)["p_unpaid_30"].to_numpy() for swapped in (frozenset(), EVERY)]
    parts = frame[[f"score_{name}" for name in SWAPS]].sum(axis=1)
    np.testing.assert_allclose(parts, scores[1] - scores[0], atol=1e-9, rtol=0)
    steps = frame[[f"steps_{name}" for name in SWAPS]].sum(axis=1)
    np.testing.assert_allclose(steps, levels_of(frame["after"]) - levels_of(frame["before"]), atol=1e-9)
    assert not frame[["score_policy", "score_override"]].to_numpy().any()


@pytest.mark.parametrize("only", SWAPS)
@pytest.mark.parametrize("orders", [DECLARED, FEASIBLE], ids=["declared", "feasible"])
def test_swapping_one_thing_alone_attributes_everything_to_it(only, orders) -> None:
    change = explain_change(*world(11, 200, frozenset({only})), orders=orders)
    frame = change.customers
    moved = levels_of(frame["after"]) - levels_of(frame["before"])
    assert moved.any()
    np.testing.assert_allclose(frame[f"steps_{only}"], moved, atol=1e-9)
    others = [name for name in SWAPS if name != only]
    assert np.abs(frame[[f"steps_{name}" for name in others]].to_numpy()).max() < 1e-9
    assert np.abs(frame[[f"score_{name}" for name in others]].to_numpy()).max() < 1e-9
    table = change.by_cause
    assert table.drop(only)[["steps_up", "steps_down"]].to_numpy().max() < 1e-9
    assert table.loc[only, ["steps_up", "steps_down"]].sum() == pytest.approx(np.abs(moved).sum())


def test_the_same_run_twice_changes_nothing() -> None:
    frame = explain_change(*world(1, 50, frozenset())).customers
    assert (frame["before"] == frame["after"]).all()
    assert not frame[[f"{kind}_{name}" for kind in ("score", "steps") for name in SWAPS]].to_numpy().any()
    assert frame["why"].str.match(r"stays \w+; score 0\.\d{4} to 0\.\d{4}$").all()


def test_in_the_declared_order_each_part_is_a_whole_step() -> None:
    frame = explain_change(*world(2, 100)).customers
    steps = frame[[f"steps_{name}" for name in SWAPS]].to_numpy()
    assert (steps == steps.round()).all()


def test_the_average_over_all_feasible_orders_is_the_mean_of_each() -> None:
    parts = [f"{kind}_{name}" for kind in ("score", "steps") for name in SWAPS]
    each = [explain_change(*world(3, 6), orders=(order,)).customers[parts] for order in FEASIBLE]
    mean = sum(frame.to_numpy() for frame in each) / len(FEASIBLE)
    averaged = explain_change(*world(3, 6), orders=FEASIBLE).customers[parts]
    np.testing.assert_allclose(averaged, mean, atol=1e-12)
    assert len(FEASIBLE) == math.factorial(5) / 2


def test_every_state_is_asked_for_once_and_new_data_never_on_the_old_day() -> None:
    asked: list[Swapped] = []
    scores_of, segments_of = world(4, 5)

    def counting(swapped: Swapped) -> pd.DataFrame:
        asked.append(swapped)
        return scores_of(swapped)

    explain_change(counting, segments_of, orders=FEASIBLE)
    assert len(asked) == len(set(asked)) == 6
    assert all("time" in swapped for swapped in asked if "data" in swapped)


def one(*risks: float) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"C{place}" for place in range(len(risks))], "p_unpaid_30": risks})


def tiers(swapped: Swapped, scores: pd.DataFrame) -> pd.DataFrame:
    """Cuts that the new policy lowers, and a person who in the end puts C0 in Low."""
    policy = RiskTiers(high_from=0.3) if "policy" in swapped else RiskTiers()
    made = policy.assign(scores)
    if "override" in swapped:
        made.loc[made["customer_id"] == "C0", "segment"] = "Low"
    return made


def test_it_says_in_words_what_moved_a_customer_and_what_held_it() -> None:
    path = score_path(one(0.10, 0.10, 0.2), one(0.16, 0.12, 0.2), one(0.33, 0.12, 0.2), one(0.32, 0.12, 0.2))
    frame = explain_change(path, tiers).customers
    assert frame["why"].tolist() == [
        (
            "stays Low, for its causes cancel: an override (-2), time passed (+1), the policy (+1); "
            "score 0.1000 to 0.3200: new data +0.1700, time passed +0.0600, the model -0.0100"
        ),
        "stays Low; score 0.1000 to 0.1200: time passed +0.0200",
        "stays Medium; score 0.2000 to 0.2000",
    ]
    moved = explain_change(
        score_path(one(0.1), one(0.16), one(0.4), one(0.4)), lambda _, s: tiers(_ - {"override"}, s)
    )
    assert moved.customers["why"][0] == (
        "Low to High by time passed (+1), new data (+1); score 0.1000 to 0.4000: new data +0.2400, time passed +0.0600"
    )


def test_who_came_and_who_left_is_not_explained_but_named() -> None:
    path = score_path(one(0.1, 0.2, 0.3), one(0.1, 0.2, 0.3), one(0.1, 0.2), one(0.1, 0.2))
    change = explain_change(path, lambda _, scores: RiskTiers().assign(scores))
    assert (change.came, change.left) == ((), ("C2",))
    assert change.customers["customer_id"].tolist() == ["C0", "C1"]
    turned = explain_change(
        score_path(one(0.1), one(0.1), one(0.1, 0.2), one(0.1, 0.2)), lambda _, s: RiskTiers().assign(s)
    )
    assert turned.came == ("C1",)


def test_a_state_that_lacks_a_customer_is_refused() -> None:
    path = score_path(one(0.1, 0.2), one(0.1), one(0.1, 0.2), one(0.1, 0.2))
    with pytest.raises(DataError, match=r"lacks a customer or its score\. Given: \['C1'\] where time is new"):
        explain_change(path, lambda _, scores: RiskTiers().assign(scores))


def test_four_scorings_serve_the_declared_order_alone() -> None:
    path = score_path(one(0.1), one(0.1), one(0.1), one(0.1))
    with pytest.raises(UsageError, match=r"this state was not scored\. Given: model"):
        explain_change(path, tiers, orders=FEASIBLE)


@pytest.mark.parametrize("orders", [[], [SWAPS[:4]], [(*SWAPS, "time")]])
def test_an_order_names_each_cause_once(orders) -> None:
    with pytest.raises(UsageError, match="an order does not name each cause once"):
        explain_change(score_path(*[one(0.1)] * 4), tiers, orders=orders)
