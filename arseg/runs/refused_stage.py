"""What is said of a stage that failed: which cell of which notebook ended the run, and how."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from arseg.runs.limit_sections import Limits
from arseg.runs.notebook_library import CellTimeoutError, PapermillExecutionError, nbformat
from arseg.schema import DataError, UsageError

# Cells that papermill adds to the source notebook's own.
_ADDED_TAGS: Final = frozenset({"injected-parameters", "papermill-error-cell-tag"})
_OURS: Final = ("DataError", "UsageError")
_BEATS: Final = re.compile(r"(.*?)\. Given: (.*)\. Allowed: (.*)\. Do: (.*)")


def beyond(output: Path, problem: Exception | None, over: Path, limits: Limits) -> DataError | None:
    """Say which limit ended a stage, and in which cell; nothing where none did.

    Parameters
    ----------
    output
        The executed notebook, named as its stage.
    problem
        What papermill raised, if anything.
    over
        The file that the kernel's watch leaves; it is removed.
    limits
        What the stage could take.
    """
    if over.is_file():
        taken = f"{over.read_text(encoding='ascii')} MiB of memory"
        key, most = "stage_memory_mib", f"{limits.stage_memory_mib} MiB"
        over.unlink()
    elif isinstance(problem, CellTimeoutError):
        taken, key, most = "a longer time", "stage_seconds", f"{limits.stage_seconds} s"
    else:
        return None
    return DataError(
        f"notebook {output.stem} took too much in {_last_cell(output)}",
        given=taken,
        allowed=f"{most} a stage, by limits.{key} of the experiment",
        do=f"read {output}; raise the limit and run again with --resume, or make the stage do less",
        code="limit",
    )


def refusal(output: Path, problem: Exception | None) -> DataError | UsageError:
    """Say which cell of which notebook ended the run, and how.

    Parameters
    ----------
    output
        The executed notebook, named as its stage.
    problem
        What papermill raised, if anything.
    """
    stage = output.stem
    kind: type[DataError | UsageError] = DataError
    if isinstance(problem, PapermillExecutionError):
        kind = UsageError if problem.ename == "UsageError" else DataError
        given = f"{problem.ename}: {problem.evalue}"
        beats = _BEATS.fullmatch(_one_line(problem.evalue)) if problem.ename in _OURS else None
        if beats:
            # A refusal of ours says what to do; where it was raised stands behind what is wrong.
            what, was, allowed, do = beats.groups()
            return kind(f"{what} [notebook {stage}, {_last_cell(output)}]", given=was, allowed=allowed, do=do)
    elif problem is not None:
        given = f"{type(problem).__name__}: {problem}"
    else:
        given = "it stopped without an error and without finishing"
    return kind(
        f"notebook {stage} failed in {_last_cell(output)}",
        given=_one_line(given),
        allowed="every cell ends, and the last one finishes the stage",
        do=f"read {output}, mend it and run again",
    )


def _last_cell(output: Path) -> str:
    """Name the last cell that started, counted as in the source notebook.

    The status that papermill writes into each cell cannot serve: after a kill all are "completed".
    """
    cells = nbformat.read(output, as_version=4).cells if output.is_file() else []
    own = [cell for cell in cells if not _ADDED_TAGS & set(cell.metadata.get("tags", []))]
    started = [at for at, cell in enumerate(own) if cell.metadata.get("papermill", {}).get("start_time")]
    if not started:
        return "no cell, as its kernel did not start"
    source = own[started[-1]].source.strip().partition("\n")[0]
    return f"cell {started[-1] + 1} ({_one_line(source)[:80]})"


def _one_line(text: str) -> str:
    """Return the text without line breaks and control characters, so that one event is one line."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())[:2000].rstrip(". ")
