from __future__ import annotations

import copy
import datetime as dt
import math
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies import AgingBuckets, RiskTiers, WeightedScore, make_policy
from arseg.policies.hysteresis import Hysteresis
from arseg.policies.levels import levels_of
from arseg.policies.migration import pairs
from arseg.schema import SEGMENTATION, DataError, UsageError

START = pd.Timestamp("2026-01-05")
RANK = {"Low": 0, "Medium": 1, "High": 2}
NO_TRIGGER: dict[str, float] = {}


def book(*risks: float, **more: list[float]) -> pd.DataFrame:
    ids = [f"C{place:04d}" for place in range(len(risks))]
    return pd.DataFrame({"customer_id": ids, "p_unpaid_30": list(risks), **more})


def weekly(*risks: float) -> list[tuple[pd.Timestamp, pd.DataFrame]]:
    return [(START + pd.Timedelta(days=7 * week), book(risk)) for week, risk in enumerate(risks)]


def course(policy: Hysteresis, *risks: float) -> str:
    """Return the segments of one customer, week by week, as their first letters."""
    return "".join(policy.follow(weekly(*risks))["segment"].str[0])


def logit(p: float) -> float:
    return math.log(p / (1 - p)) if 0 < p < 1 else math.inf * (1 if p else -1)


def dumb(policy: Hysteresis, days: list[int], risks: list[float], pulled: list[bool]) -> list[int]:
    """One customer at a time, each cut a machine of its own, as the docstring says."""
    cuts = (policy.policy.medium_from, policy.policy.high_from)
    above = {}
    for cut in cuts:
        bar = logit(cut * 0.85) if policy.delta is None else logit(cut) - policy.delta
        state, last, calm, states = False, -math.inf, 0, []
        for day, risk, trigger in zip(days, risks, pulled, strict=True):
            if risk >= cut or trigger:
                state, last, calm = True, day, 0
            else:
                calm = calm + 1 if logit(risk) <= bar else 0
                if calm >= policy.reviews and day - last >= policy.dwell_days:
                    state = False
            states.append(state)
        above[cut] = states
    return [int(low) + int(high) for low, high in zip(*above.values(), strict=True)]


def random_book(seed: int, customers: int, reviews: int) -> list[tuple[pd.Timestamp, pd.DataFrame]]:
    """Risks that dwell about the cuts, on irregular days, with triggers and with customers that are away."""
    rng = np.random.default_rng(seed)
    level = rng.choice([0.05, 0.14, 0.2, 0.33, 0.5], (reviews, customers))
    risks = np.clip(level * np.exp(rng.normal(0, rng.choice([0.05, 0.5]), level.shape)), 0, 1)
    days = np.cumsum(rng.integers(1, 12, reviews))
    found = []
    for day, row in zip(days, risks, strict=True):
        scores = book(*row, payer_jumped=(rng.random(customers) < 0.05).astype(float))
        found.append((START + pd.Timedelta(days=int(day)), scores[rng.random(customers) < 0.9]))
    return found


def churn(history: pd.DataFrame) -> np.ndarray:
    """Return the steps between consecutive reviews, by customer."""
    found = pairs(history)
    code, _ = pd.factorize(found["customer_id"])
    steps = (found["after"].map(RANK) - found["before"].map(RANK)).abs()
    return np.bincount(code, weights=steps)


