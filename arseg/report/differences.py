"""The figure of what other policies would have changed: a dot with its interval, or a dashed bound where history is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from arseg.report.evidence import Band
from arseg.report.figures import ACCENT, INK, SOFT, drawing
from arseg.report.language import say
from arseg.report.wording import localised

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Characters of a policy's name that fit above its bar; the table has it whole.
LONGEST: Final = 36
WIDTH: Final = 560
ROW: Final = 46
FOOT: Final = 40


def differences_figure(band: Band, *, prefix: str = "differences") -> Markup:
    """Return the chart, or empty markup where there is nothing to draw.

    Parameters
    ----------
    band
        The counterfactual's band; only its ``chart`` is read.
    prefix
        Makes the figure's ids unique on the page.
    """
    chart = band["chart"]
    rows = chart["rows"]
    if not rows:
        return Markup()
    height = FOOT + ROW * len(rows)

    def draw(figure: Figure) -> None:
        axes = figure.add_axes((0.02, FOOT / height, 0.96, 1 - FOOT / height))
        for place, row in enumerate(rows):
            _row(axes, place, row)
        axes.axvline(0, color=SOFT, lw=1, ls=(0, (3, 3)))
        axes.set_ylim(len(rows) - 0.65, -0.7)
        axes.set_yticks([])
        axes.margins(x=0.04)
        axes.xaxis.set_major_formatter(lambda value, _: localised(f"{value:+,.6g}" if value else "0"))
        axes.set_xlabel(chart["unit"], labelpad=2)

    said = "; ".join(f"{row['policy']} {_said(row)}" for row in rows)
    label = say("Differences of DSO to what the desk did: {rows}", rows=said)
    return Markup(drawing(draw, size=(WIDTH, height), label=label, prefix=prefix))  # noqa: S704 (matplotlib escapes)


def _row(axes: Axes, place: int, row: Band) -> None:
    low, high = row["interval"]["low"], row["interval"]["high"]
    if row["identified"] and row["value"]["raw"] is not None:
        axes.plot([low, high], [place, place], color=ACCENT, lw=2.4)
        axes.plot([row["value"]["raw"]], [place], "o", color=ACCENT, markersize=8)
    else:
        ends = [low, high, high, low, low]
        edges = [place - 0.16, place - 0.16, place + 0.16, place + 0.16, place - 0.16]
        axes.plot(ends, edges, color=SOFT, lw=1.2, ls=(0, (4, 3)))
    name = " ".join(row["policy"].split())
    name = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    for text, side in ((name, "left"), (_said(row), "right")):
        axes.annotate(
            text, (0.0 if side == "left" else 1.0, place), (0, 10), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="bottom", ha=side, color=INK,
        )  # fmt: skip


def _said(row: Band) -> str:
    interval = row["interval"]["shown"]
    if row["identified"] and row["value"]["raw"] is not None:
        return f"{row['value']['shown']} ({interval})"
    return say("not identified; bounds {interval}", interval=interval)
