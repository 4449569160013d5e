"""The error type: a refusal in four beats, and where it points."""

from __future__ import annotations

import json
import re
from types import TracebackType
from typing import Any, TypedDict, Unpack

from arseg.schema.shown import printable


class Place(TypedDict, total=False):
    """Where a refusal points: a stable word for programs, and the spot in the data."""

    code: str | None
    file: object
    row: int | None
    column: str | None


class ArsegError(Exception):
    """A refusal in four beats: what is wrong, what was given, what is allowed, what to do.

    Parameters
    ----------
    what
        What is wrong, as a clause without a full stop.
    given
        What was given, quoted as the user wrote it.
    allowed
        What would be allowed.
    do
        What the user should do next.
    **place
        Where it points, for programs; none of it is in the message. ``code`` is a stable word in
        snake_case (the class's own where None: ``data``, ``usage``, ``busy``), ``file`` the file or frame,
        ``row`` its line or row, ``column`` its column.

    Examples
    --------
    >>> error = DataError("the ledger has no cleared invoice", given="demo", allowed="one or more",
    ...                   do="load the payments too", code="no_cleared_invoice")
    >>> print(error)
    the ledger has no cleared invoice. Given: demo. Allowed: one or more. Do: load the payments too.
    >>> error.code, error.remedy, error.row
    ('no_cleared_invoice', 'load the payments too', None)
    """

    exit_code: int = 1
    default_code: str = "error"

    def __init__(self, what: str, *, given: object, allowed: object, do: str, **place: Unpack[Place]) -> None:
        self.what = what
        self.given = str(given)
        self.allowed = str(allowed)
        self.do = do
        self.code = _stable(place.get("code") or self.default_code)
        self.file = None if place.get("file") is None else str(place["file"])
        self.row = place.get("row")
        self.column = place.get("column")
        super().__init__(f"{what}. Given: {given}. Allowed: {allowed}. Do: {do}.")

    @property
    def remedy(self) -> str:
        """What to do next."""
        return self.do

    def to_dict(self) -> dict[str, Any]:
        """Return the refusal as plain data: code, exit_code, the four beats, file, row, column, remedy."""
        names = ("what", "given", "allowed", "file", "row", "column", "remedy")
        return {"code": self.code, "exit_code": self.exit_code} | {
            name: getattr(self, name) for name in names
        }

    def to_json(self) -> str:
        """Return the refusal as one JSON object."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows instead of a page of traceback: the four beats, and the line of the cell."""
        place = _cell_line(self.__traceback__)
        beats = {"given": self.given, "allowed": self.allowed, "do": self.do}
        said = [f"  {name:<8} {printable(text)}" for name, text in beats.items()]
        return [f"{type(self).__name__}: {printable(self.what)}{place}", *said]

    def __reduce__(self) -> tuple[object, ...]:
        """Survive a trip between processes, which keyword-only arguments would not."""
        place = Place(code=self.code, file=self.file, row=self.row, column=self.column)
        return _rebuild, (type(self), self.what, self.given, self.allowed, self.do, place)


def _rebuild(
    kind: type[ArsegError], what: str, given: str, allowed: str, do: str, place: Place
) -> ArsegError:
    return kind(what, given=given, allowed=allowed, do=do, **place)


def _cell_line(trace: TracebackType | None) -> str:
    """Return which line of the cell was refused: the last one that stands in no module of its own."""
    lines = []
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == "__main__":
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return f" (line {lines[-1]} of the cell)" if lines else ""


def _stable(code: str) -> str:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", code), f"{code!r} is no word in snake_case"
    return code


class DataError(ArsegError):
    """The data or the run failed: exit code 1."""

    exit_code = 1
    default_code = "data"


class UsageError(ArsegError):
    """Wrong usage or configuration: exit code 2."""

    exit_code = 2
    default_code = "usage"


class BusyError(ArsegError):
    """Another run holds the lock: exit code 75."""

    exit_code = 75
    default_code = "busy"
