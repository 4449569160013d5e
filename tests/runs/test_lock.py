from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from arseg.runs import lock
from arseg.runs.lock import exclusive, holder
from arseg.runs.surroundings import surroundings
from arseg.schema import BusyError, UsageError

HOLD = """
import pathlib, subprocess, sys, time
from arseg.runs.lock import exclusive
with exclusive(pathlib.Path(sys.argv[1]), "arseg run demo"):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
    print(child.pid, flush=True)
    time.sleep(300)
"""


@contextmanager
def held(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a holder of the lock that has a child, as a run has kernels."""
    command = [sys.executable, "-c", HOLD, str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=surroundings()) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        try:
            yield process, child
        finally:
            process.kill()
            os.kill(child, signal.SIGKILL)


def test_the_lock_is_free_again_after_its_block(tmp_path: Path) -> None:
    for _ in range(2):
        with exclusive(tmp_path, "arseg run demo"):
            assert holder(tmp_path) == f"arseg run demo, process {os.getpid()}"
    assert holder(tmp_path) is None


def test_a_second_run_is_refused_at_once_and_the_lock_dies_with_its_holder(tmp_path: Path) -> None:
    with held(tmp_path) as (process, _):
        with pytest.raises(BusyError, match=f"Given: arseg run demo, process {process.pid}") as refused:
            exclusive(tmp_path, "arseg run other").__enter__()
        process.kill()
        process.wait()
        killed = time.monotonic()
        assert holder(tmp_path) is None
        # Its child lives on, and holds nothing.
        with exclusive(tmp_path, "arseg run other"):
            assert time.monotonic() - killed < 5
            assert holder(tmp_path) == f"arseg run other, process {os.getpid()}"
    assert refused.value.exit_code == 75


def test_the_name_of_a_dead_holder_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_NAMELESS", 0.0)
    for left in ("arseg run old, process 4194304999", "", "no process", "\ud800"):
        with exclusive(tmp_path, "arseg run demo"):
            (tmp_path / "journal" / "lock.owner").write_bytes(left.encode("utf-8", "surrogatepass"))
            assert holder(tmp_path) is None
            with pytest.raises(BusyError, match="Given: another process"):
                exclusive(tmp_path, "arseg run other").__enter__()


def test_a_holder_that_cannot_be_named_still_holds(tmp_path: Path) -> None:
    (tmp_path / "journal" / "lock.owner.tmp").mkdir(parents=True)
    with exclusive(tmp_path, "arseg run demo"):
        assert holder(tmp_path) is None
    with exclusive(tmp_path, "arseg run demo"):
        pass


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such home"), exclusive(tmp_path / "none", "arseg run"):
        pass
    assert not (tmp_path / "none").exists()
