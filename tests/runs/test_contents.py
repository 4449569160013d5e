from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from arseg.runs.contents import list_runs, write_contents
from arseg.runs.experiment import Experiment
from arseg.runs.journal import create_run, note


def _ran(home: Path, experiment: Experiment, day: str, *, version: str = "", problem: str = "") -> None:
    import datetime as dt

    run = create_run(experiment, key_date=dt.date.fromisoformat(day), home=home)
    note(run, "start", experiment=experiment.name, key_date=run.key_date)
    if version:
        folder = home / "data" / "published" / experiment.name / "versions" / version
        folder.mkdir(parents=True, exist_ok=True)
        frame = pd.DataFrame(
            {"measure": ["dso", "bad_debt_ratio", "collection_rate"], "value": [41.5, 0.002, 0.93]}
        )
        frame.to_parquet(folder / "headline.parquet")
        note(run, "publish", version=version)
        note(run, "end", version=version)
    if problem:
        note(run, "fail", type="DataError", message=problem)


def test_the_last_run_of_every_key_date_is_listed_with_its_measures(
    experiment: Experiment, tmp_path: Path
) -> None:
    _ran(tmp_path, experiment, "2026-09-30", version="2026-09-30-aaaa")
    _ran(tmp_path, experiment, "2026-10-31", problem="it broke")
    _ran(tmp_path, experiment, "2026-10-31", version="2026-10-31-bbbb")
    runs = {run["key_date"]: run for run in list_runs(tmp_path)}
    assert len(runs) == 2
    assert runs["2026-10-31"]["status"] == "done"
    assert runs["2026-10-31"]["measures"]["dso"] == 41.5
    text = write_contents(tmp_path).read_text(encoding="utf-8")
    assert re.findall(r'href="(?:\./)?(demo/[^"]+)"', text) == [
        "demo/2026-10-31/index.html",
        "demo/2026-09-30/index.html",
    ]
    assert "41.5\N{NO-BREAK SPACE}days" in text


def test_a_failed_run_is_visible_with_its_reason_and_without_a_link(
    experiment: Experiment, tmp_path: Path
) -> None:
    _ran(tmp_path, experiment, "2026-10-31", problem="notebook 03_models failed in <cell 4>")
    text = write_contents(tmp_path).read_text(encoding="utf-8")
    assert "failed" in text
    assert "notebook 03_models failed in &lt;cell 4&gt;" in text
    assert "href=" not in text.replace('href="#', "")


def test_a_run_that_was_killed_is_called_unfinished(experiment: Experiment, tmp_path: Path) -> None:
    _ran(tmp_path, experiment, "2026-10-31")
    assert [run["status"] for run in list_runs(tmp_path)] == ["unfinished"]


def test_a_home_without_runs_has_an_empty_list(tmp_path: Path) -> None:
    assert list_runs(tmp_path) == []
    assert "default-src" in write_contents(tmp_path).read_text(encoding="utf-8")
