"""The SQL of the embedded engine, the same on Spark; skipped with a count where Java is absent."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from arseg.features import Block, build_features, read_block
from arseg.features.build import SHIPPED
from arseg.ledger import Ledger, Snapshot, load, read_ledger, take_snapshot
from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.guard import SNAPSHOT_TABLES
from arseg.ledger.prelude import NAMES
from arseg.ledger.spark import SPARK, SparkEngine, carry, spoken
from arseg.schema import UsageError
from oracle.edges import edge_book

DAY = dt.date(2025, 6, 16)
BLOCKS = sorted(path.stem for path in SHIPPED.glob("*.sql"))
EXACT = {"currency", "count"}

# The books are small: to compile and to plan a query takes longer than to run it.
SMALL = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
}

ROWS = pa.table(
    {
        "g": [1, 1, 1, 2, 2, 3],
        "i": pa.array([3, None, -7, 2, 2, None], pa.int32()),
        "x": [1.5, 2.5, -0.5, None, 3.25, None],
        "m": pa.array(
            [None if cents is None else Decimal(cents) / 100 for cents in (125, 250, -310, None, 700, None)],
            pa.decimal128(18, 2),
        ),
        "s": ["ab", "Cd ", None, "é", "", "x"],
        "d": [
            dt.date(2026, 2, 28),
            dt.date(1969, 12, 31),
            None,
            dt.date(2024, 2, 29),
            dt.date(2026, 1, 1),
            None,
        ],
        "b": [True, False, None, True, True, None],
    }
)
"""A value of every type that a snapshot has, and a missing one."""

PER_ROW = (
    *("days_between(d, DATE '2026-03-01')", "day_number(d)", "weekday_number(d)", "month_index(d)"),
    *("log_gamma(abs(x) + 1)", "normal_tail(x)", "student_tail(x, 5e0)", "student_tail(x, 200e0)"),
    *("EXTRACT(DAY FROM d)", "((day_number(d) + 3) % 7 + 7) % 7", "i % 3", "last_day(d)", "d - 365"),
    *("greatest(i, x, 0)", "nullif(i, 2)", "CAST(b AS INTEGER)", "CAST(m AS DOUBLE) / 3", "round(x)"),
    *("s LIKE 'a%'", "s || 'a\\b'", "x IS DISTINCT FROM 1.5", "CASE WHEN b THEN 1 ELSE 0 END", '"i"'),
)
PER_GROUP = (
    *("count(*)", "count(*) FILTER (WHERE days_between(d, DATE '2026-06-01') < 365)", "sum(m)", "avg(i)"),
    *("sum(CAST(x AS DECIMAL(28,10)))", "percentile(m, 0.9)", "element(percentile(i, pair(0.1, 0.9)), 2)"),
    *("element(percentile(CASE WHEN i > 9 THEN i END, pair(0.1, 0.9)), 1)", "days_between(min(d), max(d))"),
    *("max_by(g + i, (d, g)) FILTER (WHERE i IS NOT NULL AND d IS NOT NULL)", "max(b)", "stddev_pop(i)"),
    *("element(whole_percentile(i, pair(0.1, 0.9)), 1)", "whole_percentile(g * i, 0.25)"),
    *("sum(m) FILTER (WHERE i > 0)", "count(DISTINCT i)", "sum(m * i)", "log_gamma(count(*) + 1)"),
)
OVER_ROWS = (
    "row_number() OVER (PARTITION BY month_index(d) ORDER BY d DESC NULLS LAST, g NULLS LAST, s NULLS LAST)",
    "sum(m) OVER (ORDER BY day_number(d) NULLS FIRST RANGE BETWEEN 90 PRECEDING AND CURRENT ROW)",
    "lag(i) OVER (PARTITION BY g ORDER BY d NULLS FIRST)",
)


@pytest.fixture(scope="module")
def started() -> Iterator[tuple[SparkEngine, bytes]]:
    """Return the one Spark of these tests, the second that this process starts, and what starting printed."""
    pytest.importorskip("pyspark")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        pytest.skip("Java is absent")
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            SparkEngine(settings=SMALL).close()
            engine = SparkEngine(settings=SMALL)
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        said.seek(0)
        printed = said.read()
    with engine:
        yield engine, printed


@pytest.fixture
def spark(started: tuple[SparkEngine, bytes]) -> Iterator[SparkEngine]:
    """Return an engine of its own beside that Spark."""
    with SparkEngine(session=started[0].session, settings=SMALL) as engine:
        engine.register("t", ROWS)
        yield engine


@pytest.fixture
def duck() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as engine:
        engine.register("t", ROWS)
        yield engine


@pytest.fixture(scope="session")
def books(
    ledger_builder: Callable[..., Ledger], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Ledger]:
    """Return a book on the edges of every window, and one of the world of a usual trade."""
    from arseg.world import synthesize

    folder = tmp_path_factory.mktemp("books")
    edges = ledger_builder(folder / "edges.duckdb", edge_book(0, DAY), complete_to=DAY + dt.timedelta(days=9))
    made = synthesize(folder / "world", customers=40, months=16, seed=5, setting="typical")
    load([str(made.folder)], "arseg", into="world", home=folder)
    return {"edges": edges, "world": read_ledger(folder / "data" / "ledger" / "world.duckdb")}


@pytest.fixture(scope="module", params=["edges", "world"])
def pair_of_books(
    request: pytest.FixtureRequest,
    books: dict[str, Ledger],
    started: tuple[SparkEngine, bytes],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Snapshot, SparkEngine]]:
    """Return a snapshot and an engine on Spark that holds its tables; the world's as Parquet."""
    ledger = books[request.param]
    day, folder = (
        (DAY, None) if request.param == "edges" else (ledger.last_known, tmp_path_factory.mktemp("pq"))
    )
    with (
        take_snapshot(ledger, day) as snapshot,
        SparkEngine(session=started[0].session, settings=SMALL) as engine,
    ):
        assert set(carry(snapshot, engine, folder)) == SNAPSHOT_TABLES
        yield snapshot, engine


