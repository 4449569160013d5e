from __future__ import annotations

import pytest

from arseg.runs.targets.database import refused
from arseg.runs.targets.retrying import WAITS, retried
from arseg.schema import DataError


def failing(*passing: bool) -> tuple[list[float], object]:
    """Return the waits of an action that fails as told and then succeeds."""
    waits: list[float] = []
    left = list(passing)

    def action() -> str:
        if left:
            raise refused("x", "y", passing=left.pop(0))
        return "done"

    return waits, retried(action, sleep=waits.append)


def test_what_passes_is_tried_again_a_little_later_each_time() -> None:
    waits, found = failing(True, True, True, True)
    assert found == "done"
    assert all(wait <= waited < 1.5 * wait for wait, waited in zip(WAITS, waits, strict=True))
    assert failing() == ([], "done")


@pytest.mark.parametrize("passing", [(False,), (True, False), (True,) * 5])
def test_what_does_not_pass_is_told(passing: tuple[bool, ...]) -> None:
    with pytest.raises(DataError, match="the target x refused"):
        failing(*passing)
