from __future__ import annotations

import subprocess
import sys

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