@pytest.fixture(scope="module")
def answers(pair_of_books: tuple[Snapshot, SparkEngine]) -> dict[str, tuple[Block, Any, Any]]:
    """Return every block with its figures on DuckDB and those on Spark, or what went wrong there."""
    snapshot, engine = pair_of_books
    blocks = [read_block(SHIPPED / f"{name}.sql") for name in BLOCKS]
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(figures, block, engine.execute) for block in blocks]
    return {
        block.name: (block, figures(block, snapshot.arrow), answer.exception() or answer.result())
        for block, answer in zip(blocks, asked, strict=True)
    }


def columns(expressions: tuple[str, ...]) -> str:
    return ", ".join(f"{text} AS c{place}" for place, text in enumerate(expressions))


def figures(block: Block, execute: Callable[[str], pa.Table]) -> dict[str, dict[str, float]]:
    """Return a block's figures by key, as the build of features asks for them."""
    names = [column.name for column in block.columns]
    asked = ", ".join(f"CAST({name} AS DOUBLE) AS {name}" for name in names)
    rows = execute(f"SELECT {block.key}, {asked} FROM ({block.sql}\n) AS block").to_pylist()
    found = {row[block.key]: row for row in rows}
    assert len(found) == len(rows), "a key comes twice"
    return found


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_gives_the_same_figures_on_both_engines(name: str, answers: Any) -> None:
    block, wanted, given = answers[name]
    assert isinstance(given, dict), given
    assert given.keys() == wanted.keys()
    for column in block.columns:
        for key, row in wanted.items():
            value, other = row[column.name], given[key][column.name]
            where = f"{column.name} of {key}: {value} on DuckDB, {other} on Spark"
            if value is None or other is None or column.unit in EXACT:
                assert value == other, where
            else:
                assert other == pytest.approx(value, rel=1e-9, abs=1e-9), where


def test_the_blocks_that_are_compared_speak_of_something(answers: Any) -> None:
    silent = [
        name
        for name, (block, wanted, _) in answers.items()
        if not any(row[column.name] is not None for row in wanted.values() for column in block.columns)
    ]
    assert silent == []


