from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from arseg.backtest.trials.outlook import COLUMNS, MEASURES, outlook
from arseg.backtest.trials.power import trial_power


def test_the_power_is_that_of_the_books_own_customers(drawn_book) -> None:
    table = outlook(drawn_book.result, share=0.05, reviews=12, gain_per_customer=2.0)
    assert tuple(table.columns) == COLUMNS
    assert table["measure"].tolist() == list(MEASURES)
    rows = drawn_book.result.rows.query("policy == 'AgingBuckets()'")
    sums = rows.groupby("customer_id")[["amount_days", "sales"]].sum()
    power = trial_power(sums["amount_days"].to_numpy(), sums["sales"].to_numpy(), share=0.05)
    dso = table.set_index("measure").loc["dso"]
    assert dso["detectable"] == pytest.approx(power.detectable)
    assert dso["value"] == pytest.approx(sums["amount_days"].sum() / sums["sales"].sum())
    assert dso["cost"] == pytest.approx(2.0 * len(sums) * 0.05 * 12)


def test_a_gain_that_nobody_knows_has_no_cost(drawn_book) -> None:
    assert np.isnan(outlook(drawn_book.result, share=0.05)["cost"]).all()


def test_a_book_of_few_customers_says_so(drawn_book) -> None:
    few = drawn_book.result.rows["customer_id"].unique()[:5]
    rows = drawn_book.result.rows[drawn_book.result.rows["customer_id"].isin(few)]
    table = outlook(dataclasses.replace(drawn_book.result, rows=rows), share=0.05)
    assert (table["why"] == "too little to plan a trial with").all()
    assert table["detectable"].isna().all()
