from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import pytest

from arseg.ledger.declared.layout import Layout, read_layout
from arseg.ledger.sources.matching import Matched, match_sources
from arseg.schema import DataError, UsageError

FIXTURES = Path(__file__).parents[1] / "fixtures"


def matched(given: Sequence[str | Path], layout: Layout) -> list[Matched]:
    with ExitStack() as stack:
        return match_sources(given, layout, stack)


def said(found: Sequence[Matched]) -> list[tuple[Any, ...]]:
    return [(match.name, match.path, match.source) for match in found]


def read(found: Sequence[Matched]) -> dict[str, list[tuple[str | None, ...]]]:
    """Return the rows of each source by its first table, in order of their text."""
    rows: dict[str, list[tuple[str | None, ...]]] = {}
    for match in found:
        reading = match.open()
        assert reading.name == match.name
        for batch in reading.batches():
            columns = (batch.columns[name].to_pylist() for name in sorted(reading.header))
            rows.setdefault(match.source.feeds[0].table, []).extend(
                tuple(value or None for value in row) for row in zip(*columns, strict=True)
            )
    return {table: sorted(found, key=repr) for table, found in rows.items()}


def book(
    path: Path, *, tables: Sequence[str] = ("customers", "invoices", "postings"), schema: str = "main"
) -> Path:
    """Write files of our own format into a DuckDB file."""
    with duckdb.connect(path) as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for table in tables:
            file = FIXTURES / "arseg" / f"{table}.csv"
            connection.execute(
                f"CREATE TABLE {schema}.{table} AS SELECT * FROM read_csv('{file}', header = true, all_varchar = true)"
            )
        connection.execute("CREATE TABLE unrelated AS SELECT 1 AS one")
    return path


def test_a_folder_gives_its_files_of_a_declared_name_sorted() -> None:
    found = matched([FIXTURES / "arseg"], read_layout("arseg"))
    assert [match.name for match in found] == ["customers.csv", "invoices.csv", "postings.csv"]
    assert [match.source.feeds[0].table for match in found] == ["customers", "invoices", "postings"]


def test_the_order_in_which_files_are_given_is_without_effect() -> None:
    layout, files = read_layout("highradius"), sorted((FIXTURES / "highradius").iterdir())
    assert said(matched(files, layout)) == said(matched(files[::-1], layout))


def test_a_file_may_be_given_as_text() -> None:
    layout, file = read_layout("arseg"), FIXTURES / "arseg" / "invoices.csv"
    assert said(matched([str(file)], layout)) == said(matched([file], layout))


