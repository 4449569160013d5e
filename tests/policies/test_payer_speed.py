from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.policies import PayerSpeed
from arseg.schema import UsageError


def book(*shares: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": [f"C{place}" for place in range(len(shares))], "on_time_share": list(shares)}
    )


@pytest.mark.parametrize(
    ("share", "cell", "why"),
    [
        (0.0, "High / slow payer", "0.0 % paid by due, High below 60 %"),
        (0.5999, "High / slow payer", "59.9 % paid by due, High below 60 %"),
        (0.6, "Medium / mixed payer", "60.0 % paid by due, Medium below 90 %"),
        (0.9, "Low / prompt payer", "90.0 % paid by due, Low from 90 %"),
        (np.nan, "Medium / unknown payer", "no payment history, declared Medium"),
    ],
)
def test_the_share_paid_by_due_decides_and_the_cell_names_the_behaviour(share, cell, why) -> None:
    assert PayerSpeed().assign(book(share)).iloc[0].tolist() == ["C0", cell.split(" / ")[0], why, cell]


def test_an_unknown_payer_goes_to_the_declared_place() -> None:
    assert PayerSpeed(unknown="High").assign(book(np.nan))["cell"].tolist() == ["High / unknown payer"]


def test_a_threshold_is_a_share() -> None:
    with pytest.raises(UsageError, match=r"PayerSpeed: medium_below is no share\. Given: 90\.0"):
        PayerSpeed(medium_below=90)


def test_thresholds_are_ordered() -> None:
    with pytest.raises(UsageError, match="PayerSpeed: the thresholds are not ordered"):
        PayerSpeed(high_below=0.9)
