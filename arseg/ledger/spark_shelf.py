"""A history on Spark: Parquet files that every worker can reach, and a session that reads them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.history import TABLES
from arseg.ledger.spark import SparkEngine
from arseg.ledger.sql_text import quoted
from arseg.ledger.storing.store import Ledger


class SparkShelf:
    """The history of a ledger as Parquet, read by Spark.

    The embedded engine writes the files, out of core, one folder per ledger content; Spark reads them and
    runs the same SQL.

    Parameters
    ----------
    duckdb
        Holds the history as ``known``; it is closed once the files are written.
    ledger
        The book.
    folder
        Where the files go, to be kept; None for a folder that is gone with the shelf.
    spark
        A running engine; by default one is started on two threads of this machine.
    """

    known: Final = "known_"

    def __init__(
        self,
        duckdb: DuckDBEngine,
        ledger: Ledger,
        folder: Path | None = None,
        *,
        spark: SparkEngine | None = None,
    ) -> None:
        self._own = None if folder else tempfile.TemporaryDirectory(prefix="arseg-spark-")
        self._started_here = spark is None
        self._spark = spark or SparkEngine()
        root = folder or Path(self._own.name if self._own else "")
        self._files = root / f"{ledger.name}.parquet" / ledger.content_hash[:16]
        write_history(duckdb, self._files)
        duckdb.close()

    def open(self) -> SparkEngine:
        """Return an engine of a session of its own over the files; the caller closes it."""
        engine = SparkEngine(session=self._spark.session)
        for name in TABLES:
            engine.register_parquet(f"{self.known}{name}", self._files / f"{name}.parquet")
        return engine

    def workers(self) -> int:
        """Return how many key dates are asked for at the same time; Spark shares its cores among them."""
        return 2

    def close(self) -> None:
        """Stop Spark where it was started here, and forget the files where they are not to be kept."""
        if self._started_here:
            self._spark.close()
        if self._own is not None:
            self._own.cleanup()


def write_history(duckdb: DuckDBEngine, folder: Path) -> None:
    """Write the tables of ``known`` as ``<table>.parquet``; those that are there stay.

    Rows lie in the order of the day from which they were known, so that a key date passes over what came
    later.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        path = folder / f"{name}.parquet"
        if path.exists():
            continue
        day = "known_from" if name not in ("contacts", "credit", "indicators", "assignments") else "known_on"
        fresh = folder / f".{name}.parquet"
        rows = f"SELECT * FROM known.{name} ORDER BY {day}"
        duckdb.execute(f"COPY ({rows}) TO {quoted(str(fresh))} (FORMAT parquet, COMPRESSION zstd)")
        fresh.replace(path)
