"""Whether today is unlike the months before: every series against its own past, one alarm level for all of them.

A customer counts once a month, however many invoices it has, so the level comes from months and customers, not from
invoices. A series' innovation is its value less the mean of the months before; its spread is that of the past
innovations, so that whatever moves a quiet book (season, economy, growth) is in the level. Over ``m`` series an
alarm is a two-sided p-value below ``alpha / m`` (Bonferroni): on a book that stays as it was, a run has at most
about ``alpha`` false alarms over everything it watches.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.schema import UsageError
from arseg.side_by_side import side_by_side

WINDOW: Final = 6
# Fewer innovations than this have no spread.
FEWEST: Final = 6
ALPHA: Final = 0.05
# The least spread of a mean rank of n customers, in ranks / sqrt(n): a third of what independent draws would have.
LEAST: Final = 0.1

# So many values are ranked at a time: a large book's columns one after the other, a small one's together.
_CELLS: Final = 2**24

DRIFT: Final = ("series", "value", "usual", "spread", "months", "standardised", "p", "level", "alarm")


def mean_ranks(frames: Mapping[dt.date, pd.DataFrame]) -> pd.DataFrame:
    """Return by date how high each column stands among its values of all dates, as a mean over customers.

    A rank survives any skew of money; a share of missing values is a series of its own (``<column>?``) where it varies.
    So is, where a column has three values or more, how far its ranks lie from the middle (``<column>~``): a change of
    unit sends small values to both ends, and leaves the mean rank of what is as often below 0 as above it where it was.

    Parameters
    ----------
    frames
        One row per customer, by key date; columns that are no numbers are left out.

    Returns
    -------
    DataFrame
        Dates x series, each from 0 to 1; NaN where a date has no value.

    Examples
    --------
    >>> day = dt.date(2026, 1, 31)
    >>> mean_ranks({day: pd.DataFrame({"late": [1.0, 2.0, 3.0, 4.0]})}).loc[day].to_dict()
    {'late': 0.5, 'late~': 0.25}
    """
    names = list(dict.fromkeys(name for frame in frames.values() for name in frame))
    rows = sum(map(len, frames.values()))
    step = max(1, _CELLS // max(1, rows))
    parts = [_ranked(frames, names[at : at + step]) for at in range(0, len(names), step)]
    empty = pd.DataFrame(index=pd.Index(sorted(frames), name="key_date"))
    return pd.concat([part for each in zip(*parts, strict=True) for part in each] or [empty], axis="columns")


def _ranked(frames: Mapping[dt.date, pd.DataFrame], names: list[str]) -> tuple[pd.DataFrame, ...]:
    """Return of some columns the mean ranks, how far the ranks lie from the middle, and the shares missing."""
    own = {day: frame[[name for name in names if name in frame]] for day, frame in frames.items()}
    numbers = pd.concat(own, names=["key_date", "row"]).select_dtypes(["number", "bool"]).astype("float64")
    ranks = (_rank(numbers) - 0.5) / numbers.count()
    means = ranks.groupby(level="key_date").mean()
    # Of two values the distance says nothing that their mean does not.
    several = numbers.columns[numbers.nunique() > 2]
    apart = (ranks[several] - 0.5).abs().groupby(level="key_date").mean()
    missing = numbers.isna().groupby(level="key_date").mean()
    varying = missing.loc[:, missing.min() < missing.max()]
    return means.sort_index(), apart.add_suffix("~").sort_index(), varying.add_suffix("?").sort_index()


def _rank(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return the rank of each value in its column, ties in the middle of theirs, as ``DataFrame.rank`` does.

    The order of what is alike is of no matter here, and sorting without it takes a fraction of the time.
    """
    columns = (numbers.iloc[:, place].to_numpy() for place in range(numbers.shape[1]))
    ranks = np.empty(numbers.shape[::-1])
    for place, own in enumerate(side_by_side(_rank_column, columns)):
        ranks[place] = own
    return pd.DataFrame(ranks.T, index=numbers.index, columns=numbers.columns)


