"""Figures of the lab: each returns a matplotlib figure that can be restyled, and touches no global state."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from matplotlib.figure import Figure

from arseg.schema import SEGMENTS, UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

# Dotted: matplotlib finds a style that lies in a package by its name.
STYLE: Final = "arseg.report.arseg"
_MARKS: Final = ("o", "s", "^", "D")


class CellFigure(Figure):
    """A matplotlib figure that a notebook shows by itself, without pyplot and its list of open figures."""

    def _repr_png_(self) -> bytes:
        out = io.BytesIO()
        self.savefig(out, format="png", dpi=144, bbox_inches="tight")
        return out.getvalue()


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
    own = measures[measures["measure"] == name]
    if own.empty:
        raise UsageError(
            "there is no such measure",
            given=name,
            allowed=", ".join(sorted(set(measures["measure"]))) or "none",
            do="name one of them",
        )
    axes = _axes(ax)
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
            fmt=_MARKS[at % len(_MARKS)],
            label=_plain(policy),
        )
    axes.set_xticks(range(len(segments)), segments)
    axes.set_ylabel(f"{name} ({own['unit'].iloc[0]})")
    axes.legend()
    return _whole(axes)


def plot_calibration(calibration: DataFrame, *, ax: Axes | None = None) -> Figure:
    """Draw observed against expected shares; on the dashed line a prediction holds exactly.

    Parameters
    ----------
    calibration
        ``expected`` and ``observed`` by risk group, as of a backtest.
    ax
        As in `plot_measure`.
    """
    axes = _axes(ax)
    top = 1.05 * float(max(calibration["expected"].max(), calibration["observed"].max()))
    axes.plot([0, top], [0, top], ls="--", lw=1)
    axes.plot(calibration["expected"], calibration["observed"], "o")
    axes.set_xlabel("expected")
    axes.set_ylabel("observed")
    return _whole(axes)


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.style

    with matplotlib.style.context(STYLE):
        return CellFigure(figsize=(6.4, 3.6)).add_subplot()


def _whole(axes: Axes) -> Figure:
    figure: Any = axes.figure
    return figure.get_figure(root=True) or figure


def _plain(text: str) -> str:
    """Return a label that matplotlib does not read as a formula."""
    return str(text).replace("$", r"\$")
