"""A change between two editions of the small ledger is split exactly, and each cause is given its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.backtest import Plan, Walk
from arseg.features import Features, build_features
from arseg.ledger import Ledger, take_snapshot
from arseg.models import KaplanMeierByTerms, TimeToPayment, save_model
from arseg.policies import OneSizeFitsAll, RiskTiers
from arseg.policies.change import SWAPS
from arseg.policies.decisions import Basis
from arseg.policies.overrides import Override, apply_overrides
from arseg.runs.changing import keep_changes
from arseg.runs.earlier_edition import keep_basis
from arseg.runs.journal import Run
from arseg.runs.known_rows import known_rows
from arseg.runs.publication import publish, version_of
from arseg.scores import score

THEN, NOW = dt.date(2025, 10, 31), dt.date(2025, 11, 30)
MakeRun = Callable[..., Run]


@dataclass(frozen=True)
class Month:
    features: Features
    model: TimeToPayment

    def scores(self, model: TimeToPayment | None = None) -> pd.DataFrame:
        return score(self.features, model or self.model, reasons=False).customers


@pytest.fixture(scope="module")
def months(small_ledger: Ledger) -> tuple[Month, Month]:
    walk = Walk(small_ledger, Plan(landmarks=3))
    found = []
    for day in (THEN, NOW):
        known = known_rows(walk, day)
        found.append(Month(walk.landmark(day).features, KaplanMeierByTerms().fit(known.X, known.y)))
    return found[0], found[1]


@pytest.fixture(scope="module")
def same_rows(small_ledger: Ledger) -> Features:
    with take_snapshot(small_ledger, NOW, known_by=THEN) as snapshot:
        return build_features(snapshot)


def published(run: Run, month: Month, overrides: tuple[Override, ...] = ()) -> None:
    then = replace(run, key_date=THEN)
    save_model(month.model, then.work / "model")
    keep_basis(then)
    scores = month.scores()
    made = apply_overrides(RiskTiers().assign(scores), overrides, THEN)
    scores.to_parquet(then.to_publish / "customer_scores.parquet")
    made.applied.to_parquet(then.to_publish / "overrides.parquet")
    made.segmentation.assign(policy="RiskTiers()").to_parquet(then.to_publish / "segmentations.parquet")
    files = {p.relative_to(then.to_publish).as_posix(): p for p in then.to_publish.rglob("*") if p.is_file()}
    folder = run.home / "data" / "published" / run.experiment.name
    publish(files, folder=folder, version=version_of(str(THEN), files), facts={})


def changed(
    run: Run,
    month: Month,
    model: TimeToPayment | None = None,
    *,
    features: Features | None = None,
    **basis: Any,
) -> pd.DataFrame:
    """Say what changed for a month that was scored by its own model, or by another."""
    scores = month.scores(model)
    save_model(model or month.model, run.work / "model")
    new = Basis(**({"policy": RiskTiers(), "key_date": NOW} | basis))
    run.save("customer_scores", scores)
    made = apply_overrides(new.policy.assign(scores), new.overrides, NOW)
    keep_changes(run, new, made.segmentation, features or month.features)
    frame: pd.DataFrame = run.load("changes")
    return frame


def parts(frame: pd.DataFrame, what: str) -> np.ndarray:
    return frame[[f"{what}_{name}" for name in SWAPS]].to_numpy(dtype="float64")


def test_the_parts_sum_to_the_change_and_each_is_a_whole_swap(
    small_run: MakeRun, months: tuple[Month, Month], same_rows: Features, tmp_path: Path
) -> None:
    then, now = months
    run = small_run(tmp_path)
    published(run, then)
    frame = changed(run, now).set_index("customer_id")
    assert len(frame) > 20
    assert (
        np.abs(parts(frame, "score").sum(axis=1) - (frame["score_after"] - frame["score_before"])).max()
        < 1e-9
    )
    waited = score(same_rows, then.model, reasons=False).customers.set_index("customer_id")["p_unpaid_30"]
    told = then.scores().set_index("customer_id")["p_unpaid_30"]
    both = frame.index
    assert np.allclose(frame["score_time"], waited[both] - told[both], rtol=0, atol=1e-12)
    assert (frame["score_time"] != 0).any()
    assert (frame["score_data"] != 0).any()
    assert (frame["score_model"] != 0).any()
    assert not frame[["score_policy", "score_override"]].to_numpy().any()
    told_of = run.load("changed")
    assert told_of["since"] == "2025-10-31"
    assert told_of["came"] + len(frame) == len(now.scores())
    assert told_of["left"] + len(frame) == len(then.scores())
    assert (
        frame["open_balance"].tolist()
        == now.scores().set_index("customer_id").loc[both, "open_balance"].tolist()
    )


def test_another_policy_owes_every_step_that_it_alone_made(
    small_run: MakeRun, months: tuple[Month, Month], tmp_path: Path
) -> None:
    then, now = months
    run = small_run(tmp_path)
    published(run, then)
    frame = changed(run, now, then.model, policy=OneSizeFitsAll("High"))
    last = frame["before"].map({"Low": 0, "Medium": 1, "High": 2}) + frame[
        [f"steps_{name}" for name in ("time", "data", "model", "override")]
    ].sum(axis=1)
    assert (frame["steps_policy"] == 2 - last).all()
    assert not frame["steps_model"].any()
    assert not frame["score_model"].any()


def test_an_override_that_is_made_and_one_that_ends_are_persons_doing(
    small_run: MakeRun, months: tuple[Month, Month], tmp_path: Path
) -> None:
    then, now = months
    run = small_run(tmp_path)
    first, second = sorted({*then.scores()["customer_id"]} & {*now.scores()["customer_id"]})[:2]
    until = dt.date(2025, 12, 31)
    ended = Override(first, "High", "asked to", "M. Ruiz", dt.date(2025, 10, 1), dt.date(2025, 11, 15))
    made = Override(second, "High", "asked to", "M. Ruiz", dt.date(2025, 11, 20), until)
    published(run, then, (ended,))
    frame = changed(run, now, overrides=(ended, made)).set_index("customer_id")
    assert frame.loc[first, "before"] == "High"
    assert frame.loc[second, "after"] == "High"
    raw = RiskTiers().assign(now.scores()).set_index("customer_id")["segment"]
    steps = {"Low": 0, "Medium": 1, "High": 2}
    assert frame.loc[first, "steps_override"] == steps[raw[first]] - 2
    assert frame.loc[second, "steps_override"] == 2 - steps[raw[second]]


def test_the_first_edition_has_nobody_to_compare(
    small_run: MakeRun, months: tuple[Month, Month], tmp_path: Path
) -> None:
    run = small_run(tmp_path)
    assert changed(run, months[1]).empty
    assert run.load("changed")["note"] == ""


def test_where_the_old_model_reads_other_columns_the_page_is_told_why(
    small_run: MakeRun, months: tuple[Month, Month], tmp_path: Path
) -> None:
    then, now = months
    run = small_run(tmp_path)
    published(run, then)
    fewer = replace(now.features, items=now.features.items.drop(columns="terms_days"))
    assert changed(run, now, features=fewer).empty
    assert "reads columns that this run does not build: terms_days" in run.load("changed")["note"]
