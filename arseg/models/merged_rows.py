"""Landmark rows in an order of their own, each once: what a fit must start from to be the same for any order of X."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models.landmarks import check_fit, feature_names, read_features
from arseg.models.person_period import Items
from arseg.models.row_order import row_keys, scatter
from arseg.schema import CREDITED, WRITTEN_OFF


def merge_rows(X: pd.DataFrame, y: pd.DataFrame, sample_weight: npt.ArrayLike | None) -> Items:
    """Return the rows of a fit, sorted by their values; equal rows are one row of their summed weight.

    A row of weight 2 is then the same as the row twice, and a row of no weight is no row, to the last
    bit and whatever the learner behind makes of weights.

    Parameters
    ----------
    X, y, sample_weight
        As for ``TimeToPayment.fit``.

    Returns
    -------
    Items whose features are all columns of X, in their order.

    Raises
    ------
    DataError
        If X, y or the weights do not pass the checks of ``landmarks`` and ``protocol``.

    Examples
    --------
    >>> X = pd.DataFrame({"days_past_due": [3, -2, 3], "terms_days": 30, "key_day": 20000})
    >>> y = pd.DataFrame({"event": [1, 0, 1], "duration": [4, 9, 4]})
    >>> sorted(merge_rows(X, y, None).weight.tolist())
    [1.0, 2.0]
    """
    event, duration, weight = check_fit(X, y, sample_weight)
    values = read_features(X, feature_names(X))
    keys = row_keys(np.column_stack([values, event, duration]))
    counted = np.flatnonzero(weight > 0)
    # Weights are part of the order, so that equal rows are summed in the same order.
    order = counted[np.lexsort((weight[counted], keys[counted]))]
    first = np.flatnonzero(np.append(True, keys[order][1:] != keys[order][:-1]))
    chosen = order[first]
    total = np.add.reduceat(weight[order], first)
    return Items(values[chosen], event[chosen], duration[chosen], total, keys[chosen])


def take_items(items: Items, rows: npt.NDArray[np.bool_]) -> Items:
    """Return only the marked rows."""
    return Items(
        items.features[rows], items.event[rows], items.duration[rows], items.weight[rows], items.keys[rows]
    )


def sample_items(items: Items, row_limit: int, seed: int) -> Items:
    """Return about ``row_limit`` rows, those kept standing for those left out by their weight.

    Credit notes and write-offs are all kept, being few. Whether another row is kept depends on its
    values and the seed only.

    Parameters
    ----------
    items
        Landmark rows.
    row_limit
        Rows up to which all are kept.
    seed
        Of the sample.
    """
    rare = np.isin(items.event, (CREDITED, WRITTEN_OFF))
    common = int((~rare).sum())
    if len(items.event) <= row_limit or common == 0:
        return items
    share = max(row_limit - int(rare.sum()), row_limit // 10, 1) / common
    kept = rare | (scatter(items.keys, seed) < share)
    weight = np.where(rare, items.weight, items.weight / min(share, 1.0))
    return take_items(Items(items.features, items.event, items.duration, weight, items.keys), kept)
