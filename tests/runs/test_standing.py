from __future__ import annotations

import json
from pathlib import Path

from arseg.runs.journal import Run, note
from arseg.runs.publication import publish
from arseg.runs.standing import describe, published_folders, standing


def publish_one(home: Path, version: str = "2026-10-31-00000000") -> Path:
    folder = home / "data" / "published" / "demo"
    return publish({"index.html": b""}, folder=folder, version=version, facts={"policy": "RiskTiers"})


def test_an_empty_home_has_nothing(tmp_path: Path) -> None:
    found = standing(tmp_path)
    assert (found.publications, found.last_run) == ([], None)
    assert describe(found) == "nothing is published\nno run yet"
    assert published_folders(tmp_path) == []


def test_the_version_in_force_is_named(tmp_path: Path) -> None:
    publish_one(tmp_path)
    found = standing(tmp_path)
    assert found.publications[0].in_force == "2026-10-31-00000000"
    assert describe(found).startswith("demo: 2026-10-31-00000000 (policy RiskTiers, 1 versions)")
    assert json.loads(found.to_json())["publications"][0]["experiment"] == "demo"


def test_a_publication_that_was_made_of_old_data_says_so(tmp_path: Path) -> None:
    facts = {"policy": "RiskTiers", "stale": "postings are 12 days old on 2026-10-31; 3 days are allowed"}
    folder = tmp_path / "data" / "published" / "demo"
    publish({"index.html": b""}, folder=folder, version="2026-10-31-00000000", facts=facts)
    assert "1 versions) STALE: postings are 12 days old" in describe(standing(tmp_path))


def test_a_damaged_publication_is_not_in_force(tmp_path: Path) -> None:
    (publish_one(tmp_path) / "manifest.json").write_bytes(b"{}")
    assert standing(tmp_path).publications[0].in_force is None


def test_the_last_run_is_done_failed_or_unfinished(run: Run) -> None:
    note(run, "start", experiment="demo")
    note(run, "stage_start", stage="02_features")
    last = standing(run.home).last_run
    assert last is not None
    assert (last.run_id, last.experiment, last.state, last.stage) == (
        run.run_id,
        "demo",
        "unfinished",
        "02_features",
    )
    note(run, "fail", message="a cell failed")
    assert describe(standing(run.home)).endswith("of demo: failed in 02_features: a cell failed")
    note(run, "end")
    last = standing(run.home).last_run
    assert last is not None
    assert last.state == "done"


def test_a_run_that_was_only_prepared_for_notebooks_is_no_last_run(run: Run) -> None:
    assert standing(run.home).last_run is None
