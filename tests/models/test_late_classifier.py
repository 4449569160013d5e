from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from arseg.models.late_classifier import BoostedClassifier
from arseg.schema import DataError, UsageError


def draw(rows, seed=0) -> tuple[pd.DataFrame, pd.Series]:
    """Draw rows whose risk rises with x, and with z only where x is above 0."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"x": rng.normal(size=rows), "z": rng.normal(size=rows)})
    odds = -1.5 + X["x"] + 1.5 * X["z"] * (X["x"] > 0)
    return X, pd.Series((rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(int))


def trees_of(model) -> int:
    stored = json.loads(model.to_dict()["state"]["booster"])
    return len(stored["learner"]["gradient_booster"]["model"]["trees"])


def test_the_booster_ranks_nearly_as_the_truth_does() -> None:
    X, y = draw(6000)
    unseen, truth = draw(20_000, seed=1)
    best = roc_auc_score(truth, unseen["x"] + 1.5 * unseen["z"] * (unseen["x"] > 0))
    assert roc_auc_score(truth, BoostedClassifier().fit(X, y).predict_probability(unseen)) > best - 0.015


def test_where_there_is_nothing_to_learn_the_share_of_bad_rows_is_told() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(2000, 3)), columns=list("abc"))
    y = pd.Series((rng.random(2000) < 0.2).astype(int))
    found = BoostedClassifier().fit(X, y).predict_probability(X)
    assert found.mean() == pytest.approx(y.mean(), abs=0.005)
    assert found.std() < 0.02


def test_a_handful_of_events_grows_few_trees() -> None:
    X, _ = draw(300)
    model = BoostedClassifier(trees=100).fit(X, pd.Series((np.arange(300) < 8).astype(int)))
    assert trees_of(model) == 10


def test_the_number_of_trees_is_at_most_that_asked_for() -> None:
    X, y = draw(3000)
    assert trees_of(BoostedClassifier(trees=7).fit(X, y)) <= 7


@pytest.mark.parametrize("way", [1, -1])
def test_a_declared_direction_is_never_broken(way) -> None:
    rng = np.random.default_rng(3)
    X = pd.DataFrame({"x": rng.normal(size=3000), "z": rng.normal(size=3000)})
    y = pd.Series((rng.random(3000) < 0.5 + 0.4 * np.sin(2 * X["x"])).astype(int))
    model = BoostedClassifier(monotone={"x": way}).fit(X, y)
    walk = pd.DataFrame({"x": np.linspace(-3, 3, 200), "z": 0.3})
    assert (way * np.diff(model.predict_probability(walk)) >= 0).all()
    free = BoostedClassifier().fit(X, y).predict_probability(walk)
    assert (np.diff(free) > 0).any()
    assert (np.diff(free) < 0).any()


def test_the_explanation_adds_up_to_the_log_odds() -> None:
    X, y = draw(2000)
    model = BoostedClassifier().fit(X, y)
    told = model.explain(X.iloc[:50])
    p = model.predict_probability(X.iloc[:50])
    assert told.columns.tolist() == ["x", "z", "base"]
    np.testing.assert_allclose(told.sum(axis=1), np.log(p / (1 - p)), atol=1e-4)
    assert np.ptp(told["base"]) == 0
    assert model.explain(X.iloc[:0]).shape == (0, 3)


def test_copies_of_rows_do_not_pass_for_unseen_ones() -> None:
    # Pure noise, each row told 20 times over: rows held out at random would all have been learnt by heart.
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"customer_id": np.arange(150).astype(str), "a": rng.normal(size=150)})
    y = pd.Series((rng.random(150) < 0.3).astype(int))
    many = X.index.repeat(20)
    told = BoostedClassifier(min_child_weight=1.0).fit(X.loc[many, ["a"]], y.loc[many])
    assert told.predict_probability(X).std() < 0.06
    # With a blur on each copy only the group can tell.
    blurred = X.loc[many].reset_index(drop=True)
    blurred["a"] += rng.normal(0, 1e-6, len(blurred))
    labels = y.loc[many].reset_index(drop=True)
    alone = BoostedClassifier(min_child_weight=1.0).fit(blurred[["a"]], labels)
    grouped = BoostedClassifier(min_child_weight=1.0, group="customer_id").fit(blurred, labels)
    assert alone.predict_probability(X).std() > 0.2
    assert grouped.predict_probability(X).std() < 0.06


def test_a_group_is_no_feature() -> None:
    X, y = draw(500)
    model = BoostedClassifier(group="customer_id").fit(X.assign(customer_id="c"), y)
    assert model.names_ == ["x", "z"]
    assert np.isfinite(model.predict_probability(X)).all()


def test_a_missing_group_is_named() -> None:
    X, y = draw(50)
    with pytest.raises(DataError, match=r"X lacks columns \['customer_id'\]"):
        BoostedClassifier(group="customer_id").fit(X, y)


def test_a_group_counts_only_rows_of_weight() -> None:
    X, y = draw(600)
    X = X.assign(customer_id=np.arange(600) % 70)
    weight = (np.arange(600) % 3 > 0).astype(float)
    all_rows, few = (
        BoostedClassifier(group="customer_id").fit(*told).predict_probability(X)
        for told in ((X, y, weight), (X[weight > 0], y[weight > 0]))
    )
    np.testing.assert_array_equal(all_rows, few)


@pytest.mark.parametrize(
    ("parameter", "value"), [("trees", 0), ("leaves", 1), ("learning_rate", 2.0), ("min_child_weight", -1)]
)
def test_a_parameter_out_of_its_range_is_refused(parameter, value) -> None:
    with pytest.raises(UsageError, match=f"BoostedClassifier: {parameter} is out of its range"):
        BoostedClassifier(**{parameter: value})
