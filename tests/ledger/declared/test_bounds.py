from __future__ import annotations

import gzip
import io
import struct
import zipfile
from pathlib import Path

import pytest
from pydantic import ValidationError

from arseg.ledger.declared.bounds import (
    JUDGED_FROM,
    MIB,
    WIDE_ROW,
    Bounds,
    Unpacked,
    require_columns,
    require_members,
    require_ratio,
    require_rows,
    require_size,
)
from arseg.schema import DataError


def zipped(**members: bytes) -> zipfile.ZipFile:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return zipfile.ZipFile(file)


@pytest.mark.parametrize("field", list(Bounds.model_fields))
def test_every_bound_is_a_positive_whole_number(field: str) -> None:
    with pytest.raises(ValidationError):
        Bounds(**{field: 0})
    assert getattr(Bounds(**{field: 7}), field) == 7


def test_a_bomb_of_gzip_is_refused_before_it_hurts() -> None:
    packed = gzip.compress(bytes(128 * MIB), 9)
    counter = Unpacked("a.csv.gz", Bounds())
    file, out = io.BytesIO(packed), 0

    def unpack() -> None:
        nonlocal out
        with gzip.GzipFile(fileobj=file) as opened:
            while chunk := opened.read(MIB):
                out += len(chunk)
                counter.count(file.tell(), len(chunk))

    with pytest.raises(DataError, match=r"a\.csv\.gz unpacks to more than 200 times its size"):
        unpack()
    assert out <= JUDGED_FROM + MIB


def test_a_small_file_may_pack_as_well_as_it_likes() -> None:
    Unpacked("a", Bounds()).count(1, JUDGED_FROM)
    require_ratio(1, JUDGED_FROM, Bounds(), name="a")


def test_honest_text_passes_and_is_counted_to_the_end() -> None:
    counter = Unpacked("a", Bounds(unpacked_bytes=1_000 * MIB))
    for step in range(1, 1_001):
        counter.count(step * MIB // 20, MIB)
    with pytest.raises(DataError, match="a has too many unpacked bytes"):
        counter.count(51 * MIB, 1)


def test_an_unpacked_file_has_no_ratio() -> None:
    Unpacked("a", Bounds()).count(0, 2 * JUDGED_FROM)


def test_a_constant_column_may_pack_two_thousandfold_but_wide_rows_may_not() -> None:
    Unpacked("a", Bounds()).count_rows(JUDGED_FROM // 2_000, JUDGED_FROM // 10, 2 * JUDGED_FROM)
    with pytest.raises(DataError, match="unpacks to more than 200 times"):
        Unpacked("a", Bounds()).count_rows(MIB, 1_000, 1_000 * WIDE_ROW * 100)


@pytest.mark.parametrize(
    ("members", "bounds", "refusal"),
    [
        ({"a": bytes(65 * MIB)}, Bounds(), "unpacks to more than 200 times"),
        ({str(n): bytes(22 * MIB) for n in range(3)}, Bounds(), "unpacks to more than 200 times"),
        ({str(n): b"" for n in range(4)}, Bounds(members=3), "too many parts"),
        ({"a": bytes(range(100))}, Bounds(unpacked_bytes=99), "too many unpacked bytes"),
    ],
    ids=["large", "many", "count", "sum"],
)
def test_a_zip_file_is_judged_by_its_directory(
    members: dict[str, bytes], bounds: Bounds, refusal: str
) -> None:
    with zipped(**members) as archive, pytest.raises(DataError, match=refusal):
        require_members(archive.infolist(), bounds, name="a.xlsx")


def test_a_directory_that_lies_gives_no_more_than_it_says() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(65 * MIB))
    data = bytearray(file.getvalue())
    place = data.rindex(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<I", 100)
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        require_members(archive.infolist(), Bounds(), name="a")
        with pytest.raises(zipfile.BadZipFile, match="CRC"):
            archive.read("a")


def test_rows_columns_and_size_are_held_to_their_bounds(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"four")
    require_size(path, Bounds(bytes=4), name="a")
    require_rows(4, Bounds(rows=4), name="a")
    with pytest.raises(DataError, match=r"a has too many bytes.*bounds: \{bytes: \.\.\.\}"):
        require_size(path, Bounds(bytes=3), name="a")
    with pytest.raises(DataError, match="too many rows"):
        require_rows(4, Bounds(rows=3), name="a")
    with pytest.raises(DataError, match="too many columns"):
        require_columns(4, Bounds(columns=3), name="a")
