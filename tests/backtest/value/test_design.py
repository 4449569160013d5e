from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.value.design import learn_design, state_matrix
from arseg.schema import DataError


def test_columns_are_scaled_by_what_was_learnt_and_not_by_what_is_asked() -> None:
    design = learn_design(np.array([[0.0, 5.0], [2.0, 5.0]]))
    assert design.columns(np.array([[4.0, 6.0]])).tolist() == [[1.0, 3.0, 1.0]]


def test_unknown_stands_at_the_mean_and_is_flagged_where_it_is_sometimes_known() -> None:
    design = learn_design(np.array([[0.0, np.nan], [2.0, np.nan], [np.nan, np.nan]]))
    assert design.flagged.tolist() == [True, False]
    assert design.columns(np.array([[np.nan, np.nan], [1.0, 3.0]])).tolist() == [
        [1.0, 0.0, 0.0, 1.0],
        [1.0, 0.0, 3.0, 0.0],
    ]


def test_a_state_of_other_rows_is_refused() -> None:
    with pytest.raises(DataError, match="the state does not fit the decisions"):
        state_matrix(pd.DataFrame({"a": [1.0]}), 2)
