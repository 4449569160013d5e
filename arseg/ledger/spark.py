"""The same SQL on Spark 4, where a book outgrows one machine: the engine's two methods and the prelude.

A query's text is the embedded engine's; two names of the prelude are `spoken` as Spark's own.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
import shutil
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Final, Protocol, Self

import pyarrow as pa

from arseg.ledger.prelude import FORMULAS
from arseg.schema import UsageError

if TYPE_CHECKING:
    import pandas as pd
    from py4j.java_gateway import JavaGateway  # type: ignore[import-untyped]
    from pyspark import SparkConf
    from pyspark.sql import SparkSession

SPARK: Final = (
    "CREATE TEMPORARY FUNCTION days_between(a DATE, b DATE) RETURNS INT RETURN datediff(b, a)",
    "CREATE TEMPORARY FUNCTION day_number(d DATE) RETURNS INT RETURN unix_date(d)",
    "CREATE TEMPORARY FUNCTION weekday_number(d DATE) RETURNS INT RETURN weekday(d)",
    "CREATE TEMPORARY FUNCTION month_index(d DATE) RETURNS INT RETURN 12 * year(d) + month(d) - 1",
    "CREATE TEMPORARY FUNCTION element(list ARRAY<DOUBLE>, n INT) RETURNS DOUBLE RETURN element_at(list, n)",
    *(
        f"CREATE TEMPORARY FUNCTION {name}({', '.join(f'{argument} DOUBLE' for argument in arguments)})"
        f" RETURNS DOUBLE RETURN {text}"
        for name, arguments, text in FORMULAS
    ),
)

# What a session must say so that a text means on Spark what it means on DuckDB: a day has no time zone,
# wrong arithmetic fails, "x" is a name, a backslash is a backslash, and no digit of a product is lost.
MEANING: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.parser.escapedStringLiterals": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}

_HIDDEN: Final = dict.fromkeys(("spark.ui.enabled", "spark.ui.showConsoleProgress"), "false")
_QUIET: Final = {"spark.app.name": "arseg", "spark.log.level": "ERROR", **_HIDDEN}
_HERE: Final = dict.fromkeys(("spark.driver.bindAddress", "spark.driver.host"), "127.0.0.1")
_LOCAL: Final = {**_HERE, "spark.sql.shuffle.partitions": "2"}
# Names that Spark has under another; of `pair` it asks for constants where a function of ours would stand.
_SPOKEN: Final = {"pair": "array", "whole_percentile": "percentile"}
_WORDS: Final = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\b(?:pair|whole_percentile)(?=\s*\()",
    re.DOTALL | re.IGNORECASE,
)


class Book(Protocol):
    """What `carry` needs of a snapshot."""

    key_date: dt.date

    def arrow(self, text: str) -> pa.Table:
        """Return the rows of a SELECT over the snapshot's tables, decimals exact."""


