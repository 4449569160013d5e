from __future__ import annotations

from pathlib import Path

import pytest

from arseg.ledger import read_ledger
from arseg.ledger.storing.store import Ledger
from arseg.runs.lab.workspace import LAB, demo_ledger, lab_home, make_workspace
from arseg.runs.preparation import STAGES
from arseg.schema import UsageError


def test_a_workspace_holds_the_labs_and_the_stages_notebooks(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path)
    assert folder == tmp_path / "lab"
    assert sorted(path.stem for path in folder.glob("*.ipynb")) == sorted((*LAB, *STAGES))


def test_an_edited_notebook_is_never_written_over_and_a_deleted_one_comes_back(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path)
    mine, gone, untouched = (folder / f"{name}.ipynb" for name in LAB[:3])
    mine.write_text("mine", encoding="utf-8")
    gone.unlink()
    before = untouched.read_bytes()
    make_workspace(tmp_path)
    assert mine.read_text(encoding="utf-8") == "mine"
    assert gone.is_file()
    assert untouched.read_bytes() == before


def test_a_notebook_still_as_copied_follows_the_shipped_one_and_one_of_unknown_origin_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from arseg.runs.lab import workspace

    shipped = tmp_path / "shipped" / "tour.ipynb"
    shipped.parent.mkdir()
    shipped.write_text("first", encoding="utf-8")
    monkeypatch.setattr(workspace, "_shipped", lambda _home: [shipped])
    copy = make_workspace(tmp_path) / "tour.ipynb"
    shipped.write_text("second", encoding="utf-8")
    make_workspace(tmp_path)
    assert copy.read_text(encoding="utf-8") == "second"
    (tmp_path / "lab" / ".shipped.json").write_text("{broken", encoding="utf-8")
    shipped.write_text("third", encoding="utf-8")
    make_workspace(tmp_path)
    assert copy.read_text(encoding="utf-8") == "second"


def test_an_empty_home_gets_the_demo_book_when_it_is_asked_for_and_only_then(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no ledger of that name. Given: mine. Allowed: demo"):
        demo_ledger("mine", home=tmp_path)
    made = demo_ledger(home=tmp_path, customers=20)
    assert made.name == "demo"
    stamp = made.path.stat().st_mtime_ns
    assert demo_ledger(home=tmp_path).content_hash == made.content_hash
    assert made.path.stat().st_mtime_ns == stamp


def test_a_ledger_that_is_there_is_read(small_ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "data" / "ledger" / "demo.duckdb"
    path.parent.mkdir(parents=True)
    path.write_bytes(small_ledger.path.read_bytes())
    assert demo_ledger(home=tmp_path) == read_ledger(path)


def test_a_notebook_stands_in_the_home_of_the_opened_lab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARSEG_HOME", str(tmp_path))
    assert lab_home() == tmp_path.resolve()
    monkeypatch.delenv("ARSEG_HOME")
    assert lab_home() == Path.cwd()
    assert lab_home(tmp_path / "other") == (tmp_path / "other").resolve()
