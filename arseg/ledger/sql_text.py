"""Text within SQL: literals, and one text for many columns."""

from __future__ import annotations

from collections.abc import Iterable


def quoted(text: str) -> str:
    """Return text as a SQL literal.

    Examples
    --------
    >>> print(quoted("O'Neill"))
    'O''Neill'
    """
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def text_of(columns: Iterable[str]) -> str:
    """Return SQL for one text that is the same exactly where all columns are the same, NULLs included."""
    parts = (f"coalesce(CAST({name} AS VARCHAR), chr(30))" for name in columns)
    return f"concat_ws(chr(31), {', '.join(parts)})"
