"""Load sources into a ledger: read, convert, set aside, account for every row, then store.

Nothing is written before everything has been checked, so a load that is refused leaves the
previous ledger as it was.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import duckdb

from arseg.ledger.declared.layout import Layout, read_layout
from arseg.ledger.engine import CLOSED
from arseg.ledger.loading.convert import open_stage
from arseg.ledger.loading.later_load import LoadOptions, Unseen, add_to_ledger, unseen
from arseg.ledger.loading.load_report import LoadReport, report_load
from arseg.ledger.loading.recording import declared_about, record_load, record_sources
from arseg.ledger.loading.reporting import find_reporting
from arseg.ledger.loading.stage import live_rows, reject_all, set_aside, stage_all
from arseg.ledger.sources.matching import Matched, match_sources
from arseg.ledger.storing.facts import measure
from arseg.ledger.storing.insertion import create_tables
from arseg.ledger.storing.integrity import require_integrity
from arseg.ledger.storing.store import Ledger, read_ledger
from arseg.ledger.storing.writing import conclude, declared_rates, extending, replacing
from arseg.schema import LEDGER, DataError, UsageError

__all__ = ["LoadOptions", "LoadReport", "load"]

# What the stage may hold in memory; the rest goes to disk.
MEMORY: Final = "2GB"

ADD: Final = LoadOptions()


def load(
    sources: Sequence[str | Path],
    layout: str | Path,
    *,
    into: str,
    home: str | Path = ".",
    options: LoadOptions = ADD,
) -> LoadReport:
    """Load sources into the ledger ``<home>/data/ledger/<into>.duckdb``.

    A ledger that is already there is added to: sources that it has had are passed over, new rows appended,
    changed ones become versions known from the day of the extract on.

    Parameters
    ----------
    sources
        Files, folders, DuckDB files or PostgreSQL addresses (``postgresql://...``).
    layout
        Name of a shipped layout, or path of one's own.
    into
        Name of the ledger.
    home
        Home folder.
    options
        How the load meets a ledger that is already there.

    Returns
    -------
    LoadReport
        Rows read, loaded and quarantined per source; money per currency.

    Raises
    ------
    UsageError
        If the layout, the name, a path or the reporting currency is wrong.
    DataError
        If a source cannot be read as declared, or more is rejected than the layout's limits allow;
        the previous ledger stays.
    BusyError
        If somebody else uses the ledger.
    """
    path = ledger_path(into, home)
    declared = read_layout(layout)
    previous = _previous(path, options)
    with ExitStack() as stack:
        files = match_sources(sources, declared, stack)
        if previous is None:
            _create(stack.enter_context(staging()), path, into, declared, files)
            added = True
        else:
            added = _add(previous, declared, unseen(files, declared, previous), options)
    return report_load(read_ledger(path), declared.name, files, unchanged=not added)


def _add(previous: Ledger, declared: Layout, fresh: Unseen, options: LoadOptions) -> bool:
    if not fresh.files:
        return False
    with staging() as connection, extending(connection, previous.path):
        return add_to_ledger(connection, previous, declared, fresh, options)


@contextmanager
def staging() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection with an empty stage on disk, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="arseg-load-") as folder:
        config = {"memory_limit": MEMORY, "temp_directory": f"{folder}/spill", **CLOSED}
        connection = duckdb.connect(config=config)
        try:
            open_stage(connection, f"{folder}/stage.duckdb")
            yield connection
        finally:
            connection.close()


def ledger_path(name: str, home: str | Path = ".") -> Path:
    """Return where the ledger of a name is.

    Raises
    ------
    UsageError
        If the name is not a plain word.

    Examples
    --------
    >>> ledger_path("demo").as_posix()
    'data/ledger/demo.duckdb'
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        raise UsageError(
            "the name of the ledger is wrong",
            given=repr(name),
            allowed="letters, digits, - and _, at most 64",
            do="choose a plain word",
            code="bad_name",
        )
    return Path(home) / "data" / "ledger" / f"{name}.duckdb"


def _previous(path: Path, options: LoadOptions) -> Ledger | None:
    """Return the ledger that is added to; None where there is none, or it is to be replaced."""
    if options.replace or not path.exists():
        return None
    try:
        return read_ledger(path)
    except DataError:
        raise DataError(
            "what stands in the ledger's place is not a ledger of this version",
            given=path,
            allowed="a ledger that can be added to",
            do="say --replace to write it anew",
            code="not_a_ledger",
            file=path,
        ) from None


def _create(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, declared: Layout, files: Sequence[Matched]
) -> None:
    _require_invoices(files)
    staged = stage_all(connection, files, declared)
    reporting = find_reporting(connection, files, declared)
    reject_all(connection, staged, reporting)
    set_aside(connection, staged, declared, reporting)
    about = declared_about(name, declared, staged, reporting)
    with replacing(connection, path):
        create_tables(connection)
        for table in LEDGER.values():
            order = ", ".join(f"{column} NULLS FIRST" for column in table.key)
            live = live_rows(table.name, staged)
            connection.execute(f"INSERT INTO book.{table.name} SELECT * FROM ({live}) ORDER BY {order}")
        require_integrity(connection)
        facts = measure(connection, about, declared_rates(about))
        record_sources(connection, staged, load=1)
        record_load(connection, declared, facts, load=1)
        conclude(connection, facts)


def _require_invoices(files: Sequence[Matched]) -> None:
    fed = {feed.table for file in files for feed in file.source.feeds}
    if "invoices" not in fed:
        raise DataError(
            "no source feeds table invoices",
            given=", ".join(file.name for file in files),
            allowed="at least one file with invoices",
            do="name the file with the invoices too",
            code="no_invoice_source",
        )
