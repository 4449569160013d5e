from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies import Offers, opportunities
from arseg.schema import CUSTOMER_SCORES, DataError, UsageError

GOOD = {
    "customer_id": "A",
    "open_balance": 10_000.0,
    "overdue_balance": 0.0,
    "disputed_balance": 0.0,
    "p_unpaid_30": 0.01,
    "p_write_off": 0.0,
    "expected_days": 120.0,
}


def one(offers: Offers | None = None, **given: object) -> dict[str, object]:
    found = opportunities(pd.DataFrame([GOOD | given]), offers).to_dict("records")
    return {str(key): value for key, value in found[0].items()}


def test_a_safe_slow_payer_is_worth_a_discount() -> None:
    offers = Offers(discount=0.01, take_up=0.5, capital_rate=0.073, within_days=10)
    # 0.99 x (1 - 0.073 x 10 / 365) = 0.98802; 1 - 0.073 x 120 / 365 = 0.976
    assert one(offers) == {
        "customer_id": "A",
        "opportunity": "early-pay discount",
        "worth": 60.1,
        "why": "else expected in 120 days: 1 % off within 10 days, assumed to be taken up for 50 % of 10,000.00",
    }


def test_a_good_payer_who_is_contacted_for_little_is_left_in_peace() -> None:
    assert one(expected_days=20.0, open_balance=1000.0, contacts_30d=3) == {
        "customer_id": "A",
        "opportunity": "lighter monitoring",
        "worth": 5.5,
        "why": "3 contacts in 30 days cost 6.00 and bring in 0.50",
    }


def test_contacts_that_bring_in_more_than_they_cost_go_on() -> None:
    found = one(expected_days=20.0, p_unpaid_30=0.5, contacts_30d=2)
    assert found["opportunity"] == ""
    assert found["worth"] == 0.0
    assert found["why"] == "in good standing, but neither offer pays"


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"overdue_balance": 1200.0}, "overdue 1,200.00"),
        ({"disputed_balance": 7.5}, "disputed 7.50"),
        ({"p_write_off": 0.03}, "3.0 % likely written off"),
        ({"promise_broken_days": 90.0}, "a promise broken 90 days ago"),
        ({"legal": 1.0, "overdue_balance": 5.0}, "at law"),
    ],
)
def test_who_is_not_in_good_standing_gets_no_offer(known, why) -> None:
    found = one(**known)
    assert [found["opportunity"], found["worth"], found["why"]] == ["", 0.0, why]


def test_no_discount_reaches_the_margin() -> None:
    offers = Offers(discount=0.01)
    assert one(offers, margin=0.01, contacts_30d=0)["opportunity"] == ""
    assert one(offers, margin=0.02, contacts_30d=0)["opportunity"] == "early-pay discount"
    assert one(offers, margin=np.nan, contacts_30d=0)["opportunity"] == "early-pay discount"


def test_who_pays_in_time_anyway_gets_no_discount() -> None:
    assert one(Offers(discount=0.0, within_days=10), expected_days=10.0, contacts_30d=0)["opportunity"] == ""


def test_one_contact_is_assumed_where_they_are_not_known() -> None:
    known = one(expected_days=20.0, open_balance=100.0, contacts_30d=1)
    assert one(expected_days=20.0, open_balance=100.0) == known
    assert one(expected_days=20.0, open_balance=100.0, contacts_30d=np.nan) == known
    assert known["why"] == "1 contact in 30 days costs 2.00 and brings in 0.05"


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), customers=st.integers(0, 60))
def test_every_customer_has_one_row_and_worth_where_there_is_an_opportunity(
    draw_scores, seed, customers
) -> None:
    scores = draw_scores(seed, customers)
    found = opportunities(scores, Offers(safe_below=1.0, discount=0.001))
    assert found["customer_id"].tolist() == sorted(scores["customer_id"])
    assert set(found["opportunity"]) <= {"", "early-pay discount", "lighter monitoring"}
    assert ((found["worth"] > 0) == (found["opportunity"] != "")).all()
    assert (found["why"] != "").all()
    turned = opportunities(scores.iloc[::-1], Offers(safe_below=1.0, discount=0.001))
    pd.testing.assert_frame_equal(found, turned)


def test_both_opportunities_are_found_in_a_book(draw_scores) -> None:
    found = opportunities(draw_scores(2, 500), Offers(discount=0.005))
    assert {"early-pay discount", "lighter monitoring"} <= set(found["opportunity"])


def test_optional_columns_may_be_absent(draw_scores) -> None:
    scores = draw_scores(3, 50)[list(CUSTOMER_SCORES.required)]
    assert len(opportunities(scores)) == 50


def test_a_gap_in_a_needed_column_is_refused() -> None:
    with pytest.raises(DataError, match="expected_days is unknown for 1 customers"):
        one(expected_days=np.nan)


@pytest.mark.parametrize("wrong", [{"discount": 2}, {"take_up": -0.1}, {"within_days": 400}])
def test_an_assumption_is_in_range(wrong) -> None:
    with pytest.raises(UsageError, match=rf"Offers: {next(iter(wrong))} is out of range"):
        Offers(**wrong)
