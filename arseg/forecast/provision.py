"""The provision matrix: what every aging bucket of every segment is expected to lose (science 5.6).

Lifetime loss of trade receivables under IFRS 9's simplified approach (5.5.15, B5.5.35) and CECL's pooling.
Gross amounts, exclusions and allowances are exact to the cent; each cell is rounded once, and totals are sums of
cells, so that what is shown adds up.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import numpy as np
import pandas as pd

from arseg.forecast.money import Cents, as_money, in_cents, share_of, total
from arseg.forecast.outlook import AS_IT_IS, Outlook
from arseg.schema import DataError, require_columns

MATRIX: Final = (
    "segment",
    "bucket",
    "items",
    "gross",
    "excluded",
    "exposed",
    "rate",
    "outlook_rate",
    "allowance",
)
MONEY: Final = ("gross", "excluded", "exposed", "allowance")


def provision_matrix(
    items: pd.DataFrame, rates: pd.DataFrame, *, outlook: Outlook = AS_IT_IS
) -> pd.DataFrame:
    """Return the matrix: gross, rate and allowance of each bucket and segment.

    Parameters
    ----------
    items
        ``bucket`` and ``balance`` of each open item, or of each cell where a book is given summed up; ``segment``
        where rates have one, and ``exposed`` (from ``pool_exposures``) where not all of the balance is in the pool.
    rates
        ``bucket`` and ``rate`` (share lost over the lifetime), in the order of aging, with ``segment`` where rates
        differ by segment.
    outlook
        Scenarios of what is to come; by default the past repeats itself.

    Returns
    -------
    frame
        One row per segment and bucket of the rates: ``segment`` (``all`` where rates have none), ``bucket``,
        ``items``, ``gross``, ``excluded``, ``exposed`` and ``allowance`` (Decimal, the items' currency), ``rate``
        and ``outlook_rate`` (share). The allowance is exposed x outlook_rate.

    Raises
    ------
    DataError
        If a column is missing, an item has no rate, a rate is no share, or more is exposed than is open.

    Examples
    --------
    The textbook matrix of a small trader (capabilities section 5).

    >>> buckets = ["current", "1-30", "31-60", "61-90"]
    >>> items = pd.DataFrame({"bucket": buckets, "balance": [15_000, 7_500, 4_000, 2_500]})
    >>> rates = pd.DataFrame({"bucket": buckets, "rate": [0.005, 0.022, 0.027, 0.045]})
    >>> [str(value) for value in provision_matrix(items, rates)["allowance"]]
    ['75.00', '165.00', '108.00', '112.50']
    """
    cells = _cells(rates)
    found = _placed(items, cells)
    exposed = in_cents(items["exposed"] if "exposed" in items else items["balance"], what="exposed")
    gross = in_cents(items["balance"], what="balance")
    if (np.abs(exposed) > np.abs(gross)).any():
        raise DataError(
            "more is in the pool than is open",
            given=f"{int((np.abs(exposed) > np.abs(gross)).sum())} items",
            allowed="exposed between 0 and the balance",
            do="take exposed from pool_exposures",
            code="exposed_over_balance",
        )
    sums = {"gross": _summed(found, gross, len(cells)), "exposed": _summed(found, exposed, len(cells))}
    sums["excluded"] = sums["gross"] - sums["exposed"]
    outlook_rate = outlook.weigh(cells["rate"].to_numpy(dtype=np.float64))
    # What is owed to a customer is no loss in waiting: a cell in credit carries no allowance.
    sums["allowance"] = share_of(np.maximum(sums["exposed"], 0), outlook_rate)
    matrix = cells.assign(
        items=np.bincount(found, minlength=len(cells)),
        outlook_rate=outlook_rate,
        **{name: as_money(cents) for name, cents in sums.items()},
    )
    return matrix[list(MATRIX)]


def matrix_totals(matrix: pd.DataFrame, *, by: str | None = None) -> pd.DataFrame:
    """Return the sums of a matrix, exact, with the coverage (allowance / exposed).

    Parameters
    ----------
    matrix
        From ``provision_matrix``.
    by
        ``segment`` or ``bucket``; None for one row over all.

    Examples
    --------
    >>> items = pd.DataFrame({"bucket": ["current", "1-30"], "balance": [100.0, 50.0]})
    >>> rates = pd.DataFrame({"bucket": ["current", "1-30"], "rate": [0.01, 0.1]})
    >>> matrix_totals(provision_matrix(items, rates))["allowance"].iloc[0]
    Decimal('6.00')
    """
    keys = pd.Series("all", index=matrix.index) if by is None else matrix[by]
    rows = []
    for name, part in matrix.groupby(keys, sort=False):
        sums = {column: total(part[column]) for column in MONEY}
        covered = float(sums["allowance"] / sums["exposed"]) if sums["exposed"] else float("nan")
        rows.append({by or "segment": name, "items": int(part["items"].sum()), **sums, "coverage": covered})
    return pd.DataFrame(rows)


def allowance_of(matrix: pd.DataFrame) -> Decimal:
    """Return the allowance of the whole matrix."""
    return total(matrix["allowance"])


def _cells(rates: pd.DataFrame) -> pd.DataFrame:
    require_columns(rates.columns, ("bucket", "rate"), frame="rates")
    segment = rates.get("segment", "all")
    cells = rates[["bucket"]].assign(segment=segment, rate=rates["rate"].astype("float64"))
    cells = cells.reset_index(drop=True)
    wrong = ~cells["rate"].between(0, 1)
    if wrong.any() or cells.duplicated(["segment", "bucket"]).any():
        raise DataError(
            "the rates are not one share per bucket and segment",
            given=cells.loc[wrong, ["segment", "bucket", "rate"]].head(3).to_dict("records")
            or "a cell twice",
            allowed="shares from 0 to 1, each cell once",
            do="pool small segments, or state those rates by hand",
            code="rates_not_shares",
        )
    return cells


def _placed(items: pd.DataFrame, cells: pd.DataFrame) -> Cents:
    """Return the cell of each item."""
    by_segment = set(cells["segment"]) != {"all"}
    require_columns(items.columns, ("bucket", "balance", *(["segment"] if by_segment else [])), frame="items")
    keys = items[["bucket"]].assign(segment=items["segment"] if by_segment else "all")
    place = pd.MultiIndex.from_frame(cells[["segment", "bucket"]]).get_indexer(
        pd.MultiIndex.from_frame(keys[["segment", "bucket"]])
    )
    if (place < 0).any():
        lost = keys[place < 0].drop_duplicates().head(3)
        raise DataError(
            "items stand in a bucket or segment that has no rate",
            given=lost.to_dict("records"),
            allowed=f"{len(cells)} cells of the rates",
            do="add those rates",
            code="no_rate",
        )
    return np.asarray(place, dtype=np.int64)


def _summed(place: Cents, cents: Cents, cells: int) -> Cents:
    sums = np.zeros(cells, dtype=np.int64)
    np.add.at(sums, place, cents)
    return sums
