from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot
from oracle.promises import last_day

Make = Callable[..., Ledger]
Rows = list[dict[str, Any]]
MONDAY = dt.date(2025, 6, 2)
DAY = dt.date(2025, 6, 30)


def after(days: int, start: dt.date = MONDAY) -> dt.date:
    return start + dt.timedelta(days=days)


def promise(**told: Any) -> dict[str, Any]:
    return {"made_on": MONDAY, "due_on": after(7), **told}


def payment(day: dt.date, amount: float = 100, **told: Any) -> dict[str, Any]:
    return {"amount": amount, "value_date": day, **told}


def customers_of(
    make_ledger: Make, stories: Mapping[str, tuple[Rows, Rows]], *days: dt.date
) -> list[pd.DataFrame]:
    """Return the figures on each day of customers by their promises and postings.

    A customer A has the invoice IA, of which both speak unless they say otherwise, and the open one JA.
    """
    invoices, promises, postings = [], [], []
    for who, (given, posted) in stories.items():
        invoices += [{"invoice_id": f"{letter}{who}", "customer_id": who} for letter in "IJ"]
        promises += [{"customer_id": who, "invoice_id": f"I{who}", **row} for row in given]
        postings += [{"invoice_id": f"I{who}", **row} for row in posted]
    # Something is posted early, so that the book can speak of every day.
    postings.append({"invoice_id": "none", "value_date": dt.date(2024, 1, 2), "amount": 1})
    ledger = make_ledger(invoices, postings, promises=promises, complete_to=dt.date(2027, 1, 1))
    found = []
    for day in days or (DAY,):
        with take_snapshot(ledger, day) as snapshot:
            found.append(build_features(snapshot, blocks=["promises"]).customers.set_index("customer_id"))
    return found


def judged(make_ledger: Make, stories: Mapping[str, tuple[Rows, Rows]]) -> dict[str, tuple[float, float]]:
    """Return how many promises of each customer could be judged and how many were kept."""
    (found,) = customers_of(make_ledger, stories)
    names = ("promise_matured_count_12m", "promise_kept_count_12m")
    return {who: (found.loc[who, names[0]], found.loc[who, names[1]]) for who in stories}


def test_three_days_from_monday_to_friday_are_given_beyond_the_promised_day(make_ledger: Make) -> None:
    deadlines = {0: 3, 1: 4, 2: 7, 3: 8, 4: 9, 5: 9, 6: 9}
    assert {due: last_day(after(due)) for due in deadlines} == {
        due: after(deadline) for due, deadline in deadlines.items()
    }
    stories = {
        f"{due}+{more}": ([promise(due_on=after(due))], [payment(after(deadline + more))])
        for due, deadline in deadlines.items()
        for more in (0, 1)
    }
    assert judged(make_ledger, stories) == {who: (1, int(who.endswith("0"))) for who in stories}


def test_what_is_paid_from_the_day_of_the_promise_with_95_percent_of_the_amount_keeps_it(
    make_ledger: Make,
) -> None:
    stories = {
        "on the day": ([promise()], [payment(MONDAY)]),
        "the day before": ([promise()], [payment(after(-1))]),
        "enough": ([promise()], [payment(after(3), 95)]),
        "not enough": ([promise()], [payment(after(3), 94.99)]),
        "in parts": ([promise()], [payment(after(3), 45), payment(after(5), 50)]),
        "bounced": ([promise()], [payment(after(3)), payment(after(5), kind="reversal")]),
        "credited": ([promise()], [payment(after(3), kind="credit_note")]),
    }
    kept = {who for who, found in judged(make_ledger, stories).items() if found == (1, 1)}
    assert kept == {"on the day", "enough", "in parts"}


def test_a_promise_is_judged_from_the_day_after_its_last_day(make_ledger: Make) -> None:
    days = [after(10 + shift) for shift in (-1, 0, 1)]
    found = pd.concat(customers_of(make_ledger, {"A": ([promise()], [])}, *days))
    assert found["promise_count_12m"].tolist() == [1, 1, 1]
    assert found["promise_matured_count_12m"].tolist() == [0, 0, 1]
    assert found["promise_open"].tolist() == [1, 1, 0]
    assert found["promise_open_amount"].tolist() == [100, 100, 0]


def test_an_open_promise_is_what_is_still_to_come(make_ledger: Make) -> None:
    stories = {
        "kept": ([promise()], [payment(after(1))]),
        "begun": ([promise()], [payment(after(1), 40)]),
        "untouched": ([promise()], []),
    }
    (found,) = customers_of(make_ledger, stories, after(2))
    assert found["promise_open"].to_dict() == {"kept": 0, "begun": 1, "untouched": 1}
    assert found["promise_open_amount"].to_dict() == {"kept": 0, "begun": 60, "untouched": 100}
    assert found["promise_matured_count_12m"].tolist() == [0, 0, 0]


def test_cash_that_is_not_known_yet_keeps_nothing(make_ledger: Make) -> None:
    posted = [payment(after(3), known_on=DAY)]
    found = customers_of(make_ledger, {"A": ([promise()], posted)}, after(-1, DAY), DAY)
    assert [frame.loc["A", "promise_kept_count_12m"] for frame in found] == [0, 1]


def test_a_renewed_promise_is_broken_unless_it_was_paid_before(make_ledger: Make) -> None:
    pair = [promise(), promise(made_on=after(5), due_on=after(14))]
    stories = {
        "before": (pair, [payment(after(4))]),
        "on the day": (pair, [payment(after(5))]),
        "both": (pair, [payment(after(4)), payment(after(5))]),
        "other invoice": (
            [promise(), promise(made_on=after(5), invoice_id="Jother invoice")],
            [payment(after(5))],
        ),
        "one day": ([promise(), promise(amount=50)], [payment(after(5))]),
    }
    assert judged(make_ledger, stories) == {
        "before": (2, 1),
        "on the day": (2, 1),
        "both": (2, 2),
        "other invoice": (2, 1),
        "one day": (2, 2),
    }
    (found,) = customers_of(make_ledger, stories)
    # The first ran out on the evening before the second was made, the second on its own last day.
    last = found["promise_broken_last_days"]
    assert (last["on the day"], last["before"]) == ((DAY - after(4)).days, (DAY - after(17)).days)


