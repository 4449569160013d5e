from __future__ import annotations

import contextlib
import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import arseg
from arseg.runs import durable, publication, version_folder
from arseg.runs.publication import current, publish, read_manifest, rollback, verify, version_of, versions
from arseg.runs.surroundings import surroundings
from arseg.schema import DataError, UsageError
from oracle import crashing
from oracle.crashing import can_trace, sweep

OLD = {"index.html": b"<p>old</p>", "worklist.csv": b"rank\n1\n"}
NEW = {"index.html": b"<p>new</p>", "worklist.csv": b"rank\n2\n", "tables/measures.csv": b""}
FACTS = {"experiment": "demo", "key_date": "2026-10-31"}
RACING = str(Path(crashing.__file__).with_name("racing.py"))
STEPS = (
    "open",
    "write",
    "fsync",
    "close",
    "mkdir",
    "rename",
    "replace",
    "unlink",
    "rmdir",
    "scandir",
    "stat",
    "lstat",
)


class Killed(BaseException):
    """The process is gone: no later call happens either."""


def put(folder: Path, files: dict[str, bytes], *, key_date: str = "2026-10-31") -> Path:
    return publish(files, folder=folder, version=version_of(key_date, files), facts=FACTS)


def content(target: Path) -> dict[str, bytes]:
    return {name: (target / name).read_bytes() for name in read_manifest(target)["files"]}


@contextlib.contextmanager
def failing(at: int, problem: type[BaseException], *, dead: bool) -> Iterator[list[str]]:
    """Fail the call number ``at`` to the system; where dead, every later one too."""
    calls: list[str] = []

    def wrap(name: str, real):  # noqa: ANN202 - the signature of the wrapped call
        def call(*args, **kwargs):  # noqa: ANN202, ANN002, ANN003
            calls.append(name)
            if len(calls) == at or (dead and len(calls) > at):
                raise problem(errno.ENOSPC, "no room") if problem is OSError else problem
            return real(*args, **kwargs)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in STEPS:
            patch.setattr(os, name, wrap(name, getattr(os, name)))
        yield calls


def test_a_version_is_named_after_its_bytes_alone() -> None:
    assert version_of("2026-10-31", OLD) == version_of("2026-10-31", dict(reversed(OLD.items())))
    assert len({version_of("2026-10-31", files) for files in (OLD, NEW, {**OLD, "a": b""}, {})}) == 4
    assert version_of("2026-10-31", OLD).startswith("2026-10-31-")


