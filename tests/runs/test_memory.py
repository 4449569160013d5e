from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from arseg.runs.memory import held_mib

ASK = """
from arseg.runs.memory import peak_mib
before = peak_mib()
held = b"x" * (400 << 20)
del held
print(before, peak_mib())
"""


def test_the_largest_memory_is_remembered_after_it_is_freed() -> None:
    said = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    before, after = map(int, said.stdout.split())
    assert 0 < before <= after
    assert 400 < after < 560


HOLD = """
import subprocess, sys
held = bytearray(b"x") * (150 << 20)
more = "held = bytearray(b'x') * (200 << 20); print(1, flush=True); import sys; sys.stdin.read()"
with subprocess.Popen([sys.executable, "-c", more], stdin=sys.stdin):
    pass
"""


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="descendants are counted on Linux")
def test_what_a_process_and_its_children_hold_is_counted_until_they_end() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        assert 350 <= held_mib(process.pid) < 500
        process.communicate("")
    assert held_mib(process.pid) == 0
