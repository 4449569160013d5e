from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.models.labels import customer_bad, item_late, promise_kept, self_cure
from arseg.schema import DataError


def items_of(**columns: object) -> pd.DataFrame:
    plain = {"days_past_due": 0, "event": 0, "duration": 90, "followed_days": 90}
    rows = max(len(value) for value in columns.values() if isinstance(value, list))
    return pd.DataFrame({**plain, **columns}, index=[f"i{row}" for row in range(rows)])


@pytest.mark.parametrize(
    ("event", "duration", "late"),
    [(1, 30, 0), (1, 31, 1), (2, 30, 0), (2, 31, 1), (3, 10, 1), (3, 31, 1), (0, 90, 1)],
)
def test_an_item_is_late_when_nothing_settled_it_by_the_day(event, duration, late) -> None:
    labels = item_late(items_of(event=[event], duration=[duration]), 30)
    assert labels.y.tolist() == [late]
    assert dict(labels.excluded) == {}


def test_the_day_is_counted_from_the_due_date() -> None:
    # Ten days before due, day 40 after the key date is 30 after due; twenty past due, day 10 is.
    items = items_of(days_past_due=[-10, -10, 20, 20], event=1, duration=[40, 41, 10, 11])
    assert item_late(items, 30).y.tolist() == [0, 1, 0, 1]


def test_items_without_a_lateness_to_foresee_or_to_see_are_counted_out() -> None:
    items = items_of(
        days_past_due=[30, 31, 29, 0, 0, -60],
        event=[0, 1, 1, 1, 0, 0],
        duration=[9, 9, 1, 2, 29, 90],
        followed_days=[9, 9, 9, 29, 29, 90],
    )
    labels = item_late(items, 30)
    # The fourth was paid on day 2, but its fellows of that key date are not followed to day 30.
    assert labels.y.to_dict() == {"i2": 0, "i5": 1}
    assert dict(labels.excluded) == {"late already at the key date": 2, "not followed to that day": 2}
    assert labels.weight.tolist() == [1.0, 1.0]
    assert len(labels.y) + sum(labels.excluded.values()) == len(items)


def customers_of(**columns: object) -> pd.DataFrame:
    plain = {"customer_id": "a", "key_date": pd.Timestamp("2025-01-31"), "balance": 100.0}
    return items_of(**{**plain, **columns})


@pytest.mark.parametrize(
    ("days_past_due", "event", "duration", "bad"),
    [
        (60, 0, 90, 1),  # 90 days past due on day 30
        (60, 1, 30, 0),  # paid on that very day
        (60, 1, 31, 1),
        (60, 2, 31, 1),  # credited after it
        (0, 3, 60, 1),  # written off on the last day
        (0, 3, 61, 0),
        (30, 0, 90, 1),  # 90 days past due on day 60
        (29, 0, 90, 0),
    ],
)
def test_a_customer_is_bad_by_one_item(days_past_due, event, duration, bad) -> None:
    items = customers_of(days_past_due=[days_past_due], event=[event], duration=[duration])
    assert customer_bad(items, 60).y.tolist() == [bad]


def test_a_share_of_the_balance_decides_where_it_is_asked_for() -> None:
    items = customers_of(balance=[30.0, 70.0], days_past_due=[60, 0])
    for share, bad in ((0.0, 1), (0.3, 1), (0.31, 0)):
        assert customer_bad(items, 60, min_share=share).y.tolist() == [bad]


def test_a_share_of_exactly_a_third_is_reached_in_any_float() -> None:
    items = customers_of(balance=[0.1, 0.1, 0.1], days_past_due=[60, 60, 0])
    assert customer_bad(items, 60, min_share=2 / 3).y.tolist() == [1]


def test_customers_that_are_bad_already_or_not_followed_are_counted_out() -> None:
    items = customers_of(
        customer_id=["a", "a", "b", "c", "c"],
        days_past_due=[90, 0, 0, 0, 60],
        followed_days=[90, 90, 59, 60, 60],
        duration=[90, 90, 59, 60, 60],
    )
    labels = customer_bad(items, 60)
    assert labels.y.index.tolist() == [("c", pd.Timestamp("2025-01-31"))]
    assert labels.y.tolist() == [1]
    assert dict(labels.excluded) == {"bad already at the key date": 1, "not followed to that day": 1}


