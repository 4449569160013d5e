"""How much moves together, learnt from past forecasts: the least dependence under which their bands were honest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.forecast.cash_draws import Simulation, draw_cash
from arseg.forecast.dependence import Dependence
from arseg.forecast.open_book import OpenBook
from arseg.schema import DataError

Values = npt.NDArray[np.float64]

FEWEST_ORIGINS: Final = 8
TOGETHER: Final = (0.0, 0.3, 0.5, 0.65, 0.8, 0.9, 1.0)
VARIANCES: Final = (0.0, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
# Customers whose spread is simulated; more change nothing but the time.
_SAMPLE: Final = 2000


@dataclass(frozen=True)
class PastForecast:
    """A book of a past key date and what it brought.

    Parameters
    ----------
    book
        As it was forecast then.
    cash
        What each item brought in each week, shape (items, weeks), in the order of its items.

    Raises
    ------
    DataError
        If the shape does not fit.
    """

    book: OpenBook
    cash: Values

    def __post_init__(self) -> None:
        if self.cash.ndim != 2 or len(self.cash) != len(self.book.items):
            raise DataError(
                "the cash does not fit the book",
                given=f"shape {self.cash.shape}",
                allowed=f"({len(self.book.items)}, weeks)",
                do="give a row per item, in their order",
                code="past_shape",
            )


def fit_dependence(
    past: Sequence[PastForecast], *, start: Dependence | None = None, draws: int = 200, seed: int = 20260131
) -> Dependence:
    """Return the dependence that past forecasts ask for.

    First ``together``, such that customers' cash by week spread as much as it did, each customer weighing the same.
    Then the variances of the book's and the weeks' paces: the least of a grid with which the 80 % bands of the sum
    over all weeks, and of single weeks, held at least 80 % of what came. An error of the model in common to all weeks
    so widens the bands too, which is what a band is for.

    Parameters
    ----------
    past
        Books of past key dates, weeks apart, that were followed over all weeks.
    start
        Its ``customer`` variance is kept.
    draws, seed
        Of each simulation.

    Raises
    ------
    DataError
        With fewer than eight key dates.
    """
    if len(past) < FEWEST_ORIGINS:
        raise DataError(
            "too few past forecasts to learn how items move together",
            given=len(past),
            allowed=f"{FEWEST_ORIGINS} or more",
            do="take the default dependence, and say so",
            code="few_origins",
        )
    size = Simulation(draws=draws, weeks=past[0].cash.shape[1], seed=seed)
    found = replace(start or Dependence(), book=0.0, week=0.0)
    spreads = [_spread(past, replace(found, together=chance), size) for chance in TOGETHER]
    found = replace(found, together=_crossing(TOGETHER, spreads))
    for name, whole in (("book", True), ("week", False)):
        for variance in VARIANCES:
            found = replace(found, **{name: variance})
            if _held(past, found, size, whole=whole) >= 0.8:
                break
    return found


def _spread(past: Sequence[PastForecast], dependence: Dependence, size: Simulation) -> float:
    """Return simulated over seen variance of customers' cash by week, each customer's as a share of its balance."""
    simulated = seen = 0.0
    for forecast in past:
        names = np.sort(forecast.book.items["customer_id"].unique())
        kept = set(names[:: max(1, len(names) // _SAMPLE)])
        rows = forecast.book.items["customer_id"].isin(kept).to_numpy()
        items = forecast.book.items[rows].reset_index(drop=True)
        own = replace(forecast.book, items=items, incidence=forecast.book.incidence[rows])
        cube = draw_cash(own, dependence=dependence, simulation=size, by=["customer_id"])
        code = pd.factorize(items["customer_id"], sort=True)[0]
        balance = np.bincount(code, own.balance)[:, None]
        came = np.zeros(cube.expected.shape)
        np.add.at(came, code, forecast.cash[rows])
        scale = np.where(balance > 0, balance, 1.0)
        simulated += float((cube.draws.var(axis=0) / scale**2).sum())
        seen += float((((came - cube.expected) / scale) ** 2).sum())
    return simulated / seen if seen > 0 else float("inf")


def _crossing(places: Sequence[float], ratios: Sequence[float]) -> float:
    """Return where the simulated spread reaches the seen one, on a straight line between two places."""
    if ratios[0] >= 1:
        return places[0]
    for left, right in zip(range(len(places) - 1), range(1, len(places)), strict=True):
        if ratios[right] >= 1:
            share = (1 - ratios[left]) / (ratios[right] - ratios[left])
            return float(places[left] + share * (places[right] - places[left]))
    return places[-1]


def _held(past: Sequence[PastForecast], dependence: Dependence, size: Simulation, *, whole: bool) -> float:
    """Return the share of past sums, or of past weeks, that lay in the 80 % band."""
    inside = []
    for forecast in past:
        drawn = draw_cash(forecast.book, dependence=dependence, simulation=size).draws[:, 0]
        came = forecast.cash.sum(axis=0)
        if whole:
            drawn, came = drawn.sum(axis=1, keepdims=True), came.sum(keepdims=True)
        low, high = np.quantile(drawn, [0.1, 0.9], axis=0)
        inside.append((low <= came) & (came <= high))
    return float(np.mean(inside))
