"""The lab's notebooks: thin, documented, without outputs, run on a small book, their digests compared."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest

from arseg.ledger.storing.store import Ledger
from arseg.runs.filing import file_run
from arseg.runs.lab.workspace import LAB
from arseg.runs.mlflow_store import prepare
from arseg.runs.surroundings import surroundings
from arseg.runs.tracking import local_store

# MLflow asks SQLAlchemy for what it will drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks" / "lab"
TYPED = re.compile(r"[a-z_]+: (str|int|float|bool) = .+  # \S.{15,}")

DIGESTS: dict[str, dict[str, Any]] = {
    "tour": {"key_dates": 2, "all_dso_change": 0.0, "customers": True},
    "feature_lab": {
        "block": "my_block",
        "leak": "no difference",
        "columns": ["my_oldest_days", "my_open_share"],
        "key_dates": 2,
    },
    "policy_lab": {
        "policy": "RiskTiers(medium_from=0.1, high_from=0.3)",
        "in_force": "AgingBuckets()",
        "hours": 12.0,
        "within": True,
    },
    "experiment_comparer": {"runs": 2, "same_data": True, "beyond": ["dso"]},
}


@pytest.mark.parametrize("name", LAB)
def test_a_notebook_is_thin_asks_a_question_and_types_and_documents_each_parameter(name: str) -> None:
    cells = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert re.match(r"# .*\?\n", cells[0].source), "the title is a question"
    assert len(code) <= 15
    assert not any(re.search(r"^\s*(def|class|for|while) ", cell.source, re.MULTILINE) for cell in code)
    assert not any(cell.outputs or cell.execution_count for cell in code)
    tagged = [cell.source for cell in code if "parameters" in cell.metadata.get("tags", ())]
    assert len(tagged) == 1
    assert all(TYPED.fullmatch(line) for line in tagged[0].splitlines()), tagged[0]
    assert sum("digest" in cell.metadata.get("tags", ()) for cell in code) == 1


def test_every_notebook_of_the_lab_is_laid_out_and_digested() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(LAB) == sorted(DIGESTS)


@pytest.fixture(scope="module", name="home")
def _home(small_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("lab")
    path = home / "data" / "ledger" / "small.duckdb"
    path.parent.mkdir(parents=True)
    shutil.copyfile(small_ledger.path, path)
    experiment = prepare(local_store(home), "small", home)
    for dso in (40.0, 50.0):
        file_run(
            {
                "run_name": "2025-07-31",
                "parameters": {"name": "small", "trees": dso},
                "metrics": {"dso": dso, "dso_low": dso - 2, "dso_high": dso + 2},
                "tags": {
                    "arseg.run_id": f"20250801T000000{int(dso):06d}Z-abcdef",
                    "arseg.key_date": "2025-07-31",
                    "arseg.data_hash": "aa",
                },
                "artifacts": [],
                "model_folder": None,
            },
            experiment,
            home,
            lambda _folder, _name: 0,
        )
    return home


@pytest.mark.parametrize("name", LAB)
def test_a_notebook_runs_on_a_small_book_and_its_digest_is_as_it_was(
    name: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in surroundings(ARSEG_HOME=str(home)).items():
        monkeypatch.setenv(key, value)
    small = {"ledger": "small", "key_dates": "2025-06/2025-07"}
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    # A forest of eight trees says as much to a test as one of forty.
    for cell in notebook.cells:
        cell.source = cell.source.replace("trees=40", "trees=8")
    light = tmp_path / f"{name}.ipynb"
    nbformat.write(notebook, light)
    done = papermill.execute_notebook(
        os.fspath(light),
        None,
        parameters={} if name == "experiment_comparer" else small,
        kernel_name="python3",
        progress_bar=False,
        start_timeout=120,
    )
    said = [cell for cell in done.cells if "digest" in cell.metadata.get("tags", ())]
    assert json.loads(said[0].outputs[0].text) == DIGESTS[name]
    shown = json.dumps([cell.get("outputs") for cell in done.cells])
    assert "arseg-shown" in shown or name == "experiment_comparer", "results show themselves in a cell"