class SparkEngine:
    """A Spark session with the prelude; use it as a context manager.

    Parameters
    ----------
    master
        Where to start Spark; ``local[2]`` is two threads of this machine.
    session
        A running session to work beside instead: the engine opens a sibling with settings, views and
        functions of its own, and leaves yours running.
    settings
        More of Spark's settings, such as ``{"spark.driver.memory": "8g"}``; they win over ours.

    Attributes
    ----------
    session
        The Spark session, for what the two methods do not do.

    Raises
    ------
    UsageError
        If pyspark or Java is missing, Spark does not start, or it runs already and no session is given.

    Examples
    --------
    >>> with SparkEngine() as engine:  # doctest: +SKIP
    ...     engine.execute("SELECT days_between(DATE '2026-01-31', DATE '2026-03-01') AS days").to_pylist()
    [{'days': 29}]
    """

    def __init__(
        self,
        *,
        master: str = "local[2]",
        session: SparkSession | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._views: set[str] = set()
        with ExitStack() as undo:
            if session is None:
                folder = undo.enter_context(TemporaryDirectory(prefix="spark-", ignore_cleanup_errors=True))
                self.session = _start(master, settings or {}, Path(folder))
                undo.callback(self.session.stop)
            else:
                self.session = session.newSession()
                undo.callback(self._forget)
            for name, value in {**MEANING, **(settings or {})}.items():
                if self.session.conf.isModifiable(name):
                    self.session.conf.set(name, value)
            for function in SPARK:
                self.session.sql(function)
            self._undo = undo.pop_all()

    def execute(self, sql: str) -> pa.Table:
        """Run one statement and return its rows, decimals exact."""
        return self.session.sql(spoken(sql)).toArrow()

    def frame(self, sql: str) -> pd.DataFrame:
        """Run one statement and return its rows as a frame; decimals become float64."""
        import duckdb

        # The embedded engine makes the frame, so that both engines give the same types.
        with duckdb.connect(":memory:") as connection:
            return connection.from_arrow(self.execute(sql)).df()

    def register(self, name: str, table: pa.Table) -> None:
        """Make a table selectable under a name, replacing one of that name; it goes through the driver."""
        self.session.createDataFrame(table).createOrReplaceTempView(name)
        self._views.add(name)

    def share(self, sql: str, parts: Mapping[str, str]) -> pa.Table:  # noqa: ARG002
        """Run one SELECT and return its rows; its parts are for Spark's own plan."""
        return self.execute(sql)

    def hold(self, name: str, sql: str) -> None:
        """Make a SELECT selectable under a name; a second call does nothing."""
        if name not in self._views:
            self.session.sql(spoken(sql)).createOrReplaceTempView(name)
            self._views.add(name)

    def register_parquet(self, name: str, *paths: str | Path) -> None:
        """Make Parquet files or folders that every worker reaches selectable under a name, replacing one of it.

        Columns told by folder names such as ``key_date=2026-06-30`` are there when a folder above is given.
        """
        self.session.read.parquet(*map(str, paths)).createOrReplaceTempView(name)
        self._views.add(name)

    def close(self) -> None:
        """Stop what was started here, forget what was registered; a second call does nothing."""
        self._undo.close()

    def _forget(self) -> None:
        for name in self._views:
            self.session.catalog.dropTempView(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def spoken(sql: str) -> str:
    """Return a text as Spark takes it: names that it has under another, outside of quotes and comments.

    Examples
    --------
    >>> spoken("SELECT percentile(x, pair(0.5, 0.9)) AS p, 'pair(1, 2)' AS text FROM t")
    "SELECT percentile(x, array(0.5, 0.9)) AS p, 'pair(1, 2)' AS text FROM t"
    """
    return _WORDS.sub(lambda found: _SPOKEN.get(found[0].lower(), found[0]), sql)


def carry(snapshot: Book, engine: SparkEngine, folder: str | Path | None = None) -> tuple[str, ...]:
    """Give an engine every table of a snapshot under its own name.

    Parameters
    ----------
    snapshot
        The book at its key date.
    engine
        Where its tables go.
    folder
        Where to write ``key_date=2026-06-30/<table>.parquet`` for Spark's workers to read; without it the
        rows go through the driver's memory, which serves small books.

    Returns
    -------
    The names of the tables, sorted.
    """
    held = "SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY table_name"
    names = tuple(snapshot.arrow(held)["table_name"].to_pylist())
    for name in names:
        table = snapshot.arrow(f"SELECT * FROM {name}")
        if folder is None:
            engine.register(name, table)
        else:
            path = Path(folder) / f"key_date={snapshot.key_date}" / f"{name}.parquet"
            _write(table, path)
            engine.register_parquet(name, path)
    return names


def _write(table: pa.Table, path: Path) -> None:
    from pyarrow import parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    # Written aside first: a reader never sees half a file.
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    parquet.write_table(table, aside, compression="zstd", store_decimal_as_integer=True)
    aside.replace(path)


def _start(master: str, settings: Mapping[str, str], folder: Path) -> SparkSession:
    """Start Spark in this process; what its virtual machine says goes to a file, not to the terminal."""
    try:
        from py4j.protocol import Py4JError  # type: ignore[import-untyped]
        from pyspark import SparkConf, SparkContext
        from pyspark.errors import PySparkException
        from pyspark.logger import PySparkLogger
        from pyspark.sql import SparkSession
    except ImportError as problem:
        raise UsageError(
            "Spark is not installed",
            given=problem,
            allowed="pyspark 4",
            do="pip install 'arseg[spark]'",
            code="no_spark",
        ) from problem
    _require_java()
    chosen = {**_QUIET, "spark.sql.warehouse.dir": str(folder / "warehouse")}
    chosen |= (_LOCAL if master.startswith("local") else {}) | dict(settings)
    conf = SparkConf().setMaster(master).setAll(list(chosen.items()))
    said = folder / "spark.log"
    try:
        with said.open("wb") as log:
            # A virtual machine that an earlier engine started in this process serves again.
            gateway = SparkContext._gateway or _launch(conf, log)  # noqa: SLF001
            context = SparkContext(conf=conf, gateway=gateway)
    except (PySparkException, Py4JError, ValueError) as problem:
        raise _does_not_start(problem, said, master) from problem
    if master.startswith("local") and "PYSPARK_PYTHON" not in os.environ:
        context.pythonExec = sys.executable  # So workers find the packages of this environment.
    PySparkLogger.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # It prints what is raised.
    return SparkSession.builder.getOrCreate()


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    found = Path(home, "bin", "java").is_file() if home else shutil.which("java") is not None
    if not found:
        raise UsageError(
            "Spark needs Java, and there is none",
            given=f"JAVA_HOME={home}" if home else "no java on the PATH",
            allowed="Java 17 or 21",
            do="install openjdk-17-jre-headless, or set JAVA_HOME",
            code="no_java",
        )


def _launch(conf: SparkConf, log: IO[bytes]) -> JavaGateway:
    from pyspark.java_gateway import launch_gateway

    return launch_gateway(conf, {"stdout": log, "stderr": log})  # type: ignore[no-untyped-call]


def _does_not_start(problem: Exception, said: Path, master: str) -> UsageError:
    if "multiple SparkContexts" in str(problem):
        return UsageError(
            "Spark runs already in this process",
            given=f"master={master}",
            allowed="one Spark per process",
            do="pass its session: SparkEngine(session=...)",
            code="spark_runs",
        )
    lines = [line.strip() for line in said.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"error|exception|could not", line, re.IGNORECASE)]
    return UsageError(
        "Spark does not start",
        given=f"master={master}: {(telling or lines or str(problem).splitlines())[0]}",
        allowed="Java 17 or 21 and a master that answers",
        do="install openjdk-17-jre-headless, or set JAVA_HOME or master",
        code="no_spark",
    )
