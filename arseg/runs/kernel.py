"""The kernel of a stage: this very interpreter, without secrets, and stopped where it holds too much memory."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Int, List, Unicode

from arseg.runs.memory import held_mib
from arseg.runs.surroundings import kernel_surroundings

# Seconds from one look at its memory to the next.
_LOOK: Final = 0.2


class OwnKernel(AsyncKernelManager):
    """A kernel of this very interpreter, whatever kernels the machine has installed."""

    log_path = Unicode(help="file that takes what the kernel itself says on stderr").tag(config=True)

    hidden = List(Unicode(), help="environment variables that hold a secret").tag(config=True)

    memory_mib = Int(0, help="what it may hold, in MiB; 0 says no limit").tag(config=True)

    over_path = Unicode(help="file that says how much it held when it was stopped for that").tag(config=True)

    @property
    def kernel_spec(self) -> KernelSpec:
        """What starts the kernel."""
        return KernelSpec(**get_kernel_dict())

    # The stubs type this method as its synchronous parent's.
    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
        """Start the kernel with its stderr in the log."""
        with Path(self.log_path).open("ab") as log:  # noqa: ASYNC230 - nothing else waits on this loop
            await super().start_kernel(stderr=log, **{**options, "env": kernel_surroundings(self.hidden)})
        if self.memory_mib:
            # Kept, as the loop itself holds a task only weakly.
            self._watching = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        """Kill the kernel when it holds more than it may."""
        while (process := getattr(self.provisioner, "process", None)) is not None and process.poll() is None:
            held = held_mib(process.pid)
            if held > self.memory_mib:
                Path(self.over_path).write_text(str(held), encoding="ascii")  # noqa: ASYNC240 - a few bytes
                process.kill()
                return
            await asyncio.sleep(_LOOK)
