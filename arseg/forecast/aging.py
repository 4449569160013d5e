"""Which aging bucket an open item stands in; the due day itself is current."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.schema import AGING_EDGES, AGING_NAMES, DataError, UsageError


def aging_bucket(
    days_past_due: npt.ArrayLike, *, edges: Sequence[int] = AGING_EDGES, names: Sequence[str] = AGING_NAMES
) -> npt.NDArray[np.object_]:
    """Return the name of the bucket of each item.

    Parameters
    ----------
    days_past_due
        Whole days; negative before due.
    edges
        Days past due at which each bucket after the first starts, increasing.
    names
        One more than edges, youngest first.

    Raises
    ------
    UsageError
        If edges do not increase or the names do not fit.

    Examples
    --------
    >>> aging_bucket([-3, 0, 1, 91]).tolist()
    ['current', 'current', '1-30', 'over 90']
    """
    check_buckets(edges, names)
    place = np.searchsorted(np.asarray(edges), np.asarray(days_past_due), side="right")
    return np.asarray(names, dtype=object)[place]


def check_buckets(edges: Sequence[int], names: Sequence[str]) -> None:
    """Refuse edges that do not increase and names that do not fit them.

    Raises
    ------
    UsageError
        See above.
    """
    if len(names) != len(edges) + 1 or len({*names}) != len(names) or list(edges) != sorted({*edges}):
        raise UsageError(
            "the aging buckets do not fit",
            given=f"edges {list(edges)}, names {list(names)}",
            allowed="increasing edges and one name more than edges, each once",
            do="mend one of the two",
            code="aging_buckets",
        )


def order_of(buckets: pd.Series, names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the place of each bucket among the names.

    Raises
    ------
    DataError
        If a bucket has another name.

    Examples
    --------
    >>> order_of(pd.Series(["1-30", "current"]), AGING_NAMES).tolist()
    [1, 0]
    """
    place = pd.Index(names).get_indexer(buckets)
    if (place < 0).any():
        raise DataError(
            "a bucket has an unknown name",
            given=sorted({str(name) for name in buckets[place < 0]})[:5],
            allowed=list(names),
            do="name buckets with aging_bucket, or pass their names",
            code="unknown_bucket",
        )
    return np.asarray(place, dtype=np.int64)
