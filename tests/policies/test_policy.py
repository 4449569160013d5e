from __future__ import annotations

import copy
import hashlib
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arseg.policies
from arseg.policies import AgingBuckets, OneSizeFitsAll, RiskTiers, all_policies, make_policy, policy_hash
from arseg.policies.policy import Policy, admit
from arseg.schema import CUSTOMER_SCORES, SEGMENTATION, SEGMENTS, DataError, UsageError

KINDS = all_policies()
VARIED: tuple[Policy, ...] = (
    *(kind() for kind in KINDS),
    AgingBuckets(medium_from=-7, high_from=61),
    RiskTiers(medium_from=0.1),
    OneSizeFitsAll("High"),
    make_policy(
        "WeightedScore",
        {
            "weights": {
                "account_age": 0.0,
                "payment_history": 0.5,
                "credit_trend": 0.1,
                "outstanding_balance": 0.3,
                "industry_health": 0.1,
            },
            "high_from": 0.7,
        },
    ),
)
by_policy = pytest.mark.parametrize("policy", VARIED, ids=repr)
by_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
a_book = given(seed=st.integers(0, 2**32 - 1), customers=st.integers(0, 40))
quick = settings(max_examples=15, deadline=None, derandomize=True)


def test_the_walk_finds_every_exported_policy() -> None:
    exported = {vars(arseg.policies)[name] for name in arseg.policies.__all__}
    assert set(KINDS) <= exported
    assert [kind.__name__ for kind in KINDS] == [
        "AgingBuckets",
        "OneSizeFitsAll",
        "RiskTiers",
        "WeightedScore",
    ]


@by_policy
@quick
@a_book
def test_every_customer_gets_exactly_one_segment(draw_scores, policy, seed, customers) -> None:
    scores = draw_scores(seed, customers)
    assigned = policy.assign(scores)
    assert tuple(assigned.columns) == SEGMENTATION.names
    assert assigned["customer_id"].tolist() == sorted(scores["customer_id"])
    assert set(assigned["segment"]) <= set(SEGMENTS)
    assert (assigned["why"].str.len() > 0).all()
    assert (assigned.dtypes == "str").all()


@by_policy
@quick
@a_book
def test_the_order_of_the_rows_does_not_matter(draw_scores, policy, seed, customers) -> None:
    scores = draw_scores(seed, customers)
    shuffled = scores.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(policy.assign(scores), policy.assign(shuffled))


@by_policy
def test_assigning_leaves_the_scores_as_they_were(draw_scores, policy) -> None:
    scores = draw_scores(1, 20)
    before = scores.copy()
    policy.assign(scores)
    pd.testing.assert_frame_equal(scores, before)


@by_policy
def test_a_policy_reads_only_the_columns_it_names(draw_scores, policy) -> None:
    scores = draw_scores(2, 30)
    pd.testing.assert_frame_equal(policy.assign(scores[list(policy.needs)]), policy.assign(scores))
    assert set(policy.needs) <= set(CUSTOMER_SCORES.names)


@by_policy
def test_it_prints_as_it_is_written(policy) -> None:
    written = eval(repr(policy), vars(arseg.policies))
    assert written == policy
    assert repr(written) == repr(policy)
    assert hash(written) == hash(policy)


@by_policy
def test_parameters_make_an_equal_policy(policy) -> None:
    made = make_policy(type(policy).__name__, policy.parameters())
    assert made == policy
    assert policy_hash(made) == policy_hash(policy) == hashlib.sha256(repr(policy).encode()).hexdigest()


@by_policy
def test_it_survives_a_trip_between_processes(policy) -> None:
    assert pickle.loads(pickle.dumps(policy)) == policy == copy.deepcopy(policy)


@by_kind
def test_defaults_are_not_printed(kind) -> None:
    assert repr(kind()) == f"{kind.__name__}()"
    assert make_policy(kind.__name__) == kind()


def test_different_policies_have_different_hashes() -> None:
    assert len({policy_hash(policy) for policy in VARIED}) == len(VARIED)


@by_kind
def test_missing_columns_are_all_named(kind) -> None:
    with pytest.raises(DataError) as refusal:
        kind().assign(pd.DataFrame({"something": [1]}))
    assert all(repr(column) in str(refusal.value) for column in kind.needs)


@by_kind
@pytest.mark.parametrize("ids", [["A", "A"], ["A", None], [1, 2]])
def test_customers_must_be_text_and_stand_once(kind, ids, draw_scores) -> None:
    scores = draw_scores(3, 2).assign(customer_id=ids)
    with pytest.raises(DataError, match=r"do not have one text customer_id per row.*Do: aggregate"):
        kind().assign(scores)


@pytest.mark.parametrize(
    ("policy", "column"), [(AgingBuckets(), "oldest_days_past_due"), (RiskTiers(), "p_unpaid_30")]
)
def test_a_gap_in_a_required_column_is_refused(policy, column, draw_scores) -> None:
    scores = draw_scores(4, 3).astype({column: "float64"})
    scores.loc[scores["customer_id"] == "C001", column] = np.nan
    with pytest.raises(DataError, match=rf"{column} is unknown for 1 customers. Given: \['C001'\]"):
        policy.assign(scores)


def test_text_in_a_column_of_numbers_is_refused(draw_scores) -> None:
    with pytest.raises(DataError, match="p_unpaid_30 is not a column of numbers"):
        RiskTiers().assign(draw_scores(5, 2).assign(p_unpaid_30="high"))


def test_missing_values_of_every_kind_are_nan() -> None:
    scores = pd.DataFrame({"customer_id": ["B", "A"], "x": [None, 1], "y": pd.array([pd.NA, 2.5], "Float64")})
    table = admit(scores, ("customer_id", "x", "y"))
    assert table["customer_id"].tolist() == ["A", "B"]
    assert table[["x", "y"]].iloc[0].tolist() == [1.0, 2.5]
    assert table[["x", "y"]].iloc[1].isna().all()


def test_an_unknown_policy_names_the_near_one() -> None:
    with pytest.raises(
        UsageError, match=r"no policy 'RiskTier'.*Allowed: AgingBuckets,.*Do: write 'RiskTiers'"
    ):
        make_policy("RiskTier", {})


def test_an_unknown_parameter_names_the_near_one() -> None:
    with pytest.raises(UsageError, match=r"RiskTiers has no parameter 'high_form'.*Do: write 'high_from'"):
        make_policy("RiskTiers", {"high_form": 0.4})


def test_a_name_far_from_all_is_answered_with_the_choice() -> None:
    with pytest.raises(UsageError, match=r"Given: zzz\. Allowed: Aging.*Do: choose one of those allowed"):
        make_policy("zzz")