settings_of = st.builds(
    dict,
    delta=st.one_of(st.floats(0, 3)),
    reviews=st.integers(1, 4),
    dwell_days=st.integers(0, 40),
)
more = st.tuples(st.floats(0, 3), st.integers(0, 3), st.integers(0, 40))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), loose=settings_of, extra=more)
def test_more_hysteresis_never_gives_any_customer_more_churn(seed, loose, extra) -> None:
    """100 customers an example: thousands of sequences, the parameters raised alone or together."""
    days = random_book(seed, customers=100, reviews=10)
    tight = {name: loose[name] + step for name, step in zip(loose, extra, strict=True)}
    before, after = (churn(Hysteresis(**values).follow(days)) for values in (loose, tight))
    assert (after <= before).all()


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    risks=st.lists(
        st.one_of(st.floats(0, 1), st.sampled_from([0.1, 0.1275, 0.14, 0.15, 0.2, 0.2975, 0.3, 0.35, 1.0])),
        min_size=2,
        max_size=9,
    ),
    loose=settings_of,
    extra=more,
)
def test_churn_falls_on_sequences_that_seek_the_cuts_too(risks, loose, extra) -> None:
    tight = {name: loose[name] + step for name, step in zip(loose, extra, strict=True)}
    before, after = (churn(Hysteresis(**values).follow(weekly(*risks))) for values in (loose, tight))
    assert (after <= before).all()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_hysteresis_never_gives_more_churn_than_the_policy_alone(seed) -> None:
    history = Hysteresis(triggers=NO_TRIGGER).follow(random_book(seed, customers=60, reviews=10))
    raw = history.assign(segment=history["raw_segment"])
    assert (churn(history) <= churn(raw)).all()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    delta=st.one_of(st.none(), st.floats(0, 2)),
    reviews=st.integers(1, 4),
    dwell_days=st.integers(0, 30),
)
def test_every_customer_follows_the_machine_of_the_docstring(seed, delta, reviews, dwell_days) -> None:
    policy = Hysteresis(delta=delta, reviews=reviews, dwell_days=dwell_days)
    days = random_book(seed, customers=25, reviews=8)
    got = policy.follow(days)
    for customer, rows in got.groupby("customer_id"):
        seen = [(day, scores.set_index("customer_id")) for day, scores in days]
        own = [(day, scores.loc[customer]) for day, scores in seen if customer in scores.index]
        expected = dumb(
            policy,
            [day.toordinal() for day, _ in own],
            [row["p_unpaid_30"] for _, row in own],
            [row["payer_jumped"] >= 1 for _, row in own],
        )
        assert levels_of(rows["segment"]).tolist() == expected


@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_it_is_never_below_the_policy_and_never_leaves_what_it_was_raised_to_within_the_dwell(seed) -> None:
    history = Hysteresis(dwell_days=14).follow(random_book(seed, customers=40, reviews=10))
    levels, raw = levels_of(history["segment"]), levels_of(history["raw_segment"])
    assert (levels >= raw).all()
    for _, rows in history.assign(level=levels).groupby("customer_id"):
        day, level = rows["key_date"].tolist(), rows["level"].tolist()
        for place in range(1, len(level)):
            if level[place] > level[place - 1]:
                held = [
                    each for when, each in zip(day, level, strict=True) if 0 <= (when - day[place]).days < 14
                ]
                assert min(held) >= level[place]


def test_up_at_once_and_down_after_two_calm_reviews() -> None:
    quick = Hysteresis(dwell_days=0)
    assert course(quick, 0.1, 0.4, 0.1, 0.1, 0.1) == "LHHLL"
    assert course(Hysteresis(dwell_days=0, reviews=1), 0.1, 0.4, 0.1) == "LHL"


def test_the_margin_is_15_percent_of_the_cut_by_default() -> None:
    quick = Hysteresis(dwell_days=0, reviews=1)
    assert course(quick, 0.4, 0.2976) == "HH"
    assert course(quick, 0.4, 0.2974) == "HM"
    assert course(quick, 0.2, 0.1276) == "MM"
    assert course(quick, 0.2, 0.1274) == "ML"


def test_a_declared_margin_is_in_logits() -> None:
    bar = 1 / (1 + math.exp(-(math.log(0.35 / 0.65) - 0.5)))
    quick = Hysteresis(dwell_days=0, reviews=1, delta=0.5)
    assert course(quick, 0.4, bar + 1e-6) == "HH"
    assert course(quick, 0.4, bar - 1e-6) == "HM"


def test_a_score_back_in_the_margin_starts_the_count_anew() -> None:
    assert course(Hysteresis(dwell_days=0), 0.4, 0.2, 0.32, 0.2, 0.2) == "HHHHM"


def test_the_dwell_counts_from_the_day_the_cut_was_last_reached() -> None:
    slow = Hysteresis(reviews=1, dwell_days=14)
    assert course(slow, 0.4, 0.2, 0.2) == "HHM"
    assert course(slow, 0.4, 0.2, 0.4, 0.2, 0.2) == "HHHHM"


