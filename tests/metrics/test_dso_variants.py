from __future__ import annotations

import pytest

from arseg.metrics.dso_variants import dso_variants
from arseg.schema import UsageError


def test_each_label_has_the_golden_value_of_its_own_window() -> None:
    found = dso_variants(190, 210, {31: 120, 90: 300}).set_index("label")
    assert found.loc["closing receivables, 90 days", "value"] == pytest.approx(63.0)
    assert found.loc["closing receivables, 31 days", "value"] == pytest.approx(54.25)
    assert found.loc["average receivables, 90 days", "value"] == pytest.approx(60.0)
    assert (found["numerator"] / found["denominator"]).tolist() == found["value"].tolist()


def test_a_window_without_sales_has_no_dso_rather_than_none_or_infinity() -> None:
    assert dso_variants(190, 210, {30: 0.0, 91: -5.0})["value"].isna().all()


def test_a_window_without_days_is_refused() -> None:
    with pytest.raises(UsageError, match="a window has no day"):
        dso_variants(190, 210, {0: 100})
