from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arseg.ledger.declared.bounds import Bounds
from arseg.ledger.sources.read_parquet import open_parquet
from arseg.schema import DataError

DAY = dt.date(2024, 2, 29)
MIDNIGHT = dt.datetime(2024, 2, 29)  # noqa: DTZ001 (Parquet's timestamps without a zone)
NOON = dt.datetime(2024, 2, 29, 12)  # noqa: DTZ001
INSTANT = "unsupported:timestamp with a time"

# Values, their text, their kind; each is tried plain, as a dictionary, and with NULL.
TEXTS = [
    (pa.string(), ["000123", "NA", ""], ["000123", "NA", ""], "text"),
    (pa.large_string(), ["\u00fc\U0001f600"], ["\u00fc\U0001f600"], "text"),
    (pa.string_view(), ["x"], ["x"], "text"),
    (pa.date32(), [DAY], ["2024-02-29"], "date"),
    (pa.date64(), [DAY], ["2024-02-29"], "date"),
    *((pa.timestamp(unit), [MIDNIGHT], ["2024-02-29"], "date") for unit in ("ms", "us", "ns")),
    (pa.decimal128(18, 2), [Decimal("1234.50")], ["1234.50"], "decimal"),
    (pa.decimal128(38, 10), [Decimal(0)], ["0.0000000000"], "decimal"),
    (pa.decimal256(60, 2), [Decimal("0.10")], ["0.10"], "decimal"),
    *((pa.int64(), [n], [str(n)], "integer") for n in (9007199254740993, -1)),
    *((kind, [7], ["7"], "integer") for kind in (pa.int8(), pa.int16(), pa.int32(), pa.uint8(), pa.uint16())),
    (pa.uint64(), [2**64 - 1], ["18446744073709551615"], "integer"),
    (pa.float64(), [0.1], ["0.1"], "float"),
    (pa.float32(), [0.1], ["0.1"], "float"),
]
LOSSY = [
    (pa.bool_(), [True], "unsupported:bool"),
    (pa.binary(), [b"x"], "unsupported:binary"),
    (pa.time64("us"), [dt.time(12)], "unsupported:time64[us]"),
    (pa.duration("us"), [dt.timedelta(1)], "unsupported:duration[us]"),
    (pa.timestamp("us", "UTC"), [MIDNIGHT], "unsupported:timestamp[us, tz=UTC]"),
    (pa.timestamp("us"), [NOON], INSTANT),
    (pa.timestamp("ns"), [MIDNIGHT, NOON], INSTANT),
    (pa.list_(pa.int8()), [[1]], "unsupported:list<element: int8>"),
    (pa.struct({"x": pa.int8()}), [{"x": 1}], "unsupported:struct<x: int8>"),
    (pa.map_(pa.string(), pa.int8()), [[("k", 1)]], "unsupported:map<string, int8 ('a')>"),
]


def read(path: Path, **bounds: int) -> tuple[Any, dict[str, list[str | None]]]:
    reading = open_parquet(path, name=path.name, bounds=Bounds(**bounds))
    columns: dict[str, list[str | None]] = {name: [] for name in reading.header}
    for batch in reading.batches():
        for name, column in batch.columns.items():
            columns[name] += column.to_pylist()
    return reading, columns


def write(tmp_path: Path, table: pa.Table, **options: Any) -> Path:
    path = tmp_path / "a.parquet"
    pq.write_table(table, path, **options)
    return path


@pytest.mark.parametrize("form", ["plain", "dictionary", "null"])
@pytest.mark.parametrize(("kind", "values", "texts", "word"), TEXTS, ids=lambda value: str(value)[:20])
def test_each_type_has_one_exact_spelling(
    tmp_path: Path, kind: Any, values: list[Any], texts: list[str | None], word: str, form: str
) -> None:
    array = pa.array([*values, None] if form == "null" else values, kind)
    array = array.dictionary_encode() if form == "dictionary" and not pa.types.is_string_view(kind) else array
    reading, columns = read(write(tmp_path, pa.table({"a": array})))
    assert columns["a"] == ([*texts, None] if form == "null" else texts)
    assert reading.kinds == {"a": word}


@pytest.mark.parametrize(("kind", "values", "word"), LOSSY, ids=lambda value: str(value)[:20])
def test_a_type_without_exact_text_says_so_and_stops_nobody(
    tmp_path: Path, kind: Any, values: list[Any], word: str
) -> None:
    table = pa.table({"a": pa.array(values, kind), "id": ["007"] * len(values)})
    reading, columns = read(write(tmp_path, table))
    assert reading.kinds == {"a": word, "id": "text"}
    assert columns["id"] == ["007"] * len(values)


