from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from arseg.runs.version_folder import build, canonical, faults_of, hash_of, read_manifest, sweep
from arseg.schema import DataError


def test_a_large_file_is_copied_piece_by_piece_and_hashed_on_the_way(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    (tmp_path / "source").write_bytes(content)
    target = tmp_path / "v1"
    build({"a/b.bin": tmp_path / "source", "c": b""}, target, about={"version": "v1"})
    assert (target / "a" / "b.bin").read_bytes() == content
    manifest = read_manifest(target)
    assert manifest["files"] == {
        "a/b.bin": hashlib.sha256(content).hexdigest(),
        "c": hashlib.sha256(b"").hexdigest(),
    }
    assert manifest["version"] == "v1"
    assert faults_of(target) == []
    assert hash_of(tmp_path / "source") == hash_of(content)


def test_a_folder_that_cannot_be_read_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build({"c": b"x"}, tmp_path / "v1", about={})

    def refuse(*_: object, **__: object) -> None:
        raise OSError(5, "input/output error")

    monkeypatch.setattr("arseg.runs.version_folder.hash_of", refuse)
    with pytest.raises(DataError, match="the manifest of v1 is damaged"):
        read_manifest(tmp_path / "v1")
    monkeypatch.undo()
    manifest = read_manifest(tmp_path / "v1")
    monkeypatch.setattr("arseg.runs.version_folder.read_manifest", lambda _: manifest)
    monkeypatch.setattr("arseg.runs.version_folder.hash_of", refuse)
    assert faults_of(tmp_path / "v1") == ["v1: c cannot be read: input/output error"]


def test_sweeping_touches_only_what_was_staged(tmp_path: Path) -> None:
    for name in ("v1", "v2.staging", "v3.staging"):
        (tmp_path / name).mkdir()
    sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["v1"]
    sweep(tmp_path / "missing")


def test_equal_values_give_equal_bytes() -> None:
    assert (
        canonical({"b": 1, "a": "ü"})
        == canonical({"a": "ü", "b": 1})
        == '{\n "a": "ü",\n "b": 1\n}\n'.encode()
    )
