"""Kills a carrying at its statements, each in a process of its own, and looks at what the target then shows.

Run as a script: ``killed_statements.py KIND OLD NEW PLACE STEP``, with the address of a server in ARSEG_TEST_URL.
Prints how many statements of the first and of the second version were killed at; a wrong look ends it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Shown = tuple[str | None, list[str], list[int]]


class Killing:
    """Carries two versions after one another to fresh targets, killed at one statement after the other."""

    def __init__(self, kind: str, old: Path, new: Path, place: Path) -> None:
        self.kind, self.old, self.new, self.place = kind, old, new, place

    def target(self, name: str) -> Any:
        if self.kind == "duckdb":
            from arseg.runs.targets.duckdb_file import DuckDbFile

            return DuckDbFile(self.place / f"{name}.duckdb", "duckdb", "main")
        from arseg.runs.publication_sections import Target as Declared
        from arseg.runs.targets.postgres import Postgres

        return Postgres(Declared(kind="postgres", url_env="ARSEG_TEST_URL", tables_in=name), self.place)

    def killed(self, version: Path, name: str, at: int) -> bool:
        """Carry a version, killed at its statement number ``at``; return whether there were so many."""
        from arseg.runs.targets.carrying import carry

        child = os.fork()
        if not child:
            self._kill_at(at)
            carry(version, [self.target(name)])
            os._exit(0)
        return os.waitpid(child, 0)[1] != 0

    def shown(self, name: str) -> Shown:
        """Return the version in force, all versions, and the rows of each."""
        from arseg.runs.targets.filing import held_of

        target = self.target(name)
        with target.open(write=False) as database:
            held = held_of(database, target.place, "demo")
            counted = f'SELECT count(*) FROM "{target.place}".assignments GROUP BY version'
            rows = database.ask(counted) if held.versions else []
        return held.in_force, sorted(held.versions), [count for (count,) in rows]

    def sweep(self, step: int) -> tuple[int, int]:
        """Kill at every ``step``-th statement of the first version and at each of the second; return how many."""
        from arseg.runs.targets.carrying import carry

        first, at = 0, 1
        while self.killed(self.old, f"first{at}", at):
            assert self.shown(f"first{at}") == (None, [], []), f"first, statement {at}"
            carry(self.old, [self.target(f"first{at}")])
            assert self.shown(f"first{at}") == (self.old.name, [self.old.name], [5]), (
                f"first, retry after {at}"
            )
            first, at = first + 1, at + step
        second, whole = 0, f"first{at}"
        while self.killed(self.new, whole, second + 1):
            assert self.shown(whole) == (self.old.name, [self.old.name], [5]), (
                f"second, statement {second + 1}"
            )
            second += 1
        assert self.shown(whole) == (self.new.name, [self.old.name, self.new.name], [5, 5]), "second, retry"
        return first, second

    def _kill_at(self, at: int) -> None:
        from arseg.runs.targets import duckdb_file, postgres

        room: Any = duckdb_file if self.kind == "duckdb" else postgres
        seen = 0

        def counted(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any, **more: Any) -> Any:
                nonlocal seen
                seen += 1
                if seen == at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **more)

            return call

        for name in ("ask", "add", "commit"):
            setattr(room._Open, name, counted(getattr(room._Open, name)))


def main() -> None:
    """Sweep, and print the counts."""
    from arseg.runs.targets.rows import content_of

    kind, old, new, place, step = sys.argv[1:6]
    # Loaded once, before the first fork.
    content_of(Path(old))
    print(*Killing(kind, Path(old), Path(new), Path(place)).sweep(int(step)))  # noqa: T201 - its result


if __name__ == "__main__":
    main()