def test_rows_are_numbered_through_all_row_groups(tmp_path: Path) -> None:
    path = write(tmp_path, pa.table({"a": [str(n) for n in range(150_000)]}), row_group_size=40_000)
    batches = list(open_parquet(path, name="a", bounds=Bounds()).batches())
    assert [n for batch in batches for n in batch.lines.to_pylist()] == list(range(1, 150_001))
    assert [t for batch in batches for t in batch.texts.to_pylist()] == [str(n) for n in range(150_000)]
    assert max(len(batch.lines) for batch in batches) <= 65_536


def test_the_hash_is_that_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, pa.table({"a": ["x"]}))
    assert read(path)[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, pa.table({"a": ["x"]}))
    reading = open_parquet(path, name="a.parquet", bounds=Bounds())
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(DataError, match=r"a\.parquet c"):
        list(reading.batches())


def test_a_header_with_a_column_twice_is_shown_as_it_is(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["x"]), pa.array(["y"])], names=["a", "a"])
    assert open_parquet(write(tmp_path, table), name="a", bounds=Bounds()).header == ("a", "a")


def test_names_with_dots_and_files_without_rows_or_columns_are_read(tmp_path: Path) -> None:
    assert read(write(tmp_path, pa.table({"a.b": ["x"], "a": ["y"]})))[1] == {"a.b": ["x"], "a": ["y"]}
    assert read(write(tmp_path, pa.table({"a": pa.array([], pa.string())})))[1] == {"a": []}
    assert read(write(tmp_path, pa.table({})))[1] == {}


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, pa.table({"a": ["x"]}))
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DataError, match=r"a\.parquet cannot be read as Parquet"):
        read(path)


@pytest.mark.parametrize("seed", range(4))
def test_a_flipped_bit_gives_rows_or_a_refusal_never_anything_else(tmp_path: Path, seed: int) -> None:
    table = pa.table(
        {
            "id": ["x", "yy", None] * 50,
            "day": [DAY] * 150,
            "paid": pa.array([MIDNIGHT] * 150, pa.timestamp("us")),
            "amount": pa.array([Decimal("1.20")] * 150, pa.decimal128(18, 2)),
        }
    )
    path = write(tmp_path, table, compression="zstd" if seed % 2 else "snappy", row_group_size=60)
    whole, rng = path.read_bytes(), np.random.default_rng(seed)
    refused = 0
    for _ in range(150):
        data = bytearray(whole)
        for place in rng.integers(len(data), size=int(rng.integers(1, 4))):
            data[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(data)
        try:
            read(path)
        except DataError:
            refused += 1
    assert refused > 50


def repeated(text: str, rows: int) -> pa.Table:
    return pa.table({"a": pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([text]))})


@pytest.mark.parametrize(
    ("table", "options", "refusal"),
    [
        (pa.table({"a": pa.nulls(50_000_001, pa.int8())}), {"row_group_size": 60_000_000}, "too many rows"),
        (repeated("x" * 900_000, 100_000), {}, "unpacks to more than 200 times"),
        (repeated("x" * 60_000, 200_000), {}, "unpacks to more than 200 times"),
        (pa.table({"a": ["y" * 80_000_000]}), {"compression": "zstd"}, "unpacks to more than 200 times"),
        (pa.table({f"c{n}": pa.nulls(1, pa.int8()) for n in range(5_000)}), {}, "too many columns"),
    ],
    ids=["rows", "text", "field", "codec", "columns"],
)
def test_a_bomb_is_refused(tmp_path: Path, table: pa.Table, options: dict[str, Any], refusal: str) -> None:
    path = write(tmp_path, table, **options)
    with pytest.raises(DataError, match=refusal):
        read(path)


def test_a_long_text_that_repeats_comes_in_short_batches(tmp_path: Path) -> None:
    path = write(tmp_path, repeated("x" * 4_000, 40_000))
    batches = open_parquet(path, name="a", bounds=Bounds()).batches()
    sizes = [(len(batch.lines), batch.columns["a"].nbytes) for batch in batches]
    assert sum(rows for rows, _ in sizes) == 40_000
    assert max(size for _, size in sizes) < 70 << 20


def test_a_row_of_too_much_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="too many bytes in one row"):
        read(write(tmp_path, pa.table({"a": ["x" * 2_000]})), held_bytes=1_000)


def test_a_constant_column_is_no_bomb(tmp_path: Path) -> None:
    path = write(tmp_path, repeated("EUR", 3_000_000))
    reading = open_parquet(path, name="a", bounds=Bounds())
    assert sum(len(batch.lines) for batch in reading.batches()) == 3_000_000
