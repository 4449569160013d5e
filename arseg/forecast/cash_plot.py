"""The figure of a cash forecast: what is expected by step, with the band that holds four futures in five."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arseg.schema.drawn import axes_or_new, figure_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame


def plot_bands(bands: DataFrame, *, ax: Axes | None = None) -> Figure:
    """Draw the expectation of each step, and the bands of 50 and 80 % around it.

    Parameters
    ----------
    bands
        ``week`` or ``day``, ``expected``, ``low_80``, ``low_50``, ``high_50``, ``high_80`` of one group, as ``CashCube.bands`` gives of all.
    ax
        Axes to draw on, such as those of a figure of your own; a new figure where None.

    Returns
    -------
    figure
        That of the axes; everything on it can still be changed.
    """
    axes = axes_or_new(ax)
    days = list(bands["week" if "week" in bands else "day"])
    for share, alpha in ((80, 0.2), (50, 0.35)):
        axes.fill_between(
            days,
            bands[f"low_{share}"],
            bands[f"high_{share}"],
            alpha=alpha,
            lw=0,
            label=f"{share} % of futures",
        )
    axes.plot(days, bands["expected"], label="expected")
    axes.set_ylabel("cash, reporting currency")
    axes.tick_params(axis="x", rotation=30)
    axes.legend()
    return figure_of(axes)
