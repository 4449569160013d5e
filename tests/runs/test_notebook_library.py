from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("rfc3987_syntax", reason="JupyterLab, which brings the grammar, is not installed")


def test_a_run_reads_no_grammar_of_web_addresses() -> None:
    asked = "import sys; import arseg.runs.notebook; print('rfc3987_syntax' in sys.modules, 'papermill' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "True"]
