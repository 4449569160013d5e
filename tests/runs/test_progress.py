from __future__ import annotations

import io

from rich.console import Console

from arseg.runs.progress import shown

STAGES = ("01_ledger", "02_features")


def test_elsewhere_than_on_a_terminal_a_stage_is_one_plain_line() -> None:
    console = Console(file=io.StringIO())
    with shown(STAGES, console) as done:
        done("01_ledger", 1.25, 210)
        done("02_features", 12.0, 1024)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert [line.split() for line in lines] == [
        ["01_ledger", "1.2", "s", "210", "MiB"],
        ["02_features", "12.0", "s", "1024", "MiB"],
    ]


def test_on_a_terminal_a_bar_counts_the_stages() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with shown(STAGES, console) as done:
        for stage in STAGES:
            done(stage, 1.0, 1)
    shown_text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "2/2" in shown_text
    assert "publish" in shown_text
