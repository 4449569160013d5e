from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies import RiskTiers
from arseg.policies.borderline import redrawn, segment_chances
from arseg.policies.handoffs import Handoffs
from arseg.policies.human import needs_human
from arseg.schema import DataError


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), customers=st.integers(0, 30))
def test_every_customer_is_answered_for_and_the_counts_are_those_of_the_events(
    draw_scores, seed, customers
) -> None:
    scores = draw_scores(seed, customers)
    badges = segment_chances(RiskTiers(), redrawn(scores, spread=0.3, draws=20))
    found = needs_human(
        scores, RiskTiers().assign(scores), second=draw_scores(seed + 1, customers), badges=badges
    )
    assert found.customers["customer_id"].tolist() == sorted(scores["customer_id"])
    asked = found.customers[found.customers["needs_human"]]
    assert asked["customer_id"].tolist() == sorted(set(found.events["customer_id"]))
    assert (found.customers["needs_human"] == (found.customers["reason"] != "")).all()
    assert found.counts["customers"].sum() == len(found.events)
    by_rule = found.events["rule"].value_counts()
    assert all(row.customers == by_rule.get(row.rule, 0) for row in found.counts.itertuples())
    assert asked["rules"].str.split(", ").map(len).sum() == len(found.events)


def test_all_reasons_of_a_customer_are_told_with_their_ids() -> None:
    scores = pd.DataFrame(
        {"customer_id": ["B", "A"], "cleared_count": [9, 2], "disputed_balance": [0.0, 1200.5]}
    )
    segments = pd.DataFrame({"customer_id": ["A", "B"], "segment": ["Low", "High"]})
    found = needs_human(scores, segments, Handoffs(support_from=3))
    assert found.customers.iloc[0].tolist() == [
        "A",
        True,
        "H1, H4",
        "low support: 2 invoices cleared in 12 months, fewer than 3; dispute: 1,200.50 in dispute",
    ]
    assert found.events["segment"].tolist() == ["Low", "Low"]


def test_scores_and_segments_are_of_the_same_customers() -> None:
    scores = pd.DataFrame({"customer_id": ["A", "B"]})
    segments = pd.DataFrame({"customer_id": ["A", "C"], "segment": ["Low", "High"]})
    with pytest.raises(DataError, match=r"not of the same customers\. Given: \['B', 'C'\]"):
        needs_human(scores, segments)
