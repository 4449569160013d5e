"""A record that is only ever added to: one line of JSON each, each line sealed with those before.

A line that was changed, removed or put between others breaks a seal, and reading the record says so. A last line
that was cut short by a crash was never confirmed and is left out.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from arseg.runs.durable import sync_folder
from arseg.schema import DataError, UsageError

_SEAL: Final = "seal"


@dataclass(frozen=True)
class SealedRecord:
    """A file of sealed events, each with the day ``on`` which it was decided.

    Parameters
    ----------
    path
        The file; it need not exist.
    holds
        What it holds, for messages: ``overrides``.
    instead
        What to do instead of changing a line.
    """

    path: Path
    holds: str
    instead: str

    def events(self) -> list[dict[str, Any]]:
        """Return all events in their order.

        Raises
        ------
        DataError
            If a line is not what was written.
        """
        return self._checked(self._lines())

    def add(self, event: dict[str, Any]) -> None:
        """Add an event, and wait until the disk has it.

        Parameters
        ----------
        event
            Plain data with ``on``, an ISO day.

        Raises
        ------
        DataError
            If an earlier line is not what was written.
        UsageError
            If an earlier line is of a later day.
        """
        lines = self._lines()
        events = self._checked(lines)
        last = events[-1]["on"] if events else ""
        if event["on"] < last:
            raise UsageError(
                f"an earlier line of the record of {self.holds} is of a later day",
                given=f"on {event['on']}",
                allowed=f"{last} or later",
                do="give the day on which it is decided",
            )
        _make_folder(self.path.parent)
        text = json.dumps(event | {_SEAL: _seal(events, event)}, ensure_ascii=True) + "\n"
        self._append(text.encode(), after=sum(len(line) + 1 for line in lines))
        sync_folder(self.path.parent)

    def _append(self, content: bytes, *, after: int) -> None:
        """Write behind the last whole line; what follows it is the rest of a line that was never confirmed."""
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            os.ftruncate(handle, after)
            os.lseek(handle, after, os.SEEK_SET)
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fsync(handle)
        finally:
            os.close(handle)

    def _lines(self) -> list[bytes]:
        """Return the whole lines of the record, without their ends."""
        return self.path.read_bytes().split(b"\n")[:-1] if self.path.is_file() else []

    def _checked(self, lines: list[bytes]) -> list[dict[str, Any]]:
        """Return the events, each with its seal, if each stands where and as it was written."""
        events: list[dict[str, Any]] = []
        for number, line in enumerate(lines, start=1):
            try:
                event = json.loads(line)
                intact = event[_SEAL] == _seal(events, event)
            except (ValueError, TypeError, KeyError):
                intact = False
            if not intact:
                raise DataError(
                    f"the record of {self.holds} {self.path.name} was changed",
                    given=f"line {number}, or one before it",
                    allowed="lines as arseg wrote them",
                    do=f"put the file back from a copy; {self.instead}",
                )
            events.append(event)
        return events


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)


def _seal(events: list[dict[str, Any]], event: dict[str, Any]) -> str:
    """Return the digest of an event and of the seal before it, which holds all earlier ones."""
    own = {name: value for name, value in event.items() if name != _SEAL}
    before = events[-1][_SEAL] if events else ""
    return hashlib.sha256((before + json.dumps(own, sort_keys=True)).encode()).hexdigest()
