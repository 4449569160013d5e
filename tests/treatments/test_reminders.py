from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.schema import DataError, UsageError
from arseg.treatments.reminders import REMINDERS, plan_reminders
from arseg.treatments.safety_days import is_contact_day

TODAY = dt.date(2026, 11, 2)


def book(**known: object) -> pd.DataFrame:
    count = max(len(v) for v in known.values() if isinstance(v, list))
    base = {
        "customer_id": [f"C{i}" for i in range(count)],
        "oldest_days_past_due": -30,
        "open_balance": 9.0,
        "disputed_balance": 0.0,
    }
    return pd.DataFrame(base | known)


def test_check_payers_are_reminded_earlier_by_the_days_that_checks_take() -> None:
    scores = book(reminder_offset_days=[0.0, np.nan, 9.2], payment_method=["card", "transfer", "check"])
    plan = plan_reminders(scores, TODAY).set_index("customer_id")
    # Due on 2 December 2026, a Wednesday; 10 days before is a Sunday, so the Friday before that.
    assert plan["days_before"].to_dict() == {"C0": 3, "C1": 3, "C2": 10}
    assert plan["remind_on"].dt.strftime("%m-%d").to_dict() == {"C0": "11-27", "C1": "11-27", "C2": "11-20"}
    assert plan.loc["C2", "why"] == "check takes 10 days to post"
    assert plan.loc["C0", "why"] == "3 days before due"


def test_paper_customers_get_their_invoices_earlier() -> None:
    scores = book(invoice_delivery=["paper", "email", ""])
    plan = plan_reminders(scores, TODAY, delivery_days={"paper": 6})
    assert plan["invoice_days_earlier"].tolist() == [6, 0, 0]
    assert plan["why"].tolist()[0] == "3 days before due; paper takes 6 days to arrive"


def test_only_who_is_before_due_is_reminded_of_what_will_be_due() -> None:
    scores = book(oldest_days_past_due=[-1, 0, 1, 90], disputed_balance=[0.0, 9.0, 0.0, 0.0])
    plan = plan_reminders(scores, TODAY)
    assert tuple(plan.columns) == REMINDERS
    assert plan["customer_id"].tolist() == ["C0"]
    assert plan_reminders(scores[2:], TODAY).empty


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(
            st.integers(-90, 0),
            st.floats(0, 100),
            st.floats(0, 100),
            st.sampled_from(["DE", "SA", "", "US"]),
        ),
        min_size=1,
        max_size=10,
    ),
    st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31)),
)
def test_slower_methods_are_never_reminded_later_and_nobody_on_a_quiet_day(drawn, today) -> None:
    days, fast, slow, country = map(list, zip(*drawn, strict=True))
    slow = [max(pair) for pair in zip(fast, slow, strict=True)]
    scores = book(oldest_days_past_due=days, country=country)
    plans = [
        plan_reminders(scores.assign(reminder_offset_days=offset), today, quiet_days=("12-24",))
        .set_index("customer_id")
        .sort_index()
        for offset in (fast, slow)
    ]
    assert (plans[1]["remind_on"] <= plans[0]["remind_on"]).all()
    places = scores.set_index("customer_id").loc[plans[0].index, "country"]
    for plan in plans:
        assert is_contact_day(plan["remind_on"], places, ("12-24",)).all()
        assert (plan["remind_on"] >= pd.Timestamp(today)).all()


def test_days_out_of_range_and_missing_columns_are_refused() -> None:
    scores = book(oldest_days_past_due=[-3])
    with pytest.raises(UsageError, match=r"days for days_before are out of range. Given: 61"):
        plan_reminders(scores, TODAY, days_before=61)
    with pytest.raises(UsageError, match=r"days for paper are out of range. Given: -1"):
        plan_reminders(scores, TODAY, delivery_days={"paper": -1})
    with pytest.raises(DataError, match=r"lacks columns \['customer_id'\]"):
        plan_reminders(scores.drop(columns="customer_id"), TODAY)
