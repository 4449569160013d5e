"""Rows on which a model learns dollars instead of items."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.models import DiscreteHazard, aalen_johansen
from arseg.models.dollar_rows import dollar_rows
from arseg.schema import DataError


def rows(count: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"days_past_due": 0, "terms_days": 30, "key_day": 20000}, index=[f"i{n}" for n in range(count)]
    )


def receipts(*found: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(found, columns=["row", "day", "share"])


@pytest.mark.parametrize("seed", range(5))
def test_the_curve_of_dollars_is_the_share_that_came_in(seed: int) -> None:
    """Without censoring the incidence of payment is the cash by a day over the balances, by hand."""
    random = np.random.default_rng(seed)
    count = 40
    parts = random.dirichlet([1, 1, 1, 1], count)[:, :3]
    days = np.sort(random.integers(1, 80, (count, 3)), axis=1)
    balance = random.lognormal(3, 1, count)
    y = pd.DataFrame({"event": 0, "duration": 120}, index=rows(count).index)
    y.iloc[0] = (3, 100)
    came = receipts(*((row, days[row, k], parts[row, k]) for row in range(count) for k in range(3)))
    _, target, weight = dollar_rows(rows(count), y, came, balance)
    curve = aalen_johansen(target, weight)[0]
    for day in (5, 20, 50, 90):
        cash = (parts * (days <= day) * balance[:, None]).sum()
        assert curve[day - 1] == pytest.approx(cash / balance.sum(), rel=1e-9)


def test_the_weights_of_an_item_sum_to_its_own() -> None:
    y = pd.DataFrame({"event": [1, 0, 3], "duration": [9, 30, 20]})
    came = receipts((0, 4, 0.5), (0, 9, 0.5), (1, 12, 0.25), (2, 25, 0.1))
    X, target, weight = dollar_rows(rows(3), y, came, [2.0, 1.0, 4.0])
    assert pd.Series(weight).groupby(list(X.index)).sum().to_dict() == {"i0": 2.0, "i1": 1.0, "i2": 4.0}
    # An item paid in full has no rest, and what came after the write-off was not followed.
    assert list(X.index) == ["i0", "i0", "i1", "i1", "i2"]
    assert target["event"].tolist() == [1, 1, 1, 0, 3]
    assert target["duration"].tolist() == [4, 9, 12, 30, 20]


def test_without_receipts_the_rows_are_the_items(draw) -> None:
    book = draw(300, seed=1)
    X, y, weight = dollar_rows(book.X, book.y, receipts())
    assert X.equals(book.X)
    assert (y.to_numpy() == book.y.to_numpy()).all()
    assert (weight == 1).all()


def test_a_model_that_learns_dollars_expects_half_of_what_is_paid_by_halves() -> None:
    count = 600
    y = pd.DataFrame({"event": 0, "duration": 100}, index=rows(count).index)
    y.iloc[:5] = (3, 90)
    halves = receipts(*((row, 10 + row % 3, 0.5) for row in range(count)))
    X, target, weight = dollar_rows(rows(count), y, halves)
    found = DiscreteHazard(trees=20).fit(X, target, weight).predict_cumulative_incidence(rows(1), [30])
    assert found[0, 0, 0] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("came", "complaint"),
    [
        (receipts((3, 4, 0.5)), r"row of receipts is out of its range\. Given: 3"),
        (receipts((0, 0, 0.5)), r"day of receipts is out of its range\. Given: 0"),
        (receipts((0, 1, 0.0)), r"share of receipts is out of its range\. Given: 0"),
        (receipts((0, 1, np.nan)), "share of receipts is out of its range"),
        (receipts((1, 1, 0.7), (1, 2, 0.7)), r"more than its balance\. Given: 1.4000 of row 1"),
        (receipts((0, 1, 0.5)).drop(columns="day"), "receipts"),
    ],
)
def test_receipts_that_make_no_sense_are_refused(came: pd.DataFrame, complaint: str) -> None:
    y = pd.DataFrame({"event": [1, 0, 3], "duration": [9, 30, 20]})
    with pytest.raises(DataError, match=complaint):
        dollar_rows(rows(3), y, came)
