from __future__ import annotations

from pathlib import Path

import pytest

from arseg.runs.publication_sections import Target as Declared
from arseg.runs.targets.declared import keep_targets, kept_targets, open_targets
from arseg.schema import DataError, UsageError

DUCKDB = Declared(kind="duckdb", path="data/mart.duckdb")
POSTGRES = Declared(kind="postgres", url_env="MART_URL", tables_in="mart")


def test_what_is_kept_comes_back_and_a_later_word_takes_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    assert kept_targets(folder) == []
    keep_targets(folder, [])
    assert not folder.exists()
    for declared in ([DUCKDB, POSTGRES], [DUCKDB], []):
        keep_targets(folder, declared)
        assert kept_targets(folder) == declared
    assert [path.name for path in folder.iterdir()] == ["targets.json"]


def test_the_record_holds_the_variable_not_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MART_URL", "postgresql://ann:hunter2@db/mart")
    keep_targets(tmp_path, [POSTGRES])
    assert "MART_URL" in (tmp_path / "targets.json").read_text(encoding="utf-8")
    assert "hunter2" not in (tmp_path / "targets.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "[]", '{"targets": [{"kind": "oracle"}]}', "\x00"])
def test_a_damaged_record_is_said_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "targets.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"record of targets targets\.json .* is damaged"):
        kept_targets(tmp_path)


def test_a_disk_that_refuses_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "targets.json.tmp").mkdir()
    with pytest.raises(DataError, match="could not be written"):
        keep_targets(tmp_path, [DUCKDB])


def test_targets_are_spoken_of_without_an_address(tmp_path: Path) -> None:
    found = open_targets([DUCKDB, POSTGRES], tmp_path)
    assert [(target.described, target.place) for target in found] == [
        ("duckdb data/mart.duckdb", "main"),
        ("postgres $MART_URL, mart", "mart"),
    ]


@pytest.mark.parametrize(
    "path", ["data/ledger/demo.duckdb", "data/published/demo/versions/x.duckdb", "data/x/../ledger/a"]
)
def test_no_target_stands_among_ledgers_or_versions(tmp_path: Path, path: str) -> None:
    with pytest.raises(UsageError, match="may not stand among ledgers or versions"):
        open_targets([Declared(kind="duckdb", path=path)], tmp_path)
