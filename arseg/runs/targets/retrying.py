"""Trying again what may pass: a bounded number of times, a little longer each time, never in step with others."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Final, TypeVar

from arseg.runs.targets.database import PASSING
from arseg.schema import DataError

# Seconds before the second to the fifth try; with a share of them by lot, so that two do not stay in step.
WAITS: Final = (0.5, 1.0, 2.0, 4.0)

Found = TypeVar("Found")


def retried(action: Callable[[], Found], *, sleep: Callable[[float], None] = time.sleep) -> Found:
    """Return what an action returns, tried again while its refusal may pass.

    Parameters
    ----------
    action
        Leaves nothing behind where it fails.
    sleep
        How to wait, in seconds.

    Raises
    ------
    DataError
        The last refusal, or the first that will not pass.
    """
    for wait in WAITS:
        try:
            return action()
        except DataError as problem:
            if problem.code != PASSING:
                raise
        sleep(wait * (1 + secrets.randbelow(1000) / 2000))
    return action()
