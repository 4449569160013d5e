"""Which columns count for the published model, and in which way."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from arseg.models import DiscreteHazard, KaplanMeierByTerms
from arseg.runs.what_counts import what_counts


@pytest.fixture(scope="module", name="book")
def _book() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(3)
    rows = 3000
    X = pd.DataFrame({"days_past_due": rng.integers(-20, 40, rows).astype(float), "terms_days": 30.0})
    X["key_day"] = 19000.0 + 30 * rng.integers(0, 6, rows)
    X["slow"] = rng.integers(0, 2, rows).astype(float)
    X["idle"] = rng.normal(size=rows)
    wait = rng.geometric(np.where(X["slow"] > 0, 0.01, 0.08))
    y = pd.DataFrame({"event": np.where(wait <= 90, 1, 0), "duration": np.minimum(wait, 90)})
    return X, y


def test_the_column_that_matters_comes_first_and_is_drawn_with_its_direction(
    book: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    model = DiscreteHazard(trees=20).fit(*book)
    told = what_counts(model, book[0], seed=1)
    assert told["importance"][0]["column"] == "slow"
    curve = told["effects"]["slow"]
    assert [point["value"] for point in curve] == [0.0, 1.0]
    assert curve[1]["unpaid"] > curve[0]["unpaid"] + 0.3
    assert json.loads(json.dumps(told)) == told, "plain data"


def test_a_model_without_reasons_is_asked_for_all_that_it_reads(
    book: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    told = what_counts(KaplanMeierByTerms().fit(*book), book[0], seed=1)
    assert [row["column"] for row in told["importance"]] == ["days_past_due"]


def test_the_order_of_the_items_does_not_matter(book: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    model = KaplanMeierByTerms().fit(*book)
    some = book[0][:500]
    assert what_counts(model, some, seed=1) == what_counts(model, some[::-1].sort_index(), seed=1)


def test_an_empty_book_has_nothing_that_counts(book: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    model = KaplanMeierByTerms().fit(*book)
    assert what_counts(model, book[0][:0], seed=1) == {"horizon": 30, "importance": [], "effects": {}}
