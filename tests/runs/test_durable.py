from __future__ import annotations

import os
from pathlib import Path

import pytest

from arseg.runs.durable import append_synced, put_synced, sync_folder, typed_refusals, write_synced
from arseg.schema import DataError


def test_a_file_is_whole_even_where_the_system_writes_a_byte_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: write(handle, content[:1]))
    path = tmp_path / "file"
    path.write_bytes(b"longer than the new content")
    write_synced(path, b"new content")
    assert path.read_bytes() == b"new content"
    write_synced(path, [b"in ", b"", b"pieces"])
    append_synced(path, b", and more")
    assert path.read_bytes() == b"in pieces, and more"


def test_a_file_that_cannot_be_put_in_place_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    put_synced(path, b"old")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]

    def refuse(*_: object) -> None:
        raise OSError(5, "input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "replace", refuse)
        with pytest.raises(OSError, match="input/output error"):
            put_synced(path, b"new")
    assert path.read_bytes() == b"old"
    put_synced(path, b"new")
    assert path.read_bytes() == b"new"


def test_handles_are_closed_when_the_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[int] = []
    close = os.close
    monkeypatch.setattr(os, "close", lambda handle: (closed.append(handle), close(handle)))

    def refuse(_handle: int) -> None:
        raise OSError(5, "input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    for write in (lambda: write_synced(tmp_path / "file", b"x"), lambda: sync_folder(tmp_path)):
        with pytest.raises(OSError, match="input/output error"):
            write()
    assert len(closed) == 2


def test_what_the_system_refuses_becomes_our_own_error(tmp_path: Path) -> None:
    with (
        pytest.raises(DataError, match=r"could not be written. Given: OSError: no space"),
        typed_refusals(tmp_path),
    ):
        raise OSError(28, "no space")
    with pytest.raises(KeyError), typed_refusals(tmp_path):
        raise KeyError
