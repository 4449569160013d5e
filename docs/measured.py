"""The page of benchmark results: every row and every figure of every file in `benchmarks/results`."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"

# Longer than this nobody reads in a cell; the file holds all.
_LONGEST: Final = 160

INTRO = """\
# Benchmarks

What the scripts of `benchmarks/` measured, each file of `benchmarks/results` with all its rows. Seconds are of the wall clock
unless they are called CPU seconds, `peak_gib` is the peak of the process. Systems other than `arseg` were measured in the same run.
What is lost stands here as well, and the pages beside this one say what it means. Every script takes `--quick`:

```sh
.venv/bin/python benchmarks/lab.py --quick
```

| file | what was measured | rows |
|---|---|---|
"""


def text() -> str:
    """Return the page."""
    results = {path: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    index = "\n".join(
        f"| [{path.stem}](#{path.stem.replace('_', '-').lower()}) | {_question(path.stem)} | {len(_rows(result))} |"
        for path, result in results.items()
    )
    return INTRO + "\n".join([index, "", *(_section(path, result) for path, result in results.items())])


def _section(path: Path, result: Mapping[str, Any]) -> str:
    rows = _rows(result)
    names = list(dict.fromkeys(name for row in rows for name in row))
    file = f"[`{path.name}`](../benchmarks/results/{path.name})"
    lines = [
        f"## {path.stem}\n",
        f"{_question(path.stem)}\n",
        f"{file}, {len(rows)} rows. {_where(result)}\n",
    ]
    lines += [
        f"![{path.stem} in a figure](../benchmarks/results/{figure.name})\n"
        for figure in sorted(RESULTS.glob(f"{path.stem}*.png"))
    ]
    if names:
        lines += ['<div class="long">\n', f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
        lines += [f"| {' | '.join(_cell(row.get(name)) for name in names)} |" for row in rows]
        lines += ["\n</div>"]
    return "\n".join([*lines, ""])


def _rows(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [row for row in result.get("rows", []) if isinstance(row, Mapping)]


def _question(name: str) -> str:
    """Return the first sentence of the script that wrote the file."""
    scripts = [RESULTS.parent / f"{stem}.py" for stem in (name, name.removesuffix("_quick"))]
    script = next((one for one in scripts if one.is_file()), None)
    said = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) if script else None
    return (said or name).split("\n\n", maxsplit=1)[0].replace("\n", " ").replace("|", "\\|")


def _where(result: Mapping[str, Any]) -> str:
    machine = result.get("machine")
    return f"Machine: {_plain(machine)}." if machine else "The machine was not written down."


def _cell(value: object) -> str:
    spelt = _plain(value).replace("|", "\\|").replace("\n", " ")
    return spelt if len(spelt) <= _LONGEST else "in the file"


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)
