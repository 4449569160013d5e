from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pytest

from arseg.backtest.standing import MONTHS, headline, month_days, take_standing
from arseg.ledger import Ledger, take_snapshot

KEY_DATE = dt.date(2025, 12, 31)


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture
def three_months(make_ledger: Callable[..., Ledger]) -> Ledger:
    """Return the book of the golden values: sales 100, 80, 120; unpaid 40, 70, 100 on 31 March."""
    invoices, postings = [], []
    for number, (issued, amount, unpaid) in enumerate(
        (("2025-01-10", 100, 40), ("2025-02-10", 80, 70), ("2025-03-10", 120, 100))
    ):
        row = {
            "invoice_id": f"I{number}",
            "customer_id": "C1",
            "document_date": _day(issued),
            "amount": amount,
        }
        invoices.append({**row, "due_date": _day(issued) + dt.timedelta(days=30)})
        postings.append(
            {
                "posting_id": f"P{number}",
                "invoice_id": f"I{number}",
                "amount": amount - unpaid,
                "value_date": _day("2025-03-20"),
            }
        )
    return make_ledger(invoices, postings)


def test_sales_weighted_dso_has_its_golden_value(three_months: Ledger) -> None:
    with take_snapshot(three_months, "2025-03-20") as snapshot:
        standing = take_standing(snapshot)
    days = np.array([20, 28, 31])
    assert standing.month_days[:3].tolist() == days.tolist(), "the month is as long as it has lasted"
    whole = month_days(_day("2025-03-31"))[:3]
    shares = standing.block("unpaid").sum(axis=0)[:3] / standing.block("sales").sum(axis=0)[:3]
    assert shares @ whole == pytest.approx(62.733, abs=5e-4)
    assert standing.values()["dso"] == pytest.approx(shares @ days)


def test_the_collection_cohort_counts_cash_by_sixty_days_after_due(
    make_ledger: Callable[..., Ledger],
) -> None:
    due = _day("2025-06-30")
    rows = [
        {
            "invoice_id": f"I{n}",
            "customer_id": f"C{n}",
            "document_date": _day("2025-06-01"),
            "due_date": due,
            "amount": 100,
        }
        for n in range(4)
    ]
    paid = [
        {"posting_id": "A", "invoice_id": "I0", "amount": 100, "value_date": due + dt.timedelta(days=60)},
        {"posting_id": "B", "invoice_id": "I1", "amount": 100, "value_date": due + dt.timedelta(days=61)},
        {"posting_id": "C", "invoice_id": "I2", "amount": 20, "kind": "credit_note", "value_date": due},
        {"posting_id": "D", "invoice_id": "I2", "amount": 80, "value_date": due},
        {"posting_id": "E", "invoice_id": "I3", "amount": 100, "value_date": due},
        {
            "posting_id": "F",
            "invoice_id": "I3",
            "amount": 100,
            "kind": "reversal",
            "value_date": due + dt.timedelta(days=5),
        },
        {"posting_id": "G", "invoice_id": "I3", "amount": 1, "value_date": KEY_DATE},
    ]
    with take_snapshot(make_ledger(rows, paid), KEY_DATE) as snapshot:
        sums = take_standing(snapshot).customers
    assert sums["collected"].tolist() == [100.0, 0.0, 80.0, 0.0]
    assert sums["collectable"].tolist() == [100.0, 100.0, 80.0, 100.0]


def test_the_write_off_cohort_nets_recoveries(make_ledger: Callable[..., Ledger]) -> None:
    issued = KEY_DATE - dt.timedelta(days=300)
    rows = [
        {"invoice_id": "I1", "document_date": issued, "amount": 100},
        {"invoice_id": "I2", "document_date": KEY_DATE - dt.timedelta(days=20), "amount": 900},
    ]
    gone = issued + dt.timedelta(days=200)
    moved = [
        {"posting_id": "A", "invoice_id": "I1", "amount": 100, "kind": "write_off", "value_date": gone},
        {"posting_id": "B", "invoice_id": "I1", "amount": 30, "kind": "recovery", "value_date": gone},
        {"posting_id": "C", "invoice_id": "I1", "amount": 30, "value_date": gone},
        {"posting_id": "D", "invoice_id": "I2", "amount": 1, "value_date": KEY_DATE},
    ]
    with take_snapshot(make_ledger(rows, moved), KEY_DATE) as snapshot:
        standing = take_standing(snapshot)
    assert standing.values()["bad_debt_ratio"] == pytest.approx(0.7)


def test_the_headline_carries_interval_path_and_definition(small_ledger: Ledger) -> None:
    standings = []
    for day in ("2025-10-31", "2025-11-30", "2025-12-31"):
        with take_snapshot(small_ledger, day) as snapshot:
            standings.append(take_standing(snapshot))
    frame = headline(standings, draws=200, seed=1).set_index("measure")
    assert list(frame.index) == ["dso", "bad_debt_ratio", "collection_rate"]
    assert ((frame["low"] < frame["value"]) & (frame["value"] < frame["high"])).all()
    assert frame.loc["dso", "before"] == standings[1].values()["dso"]
    assert frame.loc["dso", "history"] == [standing.values()["dso"] for standing in standings]
    rates = frame.loc[["bad_debt_ratio", "collection_rate"]]
    assert (rates["numerator"] / rates["denominator"]).to_numpy() == pytest.approx(rates["value"].to_numpy())
    assert (frame["customers"] == 40).all()


def test_a_book_without_a_mature_cohort_has_no_number_rather_than_zero(three_months: Ledger) -> None:
    with take_snapshot(three_months, "2025-03-20") as snapshot:
        frame = headline([take_standing(snapshot)], draws=10, seed=1).set_index("measure")
    assert frame["value"].isna().tolist() == [False, True, True]
    assert frame["before"].isna().all()
    assert frame["low"].isna().all(), "one customer has no interval"


def test_the_months_of_a_standing_end_with_the_running_one() -> None:
    days = month_days(_day("2025-03-20"))
    assert len(days) == MONTHS
    assert days[:4].tolist() == [20, 28, 31, 31]
