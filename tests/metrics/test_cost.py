from __future__ import annotations

import numpy as np
import pytest

from arseg.metrics.cost import cost_to_collect, incremental_cost


def test_the_average_thousand_is_cheap_and_the_next_one_dear() -> None:
    """All but 2,000 of 100,000 come in without the 100 that the calls cost."""
    assert cost_to_collect(250, 100_000).value.item() == pytest.approx(2.5)
    assert incremental_cost(250, 150, 100_000, 98_000).value.item() == pytest.approx(50.0)


def test_segments_add_up_by_their_sums() -> None:
    parts = cost_to_collect([10.0, 30.0], [1000.0, 9000.0])
    assert parts.numerator.sum() / parts.denominator.sum() == pytest.approx(4.0)


def test_nothing_collected_or_nothing_more_has_no_cost_per_thousand() -> None:
    assert np.isnan(cost_to_collect(10, 0).value)
    assert np.isnan(incremental_cost(20, 10, 100, 120).value)
