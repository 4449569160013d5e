"""The four methods side by side: what each would provide, and how far they lie apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from arseg.forecast.money import total
from arseg.forecast.outlook import AS_IT_IS, Outlook
from arseg.forecast.provision import provision_matrix
from arseg.forecast.reached_buckets import ALL, reached_rates
from arseg.schema import AGING_NAMES, DataError, UsageError, require_columns

TOLERANCE: Final = 0.10


def reconcile_methods(
    items: pd.DataFrame,
    rates: Mapping[str, pd.DataFrame],
    *,
    outlook: Outlook = AS_IT_IS,
    tolerance: float = TOLERANCE,
) -> pd.DataFrame:
    """Return the allowance by bucket and method, with the gap to the first method.

    Parameters
    ----------
    items
        As for ``provision_matrix``.
    rates
        Rates by the name of their method; the first is the one that the others are held against.
    outlook
        The same for all.
    tolerance
        Share of the first method's allowance within which a method agrees.

    Returns
    -------
    frame
        ``method``, ``bucket`` (last ``total``), ``exposed``, ``allowance`` and ``gap`` (Decimal), ``rate``
        (allowance / exposed), ``gap_share`` (gap / the first method's allowance) and ``agrees``.

    Raises
    ------
    UsageError
        If there is no method.

    Examples
    --------
    >>> items = pd.DataFrame({"bucket": ["current"], "balance": [1000.0]})
    >>> rates = {name: pd.DataFrame({"bucket": ["current"], "rate": [rate]}) for name, rate in
    ...          {"vintages": 0.02, "roll rates": 0.021}.items()}
    >>> reconcile_methods(items, rates).query("bucket == 'total'")[["method", "gap_share", "agrees"]].to_numpy().tolist()
    [['vintages', 0.0, True], ['roll rates', 0.05, True]]
    """
    if not rates:
        raise UsageError(
            "there is no method",
            given="none",
            allowed="one or more",
            do="pass rates by name",
            code="no_method",
        )
    parts = [
        _by_bucket(provision_matrix(items, found, outlook=outlook)).assign(method=name)
        for name, found in rates.items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    first = parts[0].set_index("bucket")["allowance"]
    frame["gap"] = [row.allowance - first[row.bucket] for row in frame.itertuples()]
    frame["gap_share"] = [
        float(row.gap / first[row.bucket]) if first[row.bucket] else (0.0 if not row.gap else float("inf"))
        for row in frame.itertuples()
    ]
    frame["agrees"] = frame["gap_share"].abs() <= tolerance
    return frame[["method", "bucket", "exposed", "rate", "allowance", "gap", "gap_share", "agrees"]]


def in_coarse_buckets(
    items: pd.DataFrame, rates: pd.DataFrame, *, names: Sequence[str] = AGING_NAMES
) -> pd.DataFrame:
    """Return rates of fine buckets as those of the buckets that are shown: each item keeps its fine rate's loss.

    A chain takes all money of a bucket as alike, but what has stood longest in ``over 90`` is worst. So rolls and
    transitions are better followed in 30-day buckets to the day of write-off, and shown in fewer.

    Parameters
    ----------
    items
        ``fine_bucket``, ``bucket``, ``balance`` (or ``exposed``) and, where the rates have segments, ``segment``.
    rates
        ``bucket`` (fine) and ``rate``; a ``segment`` of ``all`` is none.
    names
        Of the buckets that are shown.

    Returns
    -------
    frame
        ``segment``, ``bucket``, ``reached`` (exposed today), ``lost`` (expected) and ``rate`` (NaN in an empty cell).

    Raises
    ------
    DataError
        If an item's fine bucket has no rate.

    Examples
    --------
    >>> items = pd.DataFrame({"fine_bucket": ["91-120", "over 120"], "bucket": "over 90", "balance": [100.0, 300.0]})
    >>> fine = pd.DataFrame({"bucket": ["91-120", "over 120"], "rate": [0.2, 0.6]})
    >>> in_coarse_buckets(items, fine, names=["over 90"])["rate"].round(6).tolist()
    [0.5]
    """
    require_columns(items.columns, ("fine_bucket", "bucket", "balance"), frame="items")
    segments = "segment" in rates and set(rates["segment"]) != {ALL}
    own = items["segment"].to_numpy() if segments else ALL
    cells = rates.assign(segment=rates["segment"] if segments else ALL).set_index(["segment", "bucket"])[
        "rate"
    ]
    keys = pd.MultiIndex.from_arrays([np.broadcast_to(own, len(items)), items["fine_bucket"]])
    found = cells.reindex(keys).to_numpy(dtype=np.float64)
    if np.isnan(found).any():
        raise DataError(
            "items stand in a fine bucket that has no rate",
            given=sorted({str(key) for key in keys[np.isnan(found)]})[:3],
            allowed="a rate of each of them",
            do="pool those rates, or follow fewer buckets",
            code="no_rate",
        )
    money = items["exposed" if "exposed" in items else "balance"].to_numpy(dtype=np.float64)
    rows = pd.DataFrame(
        {"segment": own, "bucket": items["bucket"].to_numpy(), "reached": money, "lost": money * found}
    )
    return reached_rates(rows, by_segment=segments, names=names).drop(columns="customers")


def _by_bucket(matrix: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {"bucket": name, "exposed": total(part["exposed"]), "allowance": total(part["allowance"])}
        for name, part in [*matrix.groupby("bucket", sort=False), ("total", matrix)]
    ]
    frame = pd.DataFrame(rows)
    frame["rate"] = [
        float(a / e) if e else float("nan") for a, e in zip(frame["allowance"], frame["exposed"], strict=True)
    ]
    return frame
