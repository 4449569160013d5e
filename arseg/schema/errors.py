"""The error type: a refusal in four beats."""

from __future__ import annotations


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

    Examples
    --------
    >>> print(DataError("the ledger has no cleared invoice", given="demo", allowed="one or more",
    ...                 do="load the payments too"))
    the ledger has no cleared invoice. Given: demo. Allowed: one or more. Do: load the payments too.
    """

    exit_code: int = 1

    def __init__(self, what: str, *, given: object, allowed: object, do: str) -> None:
        self.what = what
        self.given = str(given)
        self.allowed = str(allowed)
        self.do = do
        super().__init__(f"{what}. Given: {given}. Allowed: {allowed}. Do: {do}.")

    def __reduce__(self) -> tuple[object, ...]:
        """Survive a trip between processes, which keyword-only arguments would not."""
        return _rebuild, (type(self), self.what, self.given, self.allowed, self.do)


def _rebuild(kind: type[ArsegError], what: str, given: str, allowed: str, do: str) -> ArsegError:
    return kind(what, given=given, allowed=allowed, do=do)


class DataError(ArsegError):
    """The data or the run failed: exit code 1."""

    exit_code = 1


class UsageError(ArsegError):
    """Wrong usage or configuration: exit code 2."""

    exit_code = 2


class BusyError(ArsegError):
    """Another run holds the lock: exit code 75."""

    exit_code = 75