def test_the_version_known_last_is_what_was_promised(make_ledger: Make) -> None:
    versions = [promise(promise_id="P1"), promise(promise_id="P1", due_on=after(2), known_on=after(12))]
    found = customers_of(make_ledger, {"A": (versions, [payment(after(9))])}, after(11), after(12))
    assert [frame.loc["A", "promise_kept_count_12m"] for frame in found] == [1, 0]
    assert [frame.loc["A", "promise_count_12m"] for frame in found] == [1, 1]


def test_a_promise_without_an_invoice_is_kept_by_any_cash_of_the_customer(make_ledger: Make) -> None:
    given = [promise(invoice_id=None)]
    stories = {
        "A": (given, [payment(after(3))]),
        "B": (given, [payment(after(3), invoice_id=None, customer_id="B")]),
        "C": (given, [payment(after(3), customer_id="C", invoice_id="JC")]),
        "D": (given, [payment(after(3), invoice_id="ID"), payment(after(3), kind="reversal")]),
        "E": (given, [payment(after(3), invoice_id=None, customer_id="B")]),
        "F": ([promise()], [payment(after(3), invoice_id="JF")]),
    }
    kept = {who for who, found in judged(make_ledger, stories).items() if found == (1, 1)}
    assert kept == {"A", "B", "C"}


def test_a_promise_without_an_amount_is_of_the_whole_balance_of_the_evening_before(
    make_ledger: Make,
) -> None:
    given, before = [promise(amount=None)], payment(after(-1), 60)
    stories = {
        "enough": (given, [before, payment(after(2), 38)]),
        "not enough": (given, [before, payment(after(2), 37.99)]),
        "on the day": (given, [payment(MONDAY, 60)]),
        "nothing owed": (given, [payment(after(-1)), payment(after(2))]),
        "bounced": (given, [before, payment(after(-1), 60, kind="reversal"), payment(after(2), 94)]),
    }
    assert judged(make_ledger, stories) == {
        "enough": (1, 1),
        "not enough": (1, 0),
        "on the day": (1, 0),
        "nothing owed": (0, 0),
        "bounced": (1, 0),
    }


def test_a_promise_of_an_unknown_amount_is_counted_but_never_judged(make_ledger: Make) -> None:
    given = [promise(amount=None, invoice_id=None)]
    running, over = customers_of(make_ledger, {"A": (given, [payment(after(3))])}, after(1), DAY)
    assert running.loc["A", "promise_open"] == 1
    assert running[["promise_open_amount"]].isna().all(axis=None)
    assert over.loc["A", ["promise_count_12m", "promise_matured_count_12m", "promise_open"]].tolist() == [
        1,
        0,
        0,
    ]
    assert over[["promise_kept_rate_12m", "promise_broken_last_days"]].isna().all(axis=None)


def test_the_kept_rate_is_drawn_to_that_of_the_book(make_ledger: Make) -> None:
    given = [promise()] + [promise(made_on=after(-n), due_on=after(10 - n)) for n in (60, 100)]
    (found,) = customers_of(make_ledger, {"A": ([promise()], [payment(after(3))]), "B": (given, [])})
    # One of four promises of the book was kept.
    rates = found["promise_kept_rate_12m"].to_dict()
    assert rates == pytest.approx({"A": (1 + 5 * 0.25) / 6, "B": (0 + 5 * 0.25) / 8})


def test_the_amount_paid_in_time_is_never_more_than_was_promised(make_ledger: Make) -> None:
    given = [promise(amount=40), promise(amount=60, made_on=after(-60), due_on=after(-50))]
    posted = [payment(after(3), 90), payment(after(-55), 15)]
    (found,) = customers_of(make_ledger, {"A": (given, posted)})
    assert found.loc["A", "promise_kept_amount_share_12m"] == pytest.approx((40 + 15) / 100)


def test_days_since_the_last_broken_promise_run_from_its_last_day(make_ledger: Make) -> None:
    given = [promise(), promise(made_on=after(-60), due_on=after(-56))]
    (found,) = customers_of(make_ledger, {"A": (given, []), "B": (given, [payment(after(3))])})
    # After Monday the 7th of April three days, after Monday the 9th of June three days.
    last = {"A": (DAY - after(10)).days, "B": (DAY - after(-53)).days}
    assert found["promise_broken_last_days"].to_dict() == last


def test_a_promise_counts_for_a_year(make_ledger: Make) -> None:
    days = [after(364), after(365), after(366)]
    found = pd.concat(customers_of(make_ledger, {"A": ([promise()], [])}, *days))
    assert found["promise_count_12m"].tolist() == [1, 0, 0]
    assert found["promise_matured_count_12m"].tolist() == [1, 0, 0]
    assert found["promise_broken_last_days"].notna().tolist() == [True, False, False]


def test_who_promised_nothing_has_no_open_promise_and_no_rate(make_ledger: Make) -> None:
    (found,) = customers_of(make_ledger, {"A": ([promise()], []), "B": ([], [])})
    assert found.loc["B", ["promise_open", "promise_open_amount", "promise_count_12m"]].tolist() == [0, 0, 0]
    rates = ["promise_kept_rate_12m", "promise_kept_amount_share_12m", "promise_broken_last_days"]
    assert found.loc["B", rates].isna().all()
