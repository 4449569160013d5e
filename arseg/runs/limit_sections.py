"""What an experiment declares of how much a run may take."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from arseg.runs.sections import Section


class Limits(Section):
    """What one stage may take at most; more ends the run, unpublished, and names notebook and cell.

    They change no result, so a run that met one is taken up with ``--resume`` after it was raised.

    Parameters
    ----------
    stage_seconds
        From the start of its first cell to the end of its last, in whole seconds.
    stage_memory_mib
        Memory that its kernel and what the kernel starts hold at once, in MiB; looked at five times a second, so
        that a jump may reach further. No limit where left out.
    """

    stage_seconds: Annotated[int, Field(ge=1)] = 3600
    stage_memory_mib: Annotated[int, Field(ge=64)] | None = None
