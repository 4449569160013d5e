"""Execute one stage notebook, and believe only its sentinel.

Papermill reports a killed kernel, a time-out and ``sys.exit(0)`` as completed cells, only warns about a
misspelt parameter, and runs parameter names as code (reliability, facts 1 to 3). Here a notebook
declares exactly two parameters, gets exactly those, and has succeeded when the sentinel that its last
cell writes carries this run's id.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from traitlets.config import Config

from arseg.runs.kernel import OwnKernel
from arseg.runs.limit_sections import Limits
from arseg.runs.notebook_library import nbformat, papermill
from arseg.runs.refused_stage import beyond, refusal
from arseg.runs.secret import named_variables
from arseg.schema import UsageError

PARAMETERS: Final = ("config", "run_id")
NO_MORE: Final = Limits()

# A machine under load needs longer than the usual minute to start a kernel.
_START_SECONDS: Final = 120


@dataclass(frozen=True)
class Executed:
    """What a successful stage took: seconds, and the largest memory of its kernel in MiB."""

    seconds: float
    peak_mib: int


def execute(
    notebook: Path,
    output: Path,
    parameters: Mapping[str, str],
    *,
    cwd: Path,
    limits: Limits = NO_MORE,
    on_cell: Callable[[], None] = lambda: None,
) -> Executed:
    """Execute a stage notebook to its end.

    Parameters
    ----------
    notebook
        The notebook; its name without suffix is the stage's name.
    output
        Where the executed notebook is kept, on failure as far as it came.
    parameters
        Exactly ``config`` (path of ``run.json``) and ``run_id``.
    cwd
        The kernel's working folder: the home.
    limits
        What the whole stage may take.
    on_cell
        Called whenever a cell starts.

    Raises
    ------
    UsageError
        If the notebook is missing or declares other parameters, before a kernel starts; or if a cell
        raised one.
    DataError
        If it ended in any way but its last cell, naming notebook and cell.
    """
    check_interface(notebook, parameters)
    sentinel = Path(parameters["config"]).parent / "finished" / f"{notebook.stem}.json"
    sentinel.unlink(missing_ok=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(f".{output.stem}.partial.ipynb")
    over = output.with_name(f".{output.stem}.over")
    for left in (partial, over):
        left.unlink(missing_ok=True)
    began = time.monotonic()
    problem: Exception | None = None
    try:
        remaining = _countdown(limits.stage_seconds, on_cell)
        config = _config(parameters, over, limits.stage_memory_mib or 0)
        _run_cells(notebook, partial, parameters, cwd=cwd, config=config, remaining=remaining)
    except Exception as raised:  # noqa: BLE001 - papermill lets through whatever kernel, socket and loop raise
        problem = raised
    finally:
        if partial.is_file():
            partial.replace(output)
    finished = _read_plain(sentinel)
    # A cell that leaves after the sentinel is written has not ended either: papermill lets sys.exit(0) pass.
    if problem is not None or finished.get("run_id") != parameters["run_id"] or _left_early(output):
        raise beyond(output, problem, over, limits) or refusal(output, problem)
    return Executed(time.monotonic() - began, finished["peak_mib"])


def code_cells(notebook: Path) -> int:
    """Return how many cells a notebook executes: its own, and the one with the parameters."""
    content = nbformat.read(notebook, as_version=4)
    return 1 + sum(cell.cell_type == "code" for cell in content.cells)


def check_interface(notebook: Path, parameters: Mapping[str, str]) -> None:
    """Refuse a notebook or parameters that differ from the interface of a stage.

    Raises
    ------
    UsageError
        If the notebook is missing, or its parameters cell or the given names are not as documented in
        ``notebooks/``: ``config`` and ``run_id``, both typed ``str`` and with a help comment.
    """
    if not notebook.is_file():
        raise UsageError(
            "a stage notebook is missing",
            given=notebook,
            allowed="the notebooks of notebooks/",
            do="run from a checkout, or name its folder with --home",
        )
    if set(parameters) != set(PARAMETERS):
        raise UsageError(
            f"notebook {notebook.stem} takes other parameters",
            given=", ".join(sorted(map(repr, parameters))),
            allowed=", ".join(PARAMETERS),
            do="pass exactly these",
        )
    declared = _declared(notebook)
    typed = {name for name, each in declared.items() if each["inferred_type_name"] == "str" and each["help"]}
    if set(declared) != set(PARAMETERS) or typed != set(PARAMETERS):
        raise UsageError(
            f"the parameters cell of notebook {notebook.stem} is not as it must be",
            given=", ".join(f"{name}: {each['inferred_type_name']}" for name, each in declared.items())
            or "no parameters",
            allowed='config: str = ""  # help, and run_id: str = ""  # help',
            do="declare exactly these in the cell tagged parameters",
        )


def _declared(notebook: Path) -> dict[str, Any]:
    """Return what the notebook's parameters cell declares."""
    try:
        content = nbformat.read(notebook, as_version=4)
        content.metadata.setdefault("kernelspec", {"name": "python3", "language": "python"})
        declared: dict[str, Any] = papermill.inspect_notebook(content)
    except (ValueError, KeyError, AttributeError) as problem:
        raise UsageError(
            f"notebook {notebook.stem} cannot be read",
            given=f"{type(problem).__name__}: {problem}",
            allowed="a Jupyter notebook of format 4",
            do="restore it",
        ) from None
    return declared


def _config(parameters: Mapping[str, str], over: Path, memory_mib: int) -> Config:
    config = Config()
    config.OwnKernel.hidden = list(named_variables(_read_plain(Path(parameters["config"]))))
    config.OwnKernel.log_path = str(Path(parameters["config"]).with_name("kernel.log"))
    config.OwnKernel.memory_mib = memory_mib
    config.OwnKernel.over_path = str(over)
    # Silences ipykernel's warning, and keeps other users of the machine out of the kernel.
    config.KernelManager.transport_encryption = "required"
    return config


def _run_cells(
    notebook: Path,
    partial: Path,
    parameters: Mapping[str, str],
    *,
    cwd: Path,
    config: Config,
    remaining: Callable[[Any], int],
) -> None:
    with _quiet_log():
        papermill.execute_notebook(
            _literal(notebook),
            _literal(partial),
            parameters=dict(parameters),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            start_timeout=_START_SECONDS,
            kernel_manager_class=OwnKernel,
            config=config,
            timeout_func=remaining,
            resources={"metadata": {"path": str(cwd)}},
        )


def _literal(path: Path) -> str:
    """Return the path as papermill wants it: it passes every path through ``str.format``."""
    return os.fspath(path).replace("{", "{{").replace("}", "}}")


def _countdown(timeout: float, on_cell: Callable[[], None]) -> Callable[[Any], int]:
    """Return how many seconds a cell may take so that the whole stage keeps within ``timeout``."""
    deadline = time.monotonic() + timeout

    # Asked once for each cell, when it starts.
    def remaining(_cell: Any) -> int:
        on_cell()
        return max(1, int(deadline - time.monotonic()))

    return remaining


@contextlib.contextmanager
def _quiet_log() -> Iterator[None]:
    """Keep papermill's own account out of ours; what went wrong is raised."""
    logger = logging.getLogger("papermill")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _read_plain(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content


def _left_early(output: Path) -> bool:
    """Return whether a cell of the executed notebook ended by an exception, of whatever kind."""
    cells = nbformat.read(output, as_version=4).cells if output.is_file() else []
    return any(each.output_type == "error" for cell in cells for each in cell.get("outputs", ()))
