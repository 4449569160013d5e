"""Segments, overrides, hand-offs, safe treatments and the list, from saved scores."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.policies.overrides import Override
from arseg.runs.assigning import assign, declared_policies, published_policy
from arseg.runs.journal import Run
from arseg.runs.overrides import add_override, override_file
from arseg.runs.publication import publish, version_of
from arseg.runs.sections import Part
from arseg.schema import CUSTOMER_SCORES, PROFILE, SEGMENTS

MakeRun = Callable[..., Run]
COUNT = 40


def scores(seed: int = 1, **change: Any) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    frame = pd.DataFrame(dict.fromkeys(CUSTOMER_SCORES.names, np.nan), index=range(COUNT))
    frame["customer_id"] = [f"C{number:03d}" for number in range(COUNT)]
    for name in ("reasons", *PROFILE):
        frame[name] = ""
    frame["open_balance"] = frame["overdue_balance"] = chance.lognormal(8, 1, COUNT).round(2)
    frame["oldest_days_past_due"] = chance.integers(1, 90, COUNT)
    frame["open_count"] = 2
    frame["disputed_balance"] = 0.0
    frame["p_unpaid_30"] = chance.random(COUNT)
    frame["p_write_off"], frame["expected_days"], frame["expected_loss"] = 0.01, 20.0, 1.0
    frame["cleared_count"] = 12.0
    return frame.assign(country="DE", **change)


def prepared(run: Run, now: pd.DataFrame, before: pd.DataFrame | None = None) -> Run:
    run.save("customer_scores", now)
    run.save("customer_scores_before", pd.DataFrame() if before is None else before)
    items = now[["customer_id", "open_balance", "oldest_days_past_due"]].copy()
    items.columns = pd.Index(["customer_id", "balance", "days_past_due"])
    run.save("item_scores", items.assign(invoice_id=[f"I{number}" for number in range(COUNT)]))
    run.save("names", now[["customer_id"]].assign(name="Some Name"))
    return run


@pytest.fixture
def run(small_run: MakeRun, tmp_path: Path) -> Run:
    return prepared(small_run(tmp_path), scores())


def segment(run: Run, customer: str, policy: str = "RiskTiers()") -> str:
    found = run.load("segmentations")
    return str(found[(found["policy"] == policy) & (found["customer_id"] == customer)]["segment"].iloc[0])


def test_every_customer_has_a_segment_a_treatment_and_a_place(run: Run) -> None:
    sizes = assign(run)
    assert sizes.sum(axis=1).tolist() == [COUNT] * 2
    assert len(run.load("prescribed")) == COUNT
    worklist = run.load("worklist")
    assert sorted(worklist["customer_id"]) == sorted(scores()["customer_id"])
    assert worklist["on_today"].any()
    assert set(run.load("needs_human").columns) >= {"customer_id", "needs_human", "rules", "reason"}
    assert len(run.load("opportunities")) == COUNT
    assert run.load("handoffs")["rule"].is_unique


def test_a_month_that_ends_on_a_weekend_is_worked_on_the_next_working_day(run: Run) -> None:
    assert run.key_date == dt.date(2025, 11, 30)
    assign(run)
    worklist = run.load("worklist")
    today = worklist[worklist["on_today"] & (worklist["handling"] == "collector")]
    assert len(today)
    assert pd.to_datetime(today["deadline"]).min() >= pd.Timestamp("2025-12-01")


def test_what_the_log_taught_is_estimated_and_the_rest_assumed(run: Run) -> None:
    told = scores()[["customer_id"]].assign(
        channel="call", tone="firm", incremental_value=250.0, incremental_low=100.0, incremental_high=400.0
    )
    run.save("contact_value", told)
    assign(run)
    worklist = run.load("worklist")
    prescribed = run.load("prescribed").set_index("customer_id").loc[worklist["customer_id"]]
    firm = (
        (prescribed["channel"] == "call")
        & (prescribed["tone"] == "firm")
        & (prescribed["stage"] != "dispute")
    )
    assert (worklist["value_basis"].to_numpy() == np.where(firm, "estimated", "assumed")).all()
    assert 0 < firm.sum() < COUNT
    assert worklist.loc[firm.to_numpy(), "value_low"].gt(0).all()


def test_an_override_decides_is_named_and_survives_a_second_run(run: Run) -> None:
    assign(run)
    was = segment(run, "C007")
    other = next(name for name in SEGMENTS if name != was)
    path = override_file(run.home, run.experiment.name)
    made, until = dt.date(2025, 11, 1), dt.date(2026, 1, 31)
    add_override(path, Override("C007", other, "pays by instalments", "M. Ruiz", made, until))
    add_override(path, Override("X999", "Low", "gone", "M. Ruiz", made, until))
    for _ in range(2):
        assign(run)
        assert segment(run, "C007") == other
        own = run.load("segmentations").query("policy == 'RiskTiers()' and customer_id == 'C007'")
        assert "M. Ruiz" in own["why"].iloc[0]
        assert run.load("overrides")["customer_id"].tolist() == ["C007"]
        assert run.load("unknown_overrides") == ["X999"]
        assert run.load("prescribed").set_index("customer_id").loc["C007", "segment"] == other
    assert segment(run, "C007", "AgingBuckets()") == segment(run, "C007", "AgingBuckets()")


def test_what_the_safety_rules_changed_is_counted(small_run: MakeRun, tmp_path: Path) -> None:
    now = scores(last_contact_days=0.0, contacts_30d=30.0)
    run = prepared(small_run(tmp_path), now)
    assign(run)
    assert run.load("safety")["customers"].sum() > 0
    assert len(run.load("safety_changes"))
    assert not run.load("worklist")["on_today"].any()
    assert isinstance(json.dumps(run.load("unchecked_rules")), str)


def with_memory(small_run: MakeRun, home: Path) -> Run:
    run = small_run(home)
    tiers = {"name": "RiskTiers", "parameters": {}}
    parts = [Part(name="Hysteresis", parameters={"policy": tiers}), Part(name="AgingBuckets")]
    changed = run.experiment.model_copy(update={"policies": parts, "publish": "Hysteresis"})
    object.__setattr__(run, "experiment", changed)
    return run


def test_a_policy_with_a_memory_relaxes_slowly_after_the_month_before(
    small_run: MakeRun, tmp_path: Path
) -> None:
    now, before = scores(p_unpaid_30=0.01), scores(p_unpaid_30=0.9)
    run = prepared(with_memory(small_run, tmp_path), now, before)
    assign(run)
    own = run.load("segmentations").query("policy == @name", local_dict={"name": repr(published_policy(run))})
    assert set(own["segment"]) == {"High"}
    assert own["why"].str.startswith("held at High").all()
    assert len(run.load("reviews")["key_date"].unique()) == 2


def test_published_reviews_are_remembered_and_later_ones_are_not(small_run: MakeRun, tmp_path: Path) -> None:
    calm, risky = scores(p_unpaid_30=0.01), scores(p_unpaid_30=0.9)
    run = prepared(with_memory(small_run, tmp_path), calm, risky)
    assign(run)
    reviews = run.load("reviews")
    for name, shift, segment_then in (("a", -32, "Medium"), ("b", 40, "High")):
        path = tmp_path / f"{name}.parquet"
        days = pd.to_datetime(reviews["key_date"]) + pd.Timedelta(days=shift)
        reviews.assign(
            key_date=days.dt.date, segment=segment_then, raw_segment=segment_then, number=0.4
        ).to_parquet(path)
        files = {"reviews.parquet": path}
        day = (dt.date(2025, 11, 30) + dt.timedelta(days=shift)).isoformat()
        folder = run.home / "data" / "published" / run.experiment.name
        publish(files, folder=folder, version=version_of(day, files), facts={})
    assign(run)
    kept = pd.to_datetime(run.load("reviews")["key_date"])
    assert kept.max() == pd.Timestamp(run.key_date)
    own = run.load("segmentations").query("policy == @name", local_dict={"name": repr(published_policy(run))})
    assert set(own["segment"]) == {"Medium"}


def test_two_policies_of_one_class_are_told_apart_by_their_labels(small_run: MakeRun, tmp_path: Path) -> None:
    run = small_run(tmp_path)
    parts = [
        Part(name="RiskTiers", label="strict", parameters={"high_from": 0.3}),
        Part(name="RiskTiers"),
    ]
    changed = run.experiment.model_copy(
        update={"policies": parts, "publish": "strict", "in_force": "RiskTiers"}
    )
    object.__setattr__(run, "experiment", changed)
    assert repr(published_policy(run)) == "RiskTiers(high_from=0.3)"
    assert [repr(policy) for policy in declared_policies(run)] == ["RiskTiers()", "RiskTiers(high_from=0.3)"]
