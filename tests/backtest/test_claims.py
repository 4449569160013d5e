from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.backtest import receivables_cases as cases
from arseg.backtest.claims import CLAIMS, COLUMNS, claims_table
from arseg.backtest.receivables_book import ReceivablesBook, read_book
from arseg.backtest.receivables_report import report_receivables
from arseg.ledger import Ledger


@pytest.fixture(scope="module")
def book(small_ledger: Ledger) -> ReceivablesBook:
    return read_book(small_ledger, "2025-01-31", "2025-07-31")


@pytest.fixture(scope="module")
def table(book: ReceivablesBook) -> pd.DataFrame:
    return claims_table(book, minute_cost=0.5, draws=200).set_index("claim")


def test_all_seven_claims_stand_with_a_figure_or_the_reason_why_not(table: pd.DataFrame) -> None:
    assert list(table.reset_index().columns) == list(COLUMNS)
    assert list(table.index) == list(CLAIMS)
    assert (table["why"] != "").all()
    assert (table["n"] > 0).all()
    known = table.drop(index="self-cure")
    assert ((known["low"] <= known["value"]) & (known["value"] <= known["high"])).all()
    assert not table["identified"].any(), "nobody has compared policies yet"
    assert table["effect"].isna().all()


def test_the_figures_are_those_of_the_receivables_report(table: pd.DataFrame, book: ReceivablesBook) -> None:
    customers = book.items["customer_id"].unique()
    report = report_receivables(book, pd.Series("High", index=customers), minute_cost=0.5, draws=10)
    same = {
        "cost": "cost_to_collect",
        "early recovery": "collected_30",
        "first contact": "first_contact_success",
        "resolution days": "resolution_days",
        "dso": "sales_weighted_dso",
    }
    for claim, measure in same.items():
        assert table.loc[claim, "value"] == pytest.approx(report.value(measure)), claim


def test_self_cure_has_bounds_and_no_figure_unless_customers_were_left_alone_by_lot(
    table: pd.DataFrame, book: ReceivablesBook
) -> None:
    row = table.loc["self-cure"]
    assert np.isnan(row["value"])
    assert 0 <= row["low"] < row["high"] <= 1
    assert "A holdout left alone by lot would tell" in row["why"]
    segment = pd.Series("all", index=book.items["customer_id"].unique())
    told = claims_table(book, alone_by_lot=segment, draws=50).set_index("claim").loc["self-cure"]
    parts = cases.self_cures(book, segment)["self_cure"]
    if parts["numerator"].notna().all():
        assert told["value"] == pytest.approx(parts["numerator"].sum() / parts["denominator"].sum())
        assert row["low"] <= told["value"] <= row["high"]
    else:
        assert np.isnan(told["value"]), "a stratum in which all were contacted cannot say"


def _effects(**change: Any) -> pd.DataFrame:
    row = {"measure": "dso", "difference": -2.5, "low": -4.0, "high": -1.0, "identified": True}
    return pd.DataFrame([row | change])


def test_an_effect_stands_only_where_history_identifies_it(book: ReceivablesBook) -> None:
    told = claims_table(book, effects=_effects(), draws=20).set_index("claim")
    assert told.loc["dso", ["effect", "effect_low", "effect_high"]].tolist() == [-2.5, -4.0, -1.0]
    assert told.loc["dso", "identified"]
    assert told["identified"].sum() == 1
    assert told.loc["early recovery", "why"] == "no comparison with another policy was made"
    silent = claims_table(
        book, effects=_effects(identified=False, why="the rule was deterministic"), draws=20
    )
    row = silent.set_index("claim").loc["dso"]
    assert np.isnan(row["effect"])
    assert not row["identified"]
    assert row["why"] == "the rule was deterministic"


def test_what_the_ledger_does_not_log_is_missing_and_said_so(book: ReceivablesBook) -> None:
    bare = replace(book, contacts=book.contacts.iloc[:0], present=book.present - {"contacts", "promises"})
    told = claims_table(bare, minute_cost=0.5, draws=20).set_index("claim")
    for claim in ("cost", "first contact", "self-cure"):
        assert np.isnan(told.loc[claim, "value"])
        assert told.loc[claim, "why"].startswith("no contact is logged")
    without = claims_table(book, draws=20).set_index("claim")
    assert without.loc["cost", "why"].startswith("no cost of a minute is declared")


def test_a_figure_of_few_customers_has_no_interval(
    make_ledger: Callable[..., Ledger], small_book: Any
) -> None:
    names = {row["customer_id"] for row in small_book["customers"]}
    few = sorted(names)[:5]
    invoices = [row for row in small_book["invoices"] if row["customer_id"] in few]
    kept = {row["invoice_id"] for row in invoices}
    postings = [row for row in small_book["postings"] if row["invoice_id"] in kept]
    small = read_book(make_ledger(invoices, postings), "2025-01-31", "2025-07-31")
    told = claims_table(small, draws=50).set_index("claim")
    assert told.loc[["early recovery", "dso", "paid before due"], "value"].notna().all()
    assert told["low"].isna().all()
