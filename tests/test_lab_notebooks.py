"""The lab's notebooks: thin, documented, without outputs, run on a small book, their digests compared."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from arseg.ledger.storing.store import Ledger
from arseg.runs.filing import file_run
from arseg.runs.lab.workspace import LAB
from arseg.runs.mlflow_store import prepare
from arseg.runs.surroundings import surroundings
from arseg.runs.tracking import local_store
from oracle.nbval import run_by_nbval

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


def as_tested(name: str) -> nbformat.NotebookNode:
    """Return a notebook over the small book, with what its digest cell has to say as that cell's saved output."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    small = {"ledger": '"small"', "key_dates": '"2025-06/2025-07"'}
    for cell in notebook.cells:
        # A forest of eight trees says as much to a test as one of forty.
        cell.source = cell.source.replace("trees=40", "trees=8")
        tags = cell.metadata.get("tags", [])
        if "parameters" in tags:
            for parameter, value in small.items():
                cell.source = re.sub(
                    rf"^({parameter}: str) = \S+", rf"\1 = {value}", cell.source, flags=re.MULTILINE
                )
        if "digest" in tags:
            cell.metadata["tags"] = [*tags, "nbval-check-output"]
            cell.execution_count = 1
            said = json.dumps(DIGESTS[name]) + "\n"
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=said)]
    return notebook


def test_the_notebooks_run_on_a_small_book_and_their_digests_are_as_they_were(
    home: Path, tmp_path: Path
) -> None:
    for name in LAB:
        nbformat.write(as_tested(name), tmp_path / f"{name}.ipynb")
    notebooks = [tmp_path / f"{name}.ipynb" for name in LAB]
    done = run_by_nbval(notebooks, **surroundings(ARSEG_HOME=str(home)))
    assert done.returncode == 0, done.stdout[-3000:]


def test_a_digest_that_differs_is_a_failure(home: Path, tmp_path: Path) -> None:
    notebook = as_tested("experiment_comparer")
    (digest,) = [cell for cell in notebook.cells if "digest" in cell.metadata.get("tags", ())]
    digest.outputs[0].text = json.dumps(DIGESTS["experiment_comparer"] | {"runs": 3}) + "\n"
    path = tmp_path / "experiment_comparer.ipynb"
    nbformat.write(notebook, path)
    done = run_by_nbval([path], **surroundings(ARSEG_HOME=str(home)))
    assert done.returncode == 1
    assert '"runs": 2' in done.stdout
