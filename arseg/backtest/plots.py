"""Figures of a backtest: each returns a matplotlib figure that can be restyled, and touches no global state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arseg.schema import SEGMENTS, UsageError
from arseg.schema.drawn import MARKS, axes_or_new, draw_intervals, figure_of, plain_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame


def plot_measure(measures: DataFrame, name: str = "dso", *, ax: Axes | None = None) -> Figure:
    """Draw one measure by segment, each policy with its mark and interval.

    Parameters
    ----------
    measures
        As ``schema.MEASURES``: of a backtest, or of what was tried in the lab.
    name
        The measure.
    ax
        Axes to draw on, such as those of a figure of your own; a new figure where None.

    Returns
    -------
    figure
        That of the axes; everything on it can still be changed.

    Raises
    ------
    UsageError
        If there is no such measure.
    """
    own = _named(measures, name)
    axes = axes_or_new(ax)
    segments = [*SEGMENTS, "all"]
    policies = list(dict.fromkeys(own["policy"]))
    for at, policy in enumerate(policies):
        rows = own[own["policy"] == policy].set_index("segment").reindex(segments)
        x = [place + 0.18 * (at - (len(policies) - 1) / 2) for place in range(len(segments))]
        low, high = rows["value"] - rows["low"], rows["high"] - rows["value"]
        axes.errorbar(
            x,
            rows["value"],
            yerr=[low.clip(lower=0), high.clip(lower=0)],
            fmt=MARKS[at % len(MARKS)],
            label=plain_label(policy),
        )
    axes.set_xticks(range(len(segments)), segments)
    axes.set_ylabel(f"{name} ({own['unit'].iloc[0]})")
    axes.legend()
    return figure_of(axes)


def plot_calibration(calibration: DataFrame, *, ax: Axes | None = None) -> Figure:
    """Draw observed against expected shares; on the dashed line a prediction holds exactly.

    Parameters
    ----------
    calibration
        ``expected`` and ``observed`` by risk group, as of a backtest.
    ax
        As in `plot_measure`.
    """
    axes = axes_or_new(ax)
    top = 1.05 * float(max(calibration["expected"].max(), calibration["observed"].max()))
    axes.plot([0, top], [0, top], ls="--", lw=1)
    axes.plot(calibration["expected"], calibration["observed"], "o")
    axes.set_xlabel("expected")
    axes.set_ylabel("observed")
    return figure_of(axes)


def plot_ranking(ranking: DataFrame, name: str = "somers_d", *, ax: Axes | None = None) -> Figure:
    """Draw how well each ranking of customers tells later outcomes apart, with its interval; right of 0 is better than chance.

    Parameters
    ----------
    ranking
        ``ranking, age, weight, measure, value, low, high``, as of a ``SegmentDiscrimination``.
    name
        The measure.
    ax
        As in `plot_measure`.

    Raises
    ------
    UsageError
        If there is no such measure.
    """
    own = _named(ranking, name)
    axes = axes_or_new(ax)
    names = [f"{row.ranking}, {row.age}, {row.weight}" for row in own.itertuples()]
    draw_intervals(axes, names, own["value"], own["low"], own["high"])
    axes.axvline(0, ls="--", lw=1)
    axes.set_xlabel(name)
    return figure_of(axes)


def _named(table: DataFrame, name: str) -> DataFrame:
    own = table[table["measure"] == name]
    if own.empty:
        raise UsageError(
            "there is no such measure",
            given=name,
            allowed=", ".join(sorted(set(table["measure"]))) or "none",
            do="name one of them",
        )
    return own
