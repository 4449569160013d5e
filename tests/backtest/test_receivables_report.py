from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.receivables_book import ReceivablesBook, read_book
from arseg.backtest.receivables_definitions import DEFINITIONS
from arseg.backtest.receivables_report import COLUMNS, ReceivablesReport, report_receivables
from arseg.ledger import Ledger
from arseg.metrics.roll_up import rolled_up

FLOWS = {
    "opening": 1,
    "sales": 1,
    "cash": -1,
    "credited": -1,
    "written_off": -1,
    "recovered": 1,
    "reversed": 1,
}


@pytest.fixture(scope="module", name="book")
def _book(small_ledger: Ledger) -> ReceivablesBook:
    return read_book(small_ledger, "2025-03-31", "2025-06-30")


@pytest.fixture(scope="module", name="segment")
def _segment() -> pd.Series:
    """Two customers of the forty have no segment."""
    return pd.Series({f"C{n:03d}": ("High", "Medium", "Low")[n % 3] for n in range(38)})


@pytest.fixture(scope="module", name="report")
def _report(book: ReceivablesBook, segment: pd.Series) -> ReceivablesReport:
    return report_receivables(book, segment, minute_cost=0.8, draws=50)


def wide(report: ReceivablesReport, column: str) -> pd.DataFrame:
    return report.measures.pivot_table(index="measure", columns="segment", values=column, dropna=False)


def test_every_measure_stands_there_for_every_segment(report: ReceivablesReport) -> None:
    assert tuple(report.measures.columns) == COLUMNS
    assert list(report.measures["measure"].unique()) == list(DEFINITIONS)
    assert list(report.measures["segment"].unique()) == ["High", "Medium", "Low", "none", "all"]
    assert len(report.measures) == 5 * len(DEFINITIONS)
    whole = report.measures[report.measures["segment"] == "all"].set_index("measure")
    assert list(whole.index[whole["value"].isna()]) == ["self_cure"]
    assert "not identified" in whole.loc["self_cure", "note"], "this desk calls everybody on day ten"


def test_each_segment_obeys_the_identity_of_its_receivables_to_the_cent(report: ReceivablesReport) -> None:
    amounts = wide(report, "value")
    closing = sum(sign * amounts.loc[name] for name, sign in FLOWS.items())
    assert (closing - amounts.loc["closing"]).abs().max() < 0.005
    assert (
        amounts.loc["receivables"] - amounts.loc["unapplied"] - amounts.loc["closing"]
    ).abs().max() < 0.005


def test_segments_sum_to_the_book_to_the_cent(report: ReceivablesReport) -> None:
    rows = report.measures[~report.measures["note"].str.contains("not to be added")]
    rows = rows[(rows["roll_up"] != "recompute") & ~rows["note"].str.contains("not identified")]
    for part in ("numerator", "denominator"):
        sums = rows.pivot_table(index="measure", columns="segment", values=part, aggfunc="sum")
        sums = sums.drop(index="self_cure", errors="ignore")
        # The fractions of a cent are those of binary numbers.
        gap = (sums.drop(columns="all").sum(axis=1) - sums["all"]).abs()
        assert (gap[sums["all"].notna()] < 0.005).all()


def test_each_measure_rolls_up_by_its_rule(report: ReceivablesReport) -> None:
    for measure, definition in DEFINITIONS.items():
        rows = report.measures[report.measures["measure"] == measure].set_index("segment")
        if definition.roll_up == "recompute" or rows["note"].str.contains("not to be added").any():
            continue
        found = rolled_up(rows.drop(index="all"), definition.roll_up)
        assert found == pytest.approx(report.value(measure), nan_ok=True), measure


def test_values_are_numerator_over_denominator_but_where_the_measure_is_a_curve(
    report: ReceivablesReport,
) -> None:
    curves = {"sales_weighted_dso", "countback_dso"}
    rows = report.measures[(report.measures["unit"] != "amount") & ~report.measures["measure"].isin(curves)]
    rows = rows[rows["value"].notna()]
    assert (rows["numerator"] / rows["denominator"]).to_numpy() == pytest.approx(rows["value"].to_numpy())


def test_simple_dso_is_best_possible_plus_delinquent(report: ReceivablesReport) -> None:
    values = wide(report, "value")
    both = values.loc["best_possible_dso"] + values.loc["average_days_delinquent"]
    assert both.to_numpy() == pytest.approx(values.loc["simple_dso"].to_numpy())
    assert values.loc["turnover"].to_numpy() == pytest.approx(
        365 / values.loc["average_receivables_dso"].to_numpy()
    )


def test_a_customer_that_makes_more_than_a_fifth_is_named_in_the_note(report: ReceivablesReport) -> None:
    rows = report.measures
    warned = rows["note"].str.contains("one customer makes")
    assert (warned == (rows["largest_share"] > 0.2)).all()
    assert warned[rows["segment"] == "none"].any(), "two customers are always concentrated"


