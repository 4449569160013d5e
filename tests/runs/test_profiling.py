from __future__ import annotations

import math

import pandas as pd

from arseg.runs.profiling import profile


def customers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "segment": ["Low", "High", "High"],
            "open_count": [1, 2, 3],
            "open_balance": [100.0, 30.0, 10.0],
            "overdue_balance": [0.0, 30.0, 0.0],
            "disputed_balance": [0.0, 10.0, 0.0],
            "oldest_days_past_due": [-4, 20, 40],
            "cleared_count": [None, 6.0, 2.0],
            "late_share": [None, 0.5, 1.0],
        }
    )


def test_shares_are_ratios_of_sums_and_ages_and_balances_are_medians() -> None:
    told = profile(customers()).set_index("segment")
    assert list(told.index) == ["High", "Low"]
    high = told.loc["High"]
    assert (high["customers"], high["items"], high["median_balance"], high["median_oldest"]) == (
        2,
        5,
        20.0,
        30.0,
    )
    assert (high["overdue_share"], high["disputed_share"], high["largest_share"]) == (0.75, 0.25, 0.75)
    assert high["late_share"] == (3.0 + 2.0) / 8.0


def test_a_segment_whose_customers_never_paid_has_no_late_share() -> None:
    assert math.isnan(profile(customers()).set_index("segment").loc["Low", "late_share"])
