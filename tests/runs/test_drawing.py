from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.runs.drawing import hold_out, propensities, save_propensities
from arseg.runs.journal import Run
from arseg.runs.sections import Holdout
from arseg.schema import SEGMENTS
from arseg.treatments import read_playbook
from arseg.treatments.safety_contacts import Limits

from .test_assigning import scores

MakeRun = Callable[..., Run]


def segmentation(now: pd.DataFrame) -> pd.DataFrame:
    place = np.arange(len(now)) % 3
    given = [SEGMENTS[at] for at in place]
    return pd.DataFrame({"customer_id": now["customer_id"], "segment": given, "why": "rule", "cell": given})


def drawn(run: Run, now: pd.DataFrame, **options: Any) -> pd.DataFrame:
    return hold_out(run, segmentation(now), now, **({"decided": ()} | options))


def test_without_a_holdout_nobody_moves_and_no_chance_is_logged(small_run: MakeRun, tmp_path: Path) -> None:
    run, now = small_run(tmp_path), scores()
    pd.testing.assert_frame_equal(drawn(run, now), segmentation(now))
    save_propensities(run, segmentation(now), now, playbook=None, limits=None)  # type: ignore[arg-type]
    assert propensities(run) is None


@pytest.fixture
def run(small_run: MakeRun, tmp_path: Path) -> Run:
    return small_run(tmp_path, holdout=Holdout(share=0.5, seed=3))


def test_who_is_drawn_goes_to_the_next_segment_and_the_reason_says_so(run: Run) -> None:
    now = scores()
    found, before = drawn(run, now), segmentation(now)
    moved = found["segment"] != before["segment"]
    assert 8 <= moved.sum() <= 32
    rank = {name: at for at, name in enumerate(SEGMENTS)}
    assert ((found["segment"].map(rank) - before["segment"].map(rank)).abs()[moved] == 1).all()
    assert found.loc[moved, "why"].str.contains("rule; by lot, instead of").all()
    assert (found.loc[~moved, "why"] == "rule").all()
    lots = run.load("holdout")
    assert lots["drawn_segment"].tolist() == found["segment"].tolist()
    assert np.allclose(lots[[f"p_{name}" for name in SEGMENTS]].sum(axis=1), 1)


def test_whoever_a_person_decided_on_is_not_drawn_and_has_chance_one(run: Run) -> None:
    now = scores()
    decided = now["customer_id"].tolist()[:20]
    found = drawn(run, now, decided=decided)
    same = found["segment"].to_numpy()[:20] == segmentation(now)["segment"].to_numpy()[:20]
    assert same.all()
    chance = logged(run, found, now)
    assert (chance[decided] == 1).all()


def test_the_chance_of_a_treatment_is_that_of_all_segments_that_would_have_got_it(run: Run) -> None:
    now = scores()
    found = drawn(run, now)
    chance = logged(run, found, now)
    lots = run.load("holdout").set_index("customer_id")
    assert (chance >= lots["propensity"].reindex(chance.index) - 1e-12).all()
    assert chance.between(0, 1 + 1e-12).all()
    assert (chance < 1).any()


def logged(run: Run, found: pd.DataFrame, now: pd.DataFrame) -> pd.Series:
    playbook = read_playbook("standard")
    limits = Limits.of(playbook)
    from arseg.treatments.safety_repair import make_safe

    safe = make_safe(playbook.prescribe(found, now), now, run.key_date, limits=limits)
    run.save("prescribed", safe.prescribed)
    save_propensities(run, found, now, playbook=playbook, limits=limits)
    chance = propensities(run)
    assert chance is not None
    return chance


def test_another_seed_draws_others(small_run: MakeRun, tmp_path: Path) -> None:
    now = scores()
    one, other = (
        drawn(small_run(tmp_path / str(seed), holdout=Holdout(share=0.5, seed=seed)), now) for seed in (1, 2)
    )
    assert one["segment"].tolist() != other["segment"].tolist()
