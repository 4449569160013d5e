from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.schema import DataError
from arseg.treatments import stage_of


def one(**known: float) -> pd.DataFrame:
    base = {
        "oldest_days_past_due": 1,
        "open_balance": 100.0,
        "disputed_balance": 0.0,
        "overdue_balance": 80.0,
    }
    return pd.DataFrame({name: [value] for name, value in (base | known).items()}, index=["C"])


@pytest.mark.parametrize(
    ("days", "disputed", "stage"),
    [
        (-5, 0.0, "before_due"),
        (0, 50.0, "before_due"),
        (1, 0.0, "early"),
        (30, 0.0, "early"),
        (31, 0.0, "mid"),
        (60, 0.0, "mid"),
        (61, 0.0, "late"),
        (999, 50.01, "dispute"),
    ],
)
def test_the_stage_follows_the_oldest_item_unless_most_is_disputed(days, disputed, stage) -> None:
    scores = one(oldest_days_past_due=days, disputed_balance=disputed)
    assert stage_of(scores).to_dict() == {"C": stage}


@pytest.mark.parametrize(
    ("known", "stage"),
    [
        ({"promised_balance": 40.0}, "early"),
        ({"promised_balance": 40.01}, "promise"),
        ({"promised_balance": np.nan}, "early"),
        ({"overdue_balance": 0.0, "promised_balance": 50.0}, "early"),
        ({"overdue_balance": 0.0, "promised_balance": 50.01}, "promise"),
        ({"promised_balance": 80.0, "disputed_balance": 60.0}, "dispute"),
        ({"promised_balance": 80.0, "disputed_balance": 60.0, "legal": 1.0}, "legal"),
        ({"legal": np.nan}, "early"),
        ({"legal": 0.0}, "early"),
    ],
)
def test_law_comes_before_dispute_before_promise_before_age(known, stage) -> None:
    assert stage_of(one(**known)).tolist() == [stage]


def test_no_balance_is_no_dispute() -> None:
    assert stage_of(one(open_balance=0.0)).tolist() == ["early"]


def test_missing_columns_are_all_named() -> None:
    with pytest.raises(DataError, match=r"lacks columns \['open_balance', 'disputed_balance'\]"):
        stage_of(one().drop(columns=["open_balance", "disputed_balance"]))
