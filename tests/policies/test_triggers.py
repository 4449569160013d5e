from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.policies.triggers import TRIGGERS, checked_triggers, pulled
from arseg.schema import UsageError


def book(**columns: list[float]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame({"customer_id": [f"C{place}" for place in range(count)], **columns})


@pytest.mark.parametrize(
    ("column", "values", "fires"),
    [
        ("failure_risk", [0.49, 0.5, 1.0, np.nan], [False, True, True, False]),
        ("promise_broken_days", [0, 30, 31, np.nan], [True, True, False, False]),
        ("payer_jumped", [0, 1, np.nan, 0], [False, True, False, False]),
    ],
)
def test_a_trigger_fires_at_its_limit_and_never_on_a_gap(column, values, fires) -> None:
    assert (pulled(TRIGGERS, book(**{column: values})) != "").tolist() == fires


def test_all_that_fire_are_told() -> None:
    scores = book(failure_risk=[0.75], promise_broken_days=[3], payer_jumped=[1])
    assert pulled(TRIGGERS, scores).iloc[0] == (
        "insolvency within a year is 75 % likely; a promise was broken 3 days ago; "
        "the latest payment came out of the blue"
    )


def test_without_its_column_a_trigger_is_silent() -> None:
    assert pulled(TRIGGERS, pd.DataFrame({"customer_id": ["B", "A"]})).to_dict() == {"A": "", "B": ""}


def test_what_is_left_out_does_not_fire() -> None:
    assert pulled({}, book(failure_risk=[1.0])).tolist() == [""]


def test_limits_in_another_order_are_the_same() -> None:
    turned = checked_triggers(dict(reversed(TRIGGERS.items())))
    assert list(turned) == list(TRIGGERS)


@pytest.mark.parametrize("wrong", [{"failure": 0.5}, ["failure_risk"], "failure_risk", None])
def test_an_unknown_trigger_is_refused(wrong) -> None:
    with pytest.raises(UsageError, match=r"there is no trigger .*failure_risk, promise_broken_days"):
        checked_triggers(wrong)


def test_a_limit_is_a_number() -> None:
    with pytest.raises(UsageError, match="trigger failure_risk is not a number"):
        checked_triggers({"failure_risk": "high"})
