"""How a result draws itself: a matplotlib figure that can be restyled, without pyplot and any global state.

Imported where something is drawn, never before.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import matplotlib.style
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Dotted: matplotlib finds a style that lies in a package by its name.
STYLE: Final = "arseg.report.arseg"
MARKS: Final = ("o", "s", "^", "D")


class CellFigure(Figure):
    """A matplotlib figure that a notebook shows by itself, without pyplot and its list of open figures."""

    def _repr_png_(self) -> bytes:
        out = io.BytesIO()
        self.savefig(out, format="png", dpi=144, bbox_inches="tight")
        return out.getvalue()


def axes_or_new(ax: Axes | None) -> Axes:
    """Return the axes to draw on: those given, else those of a new figure in the report's look.

    Parameters
    ----------
    ax
        Axes of a figure of the caller's own.
    """
    if ax is not None:
        return ax
    with matplotlib.style.context(STYLE):
        return CellFigure(figsize=(6.4, 3.6)).add_subplot()


def figure_of(axes: Axes) -> Figure:
    """Return the whole figure that the axes stand in."""
    figure: Any = axes.figure
    return figure.get_figure(root=True) or figure


def draw_intervals(axes: Axes, names: list[str], values: Any, low: Any, high: Any) -> None:
    """Draw a value with its interval per line, the first on top.

    Parameters
    ----------
    axes
        Where to.
    names
        What stands left of each line.
    values, low, high
        As many as names; an interval that is missing is not drawn.
    """
    places = range(len(names), 0, -1)
    axes.hlines(places, low, high)
    axes.plot(values, places, MARKS[0])
    axes.set_yticks(list(places), [plain_label(name) for name in names])


def plain_label(text: object) -> str:
    r"""Return a label that matplotlib does not read as a formula.

    Examples
    --------
    >>> plain_label("RiskTiers($x$)")
    'RiskTiers(\\$x\\$)'
    """
    return str(text).replace("$", r"\$")
