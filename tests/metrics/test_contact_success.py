from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from arseg.metrics.contact_success import first_contact_success
from arseg.schema import DataError

ASKED = pd.Timestamp("2026-10-01")
CUT_OFF = dt.date(2026, 10, 31)


def success(*after: int, asked: pd.Timestamp = ASKED, customer: str = "a") -> list[list[float]]:
    contacts = pd.DataFrame({"customer_id": ["a"], "contacted_on": [asked]})
    answers = pd.DataFrame(
        {"customer_id": customer, "day": [asked + pd.Timedelta(days=days) for days in after]}
    )
    return first_contact_success(contacts, answers, cut_off=CUT_OFF).to_numpy().tolist()


def test_an_answer_within_seven_days_is_a_success() -> None:
    assert success(7) == success(0) == success(2, 3, 50) == [[1, 1]]
    assert success(8) == success(-1) == success() == [[0, 1]]
    assert success(3, customer="b") == [[0, 1]]


def test_a_contact_whose_days_are_not_over_does_not_count() -> None:
    assert success(1, asked=pd.Timestamp("2026-10-25")) == [[0, 0]]
    assert success(1, asked=pd.Timestamp("2026-10-24")) == [[1, 1]]


def test_missing_columns_are_named() -> None:
    with pytest.raises(DataError, match=r"contacts lacks columns \['contacted_on'\]"):
        first_contact_success(pd.DataFrame({"customer_id": []}), pd.DataFrame(), cut_off=CUT_OFF)
