from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import closing
from typing import Any

import duckdb
import pytest

from arseg.ledger.quality.finding import Finding
from arseg.ledger.quality.freshness import band, find_stale, find_volumes, limits, measure_ages
from arseg.ledger.quality.reported import make_views
from arseg.ledger.storing.store import Ledger
from arseg.schema import UsageError

FIRST = dt.date(2023, 1, 2)
LAST = dt.date(2024, 3, 31)

Maker = Callable[..., Ledger]
Keep = Callable[[dt.date, int], bool]


def volumes(ledger: Ledger, as_of: dt.date = LAST) -> dict[str, Finding]:
    with closing(ledger.connect()) as connection:
        make_views(connection, ledger.rates)
        return {finding.code: finding for finding in find_volumes(connection, as_of)}


def daily(
    keep: Keep = lambda _day, _number: True, *, until: dt.date = LAST, amount: int = 100
) -> list[dict[str, Any]]:
    """Return six invoices a day, less those that are not kept."""
    days = [FIRST + dt.timedelta(days=n) for n in range((until - FIRST).days + 1)]
    return [
        {"invoice_id": f"{day}-{n}", "document_date": day, "amount": amount}
        for day in days
        for n in range(6)
        if keep(day, n)
    ]


def ages(ledger: Ledger, as_of: dt.date, **allowed: int) -> dict[str, tuple[int | None, bool]]:
    with closing(ledger.connect()) as connection:
        found = measure_ages(connection, ledger, as_of, allowed)
    return {age.table: (age.age_days, age.stale) for age in found}


def test_a_steady_book_is_as_usual(make_ledger: Maker) -> None:
    assert volumes(make_ledger(daily())) == {}


def test_a_month_with_too_few_or_too_many_rows_is_said(make_ledger: Maker) -> None:
    half = make_ledger(daily(lambda day, n: day < dt.date(2024, 3, 1) or n < 3))
    assert "2024-03: 93 rows; usual are 140 to 232" in volumes(half)["low_volume"].message
    twice = daily(lambda day, n: day >= dt.date(2024, 3, 1) or n < 3)
    assert "2024-03: 186 rows" in volumes(make_ledger(twice))["high_volume"].message


def test_a_month_of_unusual_money_is_said(make_ledger: Maker) -> None:
    rows = daily()
    for row in rows:
        if row["document_date"] >= dt.date(2024, 3, 1):
            row["amount"] = 900
    assert "more than the usual" in volumes(make_ledger(rows))["unusual_amount"].message


def test_a_month_without_a_row_is_named_and_an_incomplete_one_is_not_judged(make_ledger: Maker) -> None:
    rows = daily(lambda day, _: (day.year, day.month) != (2023, 8))
    found = volumes(make_ledger(rows))
    assert set(found) == {"missing_month"}
    assert found["missing_month"].message == "invoices: no row known in 2023-08"
    begun = make_ledger(daily(until=dt.date(2024, 4, 3)))
    assert volumes(begun, dt.date(2024, 4, 3)) == {}


def test_months_without_a_row_are_one_finding_that_counts_them_and_says_between_which(
    make_ledger: Maker,
) -> None:
    """The months in between that have rows are not counted."""
    gone = {(2023, 4), (2023, 8), (2023, 9)}
    ledger = make_ledger(daily(lambda day, _: (day.year, day.month) not in gone))
    with closing(ledger.connect()) as connection:
        make_views(connection, ledger.rates)
        found = [one.message for one in find_volumes(connection, LAST) if one.code == "missing_month"]
    assert found == ["invoices: no row known in 3 months between 2023-04 and 2023-09"]


def test_the_last_month_is_low_where_nothing_came(make_ledger: Maker) -> None:
    ledger = make_ledger(daily(until=dt.date(2024, 2, 29)))
    assert "invoices known in 2024-03: 0 rows" in volumes(ledger)["low_volume"].message


def test_a_last_day_that_was_cut_off_is_said_only_where_nothing_is_known_later(make_ledger: Maker) -> None:
    ledger = make_ledger(daily(lambda day, n: day < LAST or n < 1))
    assert "truncated_day" not in volumes(ledger)
    many = [{**row, "invoice_id": f"{row['invoice_id']}{k}"} for row in daily() for k in range(5)]
    cut = [row for row in many if row["document_date"] < LAST or row["invoice_id"].endswith("-0")] + many[-4:]
    ledger = make_ledger(cut)
    assert (
        f"the last day, {LAST}, holds 4 rows; its weekday usually holds 30"
        in volumes(ledger)["truncated_day"].message
    )
    assert "truncated_day" not in volumes(ledger, LAST - dt.timedelta(days=7))