def test_paths_and_bytes_publish_alike(tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(OLD["index.html"])
    mixed = {**OLD, "index.html": tmp_path / "page"}
    assert version_of("2026-10-31", mixed) == version_of("2026-10-31", OLD)
    target = publish(mixed, folder=tmp_path / "demo", version="v1", facts={})
    assert content(target) == OLD


def test_what_is_published_is_in_force_and_as_declared(tmp_path: Path) -> None:
    assert current(tmp_path) is None
    assert verify(tmp_path) == [f"{tmp_path.name}: nothing is published"]
    target = put(tmp_path, NEW)
    assert current(tmp_path) == target
    assert content(target) == NEW
    assert verify(tmp_path) == []
    assert read_manifest(target)["predecessor"] is None
    assert read_manifest(target)["facts"] == FACTS


def test_the_same_bytes_again_are_a_no_op_that_points_to_them(tmp_path: Path) -> None:
    old = put(tmp_path, OLD)
    before = (old / "manifest.json").read_bytes()
    new = put(tmp_path, NEW)
    assert current(tmp_path) == new
    assert put(tmp_path, OLD) == old == current(tmp_path)
    assert (old / "manifest.json").read_bytes() == before
    assert versions(tmp_path) == sorted([old.name, new.name])


def test_one_version_id_never_names_other_bytes(tmp_path: Path) -> None:
    publish(OLD, folder=tmp_path, version="v1", facts={})
    with pytest.raises(DataError, match="version v1 already exists with other bytes"):
        publish(NEW, folder=tmp_path, version="v1", facts={})
    assert content(tmp_path / "versions" / "v1") == OLD


def test_a_version_may_be_published_without_being_pointed_to(tmp_path: Path) -> None:
    new = put(tmp_path, NEW)
    old = publish(OLD, folder=tmp_path, version="v0", facts={}, point=False)
    assert current(tmp_path) == new
    assert verify(tmp_path, "v0") == []
    assert content(old) == OLD


@pytest.mark.parametrize(
    "name", ["../out", "/etc/x", "a/../b", ".hidden", "manifest.json", "a b", "", "a//b"]
)
def test_no_name_leaves_the_version(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="a published name is not allowed"):
        publish({name: b""}, folder=tmp_path, version="v1", facts={})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("version", ["", "..", "a/b", ".x", "v1.staging"])
def test_no_version_leaves_the_folder(tmp_path: Path, version: str) -> None:
    with pytest.raises(DataError, match="a published name is not allowed"):
        publish(OLD, folder=tmp_path, version=version, facts={})


@pytest.mark.parametrize(("problem", "dead"), [(Killed, True), (OSError, False)], ids=["killed", "disk full"])
def test_a_reader_sees_the_old_or_the_new_version_wherever_publishing_stops(
    tmp_path: Path,
    problem: type[BaseException],
    dead: bool,  # noqa: FBT001 - a case of the table
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    with failing(10_000, problem, dead=dead) as calls:
        put(tmp_path / "whole", OLD)
        put(tmp_path / "whole", NEW)
    steps = len(calls)
    assert steps > 30
    for at in range(1, steps + 1):
        folder = tmp_path / f"at{at}"
        put(folder, OLD)
        said_done = False
        with failing(at, problem, dead=dead) as calls, contextlib.suppress(Killed, DataError):
            put(folder, NEW)
            said_done = True
        if said_done:
            # Only a look that failed where nothing depended on it may be passed over.
            assert len(calls) < at or calls[at - 1] == "stat", "publishing said nothing of a failed step"
            target = current(folder)
            assert target is not None
            assert content(target) == NEW, "it said that it was published, and it was not"
        seen = current(folder)
        assert seen is not None
        assert content(seen) in (OLD, NEW)
        assert verify(folder) == []
        assert content(put(folder, NEW)) == NEW
        assert current(folder) == folder / "versions" / version_of("2026-10-31", NEW)
        assert verify(folder) == []
        assert versions(folder) == sorted(path.name for path in (folder / "versions").iterdir())


def test_every_file_is_synced_before_its_name_stands(tmp_path: Path) -> None:
    with failing(10_000, Killed, dead=True) as calls:
        put(tmp_path, NEW)
    renamed, swapped = calls.index("rename"), calls.index("replace")
    written = len(NEW) + 1
    folders_of_staging = 2
    assert calls[:renamed].count("fsync") == written + folders_of_staging
    assert renamed < swapped
    # The five folders from the versions up to the home, then the pointer's content, its name, its folder.
    assert calls[renamed:swapped].count("fsync") == 5 + 1
    assert [call for call in calls[swapped:] if call != "close"] == ["replace", "open", "fsync"]


def test_a_refusing_disk_is_a_typed_error(tmp_path: Path) -> None:
    put(tmp_path, OLD)
    with (
        failing(3, OSError, dead=False),
        pytest.raises(DataError, match=r"no room.*`arseg status` says which version is in force"),
    ):
        put(tmp_path, NEW)


@pytest.mark.parametrize("name", [*OLD, "manifest.json", "CURRENT"])
def test_one_flipped_byte_anywhere_is_found(tmp_path: Path, name: str) -> None:
    target = put(tmp_path, OLD)
    path = tmp_path / name if name == "CURRENT" else target / name
    good = path.read_bytes()
    for at in range(len(good)):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1 :])
        assert verify(tmp_path), f"byte {at} of {name}"
    path.write_bytes(good)
    assert verify(tmp_path) == []


def test_missing_and_added_files_are_found(tmp_path: Path) -> None:
    target = put(tmp_path, OLD)
    (target / "worklist.csv").rename(target / "other.csv")
    assert verify(tmp_path) == [
        f"{target.name}: worklist.csv is missing",
        f"{target.name}: other.csv was added",
    ]


def test_links_pipes_and_folders_are_no_published_files(tmp_path: Path) -> None:
    target = put(tmp_path, OLD)
    (target / "worklist.csv").rename(tmp_path / "elsewhere.csv")
    (target / "worklist.csv").symlink_to(tmp_path / "elsewhere.csv")
    (target / "index.html").unlink()
    os.mkfifo(target / "index.html")
    (target / "empty").mkdir()
    (target / "nowhere").symlink_to(tmp_path / "nowhere")
    assert verify(tmp_path) == [
        f"{target.name}: empty was added",
        f"{target.name}: nowhere was added",
        f"{target.name}: index.html is no plain file",
        f"{target.name}: worklist.csv is no plain file",
    ]


def test_a_damaged_version_is_not_mistaken_for_the_same_bytes(tmp_path: Path) -> None:
    target = put(tmp_path, OLD)
    (target / "worklist.csv").write_bytes(b"rank\n9\n")
    with pytest.raises(DataError, match=r"worklist.csv was changed"):
        put(tmp_path, OLD)


