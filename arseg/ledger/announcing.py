"""Say how far long work is: a bar on a terminal, plain lines elsewhere, nothing where it is soon over."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

# Work that is done within these seconds needs no word.
PATIENCE: Final = 5.0


@contextmanager
def announced(steps: Sequence[object]) -> Iterator[Callable[[Any], Any]]:
    """Give a function that returns what it is given and counts one more step as done.

    Parameters
    ----------
    steps
        Names of the steps, in the order in which they are done.
    """
    started = time.monotonic()
    done = 0

    def say(result: Any) -> Any:
        nonlocal done
        done += 1
        if time.monotonic() - started > PATIENCE:
            end = "\r" if sys.stderr.isatty() and done < len(steps) else "\n"
            sys.stderr.write(_line(steps[done - 1], done, len(steps)) + end)
            sys.stderr.flush()
        return result

    yield say


def _line(step: object, done: int, total: int) -> str:
    """Return one line of progress.

    Examples
    --------
    >>> _line("2026-10-31", 3, 12)
    '[#####...............] 3 of 12: 2026-10-31'
    """
    filled = 20 * done // total
    return f"[{'#' * filled}{'.' * (20 - filled)}] {done} of {total}: {step}"
