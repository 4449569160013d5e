from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.runs.plain import write_plain
from arseg.schema import DataError


def test_equal_values_give_equal_bytes_whatever_their_order_and_kind(tmp_path: Path) -> None:
    write_plain(tmp_path / "a.json", {"day": dt.date(2026, 1, 31), "n": 3, "name": "Müller"})
    numpy_like = {"name": "Müller", "n": np.int64(3), "day": pd.Timestamp("2026-01-31")}
    write_plain(tmp_path / "b.json", numpy_like)
    expected = '{\n "day": "2026-01-31",\n "n": 3,\n "name": "Müller"\n}\n'
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes() == expected.encode()


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), np.float32("nan"), object(), pd.NaT, {1, 2}])
def test_what_is_not_plain_leaves_the_file_as_it_was(tmp_path: Path, value: object) -> None:
    path = tmp_path / "told.json"
    write_plain(path, {"old": 1})
    before = path.read_bytes()
    with pytest.raises(DataError, match=r"told cannot be kept as plain data.*write None"):
        write_plain(path, {"value": value})
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["told.json"]
