from __future__ import annotations

from pathlib import Path

import pytest

from arseg.runs.journal import Run
from arseg.runs.kept_stage import Shelf


@pytest.fixture(name="output")
def _output(run: Run) -> Path:
    """Return the executed notebook of a stage that saved one number and is sealed."""
    output = run.home / "01_ledger.ipynb"
    output.write_text("{}", encoding="utf-8")
    run.save("quality", {"findings": 1})
    run.finish("01_ledger")
    Shelf(run).seal("01_ledger", "h1", output)
    return output


def test_a_sealed_stage_can_be_left_out_and_no_other(run: Run, output: Path) -> None:
    shelf = Shelf(run)
    assert shelf.kept("01_ledger", "h1", output) == ""
    assert shelf.restore("01_ledger") == ""
    assert shelf.kept("02_features", "h1", output) == "it has not reached its end"
    assert shelf.kept("01_ledger", "h2", output) == "its inputs, parameters or code are not those of then"
    output.write_text("another", encoding="utf-8")
    assert shelf.kept("01_ledger", "h1", output) == "its executed notebook is not there any more"
    shelf.unseal("01_ledger")
    assert shelf.kept("01_ledger", "h1", output) == "it has not reached its end"
    assert not run.sentinel("01_ledger").exists()


@pytest.mark.parametrize("content", [b"", b"{", b'{"findings"'])
def test_a_seal_cut_short_is_none(run: Run, output: Path, content: bytes) -> None:
    (run.folder / "kept" / "01_ledger.json").write_bytes(content)
    assert Shelf(run).kept("01_ledger", "h1", output) == "it has not reached its end"


def test_what_a_later_stage_left_is_removed(run: Run, output: Path) -> None:
    run.save("half", {"done": False})
    (run.to_publish / "index.html").write_text("half", encoding="utf-8")
    assert Shelf(run).restore("01_ledger") == ""
    assert [path.name for path in run.work.rglob("*") if path.is_file()] == ["quality.json"]
    assert output.is_file()


@pytest.mark.parametrize("content", [None, b"", b'{"findings": 2}'])
def test_a_result_that_was_lost_or_written_over_is_not_used(
    run: Run, output: Path, content: bytes | None
) -> None:
    path = run.work / "quality.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert Shelf(run).restore("01_ledger") == "quality.json is not as it left it"
    assert output.is_file()
