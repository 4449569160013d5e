"""How good the probability was that everything downstream reads."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.foretold import MEASURED, foretold, horizon_class, measure_foretold
from arseg.schema import DataError

DAY = pd.Timestamp("2025-03-31")


def drawn(customers: int = 60, each: int = 20, seed: int = 0) -> pd.DataFrame:
    """Draw rows whose probability is right for the book, though customers differ from it."""
    rng = np.random.default_rng(seed)
    said = rng.uniform(0.05, 0.6, customers * each)
    shift = np.repeat(rng.normal(0, 1.0, customers), each)
    odds = np.log(said / (1 - said)) + shift
    return pd.DataFrame(
        {
            "invoice_id": np.arange(customers * each).astype(str),
            "customer_id": np.repeat(np.arange(customers).astype(str), each),
            "key_date": DAY,
            "balance": rng.lognormal(5, 1, customers * each),
            "late_day": 30,
            "said": said,
            "came": (rng.random(customers * each) < 1 / (1 + np.exp(-odds))).astype(float),
        }
    )


def test_an_item_counts_once_it_was_followed_to_its_late_day_and_a_write_off_is_unpaid() -> None:
    items = pd.DataFrame(
        {
            "invoice_id": list("abcdef"),
            "customer_id": "c",
            "key_date": DAY,
            "balance": 1.0,
            "late_day": [30, 30, 30, 40, 60, 60],
            "p_unpaid_30": 0.2,
        }
    )
    outcomes = pd.DataFrame(
        {
            "invoice_id": list("fedcba"),
            "key_date": DAY,
            "event": [1, 0, 2, 1, 3, 1],
            "duration": [5, 50, 40, 31, 3, 30],
            "followed_days": 50,
        }
    )
    found = foretold(items, outcomes).set_index("invoice_id")["came"]
    assert found.to_dict() == {"a": 0.0, "b": 1.0, "c": 1.0, "d": 0.0}


def test_measures_are_the_weighted_means_of_the_textbook() -> None:
    rows = drawn()
    found = measure_foretold(rows, draws=20).set_index("measure")["value"]
    said, came, weight = rows["said"], rows["came"], rows["balance"]
    loss = -np.where(came > 0, np.log(said), np.log(1 - said))
    assert found["log_loss"] == pytest.approx(np.average(loss, weights=weight))
    assert found["brier"] == pytest.approx(np.average((said - came) ** 2, weights=weight))
    assert found["expected"] == pytest.approx(np.average(said, weights=weight))
    assert found["observed"] == pytest.approx(np.average(came, weights=weight))
    assert found["gap"] == pytest.approx(found["observed"] - found["expected"])
    assert tuple(found.index) == MEASURED


def test_the_interval_is_that_of_customers_and_not_of_their_invoices() -> None:
    rows = drawn().assign(balance=1.0)
    clustered = measure_foretold(rows, draws=400).set_index("measure")
    alone = measure_foretold(rows.assign(customer_id=rows["invoice_id"]), draws=400).set_index("measure")
    width = {name: frame.loc["observed", "high"] - frame.loc["observed", "low"] for name, frame in
             (("clustered", clustered), ("alone", alone))}  # fmt: skip
    means = rows.groupby("customer_id")["came"].mean()
    assert width["clustered"] == pytest.approx(2 * 1.96 * means.std(ddof=1) / np.sqrt(len(means)), rel=0.15)
    assert width["clustered"] > 1.5 * width["alone"]
    for name in MEASURED:
        assert clustered.loc[name, "low"] < clustered.loc[name, "value"] < clustered.loc[name, "high"]


def test_groups_are_measured_apart_and_a_few_customers_get_no_interval() -> None:
    rows = drawn()
    few = rows["customer_id"].isin([str(number) for number in range(9)])
    groups = pd.Series(np.where(few, "few", "many"), index=rows.index)
    found = measure_foretold(rows, groups, draws=50).set_index(["group", "measure"])
    assert found.loc[("few", "gap"), ["items", "customers"]].tolist() == [180, 9]
    assert found.loc["few"][["low", "high"]].isna().all(axis=None)
    assert found.loc["many"][["low", "high"]].notna().all(axis=None)
    alone = measure_foretold(rows[~few], draws=50).set_index("measure")["value"]
    assert found.loc["many", "value"].to_dict() == pytest.approx(alone.to_dict())


def test_a_horizon_class_ends_with_its_last_day() -> None:
    days = pd.Series([30, 31, 45, 46, 60, 61, 90, 91, 365])
    assert horizon_class(days).tolist() == [
        "30 days", "31 to 45 days", "31 to 45 days", "46 to 60 days", "46 to 60 days",
        "61 to 90 days", "61 to 90 days", "91 to 365 days", "91 to 365 days",
    ]  # fmt: skip


def test_nothing_to_measure_is_refused() -> None:
    with pytest.raises(DataError, match="no item was followed until 30 days past its due date"):
        measure_foretold(drawn()[:0])
