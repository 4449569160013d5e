"""A policy's plan of contacts as a scenario: told from the log's own effect, or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.forecast import OpenBook
from arseg.models.cause import CauseHazard
from arseg.models.contact_effect import ContactEffect
from arseg.models.rates import Rates
from arseg.runs import contact_plan
from arseg.runs.contact_plan import contacts_of, under_plan
from arseg.runs.contact_value import LEARNT
from arseg.runs.forward_sections import CashScenario
from arseg.runs.item_curves import load_book
from arseg.runs.journal import Run

PLAN = CashScenario(name="tiers", contacts_of="RiskTiers")
Teach = Callable[..., Run]


def effect_of(size: float, *, of_risk: float = 0.0, error: float = 0.1) -> ContactEffect:
    """Return what a log would teach: every kind of contact moves the log-hazard by one size."""
    nothing = CauseHazard(Rates((0.0,)), None)
    spread = np.diag([error**2, 0.0])
    return ContactEffect(
        ["contact"], ("email", "nudge"), 7.0, np.array([size, of_risk]), spread, 0.0, 1.0, nothing
    )


@pytest.fixture(name="teach")
def _teach(told_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Teach:
    """Return the small run, in a folder of its own, as if its log had taught an effect."""
    shutil.copytree(told_run.work, tmp_path / "work")
    monkeypatch.setattr(ContactEffect, "knows", lambda _, channel, tone: channel != "none")  # noqa: ARG005

    def teach(effect: ContactEffect) -> Run:
        run = replace(told_run, folder=tmp_path)
        run.save(LEARNT, effect.to_dict())
        run.save("contact_effect", {"basis": "estimated", "why": "drawn by lot"})
        return run

    return teach


def cash(book: OpenBook) -> float:
    return float(book.expected_by_week(13).sum())


def test_without_an_effect_that_is_identified_there_is_a_sentence_and_no_number(told_run: Run) -> None:
    found = under_plan(told_run, load_book(told_run), PLAN)
    assert found.book is None
    why = told_run.load("contact_effect")["why"]
    assert found.said == f"Scenario tiers cannot be told: what a contact does is not identified ({why})."


def test_the_plan_of_the_policy_in_force_is_what_is_expected_anyway(teach: Teach) -> None:
    run = teach(effect_of(0.5))
    book = load_book(run)
    found = under_plan(run, book, PLAN.model_copy(update={"contacts_of": "AgingBuckets"}))
    assert found.book is not None
    assert np.array_equal(found.book.incidence, book.incidence)
    assert "lies between -0 and 0" in found.said or "lies between 0 and 0" in found.said


def test_contacts_that_do_nothing_change_nothing(teach: Teach) -> None:
    run = teach(effect_of(0.0, error=0.0))
    book = load_book(run)
    found = under_plan(run, book, PLAN)
    assert found.book is not None
    assert np.array_equal(found.book.incidence, book.incidence)


def test_only_items_whose_plan_differs_and_that_are_past_due_within_the_weeks_move(teach: Teach) -> None:
    run = teach(effect_of(0.5))
    book = load_book(run)
    found = under_plan(run, book, PLAN)
    assert found.book is not None
    moved = (found.book.incidence != book.incidence).any(axis=(1, 2))
    plans = [contacts_of(run, name).set_index("customer_id") for name in ("RiskTiers", "AgingBuckets")]
    kinds = [
        plan.reindex(book.items["customer_id"])[["first", "every"]].fillna(-1).to_numpy() for plan in plans
    ]
    differs = (kinds[0] != kinds[1]).any(axis=1)
    assert moved.any()
    assert not moved[~differs].any()


def test_one_contact_moves_the_hazard_by_what_it_leaves_behind_day_by_day(
    teach: Teach, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = teach(effect_of(0.3, of_risk=0.2))
    book = load_book(run)
    late = int(np.flatnonzero(book.items["days_past_due"] > 0)[0])
    items = book.items.iloc[[late]].reset_index(drop=True)
    one = replace(book, items=items, incidence=book.incidence[[late]])
    who = items["customer_id"].iloc[0]
    row = {"customer_id": who, "channel": "call", "tone": "firm", "first": 2, "every": 1000}
    plans = {"RiskTiers": pd.DataFrame([row]), "AgingBuckets": pd.DataFrame([row]).head(0)}
    monkeypatch.setattr(contact_plan, "contacts_of", lambda _run, policy, *_: plans[policy])
    found = under_plan(run, one, PLAN)
    assert found.book is not None

    def paid_rate(book: OpenBook) -> np.ndarray:
        """Cumulative hazard of payment of each day: what left by it over what was open, as -log(1 - q)."""
        steps = np.diff(book.incidence[0].astype(float), axis=1, prepend=0.0)[:, :30]
        gone = steps.sum(axis=0)
        rate = -np.log1p(-gone / (1 - np.cumsum(gone) + gone))
        return np.asarray(rate * steps[0] / gone)

    unpaid = 1 - one.paid_by[0, 29]
    size = 0.3 + 0.2 * np.log(unpaid / (1 - unpaid))
    # Made on day 2 it acts from day 3, and is half after every seven days.
    day = np.arange(1, 31)
    expected = np.where(day > 2, size * 2.0 ** (-(day - 3) / 7), 0.0)
    assert np.log(paid_rate(found.book) / paid_rate(one)) == pytest.approx(expected, abs=2e-3)


def test_the_error_of_the_effect_is_told_as_an_interval(teach: Teach) -> None:
    run = teach(effect_of(0.5, error=0.1))
    book = load_book(run)
    found = under_plan(run, book, PLAN)
    assert found.book is not None
    more = cash(found.book) - cash(book)
    near = [under_plan(teach(effect_of(size)), book, PLAN).book for size in (0.49, 0.51)]
    assert near[0] is not None
    assert near[1] is not None
    reach = 1.96 * 0.1 * abs(cash(near[1]) - cash(near[0])) / 0.02
    words = found.said.partition("lies between ")[2].replace(",", "").split()
    assert float(words[0]) == pytest.approx(more - reach, abs=1 + 0.02 * reach)
    assert float(words[2]) == pytest.approx(more + reach, abs=1 + 0.02 * reach)


def test_another_playbook_makes_another_plan(teach: Teach) -> None:
    run = teach(effect_of(0.5))
    usual, other = contacts_of(run, "RiskTiers"), contacts_of(run, "RiskTiers", "before_due")
    assert not usual.equals(other)
    assert (usual["every"] >= 1).all()
    assert (usual["first"] >= 0).all()
    assert "none" not in set(usual["channel"])


def test_what_is_learnt_survives_the_folder(teach: Teach) -> None:
    run = teach(effect_of(0.25))
    stored = json.loads((run.work / f"{LEARNT}.json").read_text(encoding="utf-8"))
    assert ContactEffect.from_dict(stored).coefficients.tolist() == [0.25, 0.0]
