from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from arseg.policies import RiskTiers
from arseg.policies.overrides import Override, apply_overrides
from arseg.runs.earlier_edition import earlier_edition, keep_basis
from arseg.runs.journal import Run
from arseg.runs.publication import publish, rollback, version_of
from arseg.schema import DataError

SCORES = pd.DataFrame({"customer_id": ["A", "B"], "p_unpaid_30": [0.2, 0.9]})
KEPT = Override("B", "Low", "pays by instalments", "M. Ruiz", dt.date(2026, 8, 1), dt.date(2026, 12, 31))


def on(run: Run, day: str) -> Run:
    return replace(run, key_date=dt.date.fromisoformat(day))


def published(run: Run, day: str, mark: str = "", *, point: bool = True) -> str:
    """Publish an edition of two customers, as a run on that day would, and return its version."""
    then = on(run, day)
    (then.work / "model").mkdir(exist_ok=True)
    for name in ("model.json", "manifest.json"):
        (then.work / "model" / name).write_text("{}")
    keep_basis(then)
    made = apply_overrides(RiskTiers().assign(SCORES), [KEPT], then.key_date)
    SCORES.to_parquet(then.to_publish / "customer_scores.parquet")
    made.applied.to_parquet(then.to_publish / "overrides.parquet")
    made.segmentation.assign(policy="RiskTiers()").to_parquet(then.to_publish / "segmentations.parquet")
    (then.to_publish / "mark.txt").write_text(mark)
    files = {p.relative_to(then.to_publish).as_posix(): p for p in then.to_publish.rglob("*") if p.is_file()}
    folder = run.home / "data" / "published" / run.experiment.name
    return publish(files, folder=folder, version=version_of(day, files), facts={}, point=point).name


def version_before(run: Run, day: str) -> str | None:
    found = earlier_edition(on(run, day))
    return None if found is None else found.version


def test_without_a_publication_there_is_none(run: Run) -> None:
    assert earlier_edition(run) is None


def test_the_edition_in_force_says_by_what_it_decided(run: Run) -> None:
    version = published(run, "2026-09-30")
    found = earlier_edition(run)
    assert found is not None
    assert found.version == version
    assert found.basis.policy == RiskTiers()
    assert found.basis.key_date == dt.date(2026, 9, 30)
    assert found.basis.overrides == (KEPT,)
    assert found.segmentation["segment"].tolist() == ["Medium", "Low"]
    assert found.scores.equals(SCORES)
    assert json.loads((found.model / "manifest.json").read_text()) == {}


def test_it_is_the_last_that_was_in_force_before_the_key_date(run: Run) -> None:
    august, september = published(run, "2026-08-31"), published(run, "2026-09-30")
    again = published(run, "2026-09-30", "loaded again")
    published(run, "2026-10-31")
    assert version_before(run, "2026-10-31") == again
    assert version_before(run, "2026-09-30") == august
    assert version_before(run, "2026-08-31") is None
    rollback(run.home / "data" / "published" / run.experiment.name, september)
    assert version_before(run, "2026-10-31") == september


def test_a_backfilled_month_that_was_never_in_force_is_passed_over(run: Run) -> None:
    october = published(run, "2026-10-31")
    published(run, "2026-09-30", point=False)
    assert version_before(run, "2026-11-30") == october
    assert version_before(run, "2026-10-31") is None


def test_an_edition_without_its_model_is_said_to_be_one(run: Run) -> None:
    folder = run.home / "data" / "published" / run.experiment.name
    files: dict[str, Path | bytes] = {"index.html": b"old"}
    publish(files, folder=folder, version=version_of("2026-09-30", files), facts={})
    with pytest.raises(DataError, match="carries neither its model nor its policy"):
        earlier_edition(run)


def test_a_damaged_pointer_is_said_to_be_one(run: Run) -> None:
    published(run, "2026-09-30")
    (run.home / "data" / "published" / run.experiment.name / "CURRENT").write_text("2026-09-30-gone")
    with pytest.raises(DataError, match="names a version that is not there"):
        earlier_edition(run)