def test_a_quiet_weekday_is_not_cut_off(make_ledger: Maker) -> None:
    """The last day is a Sunday, on which this book knows one row."""
    assert LAST.weekday() == 6
    rows = [
        {**row, "invoice_id": f"{row['invoice_id']}{k}"}
        for row in daily(lambda day, n: day.weekday() < 6 or n < 1)
        for k in range(5)
        if row["document_date"].weekday() < 6 or k < 1
    ]
    assert "truncated_day" not in volumes(make_ledger(rows))


@pytest.mark.parametrize(
    ("last", "code"), [(100, None), (10, "low_volume"), (900, "high_volume"), (0, "low_volume")]
)
def test_the_last_load_is_compared_with_those_before(make_ledger: Maker, last: int, code: str | None) -> None:
    ledger = make_ledger(daily())
    loads = [
        (1, None, 9_000),
        (2, "history", 5_000),
        *((n, None, 100 + n % 3) for n in range(3, 11)),
        (11, None, last),
    ]
    with closing(duckdb.connect(str(ledger.path))) as connection:
        connection.execute("DELETE FROM loads")
        connection.executemany(
            "INSERT INTO loads (load, backfill, rows_new, last_known) VALUES (?, ?, ?, DATE '2024-03-01')",
            loads,
        )
    found = volumes(ledger)
    assert set(found) == ({code} if code else set())
    assert all(finding.message.startswith("load 11 brought") for finding in found.values())


def test_an_age_is_counted_from_the_day_one_stands_on_and_sees_nothing_later(make_ledger: Maker) -> None:
    day = dt.date(2024, 1, 10)
    rows = [
        {"invoice_id": "I1", "document_date": day},
        {"invoice_id": "I2", "document_date": day + dt.timedelta(20)},
    ]
    ledger = make_ledger(rows)
    for days, age in ((0, 0), (19, 19), (20, 0), (45, 25)):
        as_of = day + dt.timedelta(days=days)
        assert ages(ledger, as_of, invoices=18)["invoices"] == (age, age > 18)
    assert ages(ledger, day - dt.timedelta(1), invoices=18)["invoices"] == (None, True)
    assert ages(ledger, day - dt.timedelta(1))["invoices"] == (None, False)


def test_a_book_that_is_declared_complete_is_as_young_as_that_day(make_ledger: Maker) -> None:
    friday = dt.date(2024, 3, 29)
    rows = [{"invoice_id": "I1", "document_date": friday}]
    customers = [{"customer_id": "C1", "known_on": friday}]
    ledger = make_ledger(rows, customers=customers, complete_to=LAST)
    assert ages(ledger, LAST, invoices=1) == {"invoices": (0, False), "customers": (2, False)}
    assert ages(make_ledger(rows), LAST, invoices=1) == {"invoices": (2, True)}


def test_a_table_with_a_limit_that_is_absent_is_stale(make_ledger: Maker) -> None:
    ledger = make_ledger([{"invoice_id": "I1"}])
    with closing(ledger.connect()) as connection:
        found = list(find_stale(measure_ages(connection, ledger, LAST, {"credit": 30}), LAST))
    stale = [finding.message for finding in found if finding.code == "stale_table"]
    assert stale == [f"credit are not known at all on {LAST}; 30 days are allowed"]


@pytest.mark.parametrize("wrong", [-1, {"invoices": -1}, {"invoice": 3}])
def test_a_limit_of_an_unknown_table_or_below_zero_is_wrong_usage(wrong: Any) -> None:
    with pytest.raises(UsageError, match=r"a maximum age is wrong.*0 or more days for customers"):
        limits(wrong)


def test_the_usual_band_holds_its_history_and_one_odd_month_does_not_move_it() -> None:
    assert band([100] * 12) == (70.0, 130.0)
    assert band([100] * 11 + [100_000]) == band([100] * 12)
    assert band([100] * 12, counts=False) == (75.0, 125.0)
    low, high = band([80, 120] * 6)
    assert low < 80
    assert high > 120
