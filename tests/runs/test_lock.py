from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from arseg.runs.lock import exclusive
from arseg.runs.surroundings import surroundings
from arseg.schema import BusyError, UsageError

HOLD = """
import pathlib, sys, time
from arseg.runs.lock import exclusive
with exclusive(pathlib.Path(sys.argv[1]), "arseg run demo"):
    print("held", flush=True)
    time.sleep(300)
"""


def test_the_lock_is_free_again_after_its_block(tmp_path: Path) -> None:
    for _ in range(2):
        with exclusive(tmp_path, "arseg run demo"):
            assert (tmp_path / "journal" / "lock.owner").is_file()
    assert not (tmp_path / "journal" / "lock.owner").exists()


def test_a_second_run_is_refused_at_once_and_the_lock_dies_with_its_holder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=surroundings()) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(BusyError, match=f"Given: arseg run demo, process {holder.pid}") as refused:
            exclusive(tmp_path, "arseg run other").__enter__()
        holder.kill()
        holder.wait()
    assert refused.value.exit_code == 75
    with exclusive(tmp_path, "arseg run other"):
        pass


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such home"), exclusive(tmp_path / "none", "arseg run"):
        pass
    assert not (tmp_path / "none").exists()
