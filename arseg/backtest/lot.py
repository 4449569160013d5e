"""Which rows are drawn where a book has more than a model needs.

Whether a row is drawn hangs on what it is called and on the seed alone, neither on its place nor on what else is there
beside its rank: a book that grew by an invoice is taught by nearly the same rows.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd


def drawn_by_lot(names: pd.Index, most: int, *, day: dt.date, seed: int) -> npt.NDArray[np.bool_]:
    """Return which rows are drawn; all of them where there are no more than asked for.

    Parameters
    ----------
    names
        Name of each row, each once.
    most
        How many rows at the most.
    day
        The month-end: another draws others.
    seed
        Of the lot.

    Returns
    -------
    mask
        Shape (rows,).

    Examples
    --------
    >>> drawn = drawn_by_lot(pd.Index(["A", "B", "C", "D"]), 2, day=dt.date(2026, 6, 30), seed=0)
    >>> int(drawn.sum())
    2
    """
    if len(names) <= most:
        return np.ones(len(names), dtype=bool)
    lots = pd.util.hash_array(names.to_numpy(dtype=object), hash_key=f"{day:%Y%m%d}{seed % 10**8:08d}")
    drawn = np.zeros(len(names), dtype=bool)
    # Two names of one lot are told apart by themselves.
    drawn[np.lexsort((names.to_numpy(dtype=str), lots))[:most]] = True
    return drawn
