"""Where MLflow is, written down so that it follows a home that moves.

A home's own store and a file that holds an address lie at absolute places. What waits for MLflow names them from the
home, as it may be filed from where the home stands by then.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_HOME: Final = "{home}"
# What stands before the place of a file: a reference to one, and a store in one.
_LEADS: Final = ("@", "sqlite:///")


def kept_name(store: str, home: Path) -> str:
    """Return an address or a reference as it is written down.

    Parameters
    ----------
    store
        As ``tracking.store_uri`` gives it.
    home
        The home folder as it stands now.

    Examples
    --------
    >>> kept_name("sqlite:////books/may/mlflow.db", Path("/books/may"))
    'sqlite:///{home}/mlflow.db'
    >>> kept_name("$MLFLOW", Path("/books/may"))
    '$MLFLOW'
    """
    return _exchanged(store, str(home.resolve()), _HOME)


def store_name(kept: str, home: Path) -> str:
    """Return the address or the reference that was written down, for where the home stands now.

    Parameters
    ----------
    kept
        From ``kept_name``.
    home
        The home folder as it stands now.

    Examples
    --------
    >>> store_name("@{home}/secrets/mlflow", Path("/books/june"))
    '@/books/june/secrets/mlflow'
    """
    return _exchanged(kept, _HOME, str(home.resolve()))


def _exchanged(store: str, old: str, new: str) -> str:
    for lead in _LEADS:
        if store.startswith(f"{lead}{old}/"):
            return f"{lead}{new}/{store[len(lead) + len(old) + 1 :]}"
    return store
