from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from arseg.world.book import World
from arseg.world.course import Course, follow
from arseg.world.legacy import by_thresholds, legacy_policy, on_review
from arseg.world.reviews import ACTIONS, CALL
from arseg.world.settings import Setting
from arseg.world.simulate import Synthesis
from arseg.world.truth import truth_tables

NAMES = {
    "customers",
    "ability",
    "distress",
    "invoices",
    "contacts",
    "reviews",
    "month_ends",
    "collectors",
    "absences",
    "disputes",
}


@pytest.fixture(scope="module")
def truth(made: Synthesis) -> dict[str, pd.DataFrame]:
    return {name: pq.read_table(made.truth / f"{name}.parquet").to_pandas() for name in NAMES}


def test_logged_propensities_are_the_true_ones(made: Synthesis, truth: dict[str, pd.DataFrame]) -> None:
    logged = pq.read_table(made.paths["contacts"]).to_pandas()
    both = logged.merge(truth["contacts"], on="contact_id", suffixes=("", "_true"), validate="1:1")
    assert len(both) == len(logged) == len(truth["contacts"])
    assert (both["propensity"] == both["propensity_true"]).all()
    assert (both["customer_id"] == both["customer_id_true"]).all()
    reviews = truth["reviews"]
    chosen = both.merge(
        reviews,
        left_on=["customer_id", "contacted_on", "treatment"],
        right_on=["customer_id", "reviewed_on", "action"],
        validate="1:1",
    )
    assert len(chosen) == len(both)
    by_name = [row[f"p_{row['action']}"] for _, row in chosen.iterrows()]
    assert (by_name == chosen["propensity"]).all()


def test_every_review_has_the_probability_of_every_action(truth: dict[str, pd.DataFrame]) -> None:
    chances = truth["reviews"][[f"p_{action}" for action in ACTIONS]]
    assert (chances.sum(axis=1) - 1).abs().max() < 1e-12
    assert chances.min().min() >= 0.05


def test_a_decision_by_rule_was_certain(world: World) -> None:
    tables = truth_tables(world, follow(world, on_review(by_thresholds)))
    assert set(tables["contacts"]["propensity"].to_pylist()) == {1.0}
    reviews = tables["reviews"].to_pandas()
    taken = [row[f"p_{row['action']}"] for _, row in reviews.iterrows()]
    assert set(taken) == {1.0}


def test_each_spell_of_distress_has_its_onset(world: World, course: Course) -> None:
    tables = truth_tables(world, course)
    ability = tables["ability"].to_pandas()
    before = ability.groupby("customer_id")["distressed"].shift(fill_value=False)
    onsets = ability[ability["distressed"] & ~before.astype(bool)]
    spells = tables["distress"].to_pandas()
    assert list(zip(spells["customer_id"], spells["onset"], strict=True)) == list(
        zip(onsets["customer_id"], onsets["month"], strict=True)
    )


def test_the_truth_stands_apart_from_the_ledger(made: Synthesis) -> None:
    assert made.truth.parent == made.folder
    assert {path.stem for path in made.truth.iterdir()} == NAMES | {"setting"}
    assert not any(made.truth in path.parents for path in made.paths.values())


def test_where_the_collector_sees_more_the_truth_differs_from_the_log_within_lambda(world: World) -> None:
    confounded = dataclasses.replace(world, setting=Setting(legacy="confounded", confounding=3.0))
    log = follow(confounded, legacy_policy("confounded", confounded)).reviews
    logged, true = (p / (1 - p) for p in (log.probabilities, log.true_probabilities))
    ratio = true / logged
    assert ratio.max() <= np.sqrt(3.0) + 1e-9
    assert ratio.min() >= 1 / np.sqrt(3.0) - 1e-9
    np.testing.assert_allclose(np.abs(np.log(ratio[:, CALL])), np.log(3.0) / 2)
    np.testing.assert_allclose(log.true_probabilities.sum(axis=1), 1.0)
    taken = log.action == CALL
    for chances, fits in ((log.probabilities[:, CALL], False), (log.true_probabilities[:, CALL], True)):
        weak = log.true_probabilities[:, CALL] > log.probabilities[:, CALL]
        z = (taken - chances)[weak].sum() / np.sqrt((chances * (1 - chances))[weak].sum())
        assert (abs(z) < 3) == fits


def test_the_setting_tells_lambda_and_the_day_of_the_rule_change(made: Synthesis) -> None:
    setting = json.loads((made.truth / "setting.json").read_text(encoding="utf-8"))
    assert setting["confounding"] == 2.0
    assert setting["rule_changes_on"] == "2024-09-01"
    assert (setting["legacy"], setting["seed"]) == ("stochastic", 3)


def test_collectors_and_disputes_of_the_truth_are_those_of_the_ledger(
    made: Synthesis, truth: dict[str, pd.DataFrame]
) -> None:
    contacts = pq.read_table(made.paths["contacts"]).to_pandas()
    assert set(contacts["collector"]) <= set(truth["collectors"]["collector"])
    assert set(truth["absences"]["collector"]) <= set(truth["collectors"]["collector"])
    disputes = pq.read_table(made.paths["disputes"]).to_pandas().merge(truth["disputes"], on="dispute_id")
    assert len(disputes) > 0
    assert (disputes["invoice_id_x"] == disputes["invoice_id_y"]).all()
    assert truth["disputes"]["conceded_share"].between(0, 1).all()
