from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.forecast.exclusions import pool_exposures
from arseg.forecast.outlook import LossScenario, Outlook
from arseg.forecast.provision import allowance_of, matrix_totals, provision_matrix
from arseg.forecast.reached_buckets import reached_rates
from arseg.schema import AGING_NAMES, DataError


def _matrix(balances: list[float], rates: list[float]) -> pd.DataFrame:
    buckets = [f"bucket {place}" for place in range(len(balances))]
    items = pd.DataFrame({"bucket": buckets, "balance": balances})
    return provision_matrix(items, pd.DataFrame({"bucket": buckets, "rate": rates}))


def test_the_textbook_matrix_comes_out_to_the_cent() -> None:
    matrix = _matrix([15_000, 7_500, 4_000, 2_500], [0.005, 0.022, 0.027, 0.045])
    assert matrix["allowance"].map(str).tolist() == ["75.00", "165.00", "108.00", "112.50"]


def test_the_second_textbook_matrix_sums_to_526_500() -> None:
    assert allowance_of(_matrix([7e6, 4e6, 2.5e6, 1e6], [0.015, 0.034, 0.071, 0.108])) == Decimal("526500.00")


def test_example_12_of_the_standard_sums_to_580_000() -> None:
    matrix = _matrix([15e6, 7.5e6, 4e6, 2.5e6, 1e6], [0.003, 0.016, 0.036, 0.066, 0.106])
    assert allowance_of(matrix) == Decimal("580000.00")


def test_vintages_of_reached_buckets_give_27_567_39() -> None:
    seen = pd.DataFrame(
        {"bucket": AGING_NAMES, "reached": [100_000, 50_000, 23_000, 8_000, 2_000], "lost": 2_000}
    )
    items = pd.DataFrame({"bucket": AGING_NAMES, "balance": [300_000, 140_000, 60_000, 23_000, 5_000]})
    matrix = provision_matrix(items, reached_rates(seen, by_segment=False))
    assert allowance_of(matrix) == Decimal("27567.39")


cells = st.lists(
    st.tuples(st.sampled_from(["High", "Low"]), st.sampled_from(AGING_NAMES), st.integers(-10_000, 10**9)),
    max_size=40,
)


@settings(deadline=None, max_examples=40)
@given(cells, st.floats(0, 1))
def test_every_cent_of_the_book_stands_in_exactly_one_cell(
    rows: list[tuple[str, str, int]], rate: float
) -> None:
    items = pd.DataFrame(rows, columns=["segment", "bucket", "cents"]).astype({"cents": "int64"})
    items["balance"] = items["cents"] / 100
    rates = pd.DataFrame([(s, b, rate) for s in ("High", "Low") for b in AGING_NAMES])
    matrix = provision_matrix(items, rates.set_axis(["segment", "bucket", "rate"], axis=1))
    assert matrix_totals(matrix)["gross"].iloc[0] == Decimal(int(items["cents"].sum())) / 100
    assert matrix["items"].sum() == len(items)
    for row in matrix.itertuples():
        own = items[(items["segment"] == row.segment) & (items["bucket"] == row.bucket)]
        exact = max(Decimal(int(own["cents"].sum())) / 100, Decimal(0)) * Decimal(repr(rate))
        assert abs(row.allowance - exact) <= Decimal("0.005")
    by_segment = matrix_totals(matrix, by="segment")
    assert sum(by_segment["allowance"]) == allowance_of(matrix)


def test_only_what_is_exposed_is_provided_for() -> None:
    items = pool_exposures(
        pd.DataFrame({"bucket": ["current", "current"], "balance": [100.0, 50.0], "secured": [100.0, 10.0]})
    )
    matrix = provision_matrix(items, pd.DataFrame({"bucket": ["current"], "rate": [0.1]}))
    assert matrix[["gross", "excluded", "exposed", "allowance"]].astype(str).to_numpy().tolist() == [
        ["150.00", "110.00", "40.00", "4.00"]
    ]


def test_scenarios_are_weighed_by_their_loss_and_never_beyond_everything() -> None:
    outlook = Outlook("scenario", (LossScenario("base", 0.5, 1.0), LossScenario("down", 0.5, 2.0)))
    items = pd.DataFrame({"bucket": ["a", "b"], "balance": [100.0, 100.0]})
    matrix = provision_matrix(
        items, pd.DataFrame({"bucket": ["a", "b"], "rate": [0.1, 0.8]}), outlook=outlook
    )
    assert matrix["outlook_rate"].round(9).tolist() == [0.15, 0.9]
    assert matrix["rate"].tolist() == [0.1, 0.8]


def test_an_item_without_a_rate_is_refused_and_named() -> None:
    items = pd.DataFrame({"bucket": ["over 90"], "balance": [1.0]})
    rates = pd.DataFrame({"bucket": ["current"], "rate": [0.1]})
    with pytest.raises(DataError, match=r"no rate\. Given: \[\{'bucket': 'over 90', 'segment': 'all'\}\]"):
        provision_matrix(items, rates)


@pytest.mark.parametrize("rate", [-0.1, 1.5, np.nan])
def test_a_rate_that_is_no_share_is_refused(rate: float) -> None:
    with pytest.raises(DataError, match="not one share per bucket and segment"):
        _matrix([1.0], [rate])


def test_more_exposed_than_open_is_refused() -> None:
    items = pd.DataFrame({"bucket": ["current"], "balance": [1.0], "exposed": [2.0]})
    with pytest.raises(DataError, match="more is in the pool than is open"):
        provision_matrix(items, pd.DataFrame({"bucket": ["current"], "rate": [0.1]}))
