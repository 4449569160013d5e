from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.metrics.leaving import leaving
from arseg.schema import DataError

ITEM = pd.DataFrame({"invoice_id": ["a"], "amount": [100.0], "followed_days": [50]})


def moves(*rows: tuple[int, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["age", "kind", "amount"]).assign(invoice_id="a")
    return frame.astype({"age": np.int64, "amount": np.float64})


def test_what_left_before_the_start_counts_on_day_zero() -> None:
    assert leaving(ITEM, moves((-9, "payment", 30)), [0]).ravel().tolist() == [0.3, 0, 0]


def test_what_came_back_by_the_last_day_never_left() -> None:
    book = moves((5, "payment", 100), (9, "reversal", 100), (20, "payment", 40))
    assert leaving(ITEM, book, [7, 15, 30])[0].tolist() == pytest.approx([0, 0, 0.4])
    assert leaving(ITEM, book, [7])[0].tolist() == [1]


def test_no_more_leaves_than_there_was() -> None:
    book = moves((5, "payment", 90), (9, "credit_note", 40), (12, "write_off", 40))
    found = leaving(ITEM, book, [50])[:, 0]
    assert found.tolist() == pytest.approx([0.6, 0.4, 0]), (
        "the credit note counts first, as in the counted rate"
    )


def test_an_empty_cohort_and_days_nobody_reached_have_no_value() -> None:
    assert np.isnan(leaving(ITEM, moves(), [51])).all()
    assert np.isnan(leaving(ITEM.iloc[:0], moves(), [1])).all()
    assert leaving(ITEM, moves(), []).shape == (3, 0)


def test_missing_columns_are_named() -> None:
    with pytest.raises(DataError, match=r"items lacks columns \['followed_days'\]"):
        leaving(ITEM.drop(columns="followed_days"), moves(), [1])
