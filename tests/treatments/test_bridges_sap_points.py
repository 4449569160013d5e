from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.treatments.bridges_sap import to_sap
from arseg.treatments.bridges_sap_points import sap_points


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), customers=st.integers(1, 60))
def test_exactly_one_rule_fires_and_its_remark_is_the_prescribed_treatment(
    draw_book, draw_history, draw_playbook, seed, customers
) -> None:
    segmentation, scores = draw_book(seed, customers)
    scores, playbook = draw_history(scores, seed), draw_playbook(seed)
    sap = to_sap(playbook)
    found = sap_points(sap, segmentation, scores)
    assert found["rules"].tolist() == [1] * customers
    rules = sap.rules.drop_duplicates("RULE_ID").set_index("RULE_ID")
    assert found["points"].tolist() == rules.loc[found["RULE_ID"], "VALUATION"].tolist()
    prescribed = playbook.prescribe(segmentation, scores)
    assert found["customer_id"].tolist() == prescribed["customer_id"].tolist()
    assert rules.loc[found["RULE_ID"], "REMARK"].tolist() == prescribed["treatment"].tolist()


def test_the_points_alone_tell_the_rule(draw_playbook) -> None:
    rules = to_sap(draw_playbook(7)).rules
    assert (rules.groupby("VALUATION")["RULE_ID"].nunique() == 1).all()
    assert (rules.groupby("RULE_ID")["VALUATION"].nunique() == 1).all()