def test_what_is_matched_is_opened_with_its_header_checked_and_its_control_file_obeyed(
    tmp_path: Path,
) -> None:
    layout = read_layout("arseg")
    file = Path(shutil.copy(FIXTURES / "arseg" / "invoices.csv", tmp_path))
    assert read(matched([file], layout))["invoices"]
    file.with_name("invoices.csv.control.json").write_text('{"rows": 1}', encoding="utf-8")
    with pytest.raises(
        DataError, match=r"invoices\.csv is not what its control file says: its number of rows"
    ):
        read(matched([tmp_path], layout))
    file.write_text("invoice_id,customer_id\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"invoices\.csv lacks column"):
        read(matched([tmp_path], layout))


@pytest.mark.parametrize("name", ["OPEN_INVOICES.CSV", "open_invoices_2024.csv.gz", "Open_Invoices.Csv.Gz"])
def test_capitals_and_packing_in_a_name_are_without_effect(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    (found,) = matched([tmp_path], read_layout("highradius"))
    assert found.source.files == ["open_invoices*.csv"]


def test_a_file_of_another_name_is_known_by_its_header(tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    shutil.copy(FIXTURES / "highradius" / "open_invoices.csv", export)
    (found,) = matched([export], read_layout("highradius"))
    assert found.source.files == ["open_invoices*.csv"]


def test_a_file_of_another_name_in_a_folder_is_left_alone(tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "highradius" / "open_invoices.csv", tmp_path)
    shutil.copy(FIXTURES / "highradius" / "open_invoices.csv", tmp_path / "copy of it.csv")
    (tmp_path / "closed_invoices.csv").mkdir()
    assert [match.name for match in matched([tmp_path], read_layout("highradius"))] == ["open_invoices.csv"]


def test_a_header_that_fits_no_source_names_the_nearest(tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text("cust_number,clear_dat,total_open_amount,due_in_date\n", encoding="utf-8")
    with pytest.raises(DataError, match="lacks column 'clear_date'; the nearest header is 'clear_dat'"):
        matched([export], read_layout("highradius"))


def test_a_file_that_no_source_can_read_is_refused_for_what_it_is(tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(DataError, match=r"export\.csv is not utf-8 at byte 0"):
        matched([export], read_layout("highradius"))
    with pytest.raises(UsageError, match=r"the kind of file is unknown\. Given: export\.pdf"):
        matched([export.rename(tmp_path / "export.pdf")], read_layout("highradius"))


@pytest.mark.parametrize("suffix", ["csv", "duckdb"])
def test_files_of_one_name_are_told_apart(tmp_path: Path, suffix: str) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        if suffix == "csv":
            shutil.copy(FIXTURES / "arseg" / "invoices.csv", tmp_path / folder)
        else:
            book(tmp_path / folder / "books.duckdb", tables=["invoices"])
    layout, folders = read_layout("arseg"), [tmp_path / "a", tmp_path / "b"]
    found = matched(folders, layout)
    assert len({match.name for match in found}) == 2
    assert said(found) == said(matched(folders[::-1], layout))


def test_a_missing_source_a_repeated_one_and_none_are_wrong_usage(tmp_path: Path) -> None:
    layout = read_layout("arseg")
    for gone in ("gone.csv", "gone.duckdb", "gone"):
        with pytest.raises(UsageError, match=rf"the source does not exist\. Given: .*{gone}\. "):
            matched([tmp_path / gone], layout)
    with pytest.raises(UsageError, match=r"a file is given twice\. Given: invoices\.csv"):
        matched([FIXTURES / "arseg", FIXTURES / "arseg" / "invoices.csv"], layout)
    with pytest.raises(UsageError, match="no source is given"):
        matched([], layout)


def test_a_repeated_database_is_wrong_usage_and_its_address_is_not_shown(tmp_path: Path) -> None:
    books = book(tmp_path / "books.duckdb")
    for again in (books, str(books), tmp_path, tmp_path / ".." / tmp_path.name / "books.duckdb"):
        with pytest.raises(UsageError, match=r"a file is given twice\. Given: books\.duckdb"):
            matched([books, again], read_layout("arseg"))
    with pytest.raises(UsageError, match=r"a database is given twice\. Given: postgresql\. "):
        matched(["postgresql://me:secret@localhost/x"] * 2, read_layout("arseg"))


def test_a_folder_without_a_file_of_the_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"the folder holds nothing of layout 'arseg'\. Given: an empty folder.*invoices\.csv"
    ):
        matched([tmp_path], read_layout("arseg"))
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match=r"holds nothing of layout 'arseg'\. Given: notes\.txt\. "):
        matched([tmp_path], read_layout("arseg"))


@pytest.mark.parametrize("suffix", [".duckdb", ".db", ".DuckDB"])
def test_the_tables_of_a_database_are_known_by_their_names(tmp_path: Path, suffix: str) -> None:
    path = book(tmp_path / f"books{suffix}")
    for given in (path, tmp_path):
        found = matched([given], read_layout("arseg"))
        assert [match.name for match in found] == [
            f"books{suffix}:main.{table}" for table in ("customers", "invoices", "postings")
        ]
        assert {match.path for match in found} == {path}


def test_the_tables_of_a_database_give_the_rows_of_the_files(tmp_path: Path) -> None:
    layout = read_layout("arseg")
    with ExitStack() as stack:
        tables = read(match_sources([book(tmp_path / "books.duckdb")], layout, stack))
    assert tables == read(matched([FIXTURES / "arseg"], layout))


def test_a_folder_may_hold_files_and_databases_side_by_side(tmp_path: Path) -> None:
    book(tmp_path / "books.duckdb", tables=["customers"])
    shutil.copy(FIXTURES / "arseg" / "invoices.csv", tmp_path)
    found = matched([tmp_path], read_layout("arseg"))
    assert [match.name for match in found] == ["books.duckdb:main.customers", "invoices.csv"]


def test_the_databases_are_closed_with_the_stack(tmp_path: Path) -> None:
    path = book(tmp_path / "books.duckdb")
    with ExitStack() as stack:
        (*_, last) = match_sources([path], read_layout("arseg"), stack)
        assert list(last.open().batches())
    with duckdb.connect(path) as connection:
        connection.execute("DROP TABLE unrelated")


def test_a_table_is_known_by_its_declared_name_with_or_without_its_schema(tmp_path: Path) -> None:
    path = book(tmp_path / "books.duckdb", schema="sales")
    layout = read_layout("arseg")
    by_table = {source.feeds[0].table: source for source in layout.sources}
    for tables in (["invoices"], ["sales.invoices"], ["other", "sales.invoices"]):
        declared = by_table["invoices"].model_copy(update={"tables": tables, "files": ["RBKP*.csv"]})
        (found,) = matched([path], layout.model_copy(update={"sources": [declared]}))
        assert (found.name, found.source) == ("books.duckdb:sales.invoices", declared)
    elsewhere = by_table["invoices"].model_copy(update={"tables": ["main.invoices"]})
    with pytest.raises(
        DataError, match=r"the database holds nothing of layout 'arseg'\. Given: books\.duckdb\. "
    ):
        matched([path], layout.model_copy(update={"sources": [elsewhere]}))


def test_a_database_without_a_table_of_the_layout_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "books.duckdb", tables=[])
    with pytest.raises(
        DataError,
        match=r"the database holds nothing of layout 'arseg'\. Given: books\.duckdb.*check the database",
    ):
        matched([path], read_layout("arseg"))
    with pytest.raises(DataError, match="the folder holds nothing of layout 'arseg'"):
        matched([tmp_path], read_layout("arseg"))


def test_a_table_that_lacks_a_column_is_refused_when_it_is_opened(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "books.duckdb") as connection:
        connection.execute("CREATE TABLE invoices AS SELECT '1' AS invoice_id, '2' AS customer")
    with ExitStack() as stack:
        (found,) = match_sources([tmp_path], read_layout("arseg"), stack)
        with pytest.raises(
            DataError,
            match=r"books\.duckdb:main\.invoices lacks column 'customer_id'; the nearest header is 'customer'",
        ):
            found.open()


def test_a_file_that_only_calls_itself_a_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "books.duckdb"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(DataError, match=r"books\.duckdb cannot be read as DuckDB"):
        matched([path], read_layout("arseg"))
