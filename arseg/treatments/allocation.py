"""Collectors' hours: who does what today, and what one more hour would be worth.

At most one treatment per customer, nobody over his or her minutes, as much value as fits: a
multiple-choice knapsack (science 4.6). The Lagrangian gives the price of a minute and a bound that nothing can
exceed; work that pays at these prices is placed, and what is left of each day is filled by exchanges. Where the
problem is small and a gap to the bound is left, HiGHS solves it exactly. Among answers of the same worth, customers
stay with their owners and loads are even.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from arseg.schema import require_columns
from arseg.schema.shown import Shown
from arseg.treatments.allocation_capacity import Capacity
from arseg.treatments.assignment import place_work
from arseg.treatments.assignment_balance import desks, gini, variation
from arseg.treatments.assignment_exchange import fill_days
from arseg.treatments.assignment_handover import hand_over
from arseg.treatments.assignment_settle import settle
from arseg.treatments.knapsack import NEEDS, NOISE, Knapsack, knapsack_of
from arseg.treatments.knapsack_exact import SMALL, solve_exactly
from arseg.treatments.knapsack_price import Prices, price_minutes

# Collectors for whom one more hour is tried.
_TRIED: Final = 3


@dataclass(frozen=True)
class Allocation(Shown):
    """What is done today and by whom, and how good that is.

    Parameters
    ----------
    chosen
        By index of the work: on_today (boolean), collector (text, empty where not today).
    value
        Expected value of what is done (currency).
    bound
        No allocation is worth more (currency): the relaxation, in which customers may be cut in parts.
    exact
        Whether it is known that no allocation is worth more than ``value``.
    asked
        By index of the work: what a minute of its cheapest collector is worth today (currency); missing where
        nobody can do the work or it is worth nothing.
    desks
        One row per collector; see `arseg.treatments.assignment_balance.desks`.
    """

    chosen: pd.DataFrame
    value: float
    bound: float
    exact: bool
    asked: pd.Series
    desks: pd.DataFrame

    @property
    def gap(self) -> float:
        """Share of the bound that is missing, 0 or more; 0 also where nothing is worth doing."""
        return max(1 - self.value / self.bound, 0.0) if self.bound > 0 else 0.0

    @property
    def hour_price(self) -> float:
        """Worth of one more hour where it is worth most, by the price of a minute (currency)."""
        return float(self.desks["hour_price"].max())

    @property
    def gini(self) -> float:
        """Gini coefficient of how full the collectors' days are."""
        return gini(self.desks["full"].to_numpy())

    @property
    def variation(self) -> float:
        """Coefficient of variation of how full the collectors' days are."""
        return variation(self.desks["full"].to_numpy())


def allocate_hours(work: pd.DataFrame, capacity: Capacity) -> Allocation:
    """Choose what is done today and by whom, and say how good that is.

    Parameters
    ----------
    work
        One row per customer and treatment: customer_id, minutes (> 0), expected_value (reporting
        currency). Where given: treatment; handling (a collector needs that skill; else "collector");
        portfolio and language (empty where unknown); owner, the name of the customer's own collector.
    capacity
        The collectors and their hours.

    Returns
    -------
    allocation
        Work that is worth nothing is never done. The order of the rows does not matter; among customers
        that are alike the first by customer_id are served.

    Raises
    ------
    DataError
        If a column is missing, a number is, or minutes are not above 0.

    Examples
    --------
    >>> work = pd.DataFrame({"customer_id": ["A", "A", "B"], "treatment": ["call", "visit", "call"],
    ...                      "minutes": [10.0, 50.0, 10.0], "expected_value": [40.0, 90.0, 60.0]})
    >>> day = allocate_hours(work, Capacity(("Ana",), 1))
    >>> day.chosen["on_today"].tolist(), day.value, day.exact
    ([False, True, True], 150.0, True)
    """
    sack = knapsack_of(work, capacity)
    place, prices, exact = _solve(sack)
    place = settle(sack, place)
    taken = np.flatnonzero(place >= 0)
    on_today, collector = np.zeros(len(work), dtype=bool), np.full(len(work), "", dtype=object)
    on_today[sack.row[taken]] = True
    collector[sack.row[taken]] = np.array(capacity.names, dtype=object)[place[taken]]
    asked = np.full(len(work), np.nan)
    asked[sack.row] = (sack.value - prices.left) / sack.minutes
    chosen = pd.DataFrame({"on_today": on_today, "collector": pd.array(collector, dtype="str")}, work.index)
    return Allocation(
        chosen=chosen,
        value=float(sack.value[taken].sum()),
        bound=prices.bound,
        exact=exact,
        asked=pd.Series(asked, work.index),
        desks=desks(sack, place, capacity, 60 * prices.minute),
    )


