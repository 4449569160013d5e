"""The page of benchmark results: every row of every file in `benchmarks/results`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"

# Wider or longer than this nobody reads; the file holds all.
_COLUMNS, _ROWS = 8, 24

INTRO = """\
# All results

Each file of `benchmarks/results` as the script of its name left it, the first columns and rows; the file holds all. Seconds are
wall clock, `peak_gib` is the peak of the process. Systems other than `arseg` were measured in the same run. What is lost
stands here as well.
"""


def text() -> str:
    """Return the page."""
    return "\n".join([INTRO, *(_section(path) for path in sorted(RESULTS.glob("*.json")))])


def _section(path: Path) -> str:
    result = json.loads(path.read_text(encoding="utf-8"))
    rows = [row for row in result.get("rows", []) if isinstance(row, Mapping)]
    names = list(dict.fromkeys(name for row in rows for name, value in row.items() if _short(value)))[
        :_COLUMNS
    ]
    lines = [
        f"## {path.stem}\n",
        f"`benchmarks/results/{path.name}`, {len(rows)} rows. Machine: {_machine(result)}.\n",
    ]
    if names:
        lines += [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
        lines += [f"| {' | '.join(_cell(row.get(name)) for name in names)} |" for row in rows[:_ROWS]]
    return "\n".join([*lines, ""])


def _machine(result: Mapping[str, Any]) -> str:
    said = result.get("machine") or "not written down"
    return _cell(", ".join(f"{k} {v}" for k, v in said.items()) if isinstance(said, Mapping) else said)


def _short(value: object) -> bool:
    return not isinstance(value, list | dict)


def _cell(value: object) -> str:
    if value is None or not _short(value):
        return ""
    spelt = f"{value:.6g}" if isinstance(value, float) else str(value)
    return spelt.replace("|", "\\|").replace("\n", " ")[:160]
