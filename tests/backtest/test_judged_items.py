from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.judged_items import AGES, RISING, JudgedItems, judge_items
from arseg.schema import DataError
from oracle.judged import draw_frames, unpaid

FRAMES = draw_frames()


@pytest.fixture(scope="module")
def judged() -> JudgedItems:
    return judge_items(FRAMES["items"], FRAMES["outcomes"], FRAMES["customers"])


def test_an_item_is_unpaid_at_an_age_if_it_was_neither_paid_nor_credited_by_then(judged: JudgedItems) -> None:
    for row in judged.items.to_dict("records"):
        for age in AGES:
            expected = unpaid(row, row["late_day"] + age - 30)
            came = row[f"came_{age}"]
            assert np.isnan(came) if expected is None else bool(came) == expected
        lost = unpaid(row, 90 - row["days_past_due"])
        assert np.isnan(row["lost"]) if lost is None else bool(row["lost"]) == lost
    assert judged.items["came_90"].isna().any()
    assert judged.items["lost"].notna().any()


def test_what_was_older_than_the_fixed_age_on_the_key_date_is_not_judged_at_it() -> None:
    items = FRAMES["items"].assign(days_past_due=90)
    assert judge_items(items, FRAMES["outcomes"], FRAMES["customers"]).items["lost"].isna().all()


def test_every_item_has_the_segment_of_its_customer_on_its_key_date(judged: JudgedItems) -> None:
    rows = FRAMES["rows"].iloc[5:].sample(frac=1, random_state=2)
    level = judged.segments(rows, "drawn")
    given = rows.set_index(["key_date", "customer_id"])["segment"].to_dict()
    for place, row in zip(level, judged.items.to_dict("records"), strict=True):
        segment = given.get((row["key_date"], row["customer_id"]))
        assert place == (-1 if segment is None else RISING.index(segment))
    assert (level == -1).any()


def test_cells_are_sums_by_customer_key_date_and_level(judged: JudgedItems) -> None:
    level = judged.segments(FRAMES["rows"], "drawn")
    weight = judged.items["balance"].where(judged.items["came_60"].notna()).to_numpy()
    cells = judged.cells(weight, level, 3)
    frame = judged.items.assign(weight=weight, level=level)
    for (who, day, place), part in frame.groupby(["customer_id", "key_date", "level"]):
        at = judged.customers.get_loc(who), judged.dates.get_loc(day), place
        assert cells[at] == pytest.approx(part["weight"].sum())
    assert cells.sum() == pytest.approx(np.nansum(weight))


def test_scores_of_old_without_later_ages_are_judged_at_30_days() -> None:
    items = FRAMES["items"].drop(columns=["p_unpaid_60", "p_unpaid_90"])
    customers = FRAMES["customers"].drop(columns="mean_days_late")
    judged = judge_items(items, FRAMES["outcomes"], customers)
    assert judged.items["said_60"].isna().all()
    assert "risk_mean_days_late" not in judged.items


def test_items_without_outcomes_are_refused() -> None:
    with pytest.raises(DataError, match="no item was followed"):
        judge_items(FRAMES["items"], FRAMES["outcomes"].iloc[:0], FRAMES["customers"])
    with pytest.raises(DataError, match="late_day"):
        judge_items(pd.DataFrame({"invoice_id": ["i"]}), FRAMES["outcomes"], FRAMES["customers"])
