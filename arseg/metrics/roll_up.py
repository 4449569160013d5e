"""How the figures of segments make the figure of the book (science 1.3).

Measures over rows answer in *parts*: a frame with the numerator and the denominator of each row. Parts are
summed first and divided last; a mean of ratios is never taken.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.metrics.receivables import ratio
from arseg.schema import DataError, UsageError, require_columns

RollUp = Literal["sum", "sales-weighted", "denominator-weighted", "harmonic", "recompute"]

RULES: Final[tuple[RollUp, ...]] = (
    "sum",
    "sales-weighted",
    "denominator-weighted",
    "harmonic",
    "recompute",
)
# A segment of which one customer makes more than a fifth says more of that customer.
LARGEST_SHARE: Final = 0.2


def ratio_by(parts: pd.DataFrame, by: npt.ArrayLike | pd.Series) -> pd.DataFrame:
    """Return the ratio of sums of each group.

    Parameters
    ----------
    parts
        ``numerator`` and ``denominator`` of each row.
    by
        Label of each row.

    Returns
    -------
    ``numerator, denominator, value`` by label, sorted; NaN where a denominator is not positive.

    Raises
    ------
    DataError
        If a column or a label is missing.

    Examples
    --------
    >>> parts = pd.DataFrame({"numerator": [1.0, 1.0, 0.0], "denominator": [1.0, 3.0, 4.0]})
    >>> ratio_by(parts, ["a", "a", "b"])["value"].to_dict()
    {'a': 0.5, 'b': 0.0}
    """
    require_columns(parts.columns, ("numerator", "denominator"), frame="parts")
    # Names as they are: those of a large book's customers take seconds to be made Python's.
    labels = by if isinstance(by, pd.Series) else np.asarray(by)
    if labels.shape != (len(parts),) or pd.isna(labels).any():
        raise DataError(
            "rows have no group",
            given=f"shape {labels.shape}",
            allowed=f"{len(parts)} labels, none missing",
            do="pass the segment of each row",
        )
    place, names = pd.factorize(labels, sort=True)
    rows = parts[["numerator", "denominator"]].astype(np.float64)
    sums = rows.fillna(0.0).groupby(place).sum()
    unknown = rows.isna()
    if unknown.to_numpy().any():
        # A sum over a part that is not known is not known either.
        sums = sums.mask(unknown.groupby(place).any())
    return sums.set_axis(pd.Index(names)).assign(value=ratio(sums["numerator"], sums["denominator"]))


def rolled_up(parts: pd.DataFrame, rule: RollUp) -> float:
    """Return the book's figure from those of its segments.

    Parameters
    ----------
    parts
        ``numerator`` and ``denominator`` of each segment.
    rule
        ``sum``: amounts. ``sales-weighted`` and ``denominator-weighted``: the segments' values weighted by what stands
        in the denominator. ``harmonic``: weighted by the numerator, over reciprocals. ``recompute``: cannot be had
        from segments.

    Raises
    ------
    UsageError
        If the rule is unknown or says that segments do not add up.

    Examples
    --------
    >>> parts = pd.DataFrame({"numerator": [10.0, 90.0], "denominator": [1.0, 3.0]})
    >>> rolled_up(parts, "sales-weighted"), rolled_up(parts, "harmonic"), rolled_up(parts, "sum")
    (25.0, 25.0, 100.0)
    """
    if rule not in RULES:
        raise UsageError("the rule is unknown", given=rule, allowed=", ".join(RULES), do="choose one of them")
    if rule == "recompute":
        raise UsageError(
            "the measure does not add up over segments",
            given=rule,
            allowed="the pooled data of the book",
            do="compute the measure of the whole book from its own rows",
        )
    top, bottom = (parts[name].to_numpy(dtype=np.float64) for name in ("numerator", "denominator"))
    return float(top.sum()) if rule == "sum" else float(ratio(top.sum(), bottom.sum()))


def concentration(denominator: npt.ArrayLike | pd.Series, by: npt.ArrayLike | pd.Series) -> pd.DataFrame:
    """Return how much of each segment's denominator its largest customer makes.

    Parameters
    ----------
    denominator
        Of each customer, shape (customers,).
    by
        Segment of each customer.

    Returns
    -------
    ``largest_share`` (of what is positive) and ``concentrated``, whether it exceeds a fifth, by segment.

    Raises
    ------
    DataError
        If lengths differ or a label is missing.

    Examples
    --------
    >>> concentration([3.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5], list("aaaabbbb"))["largest_share"].round(2).to_dict()
    {'a': 0.5, 'b': 0.33}
    """
    amounts = pd.DataFrame({"numerator": np.asarray(denominator, dtype=np.float64)}).clip(lower=0.0)
    sums = ratio_by(amounts.assign(denominator=amounts["numerator"]), by)["denominator"]
    largest = amounts["numerator"].groupby(np.asarray(by)).max()
    share = pd.Series(ratio(largest, sums), index=sums.index)
    return pd.DataFrame({"largest_share": share, "concentrated": share > LARGEST_SHARE})
