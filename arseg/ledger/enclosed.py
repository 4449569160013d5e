"""A query within another: what was guarded once is not parsed again for the SELECT that we put around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from arseg.ledger.guard import tables_of
from arseg.schema import UsageError

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# Texts made here, of a query that was guarded and of names; there are two per block.
_MADE: Final[set[str]] = set()


def enclose(sql: str, key: str, figures: Sequence[str], *, where: str) -> str:
    """Return the SELECT of a query's key and of its figures as doubles.

    The engine casts, not Arrow: Arrow's cast of a decimal misses the nearest double in one of eight.

    Parameters
    ----------
    sql
        One pure SELECT over tables of the snapshot.
    key
        The column that is left as it is.
    figures
        The columns to cast.
    where
        How complaints name the query.

    Raises
    ------
    UsageError
        If the query is refused (`arseg.ledger.guard`), or a name is none.

    Examples
    --------
    >>> print(enclose("SELECT customer_id, 1 AS one FROM customers", "customer_id", ["one"], where="it"))
    SELECT customer_id, CAST(one AS DOUBLE) AS one FROM (SELECT customer_id, 1 AS one FROM customers
    ) AS enclosed
    """
    for name in (key, *figures):
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{where} has a column whose name is none",
                given=repr(name),
                allowed="letters, digits and _, a letter first",
                do="name it so",
                code="block",
            )
    casts = [f"CAST({name} AS DOUBLE) AS {name}" for name in figures]
    return _around(sql, ", ".join([key, *casts]), "", where)


def enclose_types(sql: str, *, where: str) -> str:
    """Return the SELECT of no row of a query, which tells the types of its columns.

    Raises
    ------
    UsageError
        If the query is refused (`arseg.ledger.guard`).
    """
    return _around(sql, "*", " LIMIT 0", where)


def made_here(text: str) -> bool:
    """Return whether a text is a guarded query in our own SELECT, so that it need not be guarded again."""
    return text in _MADE


def _around(sql: str, columns: str, tail: str, where: str) -> str:
    # A query that parses has closed its own brackets and quotes; the new line ends a comment.
    tables_of(sql, where=where)
    text = f"SELECT {columns} FROM ({sql}\n) AS enclosed{tail}"
    _MADE.add(text)
    return text
