"""Why DSO moved: terms, sales mix, volume or behaviour (capabilities G6).

Receivables are sales times the share that is still unpaid. With sales by age and class, the terms they were sold
on, and the class's curve of what is unpaid so many days past due::

    receivables = sum over ages, classes, terms of  S(age) x m(class | age) x p(terms | class, age) x L(class, age - terms)
    DSO         = receivables / sales of the last N days x N

S is the volume and its timing, m the sales mix, p the terms, L the behaviour. Each takes its value of either
period; a factor's effect is its Shapley value over the 24 orders in which they could have moved (Kitagawa 1955 is
the case of two). The effects sum to the change.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import Final, Literal

import numpy as np
import pandas as pd

from arseg.metrics.receivables import Values, ratio
from arseg.schema import DataError, require_columns

Factor = Literal["volume", "mix", "terms", "behaviour"]

FACTORS: Final[tuple[Factor, ...]] = ("volume", "mix", "terms", "behaviour")
_OLDEST: Final = 730
_NEEDED: Final = ("class", "age_days", "terms_days", "amount", "unpaid")


@dataclass(frozen=True)
class _Book:
    """The factors of one period, shapes (ages,), (ages, classes), (ages, classes, terms), (classes, late days)."""

    volume: Values
    mix: Values
    terms: Values
    behaviour: Values


def dso_change(before: pd.DataFrame, after: pd.DataFrame, *, days: int = 91) -> pd.DataFrame:
    """Return the change of simple DSO between two days, split into its four causes.

    A class of which a period has no sales borrows terms and behaviour from the other one: its coming or going is
    mix. A curve is extended flat beyond the days at which it was seen.

    Parameters
    ----------
    before, after
        The invoices of the book on each day, also those that are paid: ``class`` (industry, segment frozen at
        the first day; some hundreds at most), ``age_days`` (>= 0, day - issue day), ``terms_days`` (due day - issue day), ``amount`` > 0 and
        ``unpaid``. Two years of them; what is older counts as of two years.
    days
        N, days of sales in the denominator.

    Returns
    -------
    One row per factor and ``dso`` for the whole: ``factor, before, after, effect`` (days); before and after of the
    whole only. Effects sum to the change.

    Raises
    ------
    DataError
        If a column is missing, a row is impossible, or one of the days has no sales in its last N days.
    """
    frames = [_clean(frame, name) for frame, name in ((before, "before"), (after, "after"))]
    books = _books(frames)
    sides = {
        frozenset(moved): _dso(books, frozenset(moved), days)
        for size in range(len(FACTORS) + 1)
        for moved in combinations(FACTORS, size)
    }
    start, end = sides[frozenset()], sides[frozenset(FACTORS)]
    if not np.isfinite(start + end):
        raise DataError(
            f"there are no sales in the last {days} days",
            given=f"DSO {start} before and {end} after",
            allowed="sales on both days",
            do="choose other days or more days of sales",
        )
    effects = [_shapley(sides, factor) for factor in FACTORS]
    return pd.DataFrame(
        {
            "factor": [*FACTORS, "dso"],
            "before": [np.nan] * len(FACTORS) + [start],
            "after": [np.nan] * len(FACTORS) + [end],
            "effect": [*effects, end - start],
        }
    )


def _shapley(sides: dict[frozenset[Factor], float], factor: Factor) -> float:
    """Return the mean over all orders of what changes when the factor moves."""
    others, effect = [name for name in FACTORS if name != factor], 0.0
    for size in range(len(FACTORS)):
        share = factorial(size) * factorial(len(FACTORS) - 1 - size) / factorial(len(FACTORS))
        for moved in combinations(others, size):
            effect += share * (sides[frozenset((*moved, factor))] - sides[frozenset(moved)])
    return effect


def _dso(books: tuple[_Book, _Book], moved: frozenset[Factor], days: int) -> float:
    """Return the DSO with the moved factors of the second book and the others of the first."""
    volume, mix, terms, curve = (getattr(books[name in moved], name) for name in FACTORS)
    sold = volume[:, None, None] * mix[:, :, None] * terms
    ages, spans = np.arange(sold.shape[0])[:, None], np.arange(sold.shape[2])[None, :]
    # Late days start at minus the longest terms.
    place = ages - spans + sold.shape[2] - 1
    receivables = float(sum((sold[:, k] * curve[k][place]).sum() for k in range(sold.shape[1])))
    return float(ratio(receivables, volume[:days].sum())) * days


def _books(frames: list[pd.DataFrame]) -> tuple[_Book, _Book]:
    both = pd.concat(frames, keys=[0, 1])
    codes, names = pd.factorize(both["class"], sort=True)
    shape = (int(both["age_days"].max()) + 1, len(names), int(both["terms_days"].max()) + 1)
    code = pd.Series(codes, index=both.index)
    made = [_sums(both.loc[period], code.loc[period].to_numpy(), shape) for period in (0, 1)]
    sold = [sums for sums, _, _ in made]
    curves = [_curve(late, open_) for _, late, open_ in made]
    first, second = (
        _Book(
            volume=sums.sum(axis=(1, 2)),
            mix=_mix(sums.sum(axis=2)),
            terms=_terms(sums, sold[1 - period]),
            behaviour=np.where(np.isnan(curves[period]), curves[1 - period], curves[period]),
        )
        for period, sums in enumerate(sold)
    )
    return first, second


def _sums(
    frame: pd.DataFrame, code: np.ndarray, shape: tuple[int, int, int]
) -> tuple[Values, Values, Values]:
    """Return sales by age, class and terms; sales and unpaid by class and days late."""
    age, terms = (frame[name].to_numpy(dtype=np.int64) for name in ("age_days", "terms_days"))
    sold = np.zeros(shape)
    np.add.at(sold, (age, code, terms), frame["amount"].to_numpy(dtype=np.float64))
    late = age - terms + shape[2] - 1
    by_late = np.zeros((2, shape[1], shape[0] + shape[2] - 1))
    for row, name in enumerate(("amount", "unpaid")):
        np.add.at(by_late[row], (code, late), frame[name].to_numpy(dtype=np.float64))
    return sold, by_late[0], by_late[1]


def _mix(sold: Values) -> Values:
    """Return the share of each class by age; on an age without sales, that of all ages."""
    held = sold.sum(axis=1, keepdims=True)
    overall = np.broadcast_to(sold.sum(axis=0) / sold.sum(), sold.shape)
    return np.where(held > 0, np.divide(sold, held, out=np.zeros_like(sold), where=held > 0), overall)


def _terms(sold: Values, other: Values) -> Values:
    """Return the share of each terms by age and class; where nothing was sold, that of the class, or of the other period."""
    held, whole = sold.sum(axis=2, keepdims=True), sold.sum(axis=0)
    whole = np.where(whole.sum(axis=1, keepdims=True) > 0, whole, other.sum(axis=0))
    overall = np.broadcast_to(whole / whole.sum(axis=1, keepdims=True), sold.shape)
    return np.where(held > 0, np.divide(sold, held, out=np.zeros_like(sold), where=held > 0), overall)


def _curve(sold: Values, unpaid: Values) -> Values:
    """Return the unpaid share by class and days late, flat between and beyond the days that were seen; NaN for no sales."""
    share = pd.DataFrame(np.divide(unpaid, sold, out=np.full(sold.shape, np.nan), where=sold > 0).T)
    return np.asarray(share.ffill().bfill().to_numpy(dtype=np.float64).T)


def _clean(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    require_columns(frame.columns, _NEEDED, frame=name)
    numbers = frame[list(_NEEDED[1:])].astype(np.float64)
    whole = numbers[["age_days", "terms_days"]]
    if (
        not len(frame)
        or not np.isfinite(numbers).to_numpy().all()
        or frame["class"].isna().any()
        or (numbers["age_days"] < 0).any()
        or (numbers["amount"] <= 0).any()
        or (whole != whole.round()).to_numpy().any()
    ):
        raise DataError(
            f"a row of {name} is no sale",
            given=f"{len(frame)} rows",
            allowed="at least one; a class, whole days, age >= 0, amount > 0, none missing",
            do="leave out credit balances and invoices of later days",
        )
    return frame[list(_NEEDED)].assign(
        age_days=whole["age_days"].clip(upper=_OLDEST).astype(np.int64),
        # Cash on delivery and back-dated terms are due at once.
        terms_days=whole["terms_days"].clip(0, _OLDEST).astype(np.int64),
    )
