"""Who was still followed, and the weights that stand in for rows lost to follow-up (science 3.6).

A row with event 0 and duration d was watched through day d and had not left by then. P(followed
through day t) is estimated as the Kaplan-Meier curve of the censoring, in which a row that leaves on a
day counts as watched through that day. Where follow-up depends on the key date (it always does), pass the key
date as stratum: a curve over all key dates is biased when customers' behaviour drifts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.schema import CAUSES, OPEN, DataError, require_columns

Values = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Outcome:
    """What came of each row.

    Parameters
    ----------
    event, duration
        0 open, 1 paid, 2 credited, 3 written off; whole days after the key date, >= 1. Shape (rows,).
    weight
        Of each row, such as its balance; a weight of 2 is the row twice. Shape (rows,).
    """

    event: Integers
    duration: Integers
    weight: Values

    @classmethod
    def read(cls, y: pd.DataFrame, weight: npt.ArrayLike | None = None) -> Self:
        """Return ``event`` and ``duration`` of y, and the weights, after their checks.

        Raises
        ------
        DataError
            If a column is missing, there is no row, a value is impossible, or the weights do not fit.

        Examples
        --------
        >>> Outcome.read(pd.DataFrame({"event": [1, 0], "duration": [3, 90]})).weight
        array([1., 1.])
        """
        require_columns(y.columns, ("event", "duration"), frame="y")
        event, duration = (y[name].to_numpy(dtype=np.float64) for name in ("event", "duration"))
        known = np.isin(event, (OPEN, *CAUSES)) & (duration >= 1) & (duration == np.floor(duration))
        if not len(y) or not (known & np.isfinite(duration)).all():
            raise DataError(
                "y is no outcome",
                given=f"{int((~known).sum())} impossible rows of {len(y)}",
                allowed="event 0, 1, 2 or 3 after a whole number of days from 1",
                do="pass the event and duration of observe_outcomes",
            )
        return cls(event.astype(np.int64), duration.astype(np.int64), _weights(weight, len(y)))

    def left(self, day: int, cause: int | None = None) -> Flags:
        """Return which rows were seen to leave by the day, by the cause or by any."""
        by_cause = self.event != OPEN if cause is None else self.event == cause
        return np.asarray(by_cause & (self.duration <= day))


def _weights(weight: npt.ArrayLike | None, rows: int) -> Values:
    weights = np.ones(rows) if weight is None else np.asarray(weight, dtype=np.float64)
    if weights.shape != (rows,) or not (np.isfinite(weights) & (weights >= 0)).all() or not weights.any():
        raise DataError(
            "the weights do not fit the rows",
            given=f"shape {weights.shape}",
            allowed=f"{rows} finite values >= 0, not all 0",
            do="pass one weight per row",
        )
    return weights


@dataclass(frozen=True)
class FollowUp:
    """P(followed through a day), by stratum.

    Parameters
    ----------
    outcome
        What came of each row.
    stratum
        Position of each row's stratum, shape (rows,).
    names
        Of the strata.
    curve
        P(followed through day d), d from 0 to one day beyond the last, shape (strata, days).
    """

    outcome: Outcome
    stratum: Integers
    names: tuple[str, ...]
    curve: Values

    @classmethod
    def of(cls, outcome: Outcome, strata: npt.ArrayLike | pd.Series | None = None) -> Self:
        """Return the Kaplan-Meier curve of the censoring in each stratum.

        Raises
        ------
        DataError
            If a row has no stratum.

        Examples
        --------
        >>> y = pd.DataFrame({"event": [1, 0, 0, 1], "duration": [2, 2, 5, 9]})
        >>> FollowUp.of(Outcome.read(y)).curve[0].round(3).tolist()
        [1.0, 1.0, 1.0, 0.667, 0.667, 0.667, 0.333, 0.333, 0.333, 0.333, 0.333]
        """
        rows = len(outcome.event)
        labels = np.zeros(rows, dtype=np.int64) if strata is None else np.asarray(strata)
        stratum, names = pd.factorize(labels, sort=True)
        if labels.shape != (rows,) or (stratum < 0).any():
            raise DataError(
                "rows have no stratum",
                given=f"shape {labels.shape}, {int((stratum < 0).sum())} missing",
                allowed=f"{rows} labels, none missing",
                do="pass one label per row, such as its key date",
            )
        curve = _censoring_curve(outcome, stratum.astype(np.int64), len(names))
        return cls(outcome, stratum.astype(np.int64), tuple(map(str, names)), curve)

    @property
    def last_days(self) -> Values:
        """Last day of each stratum by which every fate can be known; infinity where all had left."""
        reached = (self.curve > 0).sum(axis=1) - 1.0
        return np.where(self.curve[:, -1] > 0, np.inf, reached)

    def require(self, days: Iterable[int]) -> None:
        """Refuse days beyond the last on which somebody of every stratum is still followed.

        Raises
        ------
        DataError
            If a day lies beyond it.
        """
        farthest, shortest = max(days), int(np.argmin(self.last_days))
        if farthest > self.last_days[shortest]:
            whose = f" of stratum {self.names[shortest]}" if len(self.names) > 1 else ""
            last = int(self.last_days[shortest])
            raise DataError(
                "nobody is followed that long",
                given=f"day {farthest}",
                allowed=f"at most day {last}, the last with a row{whose} still followed",
                do="ask for earlier days, or leave out the strata that were followed for less",
            )

    @property
    def own(self) -> Values:
        """Weight of a row's own end: its weight / P(followed through its duration), shape (rows,)."""
        return self._inverse(self.outcome.duration)

    def weights(self, day: int) -> Values:
        """Return the weight with which each row's fate by a day counts, shape (rows,).

        ``w / P(followed through T)`` where it left by the day, ``w / P(followed through the day)`` where it
        was watched through the day and had not left, 0 where its fate is unknown. They sum to the
        sum of w.
        """
        watched = self.outcome.duration >= day
        return np.where(self.outcome.left(day), self.own, np.where(watched, self._inverse(day), 0.0))

    def _inverse(self, day: int | Integers) -> Values:
        reached = self.curve[self.stratum, np.minimum(day, self.curve.shape[1] - 1)]
        weight = self.outcome.weight
        return np.divide(weight, reached, out=np.zeros_like(weight), where=reached > 0)


def _censoring_curve(outcome: Outcome, stratum: Integers, strata: int) -> Values:
    days = int(outcome.duration.max()) + 1
    cell = stratum * days + outcome.duration
    counts = [
        np.bincount(cell, outcome.weight * side, minlength=strata * days).reshape(strata, days)
        for side in (outcome.event == OPEN, outcome.event != OPEN)
    ]
    lost, total = counts[0], counts[0] + counts[1]
    later = np.zeros_like(total)
    # Summed from the end, so that it is exactly 0 on a stratum's last day, and so is the curve after it.
    later[:, :-1] = np.cumsum(total[:, :0:-1], axis=1)[:, ::-1]
    share = np.divide(lost, lost + later, out=np.zeros_like(lost), where=lost > 0)
    return np.column_stack([np.ones(strata), np.cumprod(1 - share, axis=1)])