def _rank_column(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the rank of each value; none of what is missing, which is sorted behind everything."""
    order = np.argsort(values)[: int(np.count_nonzero(~np.isnan(values)))]
    inside = values[order]
    first = np.flatnonzero(np.append(True, inside[1:] != inside[:-1])[: len(order)])
    ends = np.append(first[1:], len(order))[: len(first)]
    ranks = np.full(len(values), np.nan)
    # From first + 1 to its end: what is alike shares the middle.
    ranks[order] = np.repeat((first + ends + 1) / 2, ends - first)
    return ranks


def shares(frames: Mapping[dt.date, pd.DataFrame]) -> pd.DataFrame:
    """Return by date the share of customers in each class of each text column, as ``column=class``.

    Parameters
    ----------
    frames
        One row per customer, by key date.
    """
    together = pd.concat(frames, names=["key_date", "row"]).select_dtypes("str")
    days = together.index.get_level_values("key_date")
    parts = [_class_shares(together[name], days) for name in together]
    return pd.concat(parts, axis="columns") if parts else pd.DataFrame(index=sorted(frames))


def _class_shares(column: pd.Series, days: pd.Index) -> pd.DataFrame:
    """Return by date the share of each class among the values that are there; 0 where there is none."""
    at, classes = pd.factorize(column.to_numpy())
    when, dates = pd.factorize(days, sort=True)
    there = at >= 0
    cells = when[there] * len(classes) + at[there]
    counts = np.bincount(cells, minlength=len(dates) * len(classes)).reshape(len(dates), len(classes))
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return pd.DataFrame(share, index=dates, columns=[f"{column.name}={name}" for name in classes])


def innovations(series: pd.DataFrame, *, window: int = WINDOW) -> pd.DataFrame:
    """Return each value less the mean of the dates before it.

    Parameters
    ----------
    series
        Dates x series, in order.
    window
        How many dates before; where there are fewer, those, from two on.

    Examples
    --------
    >>> innovations(pd.DataFrame({"x": [1.0, 3.0, 5.0]}))["x"].tolist()
    [nan, nan, 3.0]
    """
    return series - series.shift(1).rolling(window, min_periods=2).mean()


def drift_table(
    series: pd.DataFrame,
    *,
    least: float | Mapping[str, float] = 0.0,
    alpha: float = ALPHA,
    tests: int | None = None,
    window: int = WINDOW,
) -> pd.DataFrame:
    """Return what the last date says of each series, against all dates before it.

    Parameters
    ----------
    series
        Dates x series, in order; the last date is judged.
    least
        Spread below which no innovation is taken to lie, by series or for all: what customers alone would make it.
    alpha
        Chance of a false alarm over all series together.
    tests
        How many series are judged in all, where others are judged elsewhere; those of the table where None.
    window
        As in ``innovations``.

    Returns
    -------
    DataFrame
        ``DRIFT`` columns, the most unusual first. A series with fewer than six past innovations is not judged: p is
        NaN, and it raises no alarm.

    Raises
    ------
    UsageError
        If alpha is no probability.
    """
    from scipy.stats import t as student

    if not 0 < alpha < 1:
        raise UsageError("alpha is no probability", given=alpha, allowed="between 0 and 1", do="write 0.05")
    moved = innovations(series, window=window)
    past, now = moved.iloc[:-1], moved.iloc[-1]
    months = past.notna().sum()
    floor = pd.Series(least, dtype="float64").reindex(series.columns) if isinstance(least, Mapping) else least
    spread = np.sqrt((past**2).mean()).clip(lower=floor)
    # The spread is itself drawn from so many months, and the mean before is estimated too: a t, not a normal.
    standardised = now / (spread * np.sqrt(1 + 1 / months.clip(lower=1)))
    p = pd.Series(2 * student.sf(standardised.abs(), df=months.clip(lower=1)), index=series.columns)
    judged = (months >= FEWEST) & now.notna() & (spread > 0)
    level = alpha / max(1, int(judged.sum()) if tests is None else tests)
    table = pd.DataFrame(
        {
            "series": series.columns,
            "value": series.iloc[-1].to_numpy(),
            "usual": (series.iloc[-1] - now).to_numpy(),
            "spread": spread.to_numpy(),
            "months": months.to_numpy(),
            "standardised": standardised.to_numpy(),
            "p": p.where(judged).to_numpy(),
            "level": level,
            "alarm": ((p < level) & judged).to_numpy(),
        }
    )
    return table.sort_values(["p", "series"], ignore_index=True)
