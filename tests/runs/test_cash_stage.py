"""The cash forecast of a small run, as it is published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.forecast import Dependence
from arseg.forecast.cash_scenarios import compare_scenario
from arseg.runs.cash_stage import (
    ALL,
    NEW_SALES,
    OPEN_ITEMS,
    TABLES,
    _draw_all,
    _Drawing,
    _sales,
    _sales_under,
    _under,
    whole,
)
from arseg.runs.item_curves import asked_by, load_book
from arseg.runs.journal import Run

MONEY = ["balance", *(f"week_{week}" for week in range(1, 14)), "beyond"]


@pytest.fixture(scope="module")
def cash(told_run: Run) -> pd.DataFrame:
    frame: pd.DataFrame = told_run.load("cash_by_week")
    return frame


def test_the_total_is_what_the_curves_say(told_run: Run, cash: pd.DataFrame) -> None:
    expected = load_book(told_run).expected_by_week(13).sum(axis=0)
    assert whole(cash)["expected"].to_numpy() == pytest.approx(expected)


@pytest.mark.parametrize("source", [OPEN_ITEMS, NEW_SALES, ALL])
def test_segments_and_currencies_sum_to_the_total(cash: pd.DataFrame, source: str) -> None:
    own = cash[cash["source"] == source]
    sums = own.groupby(["by", "ahead"])["expected"].sum()
    for by in ("segment", "currency"):
        assert sums[by].to_numpy() == pytest.approx(sums["total"].to_numpy())


def test_open_items_and_sales_to_come_are_the_whole(cash: pd.DataFrame) -> None:
    parts = whole(cash)["expected"] + whole(cash, NEW_SALES)["expected"]
    assert whole(cash, ALL)["expected"].to_numpy() == pytest.approx(parts.to_numpy())


def test_bands_are_ordered_and_a_sum_has_a_narrower_one_than_its_weeks(
    told_run: Run, cash: pd.DataFrame
) -> None:
    names = ["low_80", "low_50", "median", "high_50", "high_80"]
    assert (cash[names].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    last = whole(told_run.load("cash_to_date")).iloc[-1]
    weeks = whole(cash)
    assert last["expected"] == pytest.approx(weeks["expected"].sum())
    assert last["high_80"] - last["low_80"] < (weeks["high_80"] - weeks["low_80"]).sum()


def test_customers_reconcile_to_the_total_to_the_cent(told_run: Run) -> None:
    frame = told_run.load("cash_reconciliation").set_index("customer_id")
    parts, total = frame.drop(index="all"), frame.loc["all"]
    for name in MONEY:
        assert sum(parts[name]) == total[name]
    assert sum(total[name] for name in MONEY[1:]) == total["balance"]


def test_longer_terms_and_fewer_sales_bring_less(told_run: Run) -> None:
    ends = told_run.load("cash_scenarios").query("ahead == 0").set_index("scenario")
    assert set(ends.index) == {"terms_plus_15", "sales_minus_20"}
    assert (ends["expected"] < 0).all()
    sales = whole(told_run.load("cash_by_week"), NEW_SALES)["expected"].sum()
    assert ends.loc["sales_minus_20", "expected"] == pytest.approx(-0.2 * sales)


def test_courses_drawn_side_by_side_are_those_drawn_one_after_the_other(told_run: Run) -> None:
    book = load_book(told_run)
    drawing = _Drawing(told_run, Dependence(), asked_by(book.items))
    sales = _sales(told_run, drawing.by, [])
    drawn, found = _draw_all(drawing, book, sales, [])
    before = drawing.with_sales(drawing.items(book), sales).all
    assert np.array_equal(drawn.all.draws, before.draws)
    parts = []
    for scenario in told_run.experiment.forecast.scenarios:
        other = _under(told_run, book, scenario, [])
        assert other is not None
        after = drawing.with_sales(drawing.items(other), _sales_under(sales, scenario)).all
        parts.append(compare_scenario(before.view(), after.view()).assign(scenario=scenario.name))
    plain = pd.concat(parts, ignore_index=True)[list(found)]
    pd.testing.assert_frame_equal(found, plain, check_exact=True)


def test_every_table_says_what_it_was_made_of(told_run: Run) -> None:
    for name in TABLES:
        frame = pd.read_parquet(told_run.to_publish / f"{name}.parquet")
        assert {"key_date", "data_sha256", "experiment_sha256"} <= set(frame)
        assert set(frame["experiment_sha256"]) <= {told_run.experiment.experiment_hash}
