from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies import AgingBuckets, BalanceBands, OneSizeFitsAll, Profile, RiskTiers, WeightedScore
from arseg.policies.hysteresis import Hysteresis
from arseg.policies.policy import Policy
from arseg.policies.why_not import WhyNot, why_not
from arseg.schema import SEGMENTS, UsageError

POLICIES: tuple[Policy, ...] = (
    RiskTiers(),
    AgingBuckets(),
    BalanceBands(by="amount", medium_from=100, high_from=2000),
    BalanceBands(),
    WeightedScore(),
    Hysteresis(triggers={}),
)


def moved(scores: pd.DataFrame, found: WhyNot, rows: pd.DataFrame, share: float = 1.0) -> pd.DataFrame:
    """Return the book with the changes made, or a share of them."""
    book = scores.copy()
    at = book["customer_id"] == found.customer_id
    for row in rows.itertuples():
        book[row.column] = book[row.column].astype("float64")
        book.loc[at, row.column] = row.now + share * row.change
    return book


def segment_of(policy: Policy, scores: pd.DataFrame, customer: str) -> str:
    return policy.assign(scores).set_index("customer_id").loc[customer, "segment"]


@pytest.mark.parametrize("policy", POLICIES, ids=repr)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), who=st.integers(0, 11), wanted=st.sampled_from(SEGMENTS))
def test_the_change_moves_the_customer_and_a_smaller_one_does_not(
    draw_scores, policy, seed, who, wanted
) -> None:
    scores = draw_scores(seed, 12)
    customer = f"C{who:03d}"
    if segment_of(policy, scores, customer) == wanted:
        return
    found = why_not(scores, policy, customer, wanted)
    alone = (found.moves["inputs"] == 1).all()
    groups = [found.moves.iloc[[place]] for place in range(len(found.moves))] if alone else [found.moves]
    for rows in groups:
        assert segment_of(policy, moved(scores, found, rows), customer) == wanted
        if policy == AgingBuckets():
            less = moved(scores, found, rows.assign(change=rows["change"] - np.sign(rows["change"])))
        else:
            less = moved(scores, found, rows, share=1 - 1e-6)
        # On a cut the change is one bit, and a part of one bit is all of it.
        if not isinstance(policy, BalanceBands) and rows["change"].abs().max() > 1e-9:
            assert segment_of(policy, less, customer) != wanted


def test_a_share_of_one_input_and_its_words() -> None:
    scores = pd.DataFrame({"customer_id": ["A", "B"], "p_unpaid_30": [0.5, 0.1]})
    found = why_not(scores, RiskTiers(), "A", "Medium")
    assert found.moves["needed"][0] == pytest.approx(0.35)
    assert found.moves["needed"][0] < 0.35
    assert found.moves["effort"][0] == pytest.approx(0.15 / 0.2)
    assert found.words == (
        "High, not Medium: 50.0 % likely unpaid in 30 days, High from 35 %. "
        "Medium with p unpaid 30 at 0.35 (-0.15)"
    )


def test_whole_days_stay_whole() -> None:
    scores = pd.DataFrame({"customer_id": ["A"], "oldest_days_past_due": [40]})
    assert why_not(scores, AgingBuckets(), "A", "Medium").moves["needed"].tolist() == [30]
    assert why_not(scores, AgingBuckets(), "A", "Low").moves["needed"].tolist() == [0]


KNOWN = {
    "open_balance": 100.0,
    "on_time_share": 0.5,
    "credit_utilisation": 0.5,
    "credit_score_change": 0.0,
    "industry_late_rate": 0.5,
    "account_age_days": 913.0,
}


def test_each_input_that_is_enough_alone_is_named_least_effort_first() -> None:
    """The score is 0.5; to reach 0.6, 0.1 is missing: 0.1 / 0.35 of the on-time share, and so on."""
    book = pd.DataFrame(
        [
            {"customer_id": "A"} | KNOWN,
            {"customer_id": "B"} | KNOWN | {"on_time_share": 0.9, "credit_utilisation": 9},
        ]
    )
    moves = why_not(book, WeightedScore(), "A", "High").moves.set_index("column")
    assert moves.loc["on_time_share", "needed"] == pytest.approx(0.5 - 0.1 / 0.35)
    assert moves.loc["credit_utilisation", "needed"] == pytest.approx(1.0)
    assert moves.loc["industry_late_rate", "needed"] == pytest.approx(0.8)
    assert "account_age_days" not in moves.index
    assert moves["effort"].dropna().is_monotonic_increasing


def test_what_no_input_does_alone_they_do_together() -> None:
    book = pd.DataFrame(
        [
            {"customer_id": "A"}
            | KNOWN
            | {
                "on_time_share": 0.0,
                "credit_utilisation": 1.0,
                "industry_late_rate": 0.8,
                "account_age_days": 0.0,
            }
        ]
    )
    found = why_not(book, WeightedScore(), "A", "Low")
    assert found.moves["inputs"].unique().tolist() == [5]
    assert set(found.moves["column"]) == set(KNOWN) - {"open_balance"}
    assert " and " in found.words


def test_what_cannot_be_moved_is_said() -> None:
    book = pd.DataFrame({"customer_id": ["A"], "invoice_delivery": ["paper"]})
    for policy in (OneSizeFitsAll(), Profile()):
        found = why_not(book, policy, "A", "High")
        assert found.moves.empty
        assert found.words.endswith("No change of its inputs was found that gives High")


def test_a_segment_that_days_jump_over_has_no_value() -> None:
    scores = pd.DataFrame({"customer_id": ["A"], "p_unpaid_30": [0.9]})
    nowhere = RiskTiers(medium_from=0.5, high_from=np.nextafter(0.5, 1))
    assert why_not(scores, nowhere, "A", "Low").segment == "High"
    gap = pd.DataFrame({"customer_id": ["A"], "oldest_days_past_due": [0]})
    assert why_not(gap, AgingBuckets(1, 2), "A", "Medium").moves["needed"].tolist() == [1]


@pytest.mark.parametrize(("customer", "segment"), [("Z", "Low"), ("A", "High")])
def test_who_is_not_there_or_is_there_already_is_refused(customer, segment) -> None:
    scores = pd.DataFrame({"customer_id": ["A"], "p_unpaid_30": [0.9]})
    with pytest.raises(UsageError, match="the customer is not there, or in the segment"):
        why_not(scores, RiskTiers(), customer, segment)


def test_an_unknown_segment_names_the_near_one() -> None:
    scores = pd.DataFrame({"customer_id": ["A"], "p_unpaid_30": [0.9]})
    with pytest.raises(UsageError, match="write 'Medium'"):
        why_not(scores, RiskTiers(), "A", "medum")
