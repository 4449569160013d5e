from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellTimeoutError
from nbformat.v4 import new_code_cell, new_notebook

from arseg.runs.limit_sections import Limits
from arseg.runs.refused_stage import beyond, refusal
from arseg.schema import DataError

LIMITS = Limits(stage_seconds=9, stage_memory_mib=900)


@pytest.fixture(name="output")
def _output(tmp_path: Path) -> Path:
    """Return a notebook whose first cell came from papermill, and whose third was the last to start."""
    cells = [
        new_code_cell(
            "config = ''", metadata={"tags": ["injected-parameters"], "papermill": {"start_time": "1"}}
        ),
        new_code_cell("x = 1", metadata={"papermill": {"start_time": "2"}}),
        new_code_cell("\nslow(x)\nmore()", metadata={"papermill": {"start_time": "3"}}),
        new_code_cell("run.finish()"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "05_backtest.ipynb")
    return tmp_path / "05_backtest.ipynb"


def test_a_limit_is_named_with_what_was_taken_and_its_file_is_gone(output: Path) -> None:
    over = output.with_name(".over")
    assert beyond(output, RuntimeError("dead"), over, LIMITS) is None
    over.write_text("1234", encoding="ascii")
    memory = beyond(output, None, over, LIMITS)
    assert memory is not None
    assert memory.what == "notebook 05_backtest took too much in cell 2 (slow(x))"
    assert (memory.given, memory.code) == ("1234 MiB of memory", "limit")
    assert "900 MiB a stage" in memory.allowed
    assert not over.exists()
    time = beyond(output, CellTimeoutError("late"), over, LIMITS)
    assert time is not None
    assert time.allowed == "9 s a stage, by limits.stage_seconds of the experiment"


def test_what_ended_a_stage_is_said_in_one_line_and_where(output: Path) -> None:
    said = refusal(output, OSError("no\nspace\x07 left."))
    assert isinstance(said, DataError)
    assert said.what == "notebook 05_backtest failed in cell 2 (slow(x))"
    assert said.given == "OSError: no space left"
    assert refusal(output, None).given == "it stopped without an error and without finishing"
    gone = refusal(output.with_name("01_ledger.ipynb"), None)
    assert gone.what == "notebook 01_ledger failed in no cell, as its kernel did not start"
