"""Things that will happen on a later day."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from arseg.world.draws import Ints


class Agenda:
    """Rows of whole numbers, kept by the day on which they fall due.

    Examples
    --------
    >>> agenda = Agenda(2)
    >>> agenda.add(np.array([5, 6, 5]), np.array([1, 2, 3]), np.array([10, 20, 30]))
    >>> [column.tolist() for column in agenda.take(5)]
    [[1, 3], [10, 30]]
    >>> [column.tolist() for column in agenda.take(5)]
    [[], []]
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._days: dict[int, list[Ints]] = defaultdict(list)

    def add(self, days: Ints, *columns: Ints) -> None:
        """Note a row per day given; the columns are as many as the agenda is wide."""
        if len(days) == 0:
            return
        order = np.argsort(days, kind="stable")
        sorted_days = days[order]
        block = np.stack(columns)[:, order]
        starts = np.flatnonzero(np.r_[True, np.diff(sorted_days) != 0])
        for start, stop in zip(starts, np.r_[starts[1:], len(days)], strict=True):
            self._days[int(sorted_days[start])].append(block[:, start:stop])

    def take(self, day: int) -> Ints:
        """Return and forget the rows of a day, columns first, in the order in which they were noted."""
        blocks = self._days.pop(day, [])
        if not blocks:
            return np.empty((self._width, 0), dtype=np.int64)
        return np.concatenate(blocks, axis=1)
