"""What was said against what came: WAPE and bias by week ahead, coverage, pinball loss and CRPS (science 1.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.forecast.frozen import FrozenForecast
from arseg.schema import DataError, UsageError, require_columns

Values = npt.NDArray[np.float64]

LEVELS: Final = (0.1, 0.5, 0.9)
# Errors of origins closer than a horizon overlap: they are drawn again in blocks so long.
BLOCK: Final = 13


def crps(draws: npt.ArrayLike, actual: npt.ArrayLike) -> Values:
    """Return the continuous ranked probability score of futures, lower is better; of one future the absolute error.

    ``E|X - y| - E|X - X'| / 2`` over the futures taken as the distribution (Gneiting and Raftery 2007), by sorting.

    Parameters
    ----------
    draws
        Futures, shape (draws, ...).
    actual
        What came, shape (...).

    Examples
    --------
    >>> crps([[0.0], [2.0]], [1.0]).tolist()
    [0.5]
    """
    ordered = np.sort(np.asarray(draws, dtype=np.float64), axis=0)
    came = np.asarray(actual, dtype=np.float64)
    size = len(ordered)
    rank = 2 * np.arange(1, size + 1) - size - 1
    spread = np.tensordot(rank, ordered, axes=(0, 0)) / size**2
    return np.asarray(np.abs(ordered - came).mean(axis=0) - spread)


def pinball(predicted: npt.ArrayLike, actual: npt.ArrayLike, level: float) -> Values:
    """Return the pinball loss of a quantile.

    Examples
    --------
    >>> pinball([10.0, 10.0], [20.0, 0.0], 0.9).round(9).tolist()
    [9.0, 1.0]
    """
    gap = np.asarray(actual, dtype=np.float64) - np.asarray(predicted, dtype=np.float64)
    return np.asarray(np.maximum(level * gap, (level - 1) * gap))


def score_frozen(frozen: Iterable[FrozenForecast], actual: pd.DataFrame) -> pd.DataFrame:
    """Return one row per origin, group and week ahead that has come.

    Parameters
    ----------
    frozen
        Published forecasts.
    actual
        ``origin``, ``group``, ``ahead`` (1 is the first week) and ``cash``: what the same items, or items and new
        sales where these were forecast, brought in that week.

    Returns
    -------
    frame
        ``origin``, ``group``, ``ahead``, ``expected``, ``actual``, ``inside_50``, ``inside_80`` (missing without bands),
        ``pinball_10``, ``pinball_50``, ``pinball_90`` and ``crps``, reporting currency.

    Raises
    ------
    DataError
        If a column is missing, a week stands twice, or no forecast has come yet.
    """
    require_columns(actual.columns, ("origin", "group", "ahead", "cash"), frame="actual")
    if actual.duplicated(["origin", "group", "ahead"]).any():
        raise DataError(
            "a week stands twice", given="actual", allowed="each origin, group and week once", do="sum it up"
        )
    came = actual.assign(origin=pd.to_datetime(actual["origin"])).set_index(["origin", "group", "ahead"])[
        "cash"
    ]
    parts = [_scored(forecast, came) for forecast in frozen]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["actual"])
    frame = frame[frame["actual"].notna()].reset_index(drop=True)
    if frame.empty:
        raise DataError(
            "no forecast has come yet",
            given=f"{len(parts)} forecasts",
            allowed="one week or more",
            do="wait",
            code="nothing_came",
        )
    return frame


def accuracy_table(scored: pd.DataFrame, *, by: Sequence[str] = ("group", "ahead")) -> pd.DataFrame:
    """Return the accuracy over origins: ratios of sums, so large weeks count as much as they are.

    Parameters
    ----------
    scored
        From ``score_frozen``.
    by
        Of ``group``, ``ahead`` and columns that were added.

    Returns
    -------
    frame
        The columns of ``by``, ``weeks``, ``actual`` (sum), ``wape`` (sum of absolute errors / sum of cash), ``bias`` (sum of
        expected - actual / sum of cash), ``coverage_50``, ``coverage_80`` (NaN without bands), ``pinball`` (mean over 10,
        50 and 90 %) and ``crps``, both as sums over the sum of cash. NaN where nothing came.

    Examples
    --------
    >>> scored = pd.DataFrame({"group": "all", "ahead": 1, "expected": [12.0, 8.0], "actual": [10.0, 10.0],
    ...     "inside_50": [0.0, 1.0], "inside_80": 1.0, "pinball_10": 1.0, "pinball_50": 1.0, "pinball_90": 1.0, "crps": 1.0})
    >>> accuracy_table(scored)[["wape", "bias", "coverage_80"]].to_numpy().tolist()
    [[0.2, 0.0, 1.0]]
    """
    rows = scored.assign(
        miss=(scored["expected"] - scored["actual"]).abs(),
        over=scored["expected"] - scored["actual"],
        pinball=scored[["pinball_10", "pinball_50", "pinball_90"]].mean(axis=1),
    )
    grouped = rows.groupby(list(by), sort=False)
    sums = grouped[["actual", "miss", "over", "pinball", "crps"]].sum()
    cash = sums["actual"].where(sums["actual"] > 0)
    table = pd.DataFrame({"weeks": grouped.size(), "actual": sums["actual"]})
    for name, column in (("wape", "miss"), ("bias", "over")):
        table[name] = sums[column] / cash
    for level in ("50", "80"):
        table[f"coverage_{level}"] = grouped[f"inside_{level}"].mean()
    for name in ("pinball", "crps"):
        table[name] = sums[name] / cash
    return table.reset_index()


def better_than(
    scored: pd.DataFrame, baselines: Mapping[str, pd.DataFrame], *, draws: int = 1000, seed: int = 20260131
) -> pd.DataFrame:
    """Return by how much a forecast is better than each baseline, with the 95 % interval of the difference.

    Origins are drawn again in blocks of 13, both forecasts together: they met the same weeks.

    Parameters
    ----------
    scored
        The forecast's rows, of one group.
    baselines
        Rows of each baseline, of the same group; origins and weeks that both have count.
    draws, seed
        Of the interval.

    Returns
    -------
    frame
        ``baseline``, ``measure`` (wape, crps), ``ours``, ``theirs``, ``difference`` (ours - theirs; below 0 is better),
        ``low``, ``high`` (NaN with less than two blocks of origins) and ``origins``.

    Raises
    ------
    UsageError
        If rows are of several groups.
    """
    rows = []
    for name, other in baselines.items():
        both = scored.merge(other, on=["origin", "group", "ahead"], suffixes=("", "_other"))
        if len(set(both["group"])) > 1:
            raise UsageError(
                "several groups are compared at once",
                given=sorted(set(both["group"]))[:3],
                allowed="one",
                do="filter the rows",
            )
        both["miss"] = (both["expected"] - both["actual"]).abs()
        both["miss_other"] = (both["expected_other"] - both["actual"]).abs()
        sums = both.groupby("origin", sort=True)[["actual", "miss", "miss_other", "crps", "crps_other"]].sum()
        rows += [_difference(sums, name, measure, (draws, seed)) for measure in ("wape", "crps")]
    return pd.DataFrame(rows)


def _difference(sums: pd.DataFrame, name: str, measure: str, size: tuple[int, int]) -> dict[str, object]:
    column = "miss" if measure == "wape" else "crps"
    ours, theirs, cash = (sums[c].to_numpy(dtype=np.float64) for c in (column, f"{column}_other", "actual"))
    low = high = float("nan")
    count = len(sums)
    if count >= 2 * BLOCK:
        rng = np.random.default_rng(size[1])
        starts = rng.integers(0, count - BLOCK + 1, (size[0], -(-count // BLOCK)))
        picked = (starts[:, :, None] + np.arange(BLOCK)).reshape(size[0], -1)[:, :count]
        drawn = (ours - theirs)[picked].sum(axis=1) / cash[picked].sum(axis=1)
        low, high = (float(value) for value in np.quantile(drawn, [0.025, 0.975]))
    return {
        "baseline": name,
        "measure": measure,
        "ours": float(ours.sum() / cash.sum()),
        "theirs": float(theirs.sum() / cash.sum()),
        "difference": float((ours - theirs).sum() / cash.sum()),
        "low": low,
        "high": high,
        "origins": count,
    }


def _scored(forecast: FrozenForecast, came: pd.Series) -> pd.DataFrame:
    groups, weeks = forecast.expected.shape
    index = pd.MultiIndex.from_product(
        [[pd.Timestamp(forecast.origin)], forecast.groups, range(1, weeks + 1)],
        names=["origin", "group", "ahead"],
    )
    actual = came.reindex(index).to_numpy(dtype=np.float64).reshape(groups, weeks)
    quantiles = np.quantile(forecast.draws, [0.25, 0.75, *LEVELS], axis=0)
    frame = index.to_frame(index=False)
    frame["expected"], frame["actual"] = forecast.expected.ravel(), actual.ravel()
    for name, low, high in (
        ("inside_50", quantiles[0], quantiles[1]),
        ("inside_80", quantiles[2], quantiles[4]),
    ):
        inside = ((low <= actual) & (actual <= high)).astype(np.float64)
        frame[name] = inside.ravel() if forecast.has_bands else np.nan
    for level, quantile in zip(LEVELS, quantiles[2:], strict=True):
        frame[f"pinball_{round(100 * level)}"] = pinball(quantile, actual, level).ravel()
    frame["crps"] = crps(forecast.draws, actual).ravel()
    return frame
