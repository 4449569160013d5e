"""Which table of a database a name means: only what the database itself lists, never text turned into SQL."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from arseg.ledger.sources.reading import TableHead
from arseg.schema import UsageError


def find_table(table: str, heads: Sequence[TableHead], *, path: Sequence[str], name: str) -> TableHead:
    """Return the table that is meant by ``schema.table``, or by ``table`` in the first schema of the path.

    Parameters
    ----------
    table
        The name as declared.
    heads
        What the database has.
    path
        Schemas in which a bare name is looked up, in order.
    name
        What the database is called in complaints.

    Raises
    ------
    UsageError
        If there is no such table, or two are meant.

    Examples
    --------
    >>> heads = [TableHead("old", "items", ()), TableHead("new", "items", ())]
    >>> find_table("items", heads, path=("new", "old"), name="book").schema
    'new'
    """
    full = [head for head in heads if f"{head.schema}.{head.table}" == table]
    bare = [head for schema in path for head in heads if (head.schema, head.table) == (schema, table)]
    found = list(dict.fromkeys([*full, *bare[:1]]))
    if len(found) == 1:
        return found[0]
    listed = [f"{head.schema}.{head.table}" for head in heads]
    near = difflib.get_close_matches(table, [*listed, *(head.table for head in heads)], n=1)
    hint = f"; the nearest is {near[0]!r}" if near and not found else ""
    raise UsageError(
        f"{name} has {'two tables' if found else 'no table'} {table!r}{hint}",
        given=", ".join(listed[:20]) or "no table",
        allowed="a table or view that may be read",
        do="name it as schema.table in the layout",
        code="several_tables" if found else "no_table",
        file=name,
    )
