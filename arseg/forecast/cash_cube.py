"""Simulated cash by group and step, and every view of it: all views are sums over the same futures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.schema import UsageError, require_columns
from arseg.schema.shown import Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Values = npt.NDArray[np.float64]
Single = npt.NDArray[np.float32]

QUANTILES = {"low_80": 0.1, "low_50": 0.25, "median": 0.5, "high_50": 0.75, "high_80": 0.9}


@dataclass(frozen=True)
class CashCube(Shown):
    """Cash in every simulated future.

    Parameters
    ----------
    groups
        One row per group, with the columns asked by.
    draws
        Reporting currency, shape (draws, groups, steps).
    expected
        The exact expectation, shape (groups, steps).
    key_date
        Steps start on the following day.
    step_days
        Length of a step: 7 or 1.
    """

    groups: pd.DataFrame
    draws: Single
    expected: Values
    key_date: dt.date
    step_days: int

    def view(self, by: Sequence[str] = ()) -> CashCube:
        """Return the cube by fewer columns; without any, the total.

        Raises
        ------
        UsageError
            If the cube does not know a column.
        """
        unknown = [name for name in by if name not in self.groups]
        if unknown:
            raise UsageError(
                "the cube was not drawn by that column",
                given=unknown,
                allowed=list(self.groups.columns),
                do="draw it by that column too",
                code="cube_column",
            )
        code, groups = groups_of(self.groups, by)
        draws = np.zeros((len(self.draws), len(groups), self.draws.shape[2]), dtype=np.float64)
        expected = np.zeros((len(groups), self.expected.shape[1]))
        for place, group in enumerate(code):
            draws[:, group] += self.draws[:, place]
            expected[group] += self.expected[place]
        return CashCube(groups, draws.astype(np.float32), expected, self.key_date, self.step_days)

    def by_week(self) -> CashCube:
        """Return a daily cube by week."""
        if self.step_days == 7:
            return self
        draws = self.draws.reshape(*self.draws.shape[:2], -1, 7).sum(axis=3)
        expected = self.expected.reshape(len(self.expected), -1, 7).sum(axis=2)
        return CashCube(self.groups, draws, expected, self.key_date, 7)

    def bands(self, by: Sequence[str] = (), *, cumulative: bool = False) -> pd.DataFrame:
        """Return the expectation and the bands of each step, by columns.

        Parameters
        ----------
        by
            Columns of the cube; without any, the total.
        cumulative
            Whether to speak of what came in by the end of each step, as a chart of collections needs.

        Returns
        -------
        frame
            The columns of ``by``, ``week`` or ``day`` (its first day), ``ahead`` (1 is the first), ``expected``,
            ``low_80``, ``low_50``, ``median``, ``high_50``, ``high_80``, reporting currency.
        """
        cube = self.view(by)
        draws, expected = cube.draws, cube.expected
        if cumulative:
            draws, expected = draws.cumsum(axis=2), expected.cumsum(axis=1)
        quantiles = np.quantile(draws, list(QUANTILES.values()), axis=0)
        steps = expected.shape[1]
        frame = cube.groups.loc[cube.groups.index.repeat(steps)].reset_index(drop=True)
        ahead = np.tile(np.arange(1, steps + 1), len(cube.groups))
        first = pd.Timestamp(self.key_date) + pd.Timedelta(days=1)
        frame["week" if self.step_days == 7 else "day"] = first + pd.to_timedelta(
            (ahead - 1) * self.step_days, unit="D"
        )
        frame["ahead"], frame["expected"] = ahead, expected.ravel()
        for name, values in zip(QUANTILES, quantiles, strict=True):
            frame[name] = values.ravel()
        return frame

    def plot(self, *, cumulative: bool = False, ax: Axes | None = None) -> Figure:
        """Draw the total with its bands; see ``cash_plot.plot_bands``.

        Parameters
        ----------
        cumulative
            As in `bands`.
        ax
            Axes of a figure of your own; a new figure where None.
        """
        from arseg.forecast.cash_plot import plot_bands

        return plot_bands(self.bands(cumulative=cumulative), ax=ax)

    def plus(self, other: CashCube) -> CashCube:
        """Return this and another source of cash, future by future; groups that either lacks count as nothing.

        Raises
        ------
        UsageError
            If columns, draws, steps or key dates differ.
        """
        mine, theirs = (
            (list(c.groups), len(c.draws), c.expected.shape[1], c.key_date) for c in (self, other)
        )
        if mine != theirs:
            raise UsageError(
                "two sources of cash do not fit",
                given=theirs,
                allowed=mine,
                do="draw both alike",
                code="cubes_differ",
            )
        both = pd.concat([self.groups, other.groups], ignore_index=True)
        stacked = CashCube(
            both,
            np.concatenate([self.draws, other.draws], axis=1),
            np.concatenate([self.expected, other.expected]),
            self.key_date,
            self.step_days,
        )
        return stacked.view(list(self.groups))


def groups_of(frame: pd.DataFrame, by: Sequence[str]) -> tuple[npt.NDArray[np.int64], pd.DataFrame]:
    """Return the group of each row, and the groups in the order of their names; one group without columns.

    Examples
    --------
    >>> code, groups = groups_of(pd.DataFrame({"segment": ["Low", "High", "Low"]}), ["segment"])
    >>> code.tolist(), groups["segment"].tolist()
    ([1, 0, 1], ['High', 'Low'])
    """
    require_columns(frame.columns, by, frame="items")
    if not by:
        return np.zeros(len(frame), dtype=np.int64), pd.DataFrame(index=range(1))
    grouped = frame.groupby(list(by), sort=True, dropna=False)
    groups = grouped.size().reset_index()[list(by)]
    return np.asarray(grouped.ngroup().to_numpy(), dtype=np.int64), groups