def test_a_trigger_bypasses_margin_reviews_and_dwell() -> None:
    policy = Hysteresis()
    history = policy.follow(weekly(0.05))
    now = policy.review(book(0.05, failure_risk=[0.9]), history, key_date="2026-01-06")
    assert now["segment"].tolist() == ["High"]
    assert now["why"][0] == (
        "raised from Low, High by a trigger, insolvency within a year is 90 % likely: "
        "5.0 % likely unpaid in 30 days, Low below 15 %"
    )
    assert now["raw_segment"].tolist() == ["Low"]


def test_a_trigger_is_let_go_as_slowly_as_a_score() -> None:
    policy = Hysteresis(dwell_days=14)
    fired = policy.remember(policy.review(book(0.05, payer_jumped=[1.0])), "2026-01-05")
    history = [fired]
    segments = []
    for day in ("2026-01-12", "2026-01-18", "2026-01-19"):
        seen = policy.review(book(0.05, payer_jumped=[0.0]), pd.concat(history), key_date=day)
        history.append(policy.remember(seen, day))
        segments += seen["segment"].tolist()
    assert segments == ["High", "High", "Low"]


def test_what_held_or_moved_a_customer_is_said() -> None:
    policy = Hysteresis(reviews=2, dwell_days=21)
    whys = [why.partition(":")[0] for why in _whys(policy, 0.2, 0.4, 0.32, 0.2, 0.2, 0.2)]
    assert whys == [
        "20.0 % likely unpaid in 30 days, Medium from 15 %",
        "raised from Medium",
        "held at High, not clearly below its cut",
        "held at High, calm review 1 of 2",
        "relaxed from High",
        "20.0 % likely unpaid in 30 days, Medium from 15 %",
    ]
    assert _whys(Hysteresis(reviews=1), 0.4, 0.2)[1].startswith(
        "held at High, day 7 of 14 since it was reached: "
    )


def _whys(policy: Hysteresis, *risks: float) -> list[str]:
    history, whys = None, []
    for day, scores in weekly(*risks):
        seen = policy.review(scores, history, key_date=day)
        whys += seen["why"].tolist()
        history = pd.concat([history, policy.remember(seen, day)])
    return whys


def test_without_a_number_calm_reviews_count_segments() -> None:
    days = [
        (
            START + pd.Timedelta(days=7 * week),
            pd.DataFrame({"customer_id": ["A"], "oldest_days_past_due": [d]}),
        )
        for week, d in enumerate([40, 30, 30, 0, 0])
    ]
    policy = Hysteresis(policy=AgingBuckets(), dwell_days=0)
    assert "".join(policy.follow(days)["segment"].str[0]) == "HHMML"


def test_it_wraps_every_policy_that_has_a_number(draw_scores) -> None:
    scores = draw_scores(3, 30)
    policy = Hysteresis(policy=WeightedScore(), triggers=NO_TRIGGER)
    first = policy.review(scores)
    assert first["number"].tolist() == WeightedScore().contributions(scores).sum(axis=1).round(12).tolist()
    pd.testing.assert_frame_equal(policy.assign(scores), WeightedScore().assign(scores))


def test_without_a_history_it_is_the_policy_and_its_triggers(draw_scores) -> None:
    scores = draw_scores(4, 30).drop(columns=["failure_risk", "promise_broken_days", "payer_jumped"])
    pd.testing.assert_frame_equal(Hysteresis().assign(scores), RiskTiers().assign(scores))
    assert tuple(Hysteresis().assign(scores).columns) == SEGMENTATION.names


def test_a_run_that_is_repeated_does_not_see_itself() -> None:
    policy = Hysteresis()
    history = policy.follow(weekly(0.4, 0.1, 0.1))
    again = policy.assign(book(0.1), history, key_date=START + pd.Timedelta(days=7))
    assert again["segment"].tolist() == history["segment"].iloc[1:2].tolist() == ["High"]


def test_the_order_of_history_and_scores_does_not_matter() -> None:
    policy = Hysteresis()
    days = random_book(1, customers=30, reviews=5)
    history = policy.follow(days[:-1])
    scores = days[-1][1]
    one = policy.assign(scores, history, key_date=days[-1][0])
    shuffled = history.sample(frac=1, random_state=0), scores.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(one, policy.assign(shuffled[1], shuffled[0], key_date=days[-1][0]))


