"""What came after each key date of a backtest, read while the models of the days before are taught."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import pandas as pd

from arseg.backtest.walk_forward import Walk
from arseg.ledger import observe_flows, observe_outcomes
from arseg.schema import DataError, UsageError
from arseg.schema.days import month_end
from arseg.side_by_side import side_by_side

Came = tuple[pd.DataFrame, pd.DataFrame]


def what_came(
    walk: Walk, key_dates: Sequence[dt.date], observed_on: dt.date
) -> Iterator[Came | DataError | UsageError]:
    """Yield of each key date what came of its items over the horizon, and the flows of its window.

    Parameters
    ----------
    walk
        The ledger and the protocol.
    key_dates
        In ascending order.
    observed_on
        The day whose knowledge counts.

    Yields
    ------
    outcomes, flows
        As ``schema.OUTCOMES`` and ``schema.FLOWS``; or why they cannot be read, which matters only where a model was
        taught for the day.
    """

    def read(window: tuple[dt.date, dt.date]) -> Came | DataError | UsageError:
        day, end = window
        reach = day + dt.timedelta(days=walk.plan.horizon_days)
        try:
            known = observe_outcomes(walk.ledger, day, observed_on=observed_on, until=reach, cache=walk.cache)
            return known, observe_flows(walk.ledger, day, until=end, observed_on=observed_on)
        except (DataError, UsageError) as problem:
            return problem

    yield from side_by_side(read, windows(key_dates, observed_on))


def windows(key_dates: Sequence[dt.date], observed_on: dt.date) -> list[tuple[dt.date, dt.date]]:
    """Return each key date with the end of its window: the next key date, or the month-end after the last.

    Examples
    --------
    >>> for day, end in windows([dt.date(2025, 1, 31), dt.date(2025, 4, 30)], dt.date(2025, 5, 20)):
    ...     print(day, end)
    2025-01-31 2025-04-30
    2025-04-30 2025-05-20
    """
    following = [*key_dates[1:], *(month_end(day, back=-1) for day in key_dates[-1:])]
    return [(day, min(end, observed_on)) for day, end in zip(key_dates, following, strict=True)]