def allocate(work: pd.DataFrame, capacity: Capacity) -> pd.DataFrame:
    """Choose what is done today and by whom: ``allocate_hours(work, capacity).chosen``.

    Raises
    ------
    DataError
        If a column is missing, a number is, or minutes are not above 0.
    """
    return allocate_hours(work, capacity).chosen


def next_hour(work: pd.DataFrame, capacity: Capacity) -> float:
    """Return what one more hour today adds where it adds most (currency).

    Counted in whole treatments where the problem is small enough to be solved exactly, else by the bounds
    without and with the hour, as the difference of two good answers would be noise. It is tried for the
    three collectors whose minutes are dearest, of those with the same price for the first.

    Raises
    ------
    DataError
        As ``allocate_hours``.
    """
    sack = knapsack_of(work, capacity)
    prices = price_minutes(sack)
    longer = [
        knapsack_of(work, capacity, room=sack.room + 60.0 * (np.arange(len(sack.room)) == collector))
        for collector in _dearest(prices)
    ]
    if max(one.size for one in (sack, *longer)) > SMALL:
        return max(*(price_minutes(one).bound - prices.bound for one in longer), 0.0)
    now, *then = (float(one.value[_solve(one)[0] >= 0].sum()) for one in (sack, *longer))
    return max(*(value - now for value in then), 0.0)


def shadow_price(worklist: pd.DataFrame, capacity: Capacity) -> float:
    """Return what one more hour today would add to the expected value, in reporting currency.

    Parameters
    ----------
    worklist
        The worklist; only what collectors handle and what is not held back counts.
    capacity
        The collectors and their hours without the additional one.

    Raises
    ------
    DataError
        If a column is missing.
    """
    require_columns(worklist.columns, (*NEEDS, "handling"), frame="worklist")
    free = worklist["minutes"] > 0
    if "held" in worklist.columns:
        free &= worklist["held"].fillna("") == ""
    return round(next_hour(worklist[free], capacity), 2)


def price_in_words(price: float, currency: str = "") -> str:
    """Return the worth of one more hour as a sentence.

    Parameters
    ----------
    price
        From ``shadow_price`` or ``next_hour``.
    currency
        The reporting currency; left out where empty.

    Examples
    --------
    >>> price_in_words(1234.5, "EUR")
    'One more hour today is worth 1,234.50 EUR.'
    >>> price_in_words(0.0)
    'One more hour today is worth nothing: it brings in no further work that pays.'
    """
    if price < 0.005:
        return "One more hour today is worth nothing: it brings in no further work that pays."
    return f"One more hour today is worth {price:,.2f}{f' {currency}' if currency else ''}."


def _dearest(prices: Prices) -> list[int]:
    """Return the collectors for whom one more hour is tried."""
    worth = pd.DataFrame({"minute": prices.minute.round(6), "slot": prices.slot.round(6)})
    order = worth.drop_duplicates().sort_values("minute", ascending=False, kind="stable")
    return [int(collector) for collector in order.index[:_TRIED]]


def _solve(sack: Knapsack) -> tuple[np.ndarray, Prices, bool]:
    """Return the collector of each option, the prices, and whether nothing better exists."""
    prices = price_minutes(sack)
    if not len(sack.row):
        return np.zeros(0, dtype="int64"), prices, True
    place = fill_days(sack, prices, place_work(sack, prices))
    # Where the problem is small, the exact answer below finds what a hand-over would.
    if sack.size > SMALL:
        place = hand_over(sack, prices, place)
    value = float(sack.value[place >= 0].sum())
    if value >= prices.bound - NOISE * max(prices.bound, 1.0):
        return place, prices, True
    found = solve_exactly(sack) if sack.size <= SMALL else None
    if found is None:
        return place, prices, False
    better = sack.value[found[0] >= 0].sum() >= value
    return (found[0] if better else place), prices, found[1]
