from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.features import Features
from arseg.models import load_model
from arseg.models.protocol import TimeToPayment
from arseg.runs.journal import Run
from arseg.runs.rescoring import print_customers, rescore
from arseg.runs.stages import open_walk
from arseg.runs.walked import load_walk
from arseg.scores import Scores, score


@pytest.fixture(name="features", scope="module")
def _features(told_run: Run) -> Features:
    return load_walk(told_run, open_walk(told_run)).landmark(told_run.key_date).features


@pytest.fixture(name="model", scope="module")
def _model(told_run: Run) -> TimeToPayment:
    return load_model(told_run.work / "model")


def same(one: Scores, other: Scores) -> bool:
    frames = zip((one.items, one.customers), (other.items, other.customers), strict=True)
    return all(a.equals(b) for a, b in frames) and np.array_equal(one.paid_by_week, other.paid_by_week)


def changed(features: Features, customer: str) -> Features:
    """Return the features with a customer paying later, and so the book's share paid on time another one."""
    customers = features.customers.copy()
    row = customers["customer_id"] == customer
    customers.loc[row, "cleared_on_time_amount_share_12m"] = 0.0123
    customers.loc[row, "cleared_count_12m"] = 55.0
    return replace(features, customers=customers)


def test_the_first_time_all_are_scored_and_the_second_time_nobody(
    features: Features, model: TimeToPayment, tmp_path: Path
) -> None:
    first = rescore(features, model, tmp_path / "kept")
    assert same(first.scores, score(features, model))
    assert first.touched == tuple(features.customers["customer_id"])
    second = rescore(features, model, tmp_path / "kept")
    assert same(second.scores, first.scores)
    assert second.touched == ()


def test_only_the_customer_that_something_touched_is_scored_and_all_scores_are_as_if_all_were(
    features: Features, model: TimeToPayment, tmp_path: Path
) -> None:
    rescore(features, model, tmp_path)
    one = str(features.customers["customer_id"].iloc[3])
    after = changed(features, one)
    found = rescore(after, model, tmp_path)
    assert found.touched == (one,)
    assert same(found.scores, score(after, model))
    before = score(features, model).customers["on_time_share"]
    assert (found.scores.customers["on_time_share"] != before).sum() > 1, "the book's share moved for all"


def test_items_that_left_came_or_changed_their_customers_words_touch_their_customer(
    features: Features, model: TimeToPayment, tmp_path: Path
) -> None:
    rescore(features, model, tmp_path)
    counts = features.items["customer_id"].value_counts()
    many = counts.index[counts > 1][0]
    gone = features.items.index[features.items["customer_id"] == many][0]
    fewer = replace(features, items=features.items.drop(index=gone).reset_index(drop=True))
    left = rescore(fewer, model, tmp_path)
    assert left.touched == (many,)
    assert same(left.scores, score(fewer, model))
    back = rescore(features, model, tmp_path)
    assert back.touched == (many,)
    assert same(back.scores, score(features, model))
    profile = features.profile.copy()
    profile.loc[0, "language"] = "xx"
    assert rescore(replace(features, profile=profile), model, tmp_path).touched == (
        profile["customer_id"].iloc[0],
    )


def test_a_half_written_or_foreign_set_is_not_taken_for_one(
    features: Features, model: TimeToPayment, tmp_path: Path
) -> None:
    everyone = tuple(features.customers["customer_id"])
    rescore(features, model, tmp_path)
    (tmp_path / "prints.parquet").unlink()
    assert rescore(features, model, tmp_path).touched == everyone
    (tmp_path / "items.parquet").write_bytes(b"no parquet")
    found = rescore(features, model, tmp_path)
    assert found.touched == everyone
    assert same(found.scores, score(features, model))


def test_a_fingerprint_is_of_every_figure_and_not_of_the_order_of_rows(features: Features) -> None:
    prints = print_customers(features)
    assert prints.is_unique
    shuffled = replace(features, items=features.items.sample(frac=1, random_state=1).reset_index(drop=True))
    assert isinstance(prints, pd.Series)
    assert print_customers(shuffled).equals(prints)
