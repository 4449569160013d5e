from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]
Rows = Mapping[Any, Sequence[dict[str, Any]]]
DAY = dt.date(2025, 6, 30)


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def touch(days: int, **told: Any) -> dict[str, Any]:
    return {"contacted_on": ago(days), **told}


def customers_of(make_ledger: Make, contacts: Rows, postings: Rows | None = None) -> pd.DataFrame:
    """Return the figures of customers, each with an open invoice of its own, by what happened to them."""
    invoices = [{"invoice_id": f"I{who}", "customer_id": str(who)} for who in contacts]
    touches = [{"customer_id": str(who), **row} for who, rows in contacts.items() for row in rows]
    posted = [
        {"invoice_id": f"I{who}", "amount": 1, **row}
        for who, rows in (postings or {}).items()
        for row in rows
    ]
    ledger = make_ledger(invoices, posted, contacts=touches, complete_to=DAY)
    with take_snapshot(ledger, DAY) as snapshot:
        return build_features(snapshot, blocks=["contacts"]).customers.set_index("customer_id")


def test_a_contact_counts_until_the_last_day_of_its_window(make_ledger: Make) -> None:
    found = customers_of(
        make_ledger, {days: [touch(days, channel="letter")] for days in (29, 30, 31, 89, 90, 91)}
    )
    for name in ("contact_count", "contact_letter_count"):
        month, quarter = (found[f"{name}_{window}"] for window in ("30d", "90d"))
        assert month[month > 0].to_dict() == {"29": 1}
        assert quarter[quarter > 0].to_dict() == {"29": 1, "30": 1, "31": 1, "89": 1}


def test_a_week_is_seven_days_with_the_key_date(make_ledger: Make) -> None:
    week = customers_of(make_ledger, {days: [touch(days)] for days in (0, 6, 7)})["contact_count_7d"]
    assert week[week > 0].to_dict() == {"0": 1, "6": 1}


def test_contacts_are_counted_by_channel_and_a_new_channel_only_in_the_total(make_ledger: Make) -> None:
    channels = ("call", "call", "email", "portal", "visit")
    touches = [touch(40 if n else 4, channel=name) for n, name in enumerate(channels)]
    found = customers_of(make_ledger, {"A": touches}).loc["A"]
    counted = {name: found[f"contact_{name}_count_90d"] for name in ("call", "email", "letter", "portal")}
    assert counted == {"call": 2, "email": 1, "letter": 0, "portal": 1}
    assert (found["contact_call_count_30d"], found["contact_email_count_30d"]) == (1, 0)
    assert found["contact_count_90d"] == 5


def test_the_last_contact_is_looked_for_through_a_year(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {days: [touch(days, outcome="reached")] for days in (364, 365, 366)})
    for name in ("contact_last_days", "contact_reached_last_days"):
        assert found[name].dropna().to_dict() == {"364": 364}


def test_reached_is_who_answered_promised_or_disputed(make_ledger: Make) -> None:
    outcomes = {80: "reached", 60: "promise", 50: "dispute", 20: "no_answer", 10: "sent", 5: None}
    touches = [touch(days, outcome=told) for days, told in outcomes.items()]
    found = customers_of(make_ledger, {"A": touches}).loc["A"]
    assert found["contact_last_days"] == 5
    assert found["contact_reached_last_days"] == 50
    assert found["contact_response_share_90d"] == 3 / 4


def test_without_outcomes_nobody_knows_who_answered(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {"A": [touch(5), touch(9, outcome="sent")]}).loc["A"]
    assert found[["contact_response_share_90d", "contact_reached_last_days"]].isna().all()


def test_a_contact_is_followed_by_a_payment_booked_one_to_seven_days_after(make_ledger: Make) -> None:
    # Paid long before, but nobody at the desk could see it; half of the postings name no customer.
    lags = (0, 1, 7, 8)
    posted = {
        f"{lag} {named}": [
            {
                "value_date": ago(40),
                "known_on": ago(20 - lag),
                "customer_id": f"{lag} {named}" if named else None,
            }
        ]
        for lag in lags
        for named in (True, False)
    }
    found = customers_of(make_ledger, {who: [touch(20)] for who in posted}, posted)
    followed = found["contact_paid_7d_share_90d"]
    assert followed[followed == 1].index.tolist() == ["1 False", "1 True", "7 False", "7 True"]
    assert followed[followed == 0].index.tolist() == ["0 False", "0 True", "8 False", "8 True"]


def test_only_payments_of_the_same_customer_follow_a_contact(make_ledger: Make) -> None:
    on = {"value_date": ago(17)}
    posted = {"A": [{**on, "kind": "credit_note"}, {**on, "amount": -1}], "B": [on]}
    found = customers_of(make_ledger, {"A": [touch(20)], "B": [touch(20)]}, posted)
    assert found["contact_paid_7d_share_90d"].to_dict() == {"A": 0.0, "B": 1.0}


def test_a_contact_is_judged_when_its_week_is_over(make_ledger: Make) -> None:
    days = (6, 7, 89, 90)
    posted = {day: [{"value_date": ago(day - 1), "customer_id": str(day)}] for day in days}
    posted |= {f"{day}, nameless": [{"value_date": ago(day - 1)}] for day in days}
    found = customers_of(make_ledger, {who: [touch(int(str(who).split(",")[0]))] for who in posted}, posted)
    followed = found["contact_paid_7d_share_90d"].dropna()
    assert followed.to_dict() == {"7": 1.0, "7, nameless": 1.0, "89": 1.0, "89, nameless": 1.0}


def test_two_contacts_before_one_payment_are_two_that_were_followed(make_ledger: Make) -> None:
    posted = [{"value_date": ago(days)} for days in (15, 16)]
    found = customers_of(make_ledger, {"A": [touch(18), touch(18), touch(60)]}, {"A": posted})
    assert found.loc["A", "contact_paid_7d_share_90d"] == 2 / 3


def test_minutes_are_missing_where_the_book_tells_none_and_zero_where_it_tells_others(
    make_ledger: Make,
) -> None:
    assert customers_of(make_ledger, {"A": [touch(5)]})["contact_minutes_90d"].isna().all()
    touches = {"A": [touch(5)], "B": [touch(90, minutes=8.0)], "C": []}
    touches["D"] = [touch(89, minutes=0.1), touch(5, minutes=0.2)]
    found = customers_of(make_ledger, touches)["contact_minutes_90d"]
    assert found.to_dict() == {"A": 0, "B": 0, "C": 0, "D": pytest.approx(0.3)}
