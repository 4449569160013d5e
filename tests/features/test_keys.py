"""Keys of a matrix found in the answers of blocks."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from arseg.features.keys import Keys
from arseg.schema import DataError

WANTED = pa.chunked_array([["A", "B", "C", "Z"]])


def coded(values: list[str | None], dictionary: list[str]) -> pa.ChunkedArray:
    codes = pa.array([None if value is None else dictionary.index(value) for value in values], pa.int32())
    return pa.chunked_array([pa.DictionaryArray.from_arrays(codes, pa.array(dictionary))])


@pytest.mark.parametrize("seed", range(5))
def test_a_number_finds_the_row_that_its_text_finds(seed: int) -> None:
    random = np.random.default_rng(seed)
    names = [f"C{number}" for number in random.permutation(50)]
    keys = Keys("customer_id", pa.chunked_array([names[:20], ["unheard of"]]))
    for _ in range(3):
        answer = list(random.choice(names, size=30, replace=False))
        by_text = keys.places("own", pa.chunked_array([answer]))
        assert keys.places("own", coded(answer, names)).tolist() == by_text.tolist()
        assert by_text[-1] == -1
        assert [answer[row] for row in by_text if row >= 0] == [name for name in names[:20] if name in answer]


def test_another_dictionary_is_looked_up_anew() -> None:
    keys = Keys("customer_id", WANTED)
    assert keys.places("own", coded(["C", "A"], ["A", "B", "C"])).tolist() == [1, -1, 0, -1]
    assert keys.places("own", coded(["C", "A"], ["C", "A", "B"])).tolist() == [1, -1, 0, -1]


def test_an_answer_without_rows_has_none_of_them() -> None:
    for nothing in (pa.chunked_array([], pa.string()), coded([], ["A"])):
        assert Keys("customer_id", WANTED).places("own", nothing).tolist() == [-1] * 4


@pytest.mark.parametrize("make", [lambda values: pa.chunked_array([values]), lambda v: coded(v, ["A", "B"])])
def test_a_key_that_stands_twice_or_is_missing_is_refused(make) -> None:
    keys = Keys("customer_id", WANTED)
    with pytest.raises(DataError, match=r"block own does not return one row per customer_id.*'B' twice"):
        keys.places("own", make(["A", "B", "B"]))
    with pytest.raises(DataError, match="Given: a row without customer_id"):
        keys.places("own", make(["A", None]))


def test_the_same_texts_in_another_order_are_matched_anew() -> None:
    keys = Keys("invoice_id", WANTED)
    for answer, rows in (
        (["C", "A"], [1, -1, 0, -1]),
        (["C", "A"], [1, -1, 0, -1]),
        (["A", "C"], [0, -1, 1, -1]),
    ):
        assert keys.places("own", pa.chunked_array([answer])).tolist() == rows
    with pytest.raises(DataError, match="block other does not return one row per invoice_id"):
        keys.places("other", pa.chunked_array([["A", "A"]]))
