"""Figures of the lab: what a block knows, and what two runs differ in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arseg.schema import UsageError
from arseg.schema.drawn import axes_or_new, draw_intervals, figure_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame


def plot_skill(skill: DataFrame, *, ax: Axes | None = None) -> Figure:
    """Draw the skill of each column of a block with its interval; on the dashed line it is chance.

    Parameters
    ----------
    skill
        ``column, auc, low, high``, as of a ``BlockTried``.
    ax
        Axes to draw on, such as those of a figure of your own; a new figure where None.

    Returns
    -------
    figure
        That of the axes; everything on it can still be changed.
    """
    axes = axes_or_new(ax)
    draw_intervals(axes, list(skill["column"]), skill["auc"], skill["low"], skill["high"])
    axes.axvline(0.5, ls="--", lw=1)
    axes.set_xlabel("skill: area under the ROC curve of the column alone")
    return figure_of(axes)


def plot_changes(metrics: DataFrame, *, ax: Axes | None = None) -> Figure:
    """Draw the change of each metric in units of its noise; beyond the dashed lines it is more than noise.

    Parameters
    ----------
    metrics
        ``metric, change, noise``, as of ``RunsCompared``; those without an interval are left out.
    ax
        As in `plot_skill`.

    Raises
    ------
    UsageError
        If no metric has an interval in both runs.
    """
    own = metrics[metrics["noise"] > 0]
    if own.empty:
        raise UsageError(
            "no metric has an interval in both runs",
            given=", ".join(metrics["metric"]) or "no metric",
            allowed="metrics that were tracked with their intervals",
            do="compare runs of the same kind",
        )
    axes = axes_or_new(ax)
    units = own["change"] / own["noise"]
    draw_intervals(axes, list(own["metric"]), units, units - 1, units + 1)
    for limit in (-1, 1):
        axes.axvline(limit, ls="--", lw=1)
    axes.set_xlabel("change, in units of its noise")
    return figure_of(axes)
