"""Intervals that know that invoices of one customer are not independent.

The customer is the unit that is drawn again. Every measure is a ratio of sums over customers, so a
draw is a vector of how often each customer was picked, and all measures of all segments and policies
come out of two matrix products (capabilities T5: resampling invoices gives intervals that are too narrow).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arseg.schema import UsageError

Values = NDArray[np.float64]

_AT_ONCE: Final = 2048

# Quantiles of fewer customers than this say more about the draw than about the book.
FEWEST_CUSTOMERS = 10


@dataclass(frozen=True)
class Draws:
    """Customer-clustered bootstrap draws of a book.

    Parameters
    ----------
    weights
        How often each customer was picked, shape ``(draws, customers)``; each row sums to ``customers``.
    level
        Coverage that the intervals aim at.
    """

    weights: NDArray[np.float32]
    level: float = 0.95

    def sums(self, values: Values) -> Values:
        """Return the drawn sums of per-customer values: ``(customers, k)`` to ``(draws, k)``."""
        asked = np.asarray(values, dtype=np.float64)
        # Some customers at a time: all of a large book's in double precision would be made anew for every sum.
        found = np.zeros((len(self.weights), *asked.shape[1:]))
        for at in range(0, len(asked), _AT_ONCE):
            part = slice(at, at + _AT_ONCE)
            found += self.weights[:, part].astype(np.float64) @ asked[part]
        return found

    @cached_property
    def by_customer(self) -> Values:
        """The draws in columns and in double precision, shape ``(customers, draws)``: as a sparse sum reads them."""
        return np.ascontiguousarray(self.weights.T, dtype=np.float64)

    def interval(self, drawn: Values) -> tuple[Values, Values]:
        """Return the lower and upper ends over the draws (axis 0); NaN where no draw has a value."""
        tail = (1 - self.level) / 2
        drawn = np.asarray(drawn, dtype=np.float64)
        known = np.isfinite(drawn).any(axis=0)
        filled = np.where(known, drawn, 0.0)
        low, high = np.nanquantile(filled, [tail, 1 - tail], axis=0)
        return np.where(known, low, np.nan), np.where(known, high, np.nan)


def draw_customers(customers: int, *, draws: int, seed: int) -> Draws:
    """Draw whole customers with replacement.

    Parameters
    ----------
    customers
        Number of customers in the book.
    draws
        Number of draws; 500 and more for a published interval.
    seed
        Seed of the draws: the same seed gives the same interval.

    Raises
    ------
    UsageError
        If there is no customer or no draw.

    Examples
    --------
    >>> draw_customers(3, draws=2, seed=1).weights.sum(axis=1).tolist()
    [3.0, 3.0]
    """
    if customers < 1 or draws < 1:
        raise UsageError(
            "nothing can be drawn",
            given=f"{customers} customers, {draws} draws",
            allowed="at least one of each",
            do="ask for more draws or load a book with customers",
        )
    return _drawn(customers, draws, seed)


# Most tables of a backtest draw the same customers; of a large book that takes seconds each time.
@lru_cache(maxsize=2)
def _drawn(customers: int, draws: int, seed: int) -> Draws:
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(customers, np.full(customers, 1 / customers), size=draws).astype(np.float32)
    weights.flags.writeable = False
    return Draws(weights)


def ratio_interval(numerators: Values, denominators: Values, draws: Draws) -> tuple[Values, Values]:
    """Return the ends of the interval of each ratio of sums.

    Parameters
    ----------
    numerators, denominators
        Per-customer sums, shape ``(customers, k)``.
    draws
        Drawn customers.

    Returns
    -------
    low, high
        Shape ``(k,)``. NaN where fewer than ten customers carry the denominator, or where every draw
        is the same, as of nothing but zeros: that would claim a certainty that is not there.
    """
    from arseg.metrics.receivables import ratio

    drawn = ratio(draws.sums(numerators), draws.sums(denominators))
    low, high = draws.interval(drawn)
    thin = (np.asarray(denominators) > 0).sum(axis=0) < FEWEST_CUSTOMERS
    hidden = thin | (low == high)
    return np.where(hidden, np.nan, low), np.where(hidden, np.nan, high)
