"""Where keys stand among others: what a join needs, without a table of Python texts in between."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def places_of(keys: pd.Series, among: pd.Series) -> npt.NDArray[np.int64]:
    """Return the place of each key among others; -1 where it is not there.

    Parameters
    ----------
    keys
        As often as they come.
    among
        Each once; of the same kind.

    Examples
    --------
    >>> places_of(pd.Series(["b", "c", "b"]), pd.Series(["a", "b"])).tolist()
    [1, -1, 1]
    """
    if isinstance(keys.dtype, pd.StringDtype) and isinstance(among.dtype, pd.StringDtype):
        found = pc.index_in(_texts(keys), value_set=_texts(among))
        return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), dtype=np.int64)
    return np.asarray(pd.Index(among).get_indexer(pd.Index(keys)), dtype=np.int64)


def _texts(keys: pd.Series) -> pa.Array:
    found = pa.array(keys, type=pa.large_string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
