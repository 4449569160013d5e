"""Person-period rows: what each interval of each item knows, and those that a booster learns from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models import habit
from arseg.models.contact_stock import Contacts, Cut, cut_at_contacts
from arseg.models.grid import ROW_COLUMNS, Periods, count_periods, expand, interval_features, row_outcomes
from arseg.models.growing import UNKNOWN, TrainingRows
from arseg.models.protocol import Integers, Numbers
from arseg.models.rates import Matrix
from arseg.models.row_order import scatter
from arseg.models.row_sample import Sampling
from arseg.schema import PAID

_ITEMS_AT_ONCE: Final = 4096
_HELD_OUT_SHARE: Final = 0.2
_PRIOR_COUNT: Final = 5.0
_SPARE: Final = 1.25
# Rare events come from the tails of columns: in 256 steps a tail is one step, and R2 of credit notes was 0.02 lower.
_TAIL_BINS: Final = 1024
# What the latest due days take to tell late from young: so many key dates, and three rows of four not so many days past due.
_KEY_DATES: Final = 6
_OLD: Final = 90


@dataclass(frozen=True)
class Items:
    """Landmark rows in canonical order.

    Parameters
    ----------
    features
        Shape (items, features).
    event, duration, weight
        Shape (items,).
    keys
        A number per row that depends on its values only, shape (items,).
    """

    features: Numbers
    event: Integers
    duration: Integers
    weight: Numbers
    keys: npt.NDArray[np.uint64]

    def with_columns(self, places: list[int]) -> Items:
        """Return the items with some of their features."""
        return replace(self, features=self.features[:, places])


@dataclass(frozen=True)
class Layout:
    """The columns of a person-period row.

    Parameters
    ----------
    features
        Names of the columns of X.
    pool
        Mean days late of the book, into which a customer's own are shrunk.
    fine
        Whether items are cut by the fine grid.
    """

    features: list[str]
    pool: float
    fine: bool = False

    @property
    def names(self) -> list[str]:
        """The columns of ``matrix``: the features but ``key_day``, then those of the interval."""
        return [*(name for name in self.features if name != "key_day"), *ROW_COLUMNS]

    def clocks(self, values: Numbers) -> tuple[Integers, Integers]:
        """Return days past due and key day of each item, in whole days."""
        places = [self.features.index("days_past_due"), self.features.index("key_day")]
        age, key_day = np.rint(values[:, places]).astype(np.int64).T
        return age, key_day

    def cut(self, age: Integers, upto: Integers) -> Periods:
        """Return the intervals of items, up to a day after the key date."""
        return expand(age, upto, fine=self.fine)

    def count(self, values: Numbers, upto: Integers) -> int:
        """Return how many intervals ``cut`` gives."""
        return count_periods(self.clocks(values)[0], upto, fine=self.fine)

    def matrix(self, values: Numbers, periods: Periods) -> Matrix:
        """Return a row per interval, shape (intervals, names)."""
        used = [place for place, name in enumerate(self.features) if name != "key_day"]
        known = values[:, used].astype(np.float32)[periods.item]
        age, key_day = self.clocks(values)
        usual = habit.shrunk(pd.DataFrame(values, columns=self.features), self.pool, prior_count=_PRIOR_COUNT)
        past = (age - usual)[periods.item] + periods.end
        return np.hstack([known, past[:, None].astype(np.float32), interval_features(periods, age, key_day)])


def batches(count: int) -> Iterator[slice]:
    """Yield the places of so many items in parts that fit into memory."""
    return (slice(start, min(start + _ITEMS_AT_ONCE, count)) for start in range(0, count, _ITEMS_AT_ONCE))


def training_rows(
    layout: Layout, items: Items, sampling: Sampling, contacts: Contacts | None = None, *, jobs: int = 1
) -> tuple[TrainingRows, Cut]:
    """Return the rows to learn from, and the intervals that they stand for.

    Parameters
    ----------
    layout, items
        What is known of each item.
    sampling
        Of the rows without an event.
    contacts
        Of the same items; where given, intervals are cut as they begin to act.
    jobs
        Threads of the booster.
    """
    count = layout.count(items.features, items.duration)
    taken = sampling if count > sampling.row_limit else None
    # Holes say more than their place among the values does; only where time counts they are filled.
    filled = taken is not None and contacts is None
    matrix, parts = _Growing(len(layout.names), filled=filled), []
    for batch in batches(len(items.event)):
        known, *rest = _part(layout, items, batch, (taken, count, jobs), contacts)
        matrix.add(known)
        parts.append(rest)
    event, weight, due_day, chance, item, start, end, share = (
        np.concatenate(part) for part in zip(*parts, strict=True)
    )
    # Held out by due day: an item seen at several key dates must not stand on both sides.
    held_out = scatter(due_day.astype(np.uint64), sampling.seed + 1) < _HELD_OUT_SHARE
    known_chance = None if taken is None else chance
    bins = 256 if taken is None or PAID in taken.causes else _TAIL_BINS
    age, key_day = layout.clocks(items.features)
    tells = _tells(key_day, age[item] + end, weight)
    latest = _latest(due_day, weight) if tells else None
    rows = TrainingRows(
        matrix.all(), layout.names, event, weight, held_out, jobs, known_chance, filled, latest, bins
    )
    return rows, Cut(Periods(item, start, end, len(items.event)), share)


def _latest(due_day: Integers, weight: Numbers) -> npt.NDArray[np.bool_]:
    """Return the rows of the latest due days, by weight a fifth of all."""
    days, place = np.unique(due_day, return_inverse=True)
    until = np.cumsum(np.bincount(place, weight, len(days)))
    return (
        np.asarray(until[place] > (1 - _HELD_OUT_SHARE) * until[-1]) if len(days) else np.zeros(0, dtype=bool)
    )


def _tells(key_day: Integers, due_age: Integers, weight: Numbers) -> bool:
    """Say whether the latest due days tell what of late is true.

    On a few key dates, or where many items stay open for long, the latest are but the youngest and say nothing of the old.
    """
    old = float(weight[due_age > _OLD].sum())
    return len(np.unique(key_day)) >= _KEY_DATES and old < weight.sum() / 4


class _Growing:
    """A matrix to which rows are added in place: to join parts at the end would take the memory twice."""

    def __init__(self, columns: int, *, filled: bool) -> None:
        self._filled = filled
        self._rows = np.empty((0, columns), dtype=np.float32)
        self._used = 0

    def add(self, rows: Matrix) -> None:
        used = self._used + len(rows)
        if used > len(self._rows):
            self._rows.resize((int(used * _SPARE), rows.shape[1]), refcheck=False)
        self._rows[self._used : used] = np.nan_to_num(rows, nan=UNKNOWN) if self._filled else rows
        self._used = used

    def all(self) -> Matrix:
        self._rows.resize((self._used, self._rows.shape[1]), refcheck=False)
        return self._rows


def _part(
    layout: Layout,
    items: Items,
    batch: slice,
    sampling: tuple[Sampling | None, int, int],
    contacts: Contacts | None,
) -> tuple[Any, ...]:
    """Return features, event, weight, due day, item, start, end and share of the rows of some items."""
    values, duration = items.features[batch], items.duration[batch]
    age, key_day = layout.clocks(values)
    whole = layout.cut(age, duration)
    path = None if contacts is None else contacts.take(np.arange(batch.start, batch.stop))
    cut, parent = cut_at_contacts(whole, path)
    event, seen = row_outcomes(cut.periods, items.event[batch], duration)
    item = cut.periods.item
    weight = items.weight[batch][item] * seen
    keys = items.keys[batch][item] + cut.periods.start.astype(np.uint64)

    def known(rows: Integers) -> Matrix:
        parents = parent[rows]
        return layout.matrix(
            values, Periods(whole.item[parents], whole.start[parents], whole.end[parents], whole.items)
        )

    kept, matrix, chance = _sampled(known, keys, event, sampling)
    certain = sampling[0] is not None and sampling[0].certain(event[kept])
    weight = weight[kept] / np.where(certain, 1.0, chance)
    due_day = (key_day - age)[item[kept]]
    placed = item[kept] + batch.start, cut.periods.start[kept], cut.periods.end[kept]
    return matrix, event[kept], weight, due_day, chance, *placed, cut.share[kept]


def _sampled(
    known: Callable[[Integers], Matrix],
    keys: npt.NDArray[np.uint64],
    event: Integers,
    sampling: tuple[Sampling | None, int, int],
) -> tuple[Integers, Matrix, Numbers]:
    """Return the places of the rows to learn from, what they know, and the chance of those that are not certain."""
    taken, count, jobs = sampling
    if taken is None:
        every = np.arange(len(event))
        return every, known(every), np.ones(len(every))
    share, certain = taken.share(count), taken.certain(event)
    # One draw for both: what is looked at, and of that what is kept.
    draw = scatter(keys, taken.seed)
    seen = np.flatnonzero(certain | (draw < share))
    matrix = known(seen)
    chance = taken.chance(matrix, share, jobs=jobs)
    kept = certain[seen] | (draw[seen] < chance)
    return seen[kept], matrix[kept], chance[kept]
