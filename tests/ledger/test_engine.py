from __future__ import annotations

import datetime as dt

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from arseg.ledger.engine import DuckDBEngine, Engine, with_parts

DATES = [dt.date(1969, 12, 31), dt.date(1970, 1, 1), dt.date(2024, 2, 29), dt.date(2026, 10, 31)]


@pytest.fixture
def engine():  # noqa: ANN201
    with DuckDBEngine() as made:
        yield made


def value(engine: Engine, expression: str) -> object:
    return engine.execute(f"SELECT {expression} AS value")["value"][0].as_py()


@pytest.mark.parametrize("day", DATES)
@pytest.mark.parametrize("other", DATES)
def test_days_between_is_the_later_less_the_earlier(day, other, engine) -> None:
    assert value(engine, f"days_between(DATE '{day}', DATE '{other}')") == (other - day).days
    assert value(engine, f"days_between(TIMESTAMP '{day} 00:00:00', DATE '{other}')") == (other - day).days
    assert value(engine, f"day_number(DATE '{other}') - day_number(DATE '{day}')") == (other - day).days


def test_the_first_day_is_number_zero(engine) -> None:
    assert value(engine, "day_number(DATE '1970-01-01')") == 0


def test_month_indexes_count_calendar_months(engine) -> None:
    assert value(engine, "month_index(DATE '2026-01-01') - month_index(DATE '2025-12-31')") == 1
    assert value(engine, "month_index(DATE '2026-01-01')") == 2026 * 12


def test_a_missing_day_gives_a_missing_number(engine) -> None:
    for expression in ("days_between(NULL, DATE '2026-01-01')", "day_number(NULL)", "month_index(NULL)"):
        assert value(engine, expression) is None


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_percentiles_are_interpolated_and_skip_what_is_missing(share, engine) -> None:
    numbers = np.random.default_rng(7).normal(size=23)
    engine.register("numbers", pa.table({"x": [*numbers, None]}))
    found = engine.execute(f"SELECT percentile(x, {share}) AS p FROM numbers")["p"][0].as_py()
    assert found == pytest.approx(np.quantile(numbers, share))


def test_percentiles_stand_in_groups_and_on_whole_numbers(engine) -> None:
    engine.register("numbers", pa.table({"g": [1, 1, 2], "x": [1, 2, 5]}))
    found = engine.execute("SELECT g, percentile(x, 0.5) AS p FROM numbers GROUP BY g ORDER BY g")
    assert found["p"].to_pylist() == [1.5, 5.0]


def test_a_registered_table_replaces_one_of_its_name(engine) -> None:
    for number in (1, 2):
        engine.register("t", pa.table({"a": [number]}))
    assert engine.frame("FROM t").a.tolist() == [2]
    assert engine.execute("FROM t").to_pylist() == [{"a": 2}]


def test_a_statement_without_rows_gives_an_empty_table(engine) -> None:
    assert engine.execute("CREATE TABLE t (a INTEGER)").num_rows == 0
    assert engine.frame("SET threads = 1").empty
    assert engine.execute("SET threads = 1").num_rows == 0


def test_a_sealed_engine_still_answers_and_takes_tables(engine) -> None:
    engine.seal()
    engine.register("t", pa.table({"a": [1]}))
    assert engine.execute("SELECT day_number(DATE '1970-01-02') AS n FROM t").to_pylist() == [{"n": 1}]
    with pytest.raises(duckdb.InvalidInputException, match="configuration has been locked"):
        engine.execute("SET threads = 2")


def test_engines_share_nothing() -> None:
    with DuckDBEngine() as one, DuckDBEngine() as other:
        one.execute("CREATE TABLE secret AS SELECT 1 AS a")
        with pytest.raises(duckdb.CatalogException, match="secret"):
            other.execute("FROM secret")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT n FROM a",
        "WITH b AS (SELECT n FROM a) SELECT n FROM b",
        "-- a comment\nwith b AS (SELECT n FROM a)\nSELECT n FROM b",
    ],
)
def test_a_part_is_run_once_and_serves_every_text_that_has_it(sql: str, engine: DuckDBEngine) -> None:
    parts = {"a": "SELECT n FROM numbers"}
    engine.execute("CREATE TABLE numbers AS SELECT 1 AS n")
    text = with_parts(sql, parts)
    assert engine.execute(text)["n"].to_pylist() == [1]
    assert engine.share(text, parts)["n"].to_pylist() == [1]
    engine.execute("UPDATE numbers SET n = 2")
    assert engine.share(text, parts)["n"].to_pylist() == [1]
    assert engine.execute(text)["n"].to_pylist() == [2]
    assert engine.share(text.replace("numbers", "numbers AS m"), {"a": "SELECT n FROM numbers AS m"})[
        "n"
    ].to_pylist() == [2]


def test_a_text_without_parts_stays_as_it_is() -> None:
    assert with_parts("SELECT 1 AS n", {}) == "SELECT 1 AS n"


def test_without_the_short_way_to_arrow_the_long_one_gives_the_same(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "SELECT range AS n, CAST(range AS DECIMAL(9,2)) AS d FROM range(3000)"
    short = engine.execute(text)
    monkeypatch.delattr("duckdb.DuckDBPyConnection._result_as_arrow")
    long = engine.execute(text)
    assert long.schema == short.schema
    assert long.to_pylist() == short.to_pylist()
