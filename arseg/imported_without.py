"""Imports that leave out what a library would take in only because it is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def imported_without(*names: str) -> Iterator[None]:
    """Have libraries that are imported here find these packages absent; one that is imported already stays.

    Parameters
    ----------
    names
        Packages that the library does without.

    Examples
    --------
    >>> with imported_without("imaplib"):
    ...     try:
    ...         import imaplib
    ...     except ImportError:
    ...         print("absent")
    absent
    >>> import imaplib
    """
    hidden = [name for name in names if name not in sys.modules]
    # None in the table of modules is how Python itself marks a package that must not be imported.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
