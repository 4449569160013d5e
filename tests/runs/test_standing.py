from __future__ import annotations

import json
import os
from pathlib import Path

from arseg.runs.journal import Run, note, note_by_hand
from arseg.runs.lock import exclusive
from arseg.runs.publication import publish
from arseg.runs.publication_sections import Target
from arseg.runs.standing import describe, published_folders, standing
from arseg.runs.targets.declared import keep_targets


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


def test_targets_hands_and_the_holder_of_the_lock_are_told(tmp_path: Path) -> None:
    folder = publish_one(tmp_path).parents[1]
    keep_targets(folder, [Target(kind="duckdb", path="mart.duckdb")])
    for state in ("begun", "done"):
        more = {"version": "2026-10-31-00000000", "by": "ann", "reason": "wrong rates", "state": state}
        note_by_hand(tmp_path, "rollback", experiment="demo", **more)
        said = describe(standing(tmp_path)).splitlines()
        assert said[1] == (
            "  duckdb mart.duckdb: lags behind: it shows nothing, the folder 2026-10-31-00000000"
        )
        unfinished = "" if state == "done" else ", not finished"
        assert said[2].startswith("  went back to 2026-10-31-00000000, ann, 20")
        assert said[2].endswith(f"{unfinished}: wrong rates")
    with exclusive(tmp_path, "arseg run demo"):
        assert f"running: arseg run demo, process {os.getpid()}" in describe(standing(tmp_path))
    found = json.loads(standing(tmp_path).to_json())["publications"][0]
    assert found["targets"][0]["problem"].startswith("lags behind")
    assert found["by_hand"]["by"] == "ann"


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