def test_each_key_date_of_a_customer_has_its_label() -> None:
    items = customers_of(
        key_date=[pd.Timestamp("2025-02-28"), pd.Timestamp("2025-01-31")], days_past_due=[60, 0]
    )
    assert customer_bad(items, 60).y.tolist() == [0, 1]
    assert customer_bad(items, 60).y.index.names == ["customer_id", "key_date"]


def test_the_labels_of_customers_equal_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    rows = 400
    items = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 80, rows).astype(str),
            "key_date": rng.choice(pd.to_datetime(["2025-01-31", "2025-02-28"]), rows),
            "balance": rng.lognormal(5, 1, rows).round(2),
            "days_past_due": rng.integers(-30, 85, rows),
            "event": rng.integers(0, 4, rows),
            "duration": rng.integers(1, 100, rows),
            "followed_days": 100,
        }
    )
    items["duration"] = items["duration"].where(items["event"] > 0, 100)
    wanted = {}
    for key, group in items.groupby(["customer_id", "key_date"]):
        bad = 0.0
        for item in group.itertuples():
            for day in range(1, 61):
                open_at_night = item.event == 0 or item.duration > day
                if (item.event == 3 and item.duration == day) or (
                    open_at_night and item.days_past_due + day >= 90
                ):
                    bad += item.balance
                    break
        wanted[key] = int(bad / group["balance"].sum() >= 0.25)
    assert customer_bad(items, 60, min_share=0.25).y.to_dict() == wanted


def day(text) -> pd.Timestamp:
    return pd.Timestamp(f"2025-{text}")


def promised(**columns: object) -> pd.DataFrame:
    # 2025-03-07 is a Friday.
    plain = {"customer_id": "a", "made_on": day("03-03"), "due_on": day("03-07"), "amount": 100.0}
    return pd.DataFrame({**plain, **columns}, index=[0] if not columns else None)


def paid(value_date, amount=100.0, customer="a", **more: object) -> pd.DataFrame:
    return pd.DataFrame([{"customer_id": customer, "value_date": value_date, "amount": amount, **more}])


@pytest.mark.parametrize(
    ("value_date", "amount", "kept"),
    [
        (day("03-07"), 100, 1),
        (day("03-07"), 95, 1),
        (day("03-07"), 94.99, 0),
        (day("03-12"), 100, 1),  # three business days after the Friday
        (day("03-13"), 100, 0),
        (day("03-03"), 100, 1),  # on the day of the promise
        (day("03-02"), 100, 0),  # before it
    ],
)
def test_a_promise_is_kept_by_its_amount_in_time(value_date, amount, kept) -> None:
    labels = promise_kept(promised(), paid(value_date, amount), day("03-31"))
    assert labels.y.tolist() == [kept]


def test_two_payments_keep_a_promise_and_a_reversal_breaks_it() -> None:
    two = pd.concat([paid(day("03-05"), 60.0), paid(day("03-06"), 40.0)])
    assert promise_kept(promised(), two, day("03-31")).y.tolist() == [1]
    bounced = pd.concat([two, paid(day("03-10"), -40.0)])
    assert promise_kept(promised(), bounced, day("03-31")).y.tolist() == [0]


def test_a_promise_of_an_invoice_is_not_kept_by_another() -> None:
    of_one = promised(invoice_id=["x"])
    for invoice, kept in (("x", 1), ("y", 0)):
        assert promise_kept(of_one, paid(day("03-05"), invoice_id=invoice), day("03-31")).y.tolist() == [kept]
    account = promised(invoice_id=[None])
    assert promise_kept(account, paid(day("03-05"), invoice_id="y"), day("03-31")).y.tolist() == [1]


def test_a_renewed_promise_is_a_broken_one_and_cash_counts_once() -> None:
    two = promised(made_on=[day("03-03"), day("03-06")], due_on=[day("03-07"), day("03-14")])
    assert promise_kept(two, paid(day("03-06")), day("03-31")).y.tolist() == [0, 1]
    assert promise_kept(two, paid(day("03-05")), day("03-31")).y.tolist() == [1, 0]


def test_a_promise_that_is_not_over_has_no_label() -> None:
    labels = promise_kept(promised(), paid(day("03-04")), day("03-11"))
    assert labels.y.tolist() == []
    assert dict(labels.excluded) == {"due day and grace not over": 1}
    assert promise_kept(promised(), paid(day("03-04")), day("03-12")).y.tolist() == [1]


