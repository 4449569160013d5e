from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

from arseg.runs import kernel
from arseg.runs.kernel import OwnKernel


class Process:
    """A process that holds more at every look, and ends by itself at 500 MiB."""

    pid = 7

    def __init__(self) -> None:
        self.held = 0
        self.killed = False

    def poll(self) -> int | None:
        return 0 if self.killed or self.held >= 500 else None

    def kill(self) -> None:
        self.killed = True


@pytest.mark.parametrize(("limit", "over"), [(250, "300"), (499, "500"), (500, ""), (2000, "")])
def test_a_kernel_is_killed_as_soon_as_it_holds_more_than_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, over: str
) -> None:
    process = Process()

    def held_mib(pid: int) -> int:
        assert pid == 7
        process.held += 100
        return process.held

    monkeypatch.setattr(kernel, "held_mib", held_mib)
    monkeypatch.setattr(kernel, "_LOOK", 0)
    own = OwnKernel(memory_mib=limit, over_path=str(tmp_path / "over"))
    own.provisioner = SimpleNamespace(process=process)
    asyncio.run(own._watch())
    assert process.killed is bool(over)
    assert ((tmp_path / "over").read_text() if over else "") == over
