from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from arseg.ledger.clearing import clearing, moves, signed, tolerance, totals
from arseg.ledger.engine import DuckDBEngine
from arseg.schema import BALANCE_SIGN, POSTING_KINDS

MONEY = pa.decimal128(18, 2)


def cleared(openings, rows) -> dict:
    """Return day and cause of what is cleared: openings by id, rows of id, day, kind, amount."""
    names, days, kinds, amounts = zip(*rows, strict=True)
    columns = {"invoice_id": names, "day": days, "kind": kinds, "amount": pa.array(amounts, MONEY)}
    items = {"invoice_id": list(openings), "amount": pa.array(openings.values(), MONEY)}
    settled = f"""
        SELECT t.*, amount AS opening, {tolerance("amount")} AS tolerance
        FROM ({totals("moved")}) AS t JOIN items USING (invoice_id) WHERE amount + change <= tolerance"""
    with DuckDBEngine() as engine:
        engine.register("rows", pa.table({name: pa.array(column) for name, column in columns.items()}))
        engine.register("items", pa.table(items))
        engine.execute(f"CREATE TABLE moved AS {moves('rows', 'day')}")
        found = engine.execute(clearing(settled, "moved")).to_pylist()
    assert len({row["invoice_id"] for row in found}) == len(found)
    return {row["invoice_id"]: (row["cleared"], row["event"]) for row in found}


@pytest.mark.parametrize("seed", range(4))
def test_clearing_is_that_of_a_plain_reading(seed, plain_reading) -> None:
    rng = np.random.default_rng(seed)
    shares = [Decimal(text) for text in ("100", "100", "100", "50", "50", "3", "97", "0.5", "0.51", "0.49")]
    rows, expected = [], {}
    openings = {f"I{number:03d}": Decimal(100) for number in range(300)}
    for name in openings:
        own = [
            (int(rng.integers(1, 8)), POSTING_KINDS[int(rng.integers(5))], shares[int(rng.integers(10))])
            for _ in range(int(rng.integers(1, 7)))
        ]
        rows += [(name, *move) for move in own]
        found = plain_reading.clear(Decimal(100), Decimal("0.5"), own)
        if found:
            expected[name] = found
    assert cleared(openings, rows) == expected
    assert {event for _, event in expected.values()} == {1, 2, 3}


def test_the_order_of_rows_within_a_day_does_not_matter() -> None:
    rows = [("I1", 3, "payment", 100), ("I1", 3, "reversal", 100), ("I1", 3, "payment", 100)]
    assert cleared({"I1": 100}, rows) == cleared({"I1": 100}, rows[::-1]) == {"I1": (3, 1)}


def test_an_item_that_came_within_tolerance_and_left_it_again_is_not_cleared() -> None:
    assert cleared({"I1": 100}, [("I1", 3, "payment", 100), ("I1", 9, "reversal", 100)]) == {}


def test_further_cash_after_the_clearing_changes_nothing() -> None:
    rows = [("I1", 3, "credit_note", 100), ("I1", 9, "payment", 100)]
    assert cleared({"I1": 100}, rows) == {"I1": (3, 2)}


@pytest.mark.parametrize(
    ("amount", "allowed"), [("100", "0.5"), ("2", "0.01"), ("1", "0.01"), ("-5", "0.01")]
)
def test_tolerance_is_half_a_percent_and_at_least_a_cent(amount, allowed) -> None:
    with DuckDBEngine() as engine:
        found = engine.execute(f"SELECT {tolerance(f'CAST({amount} AS DECIMAL(18,2))')} AS t")["t"][0].as_py()
    assert found == Decimal(allowed)


def test_a_posting_is_signed_as_the_schema_says() -> None:
    rows = ", ".join(f"('{kind}', 5)" for kind in BALANCE_SIGN)
    with DuckDBEngine() as engine:
        found = engine.execute(
            f"SELECT kind, {signed()} AS change FROM (VALUES {rows}) AS t(kind, amount)"
        ).to_pylist()
    assert {row["kind"]: row["change"] // 5 for row in found} == dict(BALANCE_SIGN)
