"""Person-period rows: what each interval of each item knows, and those that a booster learns from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models import habit
from arseg.models.cause import TrainingRows
from arseg.models.contact_stock import Contacts, Cut, cut_at_contacts
from arseg.models.grid import ROW_COLUMNS, Periods, count_periods, expand, interval_features, row_outcomes
from arseg.models.protocol import Integers, Numbers
from arseg.models.rates import Matrix
from arseg.models.row_order import scatter

_ITEMS_AT_ONCE: Final = 4096
_HELD_OUT_SHARE: Final = 0.2
_PRIOR_COUNT: Final = 5.0


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
class Sampling:
    """Which person-period rows without an event are left out.

    Parameters
    ----------
    row_limit
        Rows up to which all are kept.
    keep_share
        Share that is kept beyond, with weight 1 / share.
    seed
        Of the sample, and of the rows held out.
    """

    row_limit: int
    keep_share: float
    seed: int


@dataclass(frozen=True)
class Layout:
    """The columns of a person-period row.

    Parameters
    ----------
    features
        Names of the columns of X.
    pool
        Mean days late of the book, into which a customer's own are shrunk.
    """

    features: list[str]
    pool: float

    @property
    def names(self) -> list[str]:
        """The columns of ``matrix``: the features but ``key_day``, then those of the interval."""
        return [*(name for name in self.features if name != "key_day"), *ROW_COLUMNS]

    def clocks(self, values: Numbers) -> tuple[Integers, Integers]:
        """Return days past due and key day of each item, in whole days."""
        places = [self.features.index("days_past_due"), self.features.index("key_day")]
        age, key_day = np.rint(values[:, places]).astype(np.int64).T
        return age, key_day

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
    age, _ = layout.clocks(items.features)
    sampled = count_periods(age, items.duration) > sampling.row_limit
    parts = [
        _part(layout, items, batch, sampling if sampled else None, contacts) for batch in batches(len(age))
    ]
    matrix, event, weight, due_day, item, start, end, share = (
        np.concatenate(part) for part in zip(*parts, strict=True)
    )
    # Held out by due day: an item seen at several key dates must not stand on both sides.
    held_out = scatter(due_day.astype(np.uint64), sampling.seed + 1) < _HELD_OUT_SHARE
    rows = TrainingRows(matrix, layout.names, event, weight, held_out, jobs)
    return rows, Cut(Periods(item, start, end, len(age)), share)


def _part(
    layout: Layout, items: Items, batch: slice, sampling: Sampling | None, contacts: Contacts | None
) -> tuple[npt.NDArray[np.generic], ...]:
    """Return features, event, weight, due day, item, start, end and share of the rows of some items."""
    values, duration = items.features[batch], items.duration[batch]
    age, key_day = layout.clocks(values)
    whole = expand(age, duration)
    path = None if contacts is None else contacts.take(np.arange(batch.start, batch.stop))
    cut, parent = cut_at_contacts(whole, path)
    event, seen = row_outcomes(cut.periods, items.event[batch], duration)
    weight = items.weight[batch][cut.periods.item] * seen
    kept = np.ones(len(event), dtype=bool)
    if sampling is not None:
        draw = scatter(
            items.keys[batch][cut.periods.item] + cut.periods.start.astype(np.uint64), sampling.seed
        )
        kept = (event > 0) | (draw < sampling.keep_share)
        weight = np.where(event > 0, 1.0, 1 / sampling.keep_share) * weight
    periods, parents = cut.periods.take(kept), whole.item[parent[kept]]
    chosen = Periods(
        whole.item[parent[kept]], whole.start[parent[kept]], whole.end[parent[kept]], whole.items
    )
    due_day = (key_day - age)[parents]
    placed = periods.item + batch.start, periods.start, periods.end
    return layout.matrix(values, chosen), event[kept], weight[kept], due_day, *placed, cut.share[kept]
