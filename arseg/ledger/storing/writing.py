"""Write a ledger: a new one beside its place and swapped in, a later load in one transaction.

Either way a load that fails leaves the previous ledger.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from arseg.ledger.sql_text import quoted
from arseg.ledger.storing.facts import measure
from arseg.ledger.storing.insertion import create_tables, insert_bookkeeping, insert_rows
from arseg.ledger.storing.integrity import require_integrity
from arseg.ledger.storing.store import About, Ledger, is_busy, read_ledger
from arseg.schema import LEDGER, BusyError, DataError, UsageError

if TYPE_CHECKING:
    # A load never needs it, and it takes two seconds to import.
    import pandas as pd


def create_ledger(
    path: Path,
    tables: Mapping[str, pd.DataFrame | pa.Table],
    about: About,
    *,
    quarantine: pd.DataFrame | None = None,
    sources: pd.DataFrame | None = None,
) -> Ledger:
    """Write a ledger and return it; the previous one stays until the new one is whole.

    Parameters
    ----------
    path
        Where it goes; folders are made.
    tables
        Frames by table name, with the columns of ``arseg.schema.LEDGER``; optional columns and
        optional tables may be absent. Rows are stored sorted by their key.
    about
        What is declared about it.
    quarantine
        Rows that were refused: source, line, reason, text, amount, currency.
    sources
        What was read: source, sha256, rows_read, rows_loaded, rows_quarantined.

    Raises
    ------
    UsageError
        If a table or column is unknown, or the reporting currency has a rate other than 1.
    DataError
        If required columns or values are missing, a value does not fit its type, a key stands twice,
        a row is known before it happened, a kind of posting is unknown, or there is no invoice.
    """
    _require_known_tables(tables)
    rates = declared_rates(about)
    with closing(duckdb.connect()) as connection, replacing(connection, Path(path)):
        create_tables(connection)
        for name, table in LEDGER.items():
            if name in tables:
                rows = tables[name]
                if not isinstance(rows, pa.Table):
                    from arseg.ledger.storing.contract import require_contract

                    require_contract(rows, table, where=f"table {name}")
                insert_rows(connection, table, rows)
        require_integrity(connection)
        insert_bookkeeping(connection, "quarantine", quarantine)
        insert_bookkeeping(connection, "sources", sources)
        conclude(connection, measure(connection, about, rates))
    return read_ledger(path)


@contextmanager
def replacing(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    """Attach a new ledger as ``book``, written beside its place, and swap it in when all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as folder:
        beside = Path(folder) / path.name
        connection.execute(f"ATTACH {quoted(str(beside))} AS book")
        try:
            yield
        finally:
            connection.execute("DETACH book")
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.replace(path)


@contextmanager
def extending(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    """Attach an existing ledger as ``book``, to be changed by whoever commits.

    Raises
    ------
    BusyError
        If somebody else reads or writes it.
    DataError
        If it is no database.
    """
    try:
        connection.execute(f"ATTACH {quoted(str(path))} AS book")
    except duckdb.Error as problem:
        if not is_busy(problem):
            raise DataError(
                "the file is not a ledger",
                given=path,
                allowed="a ledger",
                do="load the sources again",
                code="no_ledger_file",
                file=path,
            ) from None
        raise BusyError(
            "the ledger is in use",
            given=path,
            allowed="one writer at a time",
            do="wait until it is free",
            code="ledger_busy",
            file=path,
        ) from None
    try:
        yield
    finally:
        connection.execute("DETACH book")


def conclude(connection: duckdb.DuckDBPyConnection, facts: Mapping[str, Any]) -> None:
    """Note in a new ledger which invoices have several versions, and what it says about itself."""
    # A key date looks for versions among these few, not among all.
    connection.execute(
        "CREATE TABLE book.restated AS SELECT invoice_id FROM book.invoices "
        "GROUP BY invoice_id HAVING count(*) > 1 ORDER BY 1"
    )
    connection.execute("CREATE TABLE book.about (facts VARCHAR NOT NULL)")
    connection.execute("INSERT INTO book.about VALUES (?)", [json.dumps(facts, sort_keys=True)])


def declared_rates(about: About) -> dict[str, float]:
    """Return reporting units per unit of each currency, the reporting currency's own included.

    Raises
    ------
    UsageError
        If a rate is not positive, or the reporting currency's is not 1.
    """
    rates = {about.currency: 1.0} | {name: float(rate) for name, rate in about.rates.items()}
    if rates[about.currency] != 1.0 or any(not 0 < rate < 1e9 for rate in rates.values()):
        raise UsageError(
            "the rates are wrong",
            given=rates,
            allowed=f"positive reporting units per unit, and 1 for {about.currency}",
            do="declare how many units of the reporting currency one unit is worth",
            code="bad_rates",
        )
    return dict(sorted(rates.items()))


def _require_known_tables(tables: Mapping[str, object]) -> None:
    unknown = sorted(set(tables) - set(LEDGER))
    if unknown:
        raise UsageError(
            f"unknown tables {unknown}",
            given=", ".join(unknown),
            allowed=", ".join(LEDGER),
            do="rename them",
            code="unknown_table",
            file=unknown[0],
        )
