from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.forecast.monotone_rates import monotone_rates
from arseg.schema import AGING_NAMES, DataError

rates = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 10**6)), min_size=5, max_size=5)


@settings(deadline=None, max_examples=40)
@given(rates)
def test_rates_never_fall_and_the_loss_of_the_history_stays(rows: list[tuple[float, int]]) -> None:
    frame = pd.DataFrame(rows, columns=["rate", "reached"]).assign(bucket=AGING_NAMES)
    new = monotone_rates(frame)
    assert (np.diff(new["rate"]) >= -1e-12).all()
    assert new["rate_before"].tolist() == frame["rate"].tolist()
    loss = (frame["rate"] * frame["reached"]).sum()
    assert (new["rate"] * frame["reached"]).sum() == pytest.approx(
        loss, abs=1e-6 * max(1, frame["reached"].sum())
    )


def test_rates_in_order_stay_byte_for_byte() -> None:
    frame = pd.DataFrame({"bucket": AGING_NAMES, "rate": [0.1, 0.1, 0.2, 0.3, 1.0], "reached": 1.0})
    assert monotone_rates(frame)["rate"].tolist() == frame["rate"].tolist()


def test_segments_are_put_in_order_each_alone() -> None:
    frame = pd.DataFrame(
        {
            "segment": ["High", "High", "Low", "Low"],
            "bucket": ["a", "b"] * 2,
            "rate": [0.5, 0.3, 0.01, 0.02],
            "reached": [1.0, 3.0, 1.0, 1.0],
        }
    )
    assert monotone_rates(frame)["rate"].tolist() == pytest.approx([0.35, 0.35, 0.01, 0.02])


def test_a_missing_rate_is_refused() -> None:
    with pytest.raises(DataError, match=r"a rate is missing\. Given: \['1-30'\]"):
        monotone_rates(
            pd.DataFrame({"bucket": ["current", "1-30"], "rate": [0.1, np.nan], "reached": [1.0, 0.0]})
        )