def test_rollback_points_to_the_version_before(tmp_path: Path) -> None:
    old, new = put(tmp_path, OLD), put(tmp_path, NEW, key_date="2026-11-30")
    assert read_manifest(new)["predecessor"] == old.name
    assert rollback(tmp_path) == old == current(tmp_path)
    with pytest.raises(UsageError, match=r"no such version.*Given: no predecessor"):
        rollback(tmp_path)
    assert rollback(tmp_path, new.name) == new == current(tmp_path)


def test_rollback_refuses_what_is_not_there_or_damaged(tmp_path: Path) -> None:
    old, new = put(tmp_path, OLD), put(tmp_path, NEW, key_date="2026-11-30")
    with pytest.raises(UsageError, match=f"Given: 2020.*Allowed: {old.name}, {new.name}"):
        rollback(tmp_path, "2020")
    (old / "index.html").write_bytes(b"")
    with pytest.raises(DataError, match=r"is damaged.*index.html was changed"):
        rollback(tmp_path)
    assert current(tmp_path) == new


def test_a_pointer_to_nowhere_is_said_so(tmp_path: Path) -> None:
    put(tmp_path, OLD)
    (tmp_path / "CURRENT").write_text("2020-01-31-00000000\n", encoding="utf-8")
    with pytest.raises(DataError, match="names a version that is not there"):
        current(tmp_path)
    (tmp_path / "CURRENT").write_text("../../demo\n", encoding="utf-8")
    with pytest.raises(DataError, match="names a version that is not there"):
        current(tmp_path)


def test_a_manifest_that_is_no_manifest_is_damaged(tmp_path: Path) -> None:
    for text in ("", "[]", "{}", json.dumps({"manifest_sha256": 1})):
        (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match=r"the manifest of .* is damaged"):
            read_manifest(tmp_path)


def test_what_a_target_refuses_is_not_in_force_and_the_retry_finishes(tmp_path: Path) -> None:
    old = put(tmp_path, OLD)
    version = version_of("2026-11-30", NEW)

    def refuse(target: Path) -> None:
        assert verify(tmp_path, target.name) == []
        assert current(tmp_path) == old
        raise DataError("a target refused", given="x", allowed="y", do="z")

    with pytest.raises(DataError, match="a target refused"):
        publish(NEW, folder=tmp_path, version=version, facts={}, before_pointing=refuse)
    assert current(tmp_path) == old
    assert versions(tmp_path) == [old.name, version]
    seen: list[Path] = []
    assert publish(NEW, folder=tmp_path, version=version, facts={}, before_pointing=seen.append) == seen[0]
    assert current(tmp_path) == seen[0]


def test_what_stopped_builds_left_is_swept(tmp_path: Path) -> None:
    left = tmp_path / "versions" / "2020-01-31-00000000.staging" / "tables"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"x")
    target = put(tmp_path, OLD)
    assert list((tmp_path / "versions").iterdir()) == [target]


@pytest.mark.parametrize("module", [publication, version_folder, durable], ids=lambda module: module.__name__)
def test_the_publisher_needs_only_the_standard_library(module: ModuleType) -> None:
    source = Path(module.__file__ or "").read_text(encoding="utf-8")
    imported = {
        line.split()[1].partition(".")[0]
        for line in source.splitlines()
        if line.startswith(("import ", "from "))
    }
    ours = {
        "__future__",
        "arseg",
        "collections",
        "contextlib",
        "hashlib",
        "json",
        "os",
        "pathlib",
        "re",
        "shutil",
        "stat",
        "typing",
    }
    assert imported <= ours


@pytest.mark.skipif(not can_trace(), reason="strace is not here or may not trace")
def test_the_system_itself_may_fail_at_any_call(tmp_path: Path) -> None:
    found = sweep(tmp_path, step=22)
    assert found.figures()["points"] >= 3 * 7
    assert (found.torn, found.success_but_unpublished, found.not_converged) == ([], [], [])
    assert (found.unsaid, found.missed) == ([], [])


def test_of_racing_processes_one_wins_and_none_leaves_a_torn_version(tmp_path: Path) -> None:
    command = [sys.executable, RACING, str(tmp_path), "4", "6", "1"]
    path = os.pathsep.join(
        str(folder) for folder in (Path(RACING).parents[1], Path(arseg.__file__).parents[1])
    )
    done = subprocess.run(
        command, env=surroundings(PYTHONPATH=path), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {name: found[name] for name in ("not_one_winner", "torn", "lost", "left_behind")} == dict.fromkeys(
        ("not_one_winner", "torn", "lost", "left_behind"), 0
    )
    assert found["lock_free_after_seconds"] < 5
