from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies.handoffs import RULES, Handoffs, case_of, counts, events
from arseg.schema import UsageError

OFF = Handoffs(
    support_from=None,
    top_share=None,
    disagreement_from=None,
    disputed_above=None,
    borderline=False,
    legal=False,
    broken_within_days=None,
)


def book(**columns: list[float]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame({"customer_id": [f"C{place}" for place in range(count)], **columns})


def handed(handoffs: Handoffs, scores: pd.DataFrame, **given: pd.DataFrame) -> dict[str, list[str]]:
    found = events(handoffs, case_of(scores, **given))
    return found.groupby("rule")["customer_id"].agg(list).to_dict()


def test_low_support_counts_a_gap_as_none() -> None:
    assert handed(Handoffs(), book(cleared_count=[4, 5, np.nan])) == {"H1": ["C0", "C2"]}


def test_the_largest_that_hold_the_share_are_handed_over() -> None:
    scores = book(open_balance=[10.0, 40.0, 50.0, 0.0])
    assert handed(Handoffs(top_share=0.5), scores) == {"H2": ["C2"]}
    assert handed(Handoffs(top_share=0.51), scores) == {"H2": ["C1", "C2"]}
    assert handed(Handoffs(top_share=1.0), scores) == {"H2": ["C0", "C1", "C2"]}
    assert handed(Handoffs(top_share=0.0), scores) == {}
    assert handed(Handoffs(top_share=None, value_from=40), scores) == {"H2": ["C1", "C2"]}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=12), st.floats(0.01, 1))
def test_one_large_customer_fewer_would_not_hold_the_share(balances, share) -> None:
    got = handed(Handoffs(top_share=share), book(open_balance=[float(x) for x in balances])).get("H2", [])
    total, chosen = sum(balances), [balances[int(name[1:])] for name in got]
    if total:
        assert sum(chosen) >= share * total * (1 - 1e-9)
        assert sum(chosen) - min(chosen) < share * total
    assert sorted(chosen) == sorted(balances)[len(balances) - len(chosen) :]


def test_models_that_differ_as_much_as_declared_disagree() -> None:
    one, other = book(p_unpaid_30=[0.5, 0.5, 0.5]), book(p_unpaid_30=[0.3, 0.31, 0.9])
    assert handed(Handoffs(), one, second=other) == {"H3": ["C0", "C2"]}
    assert handed(Handoffs(), one, second=other[:2]) == {"H3": ["C0"]}


def test_dispute_law_and_a_broken_promise() -> None:
    scores = book(disputed_balance=[0.0, 1.0], legal=[1.0, 0.0], promise_broken_days=[31.0, 30.0])
    assert handed(Handoffs(), scores) == {"H4": ["C1"], "H6": ["C0"], "H7": ["C1"]}


def test_borderline_comes_from_its_badge_and_an_unknown_one_is_none() -> None:
    badges = pd.DataFrame({"customer_id": ["C0", "C1"], "borderline": [True, False], "chance": [0.6, 0.9]})
    case = case_of(book(x=[0, 0, 0]), badges=badges)
    found = events(Handoffs(), case)
    assert found.to_numpy().tolist() == [["C0", "H5", "its segment is only 60 % sure"]]


def test_counts_say_what_could_not_be_checked() -> None:
    case = case_of(book(cleared_count=[1, 9], disputed_balance=[5.0, 5.0]))
    table = counts(Handoffs(disputed_above=None), case, events(Handoffs(disputed_above=None), case))
    assert table["rule"].tolist() == list(RULES)
    assert table.set_index("rule")["customers"].to_dict() == dict.fromkeys(RULES, 0) | {"H1": 1}
    assert table.loc[table["checked"], "rule"].tolist() == ["H1"]


def test_all_can_be_switched_off(draw_scores) -> None:
    scores = draw_scores(1, 30)
    assert handed(OFF, scores, second=scores) == {}


@pytest.mark.parametrize(
    ("limits", "match"),
    [
        ({"top_share": 20}, r"Handoffs: top_share is out of range\. Given: 20\.0\. Allowed: 0 to 1"),
        ({"support_from": -1}, "Allowed: 0 or more"),
        ({"value_from": "much"}, "value_from is not a number"),
        ({"disagreement_from": 2}, "disagreement_from is out of range"),
    ],
)
def test_limits_are_checked(limits, match) -> None:
    with pytest.raises(UsageError, match=match):
        Handoffs(**limits)
