"""Texts of the same key in one, in the order in which they come."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def joined_texts(keys: pd.Series, texts: pd.Series, between: str) -> pd.Series:
    """Return the texts of each key joined, by key, sorted; as a grouped join, without a Python call per key.

    Parameters
    ----------
    keys
        Of the texts, none missing.
    texts
        None missing.
    between
        What stands between two texts.

    Examples
    --------
    >>> joined_texts(pd.Series(["b", "a", "b"]), pd.Series(["1", "2", "3"]), "; ").to_dict()
    {'a': '2', 'b': '1; 3'}
    """
    place, names = pd.factorize(keys, sort=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(names) + 1))
    ordered = pa.array(texts.iloc[order], pa.large_string())
    lists = pa.ListArray.from_arrays(pa.array(starts, pa.int32()), ordered)
    index = pd.Index(names, name=keys.name, dtype="str")
    return pd.Series(
        pc.binary_join(lists, pa.scalar(between, pa.large_string())).to_pandas().to_numpy(),
        index=index,
        dtype="str",
    )
