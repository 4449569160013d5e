"""What the book's own log says contacts bring, and when it cannot say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.models import KaplanMeierByTerms
from arseg.runs import contact_value
from arseg.runs.contact_value import keep_value, with_value
from arseg.runs.journal import Run
from oracle.desks import Desk, FakeWalk, draw_desk, fake_walk, tell

MakeRun = Callable[..., Run]
ROWS = 2500


@pytest.fixture(scope="module", name="seen")
def _seen() -> Desk:
    return draw_desk(ROWS)


@pytest.fixture(name="walk")
def _walk(seen: Desk) -> FakeWalk:
    return fake_walk(seen)


@pytest.fixture(name="run")
def _run(small_run: MakeRun, tmp_path: Path) -> Run:
    run = small_run(tmp_path)
    run.save("present", ["contacts", "assignments"])
    return run


def prescribed(stage: str, channel: str = "call", tone: str = "firm") -> pd.DataFrame:
    ids = [f"C{number:03d}" for number in range(100)]
    return pd.DataFrame({"customer_id": ids, "stage": stage, "channel": channel, "tone": tone})


def test_a_log_that_was_drawn_by_lot_gives_estimates(
    run: Run, walk: FakeWalk, seen: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(monkeypatch, seen)
    keep_value(run, walk, KaplanMeierByTerms())  # type: ignore[arg-type]
    effect = run.load("contact_effect")
    assert effect["basis"] == "estimated"
    assert "learnt from" in effect["why"]
    late = with_value(run, prescribed("late"))
    assert (late["incremental_value"] > 0).mean() > 0.9
    assert (late["incremental_low"] <= late["incremental_value"]).all()
    assert (late["incremental_value"] <= late["incremental_high"]).all()
    mail = with_value(run, prescribed("late", "email", "nudge"))["incremental_value"]
    assert mail.sum() < late["incremental_value"].sum() / 2


@pytest.mark.parametrize(
    ("stage", "channel"),
    [("before_due", "call"), ("dispute", "call"), ("promise", "call"), ("late", "letter")],
)
def test_what_the_log_did_not_teach_stays_assumed(run: Run, stage: str, channel: str) -> None:
    known = prescribed("late").drop(columns="stage")
    run.save("contact_value", known.assign(incremental_value=1.0, incremental_low=0.5, incremental_high=2.0))
    assert with_value(run, prescribed("late"))["incremental_value"].eq(1.0).all()
    assert with_value(run, prescribed(stage, channel))["incremental_value"].isna().all()


def test_the_order_of_what_is_prescribed_is_kept(run: Run) -> None:
    known = prescribed("late").drop(columns="stage").assign(incremental_value=np.arange(100.0))
    run.save("contact_value", known.assign(incremental_low=0.0, incremental_high=100.0))
    asked = prescribed("late")[::-1]
    found = with_value(run, asked)
    assert found.index.equals(asked.index)
    assert found["incremental_value"].tolist() == list(np.arange(100.0))[::-1]


def test_a_desk_that_follows_a_rule_teaches_nothing(
    run: Run, walk: FakeWalk, seen: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for chance in (1.0, np.nan):
        tell(monkeypatch, seen, propensity=chance)
        keep_value(run, walk, KaplanMeierByTerms())  # type: ignore[arg-type]
        assert run.load("contact_effect")["basis"] == "assumed"
        assert "0% were drawn by lot" in run.load("contact_effect")["why"]
        assert with_value(run, prescribed("late"))["incremental_value"].isna().all()


def test_a_short_log_says_too_little(
    run: Run, walk: FakeWalk, seen: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(monkeypatch, seen, share=0.05)
    keep_value(run, walk, KaplanMeierByTerms())  # type: ignore[arg-type]
    assert "the log says too little" in run.load("contact_effect")["why"]


def test_an_effect_that_is_known_too_loosely_is_no_estimate(
    run: Run, walk: FakeWalk, seen: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(monkeypatch, seen)
    monkeypatch.setattr(contact_value, "MOST_ERROR", 0.001)
    keep_value(run, walk, KaplanMeierByTerms())  # type: ignore[arg-type]
    effect = run.load("contact_effect")
    assert effect["basis"] == "assumed"
    assert effect["why"].endswith("tells no kind of contact well enough from none")
    assert run.load("contact_value").empty


def test_without_a_log_the_run_says_so(run: Run, walk: FakeWalk) -> None:
    run.save("present", ["invoices", "postings", "contacts"])
    keep_value(run, walk, KaplanMeierByTerms())  # type: ignore[arg-type]
    assert run.load("contact_effect") == {
        "basis": "assumed",
        "why": "the ledger logs no contacts, or no decisions to leave a customer alone",
    }


def test_a_run_that_taught_nothing_assumes(run: Run) -> None:
    found = with_value(run, prescribed("late"))
    assert found[["incremental_value", "incremental_low", "incremental_high"]].isna().all(axis=None)
