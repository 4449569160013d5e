from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.intervals import draw_customers
from arseg.backtest.judged_items import RISING, judge_items
from arseg.backtest.segment_table import ALL, TABLE, segment_curves, segment_table
from arseg.metrics import observed_incidence
from oracle.judged import draw_frames

FRAMES = draw_frames()
JUDGED = judge_items(FRAMES["items"], FRAMES["outcomes"], FRAMES["customers"])
LEVEL = JUDGED.segments(FRAMES["rows"], "drawn")
SEGMENT = pd.Series(np.array(RISING)[LEVEL], index=JUDGED.items.index)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    drawn = draw_customers(len(JUDGED.customers), draws=300, seed=1)
    return segment_table(JUDGED, {"drawn": LEVEL}, drawn)


def test_each_row_is_the_mean_over_its_own_mature_items(table: pd.DataFrame) -> None:
    assert list(table.columns) == list(TABLE)
    for row in table.to_dict("records"):
        name = row["measure"].replace("unpaid_", "came_")
        inside = JUDGED.items[name].notna()
        if row["segment"] != ALL:
            inside &= row["segment"] == SEGMENT
        if row["key_date"] is not pd.NaT:
            inside &= JUDGED.items["key_date"] == row["key_date"]
        own = JUDGED.items[inside]
        assert (row["items"], row["customers"]) == (len(own), own["customer_id"].nunique())
        assert row["balance"] == pytest.approx(own["balance"].sum())
        assert row["observed"] == pytest.approx(np.average(own[name], weights=own["balance"]))
        assert row["observed_by_count"] == pytest.approx(own[name].mean())
        if name != "lost":
            said = own[name.replace("came", "said")]
            assert row["expected"] == pytest.approx(np.average(said, weights=own["balance"]))


def test_intervals_hold_their_value_and_none_stands_on_fewer_than_ten_customers(table: pd.DataFrame) -> None:
    known = table.dropna(subset=["low"])
    assert len(known) > 20
    assert ((known["low"] <= known["observed"]) & (known["observed"] <= known["high"])).mean() > 0.95
    assert table.loc[table["customers"] < 10, "low"].isna().all()


def test_curves_are_those_of_the_rows_of_a_segment_alone() -> None:
    curves = segment_curves(JUDGED, {"drawn": LEVEL}, days=(30, 90))
    own = JUDGED.items[(SEGMENT == "High") & (JUDGED.items["key_date"] == JUDGED.dates[1])]
    expected = observed_incidence(own, (30, 90), weight=own["balance"])[0]
    found = curves[(curves["segment"] == "High") & (curves["key_date"] == JUDGED.dates[1])]
    np.testing.assert_allclose(found["incidence"].to_numpy().reshape(3, 2), expected)
    assert found["cause"].tolist() == ["paid", "paid", "credited", "credited", "written off", "written off"]
    whole = curves[curves["key_date"].isna()]
    assert len(whole) == len(RISING) * 3 * 2
    own = JUDGED.items[SEGMENT == "Low"]
    expected = observed_incidence(own, (30, 90), weight=own["balance"])[0]
    np.testing.assert_allclose(
        whole.loc[whole["segment"] == "Low", "incidence"].to_numpy().reshape(3, 2), expected
    )


def test_a_segment_without_items_has_no_row() -> None:
    drawn = draw_customers(len(JUDGED.customers), draws=20, seed=1)
    found = segment_table(JUDGED, {"one": np.where(LEVEL == 2, -1, LEVEL)}, drawn)
    assert "High" not in set(found["segment"])
    assert set(segment_curves(JUDGED, {"none": np.full_like(LEVEL, 1)})["segment"]) == {"Medium"}