def test_a_history_of_another_policy_says_only_where_a_customer_stood() -> None:
    past = pd.DataFrame(
        {"customer_id": ["C0000"], "key_date": [START], "policy": ["AgingBuckets()"], "segment": ["High"]}
    )
    for history in (past, past.drop(columns="policy")):
        quick = Hysteresis(reviews=1)
        before = quick.assign(book(0.01), history, key_date=START + pd.Timedelta(days=13))
        after = quick.assign(book(0.01), history, key_date=START + pd.Timedelta(days=14))
        assert (before["segment"][0], after["segment"][0]) == ("High", "Low")


def test_a_customer_who_left_is_no_longer_assigned() -> None:
    history = Hysteresis().follow([(START, book(0.4, 0.4))])
    now = Hysteresis().assign(book(0.4), history, key_date="2026-02-01")
    assert now["customer_id"].tolist() == ["C0000"]


def test_cells_follow_the_segment() -> None:
    policy = Hysteresis(
        policy={"name": "Composed", "parameters": {"axes": [{"name": "Profile"}], "min_size": 1}}
    )
    scores = book(0.4).assign(invoice_delivery="paper")
    history = policy.follow([(START, scores)])
    held = policy.assign(scores.assign(p_unpaid_30=0.01), history, key_date="2026-01-12")
    assert held[["segment", "cell"]].iloc[0].tolist() == ["High", "High / paper"]


def test_it_is_declared_as_any_policy() -> None:
    declared = {"policy": {"name": "RiskTiers", "parameters": {"high_from": 0.5}}, "reviews": 3}
    made = make_policy("Hysteresis", declared)
    assert made == Hysteresis(policy=RiskTiers(high_from=0.5), reviews=3)
    assert repr(made) == "Hysteresis(policy=RiskTiers(high_from=0.5), reviews=3)"
    assert repr(Hysteresis()) == "Hysteresis()"
    assert make_policy("Hysteresis", made.parameters()) == made == pickle.loads(pickle.dumps(made))
    assert copy.deepcopy(made) == made
    assert hash(made) == hash(copy.copy(made))
    assert repr(Hysteresis(triggers={})) == "Hysteresis(triggers={})"


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"delta": -0.1}, r"delta is negative.*0 or more logits"),
        ({"delta": "0.1"}, "delta is not a number"),
        ({"reviews": 0}, "reviews is not a whole number from 1 on"),
        ({"dwell_days": -1}, r"dwell_days is not a whole number of days.*Do: write 14"),
        ({"dwell_days": True}, "dwell_days is not a number"),
        ({"dwell_days": 1.5}, "dwell_days is not a whole number"),
        ({"policy": Hysteresis()}, r"the policy is already wrapped.*Do: wrap it once"),
        ({"policy": "RiskTiers"}, "policy is no policy"),
        ({"triggers": {"x": 1}}, "there is no trigger 'x'"),
    ],
)
def test_a_wrong_parameter_is_refused(wrong, match) -> None:
    with pytest.raises(UsageError, match=match):
        Hysteresis(**wrong)


def test_a_history_needs_a_day_to_look_back_from() -> None:
    history = Hysteresis().follow(weekly(0.4))
    with pytest.raises(UsageError, match=r"a history needs a day.*Do: pass key_date"):
        Hysteresis().assign(book(0.4), history)


def test_a_customer_who_stands_twice_on_a_day_is_refused() -> None:
    history = Hysteresis().follow(weekly(0.4))
    with pytest.raises(DataError, match=r"stands twice on a day\. Given: \['C0000'\]"):
        Hysteresis().assign(book(0.4), pd.concat([history, history]), key_date=dt.date(2026, 3, 1))


def test_a_history_without_its_columns_is_refused() -> None:
    with pytest.raises(DataError, match="history of reviews"):
        Hysteresis().assign(book(0.4), pd.DataFrame({"customer_id": ["C0000"]}), key_date="2026-03-01")


def test_no_day_is_no_history() -> None:
    empty = Hysteresis().follow([])
    assert Hysteresis().assign(book(0.4), empty, key_date="2026-01-05")["segment"].tolist() == ["High"]


def test_nobody_is_assigned_in_an_empty_book() -> None:
    history = Hysteresis().follow(weekly(0.4))
    now = Hysteresis().review(book().astype({"customer_id": "str"}), history, key_date="2026-02-01")
    assert now.empty
    assert now["number"].dtype == "float64"
