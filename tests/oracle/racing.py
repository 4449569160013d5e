"""Processes that start at once in one home: one takes the lock and publishes, and is sometimes killed meanwhile.

Run as a script: ``racing.py HOME PROCESSES ROUNDS SEED``; prints one JSON object.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from arseg.runs.lock import exclusive
from arseg.runs.publication import current, verify, versions
from arseg.schema import BusyError
from oracle.publishing import publish_in

BUSY = 75


def race(home: Path, processes: int, rounds: int, seed: int) -> dict[str, Any]:
    """Hold the rounds and count what must not be; every other winner is killed while it publishes."""
    chance = random.Random(seed)
    found: dict[str, Any] = dict.fromkeys(("not_one_winner", "torn", "lost", "killed", "killed_amid"), 0)
    slowest = 0.0
    folder = home / "data" / "published" / "demo"
    publish_in(home, _files(-1, 0))
    for number in range(rounds):
        before = current(folder)
        kill = number % 2 == 1
        winners, winner, status = _round(home, number, processes, chance.random() * 0.012 if kill else None)
        found["not_one_winner"] += winners != 1
        found["killed"] += status == -signal.SIGKILL
        now = current(folder)
        found["torn"] += bool(verify(folder)) or any(verify(folder, name) for name in versions(folder))
        moved = now is not None and (now / "index.html").read_bytes() == _files(number, winner)["index.html"]
        found["lost"] += (now != before and not moved) or (status == 0 and not moved)
        found["killed_amid"] += status == -signal.SIGKILL and not moved
        started = time.perf_counter()
        while True:
            try:
                with exclusive(home, "the next"):
                    break
            except BusyError:
                assert time.perf_counter() - started < 30, "the lock outlived its holder"
        slowest = max(slowest, time.perf_counter() - started)
    publish_in(home, _files(-2, 0))
    staged = [path.name for path in (folder / "versions").iterdir() if path.name not in versions(folder)]
    return {**found, "left_behind": len(staged), "lock_free_after_seconds": round(slowest, 3)}


def _round(home: Path, number: int, processes: int, kill_after: float | None) -> tuple[int, int, int]:
    """Start all at once; return how many held the lock, who did, and how the winner ended."""
    go_read, go_write = os.pipe()
    told_read, told_write = os.pipe()
    done_read, done_write = os.pipe()
    children = {}
    for place in range(processes):
        child = os.fork()
        if not child:
            os.close(go_write)
            os.close(done_write)
            os._exit(_runner(home, (number, place), go_read, told_write, done_read))
        children[child] = place
    for handle in (go_read, told_write, done_read):
        os.close(handle)
    os.close(go_write)
    # Each tells once whether it holds the lock; the winner waits for all the others to have been refused.
    told = b""
    while len(told) < 2 * processes:
        told += os.read(told_read, 2 * processes)
    winners = [told[at] for at in range(0, len(told), 2) if told[at + 1]]
    os.close(done_write)
    if kill_after is not None and winners:
        time.sleep(kill_after)
        os.kill(next(child for child, place in children.items() if place == winners[0]), signal.SIGKILL)
    ends = {}
    for child, place in children.items():
        ends[place] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(told_read)
    return len(winners), winners[0] if winners else -1, ends[winners[0]] if winners else -1


def _runner(home: Path, who: tuple[int, int], go: int, told: int, done: int) -> int:
    """Take the lock when told to go, and publish once all others were refused."""
    os.read(go, 1)
    try:
        with exclusive(home, f"racer {who[1]}"):
            os.write(told, bytes([who[1], 1]))
            os.read(done, 1)
            publish_in(home, _files(*who))
    except BusyError:
        os.write(told, bytes([who[1], 0]))
        return BUSY
    return 0


def _files(number: int, place: int) -> dict[str, bytes]:
    return {"index.html": f"<p>{number}, {place}</p>".encode(), "worklist.csv": b"rank\n" * 20_000}


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[2:5]]
    print(json.dumps(race(Path(sys.argv[1]), *given)))  # noqa: T201 - its result
