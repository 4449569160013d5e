from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import pytest

from arseg.ledger.sql_text import quoted
from arseg.ledger.visibility import (
    attached,
    converted,
    require_rates,
    visible_invoices,
    visible_postings,
)
from arseg.schema import DataError

DAY = dt.date(2024, 2, 1)


@pytest.fixture
def ledger(make_ledger):  # noqa: ANN201
    restated = {"invoice_id": "I1", "known_on": DAY}
    return make_ledger(
        [
            {"invoice_id": "I1", "currency": "USD"},
            {**restated, "currency": "USD", "amount": 50},
            {"invoice_id": "I2"},
        ],
        [
            {"invoice_id": "I1", "value_date": DAY},
            {"invoice_id": "I3", "value_date": DAY},
            {
                "invoice_id": "I1",
                "value_date": DAY,
                "known_on": DAY + dt.timedelta(days=1),
                "currency": "XXX",
            },
        ],
        rates={"USD": 0.9},
        name="l'avoir",
    )


@pytest.mark.parametrize(("offset", "amounts"), [(-1, [90, 100]), (0, [45, 100])])
def test_the_version_known_last_wins_and_the_first_is_remembered(offset, amounts, ledger) -> None:
    with attached(ledger) as engine:
        rows = engine.execute(visible_invoices(ledger, DAY + dt.timedelta(days=offset))).to_pylist()
    assert [row["amount"] for row in rows] == amounts
    assert [row["original_amount"] for row in rows] == [90, 100]
    assert {row["first_known_on"] for row in rows} == {dt.date(2024, 1, 1)}


def test_a_posting_without_a_currency_has_its_invoices_or_the_reporting_one(ledger) -> None:
    with attached(ledger) as engine:
        engine.execute(f"CREATE TABLE invoices AS {visible_invoices(ledger, DAY)}")
        rows = engine.execute(visible_postings(ledger, DAY)).to_pylist()
    assert [(row["currency"], row["amount"]) for row in rows] == [("USD", 90), ("EUR", 100)]


def test_a_visible_currency_without_a_rate_is_refused(ledger) -> None:
    with attached(ledger) as engine:
        engine.execute(f"CREATE TABLE invoices AS {visible_invoices(ledger, DAY)}")
        engine.execute(f"CREATE TABLE postings AS {visible_postings(ledger, DAY)}")
        require_rates(engine, ledger, "invoices", "postings")
        engine.execute(f"CREATE TABLE later AS {visible_postings(ledger, DAY + dt.timedelta(days=1))}")
        with pytest.raises(
            DataError, match=r"no rate is declared for XXX\. Given: XXX\. Allowed: a rate to EUR"
        ):
            require_rates(engine, ledger, "invoices", "later")


def test_conversion_is_exact_before_it_is_rounded(make_ledger) -> None:
    rates = {"it's": 0.5, "USD": 0.9137, "IDR": 1e-7, "JPY": 161.255, "EUR": 1.0, "XAU": 123456.75}
    ledger = make_ledger([{"invoice_id": "I1"}], rates=rates)
    amounts = [Decimal(written) for written in ("0.01", "0.05", "-0.05", "1.15", "19.99", "9999999999.99")]
    pairs = [(amount, name) for amount in amounts for name in rates]
    rows = ", ".join(f"(CAST({amount} AS DECIMAL(18,2)), {quoted(name)})" for amount, name in pairs)
    with attached(ledger) as engine:
        found = engine.execute(f"SELECT {converted(ledger, 'a', 'c')} AS a FROM (VALUES {rows}) AS t(a, c)")
    exact = [(a * Decimal(repr(rates[name]))).quantize(Decimal("0.01"), ROUND_HALF_UP) for a, name in pairs]
    assert found["a"].to_pylist() == exact