def test_intervals_hold_the_value_and_are_empty_where_ten_customers_are_not_there(
    report: ReceivablesReport,
) -> None:
    rows = report.measures.set_index(["segment", "measure"])
    known = rows["low"].notna()
    assert (rows.loc[known, "low"] <= rows.loc[known, "high"]).all()
    assert rows.loc[("all", "simple_dso"), "low"] < report.value("simple_dso")
    assert rows.loc["none", "low"].isna().all()


def test_membership_is_frozen_so_segments_of_no_customer_change_nothing(
    book: ReceivablesBook, segment: pd.Series, report: ReceivablesReport
) -> None:
    more = pd.concat([segment, pd.Series({"unheard of": "High"})])
    again = report_receivables(book, more, minute_cost=0.8, draws=50)
    pd.testing.assert_frame_equal(again.measures, report.measures)


def test_rolled_amounts_start_and_end_whole(report: ReceivablesReport) -> None:
    rolls = report.rolls[report.rolls["denominator"] > 0]
    shares = rolls.groupby(["segment", "source"])["value"].sum()
    assert shares.to_numpy() == pytest.approx(np.ones(len(shares)))
    sums = report.rolls.pivot_table(index="segment", columns="source", values="numerator", aggfunc="sum")
    assert sums.drop(index="all").sum().to_numpy() == pytest.approx(sums.loc["all"].to_numpy())
    loss = report.lifetime_loss["all"].dropna()
    assert ((loss >= 0) & (loss <= 1)).all()
    assert loss["over 90"] > loss["current"]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture(name="golden")
def _golden(make_ledger: Callable[..., Ledger]) -> ReceivablesBook:
    """Return science 1.1's book: sales 100, 80, 120 in a quarter; unpaid 40, 70, 100 on its last day; opening 0."""
    issued = {"2025-01-31": (100, 40), "2025-02-28": (80, 70), "2025-03-31": (120, 100)}
    invoices = [
        {"invoice_id": f"I{n}", "customer_id": f"C{n}", "document_date": day(on), "amount": amount}
        for n, (on, (amount, _)) in enumerate(issued.items())
    ]
    postings = [
        {"invoice_id": f"I{n}", "amount": amount - unpaid, "value_date": day("2025-03-31")}
        for n, (amount, unpaid) in enumerate(issued.values())
    ]
    # The ledger speaks from its first posting on.
    old = {"invoice_id": "old", "customer_id": "C0", "document_date": day("2024-12-01"), "amount": 50}
    paid = {"invoice_id": "old", "amount": 50, "value_date": day("2024-12-20")}
    later = {"invoice_id": "I0", "amount": 1, "value_date": day("2025-12-31")}
    return read_book(make_ledger([*invoices, old], [*postings, paid, later]), "2024-12-31", "2025-03-31")


def test_the_golden_values_come_out_of_a_ledger(golden: ReceivablesBook) -> None:
    report = report_receivables(golden, pd.Series({"C0": "High", "C1": "Low", "C2": "Low"}), draws=10)
    assert report.value("simple_dso") == pytest.approx(63.0)
    assert report.value("sales_weighted_dso") == pytest.approx(62.733, abs=5e-4)
    # Issued on month-ends: 120 on the day itself, 80 on day 31, and a tenth of the 100 of day 59.
    assert report.value("countback_dso") == pytest.approx(59.1)
    assert report.value("closing") == 210
    assert report.value("cei") == pytest.approx((0 + 300 - 210) / (300 - 100))
    assert report.value("simple_dso", "High") == pytest.approx(40 / 100 * 90)


def test_what_the_ledger_does_not_hold_is_said_and_not_guessed(golden: ReceivablesBook) -> None:
    rows = report_receivables(golden, pd.Series({"C0": "High"}), draws=10).measures
    said = rows[rows["segment"] == "all"].set_index("measure")["note"]
    assert said["self_cure"] == said["first_contact_success"] == "the ledger holds no contacts"
    assert said["promises_kept"] == "the ledger holds no promises"
    assert rows.loc[rows["measure"] == "self_cure", "value"].isna().all()


def test_a_cohort_that_is_not_old_enough_is_estimated_and_says_so(
    small_ledger: Ledger, segment: pd.Series
) -> None:
    book = read_book(small_ledger, "2025-09-30", "2025-12-31")
    rows = report_receivables(book, segment, draws=10).measures
    young = rows[(rows["measure"] == "collected_90") & (rows["segment"] == "all")]
    assert "not mature: Aalen-Johansen" in young["note"].item()
    costs = rows[(rows["measure"] == "cost_to_collect") & (rows["segment"] == "all")]
    assert costs["note"].item() == "no cost of a minute is declared"
