from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.policies import CreditScore
from arseg.schema import UsageError


def book(*points: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": [f"C{place}" for place in range(len(points))], "credit_score": list(points)}
    )


@pytest.mark.parametrize(
    ("points", "segment", "why"),
    [
        (300, "High", "credit score 300, High below 550"),
        (549.96, "High", "credit score 549.9, High below 550"),
        (550, "Medium", "credit score 550, Medium below 650"),
        (649, "Medium", "credit score 649, Medium below 650"),
        (650, "Low", "credit score 650, Low from 650"),
        (np.nan, "Medium", "no credit score, declared Medium"),
    ],
)
def test_a_higher_score_is_safer_and_the_rule_is_told(points, segment, why) -> None:
    assert CreditScore().assign(book(points)).iloc[0].tolist() == ["C0", segment, why, segment]


@pytest.mark.parametrize("place", ["High", "Low"])
def test_customers_without_a_score_go_to_the_declared_place(place) -> None:
    assigned = CreditScore(unknown=place).assign(book(np.nan, 700))
    assert assigned["segment"].tolist() == [place, "Low"]


def test_thresholds_are_ordered() -> None:
    with pytest.raises(UsageError, match=r"CreditScore: the thresholds are not ordered.*medium_below=550"):
        CreditScore(medium_below=550)


def test_the_place_of_the_unknown_is_a_segment() -> None:
    with pytest.raises(UsageError, match=r"CreditScore: unknown is 'Midium'.*Do: write 'Medium'"):
        CreditScore(unknown="Midium")


def test_thresholds_are_numbers() -> None:
    with pytest.raises(UsageError, match="CreditScore: high_below is not a number"):
        CreditScore(high_below="550")
