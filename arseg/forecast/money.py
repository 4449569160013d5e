"""Exact money: whole cents inside, decimals outside, so that sums of parts are the whole."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from arseg.schema import DataError

Cents = NDArray[np.int64]

CENT: Final = Decimal("0.01")


def in_cents(amounts: Iterable[Any], *, what: str = "amount") -> Cents:
    """Return amounts as whole cents, half a cent away from zero.

    Parameters
    ----------
    amounts
        Decimals, integers or floats, in the currency's main unit.
    what
        What they are called, for the error.

    Raises
    ------
    DataError
        If one is missing or not finite.

    Examples
    --------
    >>> in_cents([Decimal("10.005"), 0.1, 3]).tolist()
    [1001, 10, 300]
    """
    column = pd.Series(amounts)
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(numbers).all():
        raise DataError(
            f"{what} is missing or no number",
            given=f"{int((~np.isfinite(numbers)).sum())} of {len(numbers)} rows",
            allowed="finite amounts",
            do="fill or drop those rows",
            code="money_missing",
        )
    if column.dtype == object:
        exact = [int((Decimal(str(v)) / CENT).quantize(Decimal(1), ROUND_HALF_UP)) for v in column]
        return np.array(exact, dtype=np.int64)
    # The nudge takes 1.005, which a float holds as 1.00499..., for what was written.
    scaled = numbers * 100
    return np.asarray(np.sign(scaled) * np.floor(np.abs(scaled) * (1 + 1e-15) + 0.5), dtype=np.int64)


def as_money(cents: Iterable[int]) -> list[Decimal]:
    """Return cents as decimals with two places.

    Examples
    --------
    >>> as_money([12345])
    [Decimal('123.45')]
    """
    return [Decimal(int(value)) * CENT for value in cents]


def share_of(cents: Iterable[int], shares: Iterable[float]) -> Cents:
    """Return each amount times its share, half a cent up, computed in decimals.

    Parameters
    ----------
    cents
        Whole cents.
    shares
        As many shares; each is taken as it prints, so 0.027 is 27 thousandths.

    Examples
    --------
    >>> share_of([400000, 250000], [0.027, 0.045]).tolist()
    [10800, 11250]
    """
    pairs = zip(cents, shares, strict=True)
    exact = [(int(c) * Decimal(repr(float(s)))).quantize(Decimal(1), ROUND_HALF_UP) for c, s in pairs]
    return np.array([int(value) for value in exact], dtype=np.int64)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the exact sum of decimals; 0.00 of nothing.

    Examples
    --------
    >>> total([Decimal("0.10"), Decimal("0.20")])
    Decimal('0.30')
    """
    return sum(amounts, Decimal("0.00"))
