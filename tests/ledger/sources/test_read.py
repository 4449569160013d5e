from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from arseg.ledger.declared.bounds import Bounds
from arseg.ledger.declared.feed import Feed
from arseg.ledger.declared.mapped import Mapped
from arseg.ledger.declared.source import Source
from arseg.ledger.sources.read import check_header, lacking, open_file
from arseg.schema import DataError, UsageError

HEADER = "customer_id,name,known_on"
ROW = "1,Acme,2024-01-01"


def source(**declared: Any) -> Source:
    feeds = declared.pop("feeds", [Feed(table="customers", same_names=True)])
    return Source(files=["*"], feeds=feeds, **declared)


def rows(path: Path) -> list[dict[str, Any]]:
    reading = open_file(path, source(), name=path.name, bounds=Bounds())
    check_header(reading.header, source(), name=path.name)
    return [row for batch in reading.batches() for row in pa.table(batch.columns).to_pylist()]


def written(folder: Path, suffix: str) -> Path:
    """Write the same two lines as any kind of file."""
    path = folder / f"customers{suffix}"
    lines = [line.split(",") for line in (HEADER, ROW)]
    if suffix.lower() == ".parquet":
        pq.write_table(pa.table({name: [value] for name, value in zip(*lines, strict=True)}), path)
    elif suffix.lower() == ".xlsx":
        book = Workbook()
        for line in lines:
            book.active.append(line)
        book.save(path)
    else:
        text = f"{HEADER}\n{ROW}\n".encode()
        path.write_bytes(gzip.compress(text, mtime=0) if suffix.lower().endswith(".gz") else text)
    return path


@pytest.mark.parametrize(
    "suffix", [".csv", ".CSV", ".tsv", ".txt", ".csv.gz", ".TXT.GZ", ".parquet", ".xlsx"]
)
def test_every_kind_of_file_gives_the_same_rows(tmp_path: Path, suffix: str) -> None:
    assert rows(written(tmp_path, suffix)) == [{"customer_id": "1", "name": "Acme", "known_on": "2024-01-01"}]


@pytest.mark.parametrize("name", ["a.pdf", "a", "a.gz", "a.xls", "a.csv.zip", ".csv"])
def test_an_unknown_kind_of_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"%PDF")
    with pytest.raises(
        UsageError, match=rf"the kind of file is unknown\. Given: {name}\. Allowed: \.csv, .*gz"
    ):
        open_file(tmp_path / name, source(), name=name, bounds=Bounds())


def test_the_header_of_a_file_can_be_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'"a","b,c"\r\n{ROW}\r\n', encoding="utf-16")
    reading = open_file(path, source(encoding="utf-16"), name="a.csv", bounds=Bounds())
    assert (reading.name, reading.header, reading.damaged) == ("a.csv", ("a", "b,c"), [])


def test_the_order_of_columns_and_extra_ones_are_without_effect(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("extra,known_on,name,customer_id\nq,2024-01-01,Acme,1\n", encoding="utf-8")
    assert [row["name"] for row in rows(path)] == ["Acme"]


def test_a_missing_column_is_named_with_its_nearest_header() -> None:
    with pytest.raises(
        DataError,
        match=r"a\.csv lacks column 'known_on'; the nearest header is 'knwon_on'\. Given: customer_id, name, knwon_on",
    ):
        check_header(["customer_id", "name", "knwon_on"], source(), name="a.csv")


def test_a_missing_column_without_a_near_one_is_named_alone() -> None:
    with pytest.raises(DataError, match=r"a\.csv lacks column 'known_on'\. Given: customer_id, q\."):
        check_header(["customer_id", "q"], source(), name="a.csv")


def test_one_of_several_alternatives_is_enough() -> None:
    columns = {"customer_id": Mapped(column=["KUNNR", "customer"]), "known_on": Mapped(column="CPUDT")}
    declared = source(feeds=[Feed(table="customers", columns=columns)])
    for name in ("KUNNR", "customer"):
        check_header([name, "CPUDT"], declared, name="a.csv")
    with pytest.raises(
        DataError, match=r"lacks column 'KUNNR' or 'customer'; the nearest header is 'custmer'"
    ):
        check_header(["custmer", "CPUDT"], declared, name="a.csv")


def test_what_is_lacking_are_the_needs_of_which_no_alternative_is_there() -> None:
    needs = (("a", "b"), ("c",), ("d", "e"))
    assert lacking(["b", "x"], needs) == [("c",), ("d", "e")]
    assert lacking(["e", "c", "a"], needs) == []


def test_a_header_that_stands_twice_is_refused() -> None:
    with pytest.raises(DataError, match=r"a\.csv has a column twice\. Given: known_on, name\. Allowed: each"):
        check_header(["name", "known_on", "customer_id", "name", "known_on"], source(), name="a.csv")


def test_a_column_that_nobody_reads_stands_once_too() -> None:
    with pytest.raises(DataError, match=r"has a column twice\. Given: extra"):
        check_header([*HEADER.split(","), "extra", "extra"], source(), name="a.csv")
