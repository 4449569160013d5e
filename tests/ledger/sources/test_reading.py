from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pyarrow as pa
import pytest

from arseg.ledger.sources.reading import (
    Stream,
    encode_texts,
    join_fields,
    make_batch,
    number_rows,
    refusing,
    watch_file,
)
from arseg.schema import DataError, UsageError


def test_a_row_of_a_typed_source_is_its_fields_joined_and_nothing_for_null() -> None:
    batch = make_batch({"a": pa.array(["1", None]), "b": pa.array(["", "x"])}, lines=number_rows(5, 2))
    assert batch.texts.to_pylist() == ["1,", ",x"]
    assert batch.lines.to_pylist() == [5, 6]
    assert encode_texts(batch) == b"1,\n,x\n"


def test_rows_without_columns_are_empty_texts() -> None:
    assert join_fields([], 2).to_pylist() == ["", ""]


def test_a_stream_gives_its_batches_once() -> None:
    stream = Stream("a", (), {}, iter([make_batch({"a": pa.array(["1"])}, lines=number_rows(1, 1))]))
    assert len(list(stream.batches())) == 1
    assert not list(stream.batches())


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert watch_file(path, name="a").hash() == hashlib.sha256(b"abc").hexdigest()


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    watched = watch_file(path, name="a.csv")
    path.write_bytes(b"abcd")
    with pytest.raises(DataError, match=r"a\.csv changed while it was read"):
        watched.hash()


def test_a_file_that_is_replaced_by_one_of_its_size_and_time_is_refused(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"abc")
    watched = watch_file(path, name="a")
    other.write_bytes(b"abd")
    os.utime(other, ns=(watched.stamp[2], watched.stamp[2]))
    other.replace(path)
    with pytest.raises(DataError, match="changed while it was read"):
        watched.hash()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.csv cannot be read"):
        watch_file(tmp_path / "a", name="a.csv")
    path = tmp_path / "b"
    path.write_bytes(b"")
    watched = watch_file(path, name="b")
    path.unlink()
    with pytest.raises(DataError, match="b cannot be read"):
        watched.hash()


@pytest.mark.parametrize(
    "problem", [OverflowError(""), KeyError("x"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad")]
)
def test_whatever_a_decoder_says_becomes_a_refusal(problem: Exception) -> None:
    with pytest.raises(DataError, match="a cannot be read as Parquet"), refusing("a", "Parquet"):
        raise problem


def test_a_refusal_stays_what_it_is() -> None:
    with pytest.raises(UsageError, match="x"), refusing("a", "Parquet"):
        raise UsageError("x", given=1, allowed=2, do="y")
