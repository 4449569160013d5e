"""One long event log: what a case's rows say together, as window SQL over all of its rows.

An event changes part of what is known of a case; a running amount adds up what all events up to a row
have said.
"""

from __future__ import annotations

from arseg.ledger.declared.day_format import day_sql
from arseg.ledger.declared.mapped import Carried, Term
from arseg.ledger.declared.source import Log, Source
from arseg.ledger.loading.expression import Header, number_sql, one_of, term_name


def window_terms(header: Header, source: Source) -> dict[str, str]:
    """Return the SQL of what rows of a case say together, by ``term_name`` of who asks for it."""
    windows: dict[str, str] = {}
    for mapped in (m for feed in source.feeds for m in feed.columns.values()):
        for term in mapped.running or ():
            windows[term_name(term)] = _running(term, header, source)
        if mapped.carried is not None:
            windows[term_name(mapped.carried)] = _carried(mapped.carried, header)
    return windows


def log_query(rows: str, header: Header, source: Source) -> str:
    """Return the SELECT of the log's rows with their place in it (``rank``) and what their cases say.

    Ranks begin at the number of its first row, so that those of another file of the log come before or after.

    Parameters
    ----------
    rows
        A SELECT with ``row`` and the source's columns by place.
    header
        The source's columns.
    source
        With its ``log``.
    """
    assert source.log is not None
    order = _order(source.log, header, source)
    case = ", ".join(header.place(name) for name in source.log.case)
    said = "".join(f", {window} AS {name}" for name, window in window_terms(header, source).items())
    return (
        f"SELECT *, min(row) OVER () + row_number() OVER (ORDER BY {case}, {order}) - 1 AS rank{said} "
        f"FROM ({rows}) "
        f"WINDOW so_far AS (PARTITION BY {case} ORDER BY {order} ROWS UNBOUNDED PRECEDING), "
        f"before AS (PARTITION BY {case} ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )


def _order(log: Log, header: Header, source: Source) -> str:
    """Return the ORDER BY list: each column as a day, else a number, else text; then as they stand."""
    keys = []
    for name in log.order:
        place = header.place(name)
        day = day_sql(place, source.dates, zone=source.zone, times_in=source.times_in)
        keys += [f"{day} NULLS FIRST", f"{number_sql(place)} NULLS FIRST", f"{place} NULLS FIRST"]
    return ", ".join([*keys, "row"])


def _running(term: Term, header: Header, source: Source) -> str:
    amount = source.money(exact=header.exact([term.column])).sql(header.place(term.column))
    if term.how == "sum":
        return f"sum({amount}) OVER so_far"
    if term.how == "last":
        return f"last_value({amount} IGNORE NULLS) OVER so_far"
    # A row that says nothing of it has not grown.
    return f"{amount} - coalesce(last_value({amount} IGNORE NULLS) OVER before, 0)"


def _carried(carried: Carried, header: Header) -> str:
    meant = " AND ".join(one_of(header.place(column), texts) for column, texts in carried.only.items())
    said = header.place(carried.column)
    return f"last_value(CASE WHEN {meant or 'true'} THEN {said} END IGNORE NULLS) OVER so_far"
