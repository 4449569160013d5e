from __future__ import annotations

import csv
import datetime as dt
import math
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arseg.ledger.declared.bounds import Bounds
from arseg.ledger.declared.feed import Feed
from arseg.ledger.declared.source import Source
from arseg.ledger.sources.read_duckdb import open_duckdb
from arseg.ledger.sources.read_excel import open_excel
from arseg.ledger.sources.read_parquet import open_parquet
from arseg.ledger.sources.read_postgres import open_postgres
from arseg.ledger.sources.read_text import open_text
from arseg.ledger.sources.reading import Reading
from arseg.ledger.sources.spelling import all_days, kind_of, spell


@given(st.decimals(-(10**12), 10**12, places=10))
def test_a_decimal_is_written_out_whatever_its_scale(value: Decimal) -> None:
    array = pa.array([value, None], pa.decimal128(38, 10))
    assert spell(array, "decimal").to_pylist() == [f"{value:f}", None]


@pytest.mark.parametrize(
    ("kind", "text"), [(pa.decimal128(18, 8), "0.00000000"), (pa.decimal32(9, 7), "0.0000000")]
)
def test_zero_of_a_large_scale_has_no_exponent(kind: pa.DataType, text: str) -> None:
    assert spell(pa.array([Decimal(0)], kind), "decimal").to_pylist() == [text]


def test_a_negative_scale_is_written_out() -> None:
    assert spell(pa.array([Decimal(1200)], pa.decimal128(5, -2)), "decimal").to_pylist() == ["1200"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_reads_back_as_itself(value: float) -> None:
    (text,) = spell(pa.array([value]), "float").to_pylist()
    assert float(text) == value
    assert math.copysign(1, float(text)) == math.copysign(1, value)


def test_what_has_no_text_is_missing_not_wrong() -> None:
    nested = pa.array([[1], None])
    assert kind_of(nested.type) == "unsupported:list<item: int64>"
    assert spell(nested, kind_of(nested.type)).to_pylist() == [None, None]
    assert spell(pa.array([True]), kind_of(pa.bool_())).to_pylist() == ["true"]


def test_days_are_all_days_even_where_there_are_none() -> None:
    assert all_days(pa.array([None], pa.timestamp("us")))
    assert not all_days(pa.array([1], pa.timestamp("ns")))


LETTERS = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\u2028\u2029\ufeff\ufffe"
)
WORDS = (
    st.none()
    | st.sampled_from(["000123", "NA", "null", "1e5", " x ", 'a "b", c', "=1+1"])
    | st.text(LETTERS, max_size=8)
)
ROWS = st.lists(
    st.tuples(
        WORDS.map(lambda word: word if word is None or "_x" not in word else "x"),
        st.none() | st.dates(dt.date(1901, 1, 1), dt.date(2199, 12, 31)),
        st.none() | st.decimals(-(10**12), 10**12, places=2),
        st.none() | st.integers(-(10**14), 10**14),
    ),
    min_size=1,
    max_size=6,
)
HEADER = ("id", "day", "amount", "days")
TYPES = (pa.string(), pa.date32(), pa.decimal128(18, 2), pa.int64())
Row = tuple[str | None, dt.date | None, Decimal | None, int | None]


def columns(reading: Reading) -> dict[str, list[str]]:
    """Return the text by column, empty for NULL."""
    found: dict[str, list[str]] = {name: [] for name in reading.header}
    for batch in reading.batches():
        for name, column in batch.columns.items():
            found[name] += [text or "" for text in column.to_pylist()]
    return found


def write_files(folder: Path, rows: list[Row], table: pa.Table) -> None:
    with (folder / "a.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows([HEADER, *(["" if value is None else value for value in row] for row in rows)])
    pq.write_table(table, folder / "a.parquet")
    book = openpyxl.Workbook()
    for row in [HEADER, *((word, day, None, days) for word, day, _, days in rows)]:
        book.active.append(row)
    for place, row in enumerate(rows, start=2):
        # Excel holds an amount as a float, so that of cents only a text is exact.
        book.active.cell(place, 3, None if row[2] is None else f"{row[2]:f}")
        book.active.cell(place, 1).data_type = "n" if row[0] is None else "s"
    book.save(folder / "a.xlsx")
    with duckdb.connect(folder / "a.duckdb") as connection:
        connection.register("given", table)
        connection.execute("CREATE TABLE items AS SELECT * FROM given")


def write_server(url: str, rows: list[Row]) -> None:
    psycopg: Any = pytest.importorskip("psycopg")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS same CASCADE")
        connection.execute("CREATE SCHEMA same")
        connection.execute("CREATE TABLE same.items (id text, day date, amount numeric(18,2), days bigint)")
        for row in rows:
            connection.execute("INSERT INTO same.items VALUES (%s, %s, %s, %s)", row)


def readings(folder: Path) -> Iterator[Reading]:
    source = Source(files=["a.csv"], feeds=[Feed(table="customers", same_names=True)])
    yield open_text(folder / "a.csv", source, name="csv", bounds=Bounds())
    yield open_parquet(folder / "a.parquet", name="parquet", bounds=Bounds())
    yield open_excel(folder / "a.xlsx", None, name="excel", bounds=Bounds())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_the_same_rows_are_the_same_text_whatever_they_came_in(rows: list[Row], postgres_url: str) -> None:
    # Excel knows no empty row, so every row says something.
    rows = [row if any(value not in {None, ""} for value in row) else (*row[:3], 1) for row in rows]
    arrays = [pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), TYPES, strict=True)]
    table = pa.Table.from_arrays(arrays, names=HEADER)
    expected = {
        name: ["" if value is None else f"{value}" for value in values]
        for name, values in zip(HEADER, zip(*rows, strict=True), strict=True)
    }
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_files(folder, rows, table)
        write_server(postgres_url, rows)
        for reading in readings(folder):
            assert columns(reading) == expected, reading.name
        with open_duckdb(folder / "a.duckdb", bounds=Bounds()) as file:
            assert columns(file.read("items")) == expected
        with open_postgres(postgres_url, bounds=Bounds()) as server:
            assert columns(server.read("same.items")) == expected
