"""The same rows, however they are kept, are the same ledger (reliability A32)."""

from __future__ import annotations

import csv
import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg import sql

from arseg.ledger import load, read_ledger
from arseg.schema import LEDGER

FIXTURE = Path(__file__).parent / "fixtures" / "arseg"
PARQUET = {"date": pa.date32(), "money": pa.decimal128(18, 2), "number": pa.float64(), "text": pa.string()}
SERVER = {"date": "DATE", "money": "NUMERIC(18,2)", "number": "DOUBLE PRECISION", "text": "TEXT"}
Rows = list[dict[str, str]]


def tables() -> dict[str, Rows]:
    """Return the small book as text, table by table."""
    found = {}
    for path in sorted(FIXTURE.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


def kind(table: str, column: str) -> str:
    known = {one.name: one.type for one in LEDGER[table].columns}
    return known.get(column, "text")


def shuffled(folder: Path) -> str:
    for path in FIXTURE.glob("*.csv"):
        header, *lines = path.read_text(encoding="utf-8").splitlines()
        (folder / path.name).write_text("\n".join([header, *lines[::-1], ""]), encoding="utf-8")
    return str(folder)


def packed(folder: Path) -> str:
    for path in FIXTURE.glob("*.csv"):
        (folder / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    return str(folder)


def parquet(folder: Path) -> str:
    for name, rows in tables().items():
        arrays = {c: pa.array([row[c] or None for row in rows]).cast(PARQUET[kind(name, c)]) for c in rows[0]}
        pq.write_table(pa.table(arrays), folder / f"{name}.parquet", row_group_size=2)
    return str(folder)


def excel(folder: Path) -> str:
    for name, rows in tables().items():
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append([value or None for value in row.values()])
        book.save(folder / f"{name}.xlsx")
    return str(folder)


def duckdb_file(folder: Path) -> str:
    path = folder / "book.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name, rows in tables().items():
            body = ", ".join(f'"{c}" {SERVER[kind(name, c)].replace("TEXT", "VARCHAR")}' for c in rows[0])
            connection.execute(f"CREATE TABLE {name} ({body})")
            marks = ", ".join("?" for _ in rows[0])
            connection.executemany(
                f"INSERT INTO {name} VALUES ({marks})", [[v or None for v in r.values()] for r in rows]
            )
    return str(path)


KEPT: dict[str, Callable[[Path], str]] = {
    "shuffled": shuffled, "packed": packed, "parquet": parquet, "excel": excel, "duckdb": duckdb_file,
}  # fmt: skip


def content(source: str, home: Path, folder: Path) -> str:
    """Return the content hash of a source's ledger; its about file stands beside it."""
    if not (folder / "about.json").exists():
        shutil.copy(FIXTURE / "about.json", folder)
    return read_ledger(load([source], "arseg", into="book", home=home).ledger_path).content_hash


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the content hash of the small book as it stands."""
    return read_ledger(
        load([FIXTURE], "arseg", into="book", home=tmp_path_factory.mktemp("own")).ledger_path
    ).content_hash


@pytest.mark.parametrize("name", sorted(KEPT))
def test_the_same_rows_are_the_same_ledger_however_they_are_kept(
    name: str, expected: str, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    assert content(KEPT[name](folder), tmp_path, folder) == expected


def test_a_server_s_tables_are_the_same_ledger(
    postgres_url: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The about file of a server's book stands in the working directory."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "DROP SCHEMA IF EXISTS receivables CASCADE; CREATE SCHEMA receivables; SET search_path TO receivables"
        )
        for name, rows in tables().items():
            columns = sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(c), sql.SQL(SERVER[kind(name, c)])) for c in rows[0]
            )
            connection.execute(sql.SQL("CREATE TABLE {} ({})").format(sql.Identifier(name), columns))
            marks = sql.SQL(", ").join(sql.Placeholder() for _ in rows[0])
            insert = sql.SQL("INSERT INTO {} VALUES ({})").format(sql.Identifier(name), marks)
            for row in rows:
                connection.execute(insert, [value or None for value in row.values()])
    try:
        monkeypatch.chdir(tmp_path)
        assert content(postgres_url, tmp_path, tmp_path) == expected
        report = load([postgres_url], "arseg", into="book", home=tmp_path)
        assert (report.unchanged, report.actions["new"]) == (True, 0)
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA receivables CASCADE")
