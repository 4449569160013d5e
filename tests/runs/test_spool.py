from __future__ import annotations

import json
from pathlib import Path

import pytest

from arseg.runs import spool


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "journal" / "20260101T000000000001Z-abcdef"
    (folder / "work").mkdir(parents=True)
    return folder


def test_a_request_waits_until_it_is_forgotten(folder: Path, tmp_path: Path) -> None:
    later = folder.with_name("20260102T000000000001Z-abcdef")
    spool.keep(later, {"store": "b"}, {}, tmp_path)
    spool.keep(folder, {"store": "a"}, {}, tmp_path)
    assert spool.waiting(tmp_path) == [folder, later]
    assert spool.request_of(folder) == {"store": "a", "artifacts": []}
    spool.forget(folder)
    spool.forget(folder)
    assert spool.waiting(tmp_path) == [later]
    assert list((folder / "spool").iterdir()) == []


def test_what_a_later_run_would_write_over_is_copied_and_what_is_never_changed_is_not(
    folder: Path, tmp_path: Path
) -> None:
    published = tmp_path / "data" / "published" / "demo" / "versions" / "v1" / "index.html"
    notebook = tmp_path / "reports" / "demo" / "2026-01-31" / "01_ledger.ipynb"
    figure = folder / "work" / "cash.svg"
    for path in (published, notebook, figure):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name, encoding="utf-8")
    files = {"": [published], "figures": [figure], "notebooks": [notebook]}
    spool.keep(folder, {"store": "a"}, files, tmp_path)
    notebook.write_text("a later run's", encoding="utf-8")
    moved = tmp_path.with_name(f"{tmp_path.name} moved")
    tmp_path.rename(moved)
    kept = spool.request_of(moved / folder.relative_to(tmp_path))["artifacts"]
    assert [under for _, under in kept] == ["", "figures", "notebooks"]
    assert [(moved / path).read_text(encoding="utf-8") for path, _ in kept] == [
        "index.html",
        "cash.svg",
        "01_ledger.ipynb",
    ]
    assert [path for path, _ in kept][:2] == [
        "data/published/demo/versions/v1/index.html",
        f"journal/{folder.name}/work/cash.svg",
    ]


def test_a_request_half_written_does_not_wait(folder: Path, tmp_path: Path) -> None:
    (folder / "spool").mkdir()
    (folder / "spool" / "tracking.json.tmp").write_text("{", encoding="utf-8")
    assert spool.waiting(tmp_path) == []
    spool.keep(folder, {"store": "a"}, {}, tmp_path)
    assert json.loads((folder / "spool" / spool.REQUEST).read_text(encoding="utf-8"))["store"] == "a"


def test_one_process_at_a_time_holds_a_request(folder: Path, tmp_path: Path) -> None:
    spool.keep(folder, {"store": "a"}, {}, tmp_path)
    with spool.held(folder) as first, spool.held(folder) as second:
        assert (first, second) == (True, False)
        spool.forget(folder)
    with spool.held(folder) as third:
        assert third is False, "it was filed meanwhile"
