from __future__ import annotations

import copy
import dataclasses
import json
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arseg.policies
from arseg.policies import (
    AgingBuckets,
    BalanceBands,
    Composed,
    CreditScore,
    OneSizeFitsAll,
    PayerSpeed,
    Profile,
    RiskTiers,
    RiskValueMatrix,
    all_policies,
    as_policy,
    make_policy,
    policy_hash,
)
from arseg.policies.policy import Policy
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
    BalanceBands(medium_from=0, high_from=500.5, by="amount", of="overdue_balance"),
    BalanceBands(medium_from=0.1, high_from=0.9, ties="up"),
    CreditScore(medium_below=700, unknown="High"),
    PayerSpeed(high_below=0.2, unknown="Low"),
    Profile("payment_method", {"paper": "High", "edi": "Low"}, unknown="High"),
    RiskValueMatrix(
        risk_from=(0.5,),
        value_from=(10, 100),
        risks=("good", "bad"),
        segments=(("Low", "Medium", "Low"), ("High", "Medium", "High")),
        value="expected_loss",
    ),
    Composed(
        risk=RiskValueMatrix(),
        axes=(Profile("industry"), AgingBuckets(), PayerSpeed()),
        min_size=3,
        parents={"edi": "electronic", "portal": "electronic"},
    ),
    Composed(Composed(min_size=2), axes=(Profile("language"),), min_size=4),
)


def make_policy_again(policy: Policy) -> Policy:
    return make_policy(type(policy).__name__, policy.parameters())


by_policy = pytest.mark.parametrize("policy", VARIED, ids=repr)
by_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
a_book = given(seed=st.integers(0, 2**32 - 1), customers=st.integers(0, 40))
quick = settings(max_examples=15, deadline=None, derandomize=True)


def test_the_walk_finds_every_exported_policy() -> None:
    exported = {vars(arseg.policies)[name] for name in arseg.policies.__all__}
    policies = {thing for thing in exported if dataclasses.is_dataclass(thing) and hasattr(thing, "assign")}
    assert policies <= set(KINDS)
    assert [kind.__name__ for kind in KINDS] == sorted(kind.__name__ for kind in KINDS)
    assert {"AgingBuckets", "Composed", "OneSizeFitsAll", "RiskTiers", "WeightedScore"} <= {
        kind.__name__ for kind in KINDS
    }


@by_policy
@quick
@a_book
def test_every_customer_gets_exactly_one_segment_and_a_cell_within_it(
    draw_scores, policy, seed, customers
) -> None:
    scores = draw_scores(seed, customers)
    assigned = policy.assign(scores)
    assert tuple(assigned.columns) == SEGMENTATION.names
    assert assigned["customer_id"].tolist() == sorted(scores["customer_id"])
    assert set(assigned["segment"]) <= set(SEGMENTS)
    assert (assigned["why"].str.len() > 0).all()
    assert (assigned.dtypes == "str").all()
    for segment, cell in zip(assigned["segment"], assigned["cell"], strict=True):
        assert cell == segment or cell.startswith(f"{segment} / ")


@by_policy
def test_assigning_twice_gives_the_same(draw_scores, policy) -> None:
    scores = draw_scores(6, 40)
    pd.testing.assert_frame_equal(policy.assign(scores), policy.assign(scores))
    pd.testing.assert_frame_equal(policy.assign(scores), make_policy_again(policy).assign(scores))


@by_policy
def test_an_absent_optional_column_is_answered_or_named(draw_scores, policy) -> None:
    scores = draw_scores(7, 20)
    optional = [c.name for c in CUSTOMER_SCORES.columns if not c.required and c.name in policy.needs]
    for name in optional:
        with pytest.raises(DataError, match=repr(name)):
            policy.assign(scores.drop(columns=name))


@by_policy
def test_unknown_values_are_no_error(draw_scores, policy) -> None:
    scores = draw_scores(8, 20)
    optional = [c for c in CUSTOMER_SCORES.columns if not c.required]
    blank = scores.assign(**{c.name: "" if c.type == "text" else np.nan for c in optional})
    missing = scores.assign(**{c.name: np.nan for c in optional})
    pd.testing.assert_frame_equal(policy.assign(blank), policy.assign(missing))
    assert len(policy.assign(blank)) == 20


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
    read = [*policy.needs, *getattr(policy, "may_read", ())]
    pd.testing.assert_frame_equal(policy.assign(scores[read]), policy.assign(scores))
    assert set(policy.needs) <= set(CUSTOMER_SCORES.names)


@by_policy
def test_it_prints_as_it_is_written(policy) -> None:
    written = eval(repr(policy), {kind.__name__: kind for kind in KINDS})
    assert written == policy
    assert repr(written) == repr(policy)
    assert hash(written) == hash(policy)


@by_policy
def test_parameters_make_an_equal_policy(policy) -> None:
    made = make_policy(type(policy).__name__, policy.parameters())
    assert made == policy
    assert policy_hash(made) == policy_hash(policy)
    assert repr(made) == repr(policy)


@by_policy
def test_parameters_come_back_from_json(policy) -> None:
    told = json.loads(json.dumps(policy.parameters()))
    assert told == policy.parameters()
    assert make_policy(type(policy).__name__, told) == policy
    declared = {"name": type(policy).__name__, "parameters": told}
    assert as_policy(declared, name="policy") == policy
    assert hash(as_policy(declared, name="policy")) == hash(policy)


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
    assert "'customer_id'" in str(refusal.value)


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


def test_a_part_is_a_policy_or_declares_one() -> None:
    assert as_policy(RiskTiers(), name="risk") == RiskTiers()
    assert as_policy({"name": "RiskTiers", "parameters": None}, name="risk") == RiskTiers()
    for part in ("RiskTiers", 3, None, {}, {"name": 3}, RiskTiers):
        with pytest.raises(UsageError, match=r"risk is no policy\. .*Do: write name: RiskTiers"):
            as_policy(part, name="risk")


def test_a_misspelt_key_of_a_part_names_the_near_one() -> None:
    with pytest.raises(UsageError, match=r"risk: unknown key 'parametres'.*Do: write 'parameters'"):
        as_policy({"name": "RiskTiers", "parametres": {}}, name="risk")


def test_the_parameters_of_a_part_are_a_mapping() -> None:
    with pytest.raises(UsageError, match="risk: the parameters are no mapping"):
        as_policy({"name": "RiskTiers", "parameters": [0.1]}, name="risk")


@pytest.mark.parametrize("version", [2, "1", True])
def test_a_part_declared_for_another_version_is_refused(version) -> None:
    assert as_policy({"name": "RiskTiers", "version": 1}, name="risk") == RiskTiers()
    with pytest.raises(UsageError, match=r"RiskTiers is declared for another version.*Allowed: version 1"):
        as_policy({"name": "RiskTiers", "version": version}, name="risk")
