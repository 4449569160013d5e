from __future__ import annotations

from pathlib import Path

import pytest

from arseg.runs.inputs import COMPARED, differences, inputs_of, keep_inputs, read_inputs
from arseg.runs.journal import Run


@pytest.fixture(name="notebooks")
def _notebooks(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "01_ledger.ipynb").write_text("{}", encoding="utf-8")
    return folder


def test_what_is_kept_is_what_is_read(run: Run, notebooks: Path) -> None:
    keep_inputs(run, notebooks, ["01_ledger"])
    assert read_inputs(run.folder) == inputs_of(run, notebooks, ["01_ledger"])
    assert differences(read_inputs(run.folder), run, notebooks) == []


@pytest.mark.parametrize("name", list(COMPARED))
def test_every_difference_is_told_in_its_own_words(run: Run, notebooks: Path, name: str) -> None:
    then = inputs_of(run, notebooks, ["01_ledger"]) | {name: "another"}
    assert differences(then, run, notebooks) == [COMPARED[name]]
