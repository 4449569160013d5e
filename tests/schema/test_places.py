"""Places of keys, against pandas' own index."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.schema.places import places_of


@pytest.mark.parametrize("kind", ["str", "object", "int64"])
def test_places_are_those_of_an_index(kind: str) -> None:
    rng = np.random.default_rng(3)
    among = pd.Series(rng.permutation(500)).astype(kind)
    keys = pd.Series(rng.integers(0, 700, 2_000)).astype(kind)
    found = places_of(keys, among)
    assert found.dtype == np.int64
    assert found.tolist() == pd.Index(among).get_indexer(pd.Index(keys)).tolist()
    assert (found < 0).any()


def test_texts_in_several_chunks_are_found_too() -> None:
    keys = pd.concat([pd.Series(["a", "b"], dtype="str"), pd.Series(["c"], dtype="str")], ignore_index=True)
    assert places_of(keys, pd.Series(["c", "a"], dtype="str")).tolist() == [1, -1, 0]


def test_nothing_stands_nowhere() -> None:
    none = pd.Series([], dtype="str")
    assert places_of(none, pd.Series(["a"], dtype="str")).tolist() == []
    assert places_of(pd.Series(["a"], dtype="str"), none).tolist() == [-1]