def test_a_promise_without_an_amount_has_no_label() -> None:
    two = promised(amount=[np.nan, 0.0])
    assert dict(promise_kept(two, paid(day("03-04")), day("03-31")).excluded) == {"no promised amount": 2}


def overdue(**columns: object) -> pd.DataFrame:
    return items_of(**{"days_past_due": 5, "contact_day": np.nan, **columns})


def test_who_was_contacted_first_has_no_label_and_the_others_speak_for_them() -> None:
    items = overdue(
        event=[1, 1, 0, 1, 0], duration=[2, 6, 90, 8, 90], contact_day=[np.nan, np.nan, np.nan, 4.0, 20.0]
    )
    labels = self_cure(items, 10)
    # On day 4 four are left, one of them is contacted: those whose label is known later weigh 4/3.
    assert labels.y.to_dict() == {"i0": 1, "i1": 1, "i2": 0, "i4": 0}
    np.testing.assert_allclose(labels.weight, [1, 4 / 3, 4 / 3, 4 / 3])
    assert dict(labels.excluded) == {"contacted first": 1}


def test_only_overdue_and_followed_items_count() -> None:
    items = overdue(days_past_due=[0, 1, 1], followed_days=[90, 9, 90], contact_day=[3.0, 3.0, 30.0])
    labels = self_cure(items, 10)
    assert labels.y.index.tolist() == ["i2"]
    assert dict(labels.excluded) == {"not past due": 1, "not followed to that day": 1}


@pytest.mark.parametrize(("event", "cured"), [(1, 1), (2, 0), (3, 0)])
def test_only_a_payment_cures(event, cured) -> None:
    labels = self_cure(overdue(event=[event, 0], duration=[7, 90], contact_day=[np.nan, 50.0]), 10)
    assert labels.y.iloc[0] == cured


def test_a_payment_on_the_day_of_the_contact_was_made_before_it() -> None:
    items = overdue(event=[1, 0], duration=[4, 90], contact_day=[4.0, np.nan])
    labels = self_cure(items, 10)
    assert labels.y.tolist() == [1, 0]
    assert labels.weight.tolist() == [1.0, 1.0]


def test_the_weighted_share_is_the_truth_where_contact_goes_to_who_has_not_paid() -> None:
    rng = np.random.default_rng(0)
    rows = 40_000
    pays, contact = rng.geometric(0.04, rows), rng.geometric(0.05, rows).astype(float)
    # After a contact they pay at once: the naive shares are far off, whichever way they are taken.
    duration = np.minimum(pays, contact + 1).astype(int)
    items = pd.DataFrame(
        {
            "days_past_due": 1,
            "event": np.where(duration <= 90, 1, 0),
            "duration": np.minimum(duration, 90),
            "followed_days": 90,
            "contact_day": np.where(contact < duration, contact, np.nan),
        }
    )
    labels = self_cure(items, 30)
    truth = (pays <= 30).mean()
    assert np.average(labels.y, weights=labels.weight) == pytest.approx(truth, abs=0.015)
    assert abs(labels.y.mean() - truth) > 0.05
    assert labels.weight.sum() == pytest.approx(rows, rel=0.02)


@pytest.mark.parametrize("change", ["absent", "empty"])
def test_without_a_contact_log_nothing_is_claimed(change) -> None:
    items = overdue(event=[1, 0])
    items = items.drop(columns="contact_day") if change == "absent" else items
    with pytest.raises(DataError, match=r"there is no contact log.*paid of their own accord"):
        self_cure(items, 10)


def test_labels_need_their_columns_and_their_values() -> None:
    items = items_of(event=[1, 0])
    with pytest.raises(DataError, match=r"items lacks columns \['followed_days'\]"):
        item_late(items.drop(columns="followed_days"), 30)
    with pytest.raises(DataError, match=r"items have empty values.*Given: \['duration'\]"):
        item_late(items.assign(duration=[1.0, np.nan]), 30)
    with pytest.raises(DataError, match="Given: repeated index"):
        item_late(items.set_axis(["i", "i"]), 30)
    with pytest.raises(DataError, match="a number of days is negative"):
        item_late(items, -1)
    with pytest.raises(DataError, match=r"an open item has no balance. Given: 0.0"):
        customer_bad(customers_of(balance=[0.0]), 60)
    with pytest.raises(DataError, match=r"promises have empty values.*\['due_on'\]"):
        promise_kept(promised(due_on=[pd.NaT]), paid(day("03-04")), day("03-31"))
