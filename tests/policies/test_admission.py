from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.policies import RiskTiers
from arseg.policies.admission import admit
from arseg.schema import DataError


def test_missing_values_of_every_kind_are_nan() -> None:
    scores = pd.DataFrame({"customer_id": ["B", "A"], "x": [None, 1], "y": pd.array([pd.NA, 2.5], "Float64")})
    table = admit(scores, ("customer_id", "x", "y"))
    assert table["customer_id"].tolist() == ["A", "B"]
    assert table[["x", "y"]].iloc[0].tolist() == [1.0, 2.5]
    assert table[["x", "y"]].iloc[1].isna().all()


@pytest.mark.parametrize("kind", ["object", "str", "string", "category"])
def test_words_are_stripped_text_and_empty_where_unknown(kind) -> None:
    words = pd.Series([" paper ", None, ""], dtype=kind)
    scores = pd.DataFrame({"customer_id": list("ABC"), "industry": words})
    table = admit(scores, ("customer_id", "industry"))
    assert table["industry"].tolist() == ["paper", "", ""]
    assert table["industry"].dtype == "str"


def test_a_column_of_words_that_knows_none_is_empty() -> None:
    scores = pd.DataFrame({"customer_id": ["A"], "industry": [np.nan]})
    assert admit(scores, ("customer_id", "industry"))["industry"].tolist() == [""]


def test_numbers_in_a_column_of_words_are_refused() -> None:
    scores = pd.DataFrame({"customer_id": ["A"], "industry": [7]})
    with pytest.raises(DataError, match=r"industry is not a column of text\. Given: int64"):
        admit(scores, ("customer_id", "industry"))


def test_text_in_a_column_of_numbers_is_refused(draw_scores) -> None:
    with pytest.raises(DataError, match="p_unpaid_30 is not a column of numbers"):
        RiskTiers().assign(draw_scores(5, 2).assign(p_unpaid_30="high"))
