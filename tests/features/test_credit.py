"""The credit block on tiny ledgers, by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.features import build_features, find_blocks
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]

DAY = dt.date(2024, 12, 1)
INVOICE = {"document_date": dt.date(2024, 11, 20)}


def facts(ago: int, *, known: int | None = None, **told: Any) -> dict[str, Any]:
    known_on = DAY - dt.timedelta(days=ago if known is None else known)
    return {
        "customer_id": "C1",
        "effective_on": DAY - dt.timedelta(days=ago),
        "known_on": known_on,
        **told,
    }


def credit_of(make_ledger: Make, *rows: dict[str, Any], invoices: Any = (INVOICE,)) -> pd.Series:
    ledger = make_ledger(list(invoices), credit=list(rows), complete_to=DAY)
    with take_snapshot(ledger, DAY) as snapshot:
        return build_features(snapshot, blocks=["credit"]).customers.set_index("customer_id").loc["C1"]


@pytest.mark.parametrize("window", [30, 90, 180])
@pytest.mark.parametrize(
    ("shift", "wanted"), [(-1, [np.nan] * 3), (0, [-5.5, -100, -0.25]), (1, [-5.5, -100, -0.25])]
)
def test_the_change_is_against_what_was_in_force_at_the_end_of_the_window(
    window: int, shift: int, wanted: list[float], make_ledger: Make
) -> None:
    old = facts(window + shift, credit_score=50.0, credit_limit=400)
    told = credit_of(make_ledger, old, facts(3, credit_score=44.5, credit_limit=300))
    names = [f"credit_{name}_{window}d" for name in ("score_change", "limit_change", "limit_change_share")]
    np.testing.assert_array_equal(told[names], wanted)


def test_a_later_word_about_the_same_day_replaces_the_earlier(make_ledger: Make) -> None:
    told = credit_of(
        make_ledger,
        facts(100, credit_score=50.0, credit_limit=0),
        facts(100, known=95, credit_score=60.0, credit_limit=0),
        facts(10, credit_score=61.0, credit_limit=200),
    )
    assert told[["credit_score_change_90d", "credit_limit_change_90d"]].tolist() == [1, 200]
    assert np.isnan(told["credit_limit_change_share_90d"])


def test_the_last_change_is_between_two_rows_that_both_give_a_score(make_ledger: Make) -> None:
    rows = [
        facts(n, credit_score=s) for n, s in ((200, 50.0), (150, 55.0), (80, 55.0), (40, None), (9, 60.0))
    ]
    assert credit_of(make_ledger, *rows[:4])["credit_score_changed_days"] == 150
    assert credit_of(make_ledger, *rows)["credit_score_changed_days"] == 150
    assert credit_of(make_ledger, *rows, facts(4, credit_score=61.0))["credit_score_changed_days"] == 4
    assert np.isnan(credit_of(make_ledger, *rows[1:3])["credit_score_changed_days"])


def test_the_last_change_of_the_limit_is_not_that_of_the_score(make_ledger: Make) -> None:
    told = credit_of(
        make_ledger,
        facts(90, credit_limit=10, credit_score=1.0),
        facts(50, credit_limit=20, credit_score=1.0),
        facts(20, credit_limit=20, credit_score=2.0),
    )
    assert told[["credit_limit_changed_days", "credit_score_changed_days"]].tolist() == [50, 20]


def test_a_missing_score_is_a_category_of_its_own(make_ledger: Make) -> None:
    assert credit_of(make_ledger, facts(9, credit_score=5.0))["credit_score_missing"] == 0
    withdrawn = credit_of(make_ledger, facts(9, credit_score=5.0), facts(2, credit_limit=7))
    assert withdrawn["credit_score_missing"] == 1
    assert np.isnan(withdrawn["credit_score"])
    silent = credit_of(make_ledger, facts(9, credit_score=5.0) | {"customer_id": "C2"})
    assert silent["credit_score_missing"] == 1
    assert silent.drop("credit_score_missing").isna().all()


def test_without_the_table_even_the_category_is_missing(make_ledger: Make) -> None:
    assert credit_of(make_ledger).isna().all()


@pytest.mark.parametrize(
    ("limit", "orders", "wanted"),
    [
        (400, 100, [0.25, 0.5, 0, 0]),
        (100, 0, [1, 1, 0, 0]),
        (80, 20, [1.25, 1.5, 1, 20]),
        (0, 20, [1, 1, 1, 100]),
        (400, None, [0.25, np.nan, 0, 0]),
        (0, None, [1, np.nan, 1, 100]),
        (None, 20, [np.nan] * 4),
    ],
)
def test_utilisation_is_defined_for_every_limit(
    limit: int | None, orders: int | None, wanted: list[float], make_ledger: Make
) -> None:
    told = credit_of(make_ledger, facts(9, credit_limit=limit, open_orders=orders))
    names = ["credit_utilisation", "credit_utilisation_with_orders", "credit_overlimit"]
    np.testing.assert_array_equal(told[[*names, "credit_overlimit_balance"]], wanted)


def test_who_owes_nothing_uses_nothing_of_a_limit_of_zero(make_ledger: Make) -> None:
    rows = [
        facts(9, credit_limit=limit, open_orders=0) | {"customer_id": f"C{n}"}
        for n, limit in ((2, 0), (3, 10))
    ]
    (block,) = find_blocks(["credit"])
    ledger = make_ledger([INVOICE], credit=rows, complete_to=DAY)
    with take_snapshot(ledger, DAY) as snapshot:
        told = snapshot.sql(f"SELECT * FROM ({block.sql}) WHERE credit_limit IS NOT NULL")
    assert told["credit_utilisation"].tolist() == [0, 0]
    assert told["credit_utilisation_with_orders"].tolist() == [0, 0]
    assert told["credit_overlimit"].tolist() == [0, 0]


def test_margin_and_failure_risk_hold_until_another_is_given(make_ledger: Make) -> None:
    told = credit_of(
        make_ledger,
        facts(99, margin=0.5, failure_risk=0.1),
        facts(60, margin=0.25),
        facts(30, credit_limit=5),
        facts(10, failure_risk=0.2),
        facts(10, known=8),
    )
    assert told[["credit_margin", "credit_failure_risk"]].tolist() == [0.25, 0.1]
    assert told["credit_margin_at_stake_12m"] == 25


@pytest.mark.parametrize(("ago", "stake"), [(364, 50), (365, 25), (366, 25)])
def test_the_margin_at_stake_is_that_of_a_year_of_sales(ago: int, stake: float, make_ledger: Make) -> None:
    invoices = [{"document_date": DAY - dt.timedelta(days=days)} for days in (3, ago)]
    told = credit_of(make_ledger, facts(99, margin=0.25), invoices=invoices)
    assert told["credit_margin_at_stake_12m"] == stake