def test_features_are_built_on_spark_as_on_the_embedded_engine(pair_of_books: Any) -> None:
    snapshot, engine = pair_of_books
    facts = {"key_date": snapshot.key_date, "currency": snapshot.currency, "present": snapshot.present}
    both = [
        build_features(at, blocks=["item", "exposure"]).matrix()
        for at in (snapshot, Snapshot(engine, **facts))
    ]
    pd.testing.assert_frame_equal(*both)


@pytest.mark.parametrize("expressions", [PER_ROW, OVER_ROWS], ids=["per row", "over rows"])
def test_an_expression_means_the_same_on_both_engines(
    expressions: tuple[str, ...], spark: SparkEngine, duck: DuckDBEngine
) -> None:
    query = f"SELECT {columns(expressions)} FROM t ORDER BY g, x NULLS FIRST, s NULLS FIRST"
    pd.testing.assert_frame_equal(spark.frame(query), duck.frame(query), check_dtype=False, rtol=1e-12)


def test_an_aggregate_means_the_same_on_both_engines(spark: SparkEngine, duck: DuckDBEngine) -> None:
    query = f"SELECT g, {columns(PER_GROUP)} FROM t GROUP BY g ORDER BY g"
    pd.testing.assert_frame_equal(spark.frame(query), duck.frame(query), check_dtype=False, rtol=1e-12)


def test_every_name_of_the_prelude_is_spoken_by_spark() -> None:
    made = {function.split("(")[0].split()[-1] for function in SPARK}
    for name in NAMES - made:
        made |= {name} if spoken(f"{name}(1)") != f"{name}(1)" else set()
    assert made | {"percentile"} == NAMES  # which is Spark's own


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("pair(1, 2)", "array(1, 2)"),
        ("percentile(x, PAIR (1, 2))", "percentile(x, array (1, 2))"),
        ("whole_percentile(x, pair(1, 2))", "percentile(x, array(1, 2))"),
        ("'pair(1, 2)'", "'pair(1, 2)'"),
        ("'it''s pair(1)' || pair(1, 2)", "'it''s pair(1)' || array(1, 2)"),
        ('"pair(" , repair(1), pair_of(1), pair', '"pair(" , repair(1), pair_of(1), pair'),
        ("-- don't pair(1)\npair(1, 2) /* pair(\n'1) */", "-- don't pair(1)\narray(1, 2) /* pair(\n'1) */"),
    ],
)
def test_only_two_names_are_spoken_otherwise_and_only_where_they_are_called(text: str, told: str) -> None:
    assert spoken(text) == told


def test_values_keep_their_types_and_frames_are_those_of_the_embedded_engine(
    spark: SparkEngine, duck: DuckDBEngine
) -> None:
    found = spark.execute("SELECT * FROM t")
    assert found.equals(ROWS.cast(found.schema))
    assert found.schema.remove_metadata() == ROWS.schema.remove_metadata()
    for query in ("SELECT * FROM t ORDER BY g, x NULLS FIRST", "SELECT * FROM t WHERE g = 1 AND b AND m > 0"):
        pd.testing.assert_frame_equal(spark.frame(query), duck.frame(query))


def test_a_registered_table_replaces_one_of_its_name(spark: SparkEngine, tmp_path: Path) -> None:
    spark.register("t", pa.table({"a": [1]}))
    assert spark.execute("SELECT * FROM t").to_pylist() == [{"a": 1}]
    for number in (2, 3):
        path = tmp_path / f"key_date=2026-01-0{number}" / "t.parquet"
        path.parent.mkdir()
        pd.DataFrame({"a": [number]}).to_parquet(path)
    spark.register_parquet("t", path)
    assert spark.execute("SELECT * FROM t").to_pylist() == [{"a": 3}]
    spark.register_parquet("t", tmp_path)
    rows = spark.execute("SELECT a, key_date FROM t ORDER BY a").to_pylist()
    assert rows == [{"a": day, "key_date": dt.date(2026, 1, day)} for day in (2, 3)]


