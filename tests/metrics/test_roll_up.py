from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arseg.metrics.receivables import turnover
from arseg.metrics.roll_up import RULES, concentration, ratio_by, rolled_up
from arseg.schema import DataError, UsageError

PARTS = st.lists(st.tuples(st.integers(1, 500), st.integers(1, 500)), min_size=1, max_size=6)


@given(PARTS)
def test_the_books_ratio_is_the_weighted_mean_of_its_segments(rows: list[tuple[int, int]]) -> None:
    parts = pd.DataFrame(rows, columns=["numerator", "denominator"])
    value = parts["numerator"] / parts["denominator"]
    arithmetic = np.average(value, weights=parts["denominator"])
    harmonic = parts["numerator"].sum() / (parts["numerator"] / value).sum()
    for rule in ("sales-weighted", "denominator-weighted"):
        assert rolled_up(parts, rule) == pytest.approx(arithmetic)
    assert rolled_up(parts, "harmonic") == pytest.approx(harmonic)
    assert rolled_up(parts, "sum") == parts["numerator"].sum()


def test_turnover_adds_up_harmonically() -> None:
    found = turnover([365.0, 730.0], [50.0 * 365, 200.0 * 365], days=365)
    parts = pd.DataFrame({"numerator": found.numerator, "denominator": found.denominator})
    assert found.value.tolist() == pytest.approx([7.3, 3.65])
    assert rolled_up(parts, "harmonic") == pytest.approx((365 + 730) / 250)
    assert rolled_up(parts, "harmonic") < found.value.mean(), "large slow segments weigh more"


def test_what_does_not_add_up_is_refused() -> None:
    parts = pd.DataFrame({"numerator": [1.0], "denominator": [1.0]})
    with pytest.raises(UsageError, match="does not add up over segments"):
        rolled_up(parts, "recompute")
    with pytest.raises(UsageError, match="the rule is unknown"):
        rolled_up(parts, "mean")  # type: ignore[arg-type]
    assert "recompute" in RULES


def test_a_ratio_of_sums_is_not_a_mean_of_ratios() -> None:
    parts = pd.DataFrame({"numerator": [1.0, 0.0], "denominator": [1.0, 99.0]})
    assert ratio_by(parts, ["a", "a"])["value"].item() == pytest.approx(0.01)


def test_a_sum_over_a_part_that_is_not_known_is_not_known() -> None:
    parts = pd.DataFrame({"numerator": [np.nan, 1.0, 1.0], "denominator": [1.0, 1.0, 2.0]})
    found = ratio_by(parts, ["a", "a", "b"])
    assert np.isnan(found.loc["a", "value"])
    assert found.loc["b", "value"] == 0.5


def test_a_row_without_a_segment_is_refused() -> None:
    parts = pd.DataFrame({"numerator": [1.0], "denominator": [1.0]})
    with pytest.raises(DataError, match="rows have no group"):
        ratio_by(parts, [None])
    with pytest.raises(DataError, match="lacks columns"):
        ratio_by(parts[["numerator"]], ["a"])


def test_a_customer_with_more_than_a_fifth_of_a_segment_is_pointed_out() -> None:
    found = concentration([20.0, 20, 20, 20, 20, 21, 79, -50], list("aaaaabbb"))
    assert found["largest_share"].tolist() == pytest.approx([0.2, 0.79])
    assert found["concentrated"].tolist() == [False, True], "a fifth itself is no warning"
    assert not concentration([0.0], ["a"])["concentrated"].item()
