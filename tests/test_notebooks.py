from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from arseg.runs.journal import RECORD_VARIABLE, Run
from arseg.runs.preparation import DAILY_STAGES, STAGES
from oracle.nbval import run_by_nbval

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_there_is_one_notebook_per_stage() -> None:
    assert [path.stem for path in NOTEBOOKS] == sorted((*STAGES, *DAILY_STAGES))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_thin_asks_a_question_and_documents_its_parameters(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert re.match(r"# .*\?\n", cells[0].source), "the title is a question"
    assert len(code) <= 15
    assert not any(re.search(r"^\s*(def|class|for|while) ", cell.source, re.MULTILINE) for cell in code)
    assert not any(cell.outputs or cell.execution_count for cell in code), (
        "notebooks stand in git without outputs"
    )
    parameters = [cell for cell in code if "parameters" in cell.metadata.get("tags", ())]
    assert len(parameters) == 1
    for line in parameters[0].source.splitlines():
        assert re.fullmatch(r"(config|run_id): str = \"\"  # .+", line)
    assert code[-1].source == f'run.finish("{path.stem}")'


def test_the_notebooks_run_on_a_small_ledger(small_run: Callable[..., Run], tmp_path: Path) -> None:
    run = small_run(tmp_path)
    notebooks = [ROOT / "notebooks" / f"{stage}.ipynb" for stage in STAGES]
    done = run_by_nbval(notebooks, **{RECORD_VARIABLE: str(run.record)})
    assert done.returncode == 0, done.stdout[-3000:]
    assert all(run.sentinel(stage).is_file() for stage in STAGES)
    assert (run.to_publish / "index.html").is_file()