def test_a_snapshot_on_spark_is_the_snapshot_cell_by_cell(pair_of_books: Any) -> None:
    snapshot, engine = pair_of_books
    for name in sorted(SNAPSHOT_TABLES):
        both = [at(f"SELECT * FROM {name}") for at in (engine.execute, snapshot.arrow)]
        assert both[0].schema.types == both[1].schema.types
        given, wanted = (sorted(map(repr, table.to_pylist())) for table in both)
        assert given == wanted
    assert engine.execute("SELECT count(*) AS n FROM invoices")["n"][0].as_py() > 100


def test_workers_on_this_machine_find_the_packages_of_this_environment(spark: SparkEngine) -> None:
    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from arseg.models import CustomerMeanDelay  # noqa: F401 (finding it is the test)

        yield from batches

    numbers = spark.session.sql("SELECT g FROM t WHERE g < 3").mapInArrow(work, "g LONG")
    assert sorted(numbers.toArrow()["g"].to_pylist()) == [1, 1, 1, 2, 2]


def test_wrong_arithmetic_fails_and_no_digit_of_a_product_is_lost(spark: SparkEngine) -> None:
    from pyspark.errors import ArithmeticException

    with pytest.raises(ArithmeticException, match="DIVIDE_BY_ZERO"):
        spark.execute("SELECT 1 / (g - g) AS a FROM t")
    product = "CAST('0.0123456789' AS DECIMAL(38,10)) * CAST('0.01' AS DECIMAL(18,2))"
    assert spark.execute(f"SELECT {product} AS a")["a"].to_pylist() == [Decimal("0.000123456789")]


def test_a_refused_query_prints_nothing(spark: SparkEngine, capfd: pytest.CaptureFixture[str]) -> None:
    from pyspark.errors import AnalysisException

    with pytest.raises(AnalysisException, match="nothing"):
        spark.execute("SELECT nothing FROM t")
    assert capfd.readouterr() == ("", "")


def test_starting_prints_nothing_and_leaves_nothing(started: tuple[SparkEngine, bytes]) -> None:
    assert started[1] == b""
    assert not Path("spark-warehouse").exists()
    assert not Path("metastore_db").exists()


def test_engines_beside_one_session_share_nothing_and_leave_it_running(
    started: tuple[SparkEngine, bytes], spark: SparkEngine
) -> None:
    from pyspark.errors import AnalysisException

    session = started[0].session
    session.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    with SparkEngine(session=session) as other:
        with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
            other.execute("SELECT * FROM t")
        assert other.session.conf.get("spark.sql.session.timeZone") == "UTC"
        other.register("mine", ROWS)
        other.close()
        with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
            other.execute("SELECT * FROM mine")
    assert session.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
    assert spark.execute("SELECT count(*) AS n FROM t").to_pylist() == [{"n": 6}]


@pytest.mark.usefixtures("started")
def test_a_second_spark_in_one_process_is_refused() -> None:
    with pytest.raises(UsageError, match=r"Spark runs already in this process.*SparkEngine\(session="):
        SparkEngine()


def test_without_pyspark_the_refusal_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(UsageError, match=r"Spark is not installed.*Do: pip install 'arseg\[spark\]'"):
        SparkEngine()


@pytest.mark.parametrize("home", [None, "nowhere"])
def test_without_java_the_refusal_names_its_versions(
    home: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    if home:
        monkeypatch.setenv("JAVA_HOME", home)
    with pytest.raises(UsageError, match=r"Spark needs Java, and there is none.*Allowed: Java 17 or 21"):
        SparkEngine()


def test_an_old_java_is_refused_with_its_own_words(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'java.lang.UnsupportedClassVersionError: version 61.0' >&2\nexit 1\n")
    java.chmod(0o755)
    code = "from arseg.ledger.spark import SparkEngine; SparkEngine()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"JAVA_HOME": str(tmp_path)},
    )
    last = done.stderr.splitlines()[-1]
    assert "Spark does not start" in last
    assert "UnsupportedClassVersionError: version 61.0. Allowed: Java 17 or 21" in last
