"""What every benchmark shares: time, memory and the JSON object that it writes and prints."""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def measured(work: Callable[..., dict[str, Any]], *args: Any, limit: float | None = None) -> dict[str, Any]:
    """Run work in a process of its own; return its figures with seconds, cpu_seconds and peak_gib.

    With a limit of seconds, it is stopped then, and the figures say so.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(sender, work, args))
    process.start()
    sender.close()
    if not receiver.poll(limit):
        process.kill()
        process.join()
        return {"failed": f"not done after {limit:.0f} s"}
    try:
        figures: dict[str, Any] = receiver.recv()
    except EOFError:
        figures = {"failed": "the process died"}
    process.join()
    return figures


def _run(sender: Any, work: Callable[..., dict[str, Any]], args: tuple[Any, ...]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    figures = work(*args)
    spent = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    sender.send(
        {**{key: round(value, 3) for key, value in spent.items()}, "peak_gib": round(peak, 3), **figures}
    )
    sender.close()


def report(name: str, rows: list[dict[str, Any]]) -> None:
    """Write ``benchmarks/results/<name>.json`` and print the same object as the last line."""
    machine = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
    }
    result = {"name": name, "machine": machine, "rows": rows}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result))
