from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.explain import contributions, customer_reasons, item_reasons

DICTIONARY = pd.DataFrame(
    {
        "name": ["late", "share", "key_day", "small"],
        "unit": ["days", "share", "days", "count"],
        "meaning": ["mean days late; small print", "share paid on time", "day", "contacts"],
    }
)
INDEX = pd.Index(["i1", "i2", "i3"], name="invoice_id")
MATRIX = pd.DataFrame(
    {
        "late": [40.0, -2.0, np.nan],
        "share": [0.1, 0.95, 0.5],
        "key_day": [20000.0] * 3,
        "small": [0.0, 3.0, 0.0],
    },
    index=INDEX,
)
ITEMS = pd.DataFrame(
    {"invoice_id": ["i1", "i2", "i3"], "customer_id": ["a", "a", "b"], "balance": [100.0, 300.0, 50.0]}
)


class Explains:
    """A model that says why, with numbers that a test can see through."""

    def contributions(self, matrix: pd.DataFrame) -> pd.DataFrame:
        frame = pd.DataFrame(
            {"late": [-0.8, 0.1, -0.3], "share": [-0.2, 0.6, 0.01], "small": 0.001}, index=matrix.index
        )
        return frame.assign(key_day=9.0, time=9.0)


def test_reasons_stand_strongest_first_with_value_and_unit() -> None:
    parts = contributions(MATRIX, Explains())  # type: ignore[arg-type]
    assert parts is not None
    said = item_reasons(parts, MATRIX, DICTIONARY)
    assert said["i1"] == "slower: mean days late (40 days); slower: share paid on time (10 %)"
    assert said["i2"] == "faster: share paid on time (95 %); faster: mean days late (-2 days)"
    assert said["i3"] == "slower: mean days late (unknown)"


def test_a_customers_reasons_weigh_its_items_by_balance() -> None:
    parts = contributions(MATRIX, Explains())  # type: ignore[arg-type]
    assert parts is not None
    said = customer_reasons(parts, MATRIX, ITEMS, DICTIONARY)
    weight = np.array([100, 300]) / 400
    assert weight @ [-0.2, 0.6] > -(weight @ [-0.8, 0.1]), "the share is the stronger reason"
    assert (
        said["a"]
        == f"faster: share paid on time (74 %); slower: mean days late ({weight @ [40, -2]:.0f} days)"
    )
    assert said["b"] == "slower: mean days late (unknown)"
    assert list(said.index) == ["a", "b"]


def test_the_clock_is_never_a_reason() -> None:
    parts = contributions(MATRIX, Explains())  # type: ignore[arg-type]
    assert parts is not None
    assert not {"key_day", "time"} & set(parts.columns)


def test_a_model_without_contributions_gives_none() -> None:
    assert contributions(MATRIX, object()) is None  # type: ignore[arg-type]
    assert contributions(MATRIX.iloc[:0], Explains()) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("order", [[2, 0, 1], [1, 2, 0]])
def test_reasons_do_not_depend_on_the_order_of_rows(order: list[int]) -> None:
    parts = contributions(MATRIX, Explains())  # type: ignore[arg-type]
    assert parts is not None
    expected = customer_reasons(parts, MATRIX, ITEMS, DICTIONARY)
    pd.testing.assert_series_equal(
        customer_reasons(parts.iloc[order], MATRIX.iloc[order], ITEMS, DICTIONARY), expected
    )
