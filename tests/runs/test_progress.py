from __future__ import annotations

import io

from rich.console import Console

from arseg.runs.progress import shown

STAGES = ("01_ledger", "02_features")


def test_elsewhere_than_on_a_terminal_a_stage_is_one_plain_line() -> None:
    console = Console(file=io.StringIO())
    with shown(STAGES, console) as shows:
        shows.skipped("01_ledger")
        shows.start("02_features", 3)
        shows.cell()
        shows.done("02_features", 12.0, 1024)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines == ["01_ledger    kept from the attempt before", "02_features    12.0 s   1024 MiB"]


def test_on_a_terminal_a_bar_counts_the_stages_and_another_the_cells_of_the_stage_that_runs() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with shown(STAGES, console) as shows:
        for stage in STAGES:
            shows.start(stage, 3)
            for _ in range(3):
                shows.cell()
            bars = {task.description: (task.completed, task.total) for task in shows._progress.tasks}  # type: ignore[attr-defined]
            assert bars == {"stages": (STAGES.index(stage), 2), stage: (2, 3)}, "the third cell has started"
            shows.done(stage, 1.0, 1)
    assert "2/2" in console.file.getvalue()  # type: ignore[attr-defined]
