"""The figures of the days to come: what came against what was said, the matrix as a heat map, the bridge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from arseg.report import wording
from arseg.report.figures import ACCENT, BAND_50, INK, LINE, SOFT, drawing, standalone
from arseg.report.language import known, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The darkest cell still lets its figure be read, in light and in dark.
_DARKEST: Final = 0.55
_ENDS: Final = ("opening", "closing")


def forward_figures(summary: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of both bands by name; empty text where there is nothing to draw."""
    forecast, provision = summary["forecast"], summary["provision"]
    return {
        "collections": _safe(collections(forecast["fan"], unit=forecast["unit"], prefix="collections"))
        if forecast["fan"]
        else "",
        "matrix": _safe(heat_map(provision, prefix="matrix")) if provision["cells"] else "",
        "bridge": _safe(bridge(provision["bridge"], prefix="bridge")) if provision["bridge"] else "",
    }


def forward_files(summary: dict[str, Any]) -> dict[str, str]:
    """Return the same figures as files of their own, where they are drawn."""
    drawn = forward_figures(summary)
    return {f"forward_{name}": standalone(str(svg)) for name, svg in drawn.items() if svg}


def collections(weeks: Sequence[dict[str, Any]], *, unit: str, prefix: str) -> str:
    """Return what came in by the end of each week against what had been said.

    Parameters
    ----------
    weeks
        ``label``, ``said``, ``came`` (cumulated, in the unit) and ``origin`` (the day on which it was said).
    unit
        Of the axis.
    prefix
        Makes the figure's ids unique on the page.
    """
    last = weeks[-1]
    label = say(
        "Collections since {day} in {unit}: {came} came by week {week}, {told} had been said",
        day=last["origin"],
        unit=unit,
        came=wording.localised(f"{last['came']:,.4g}"),
        week=last["label"],
        told=wording.localised(f"{last['said']:,.4g}"),
    )

    def draw(figure: Figure) -> None:
        axes = figure.add_axes((0.1, 0.17, 0.86, 0.78))
        x = list(range(1, len(weeks) + 1))
        axes.plot(x, [w["said"] for w in weeks], color=SOFT, ls=(0, (4, 3)), lw=1.6)
        axes.plot(x, [w["came"] for w in weeks], color=ACCENT, marker="o", markersize=4)
        for name, colour in (("said", SOFT), ("came", ACCENT)):
            axes.annotate(
                say(name), (x[-1], last[name]), (6, 0), textcoords="offset points", va="center", color=colour
            )
        axes.set_xlim(0.7, len(weeks) + 0.9)
        axes.set_ylim(0, 1.12 * max(max(w["said"], w["came"]) for w in weeks) or 1.0)
        axes.set_xticks(x, [w["label"] for w in weeks])
        axes.yaxis.set_major_formatter(lambda value, _: wording.localised(f"{value:,.6g}"))
        axes.set_xlabel(say("weeks after"), labelpad=4)
        axes.grid(axis="y")

    return drawing(draw, size=(520, 220), label=label, prefix=prefix)


def heat_map(band: dict[str, Any], *, prefix: str) -> str:
    """Return the provision matrix as cells, the darker the more is expected to be lost, each with its rate."""
    segments, buckets = band["segments"], band["buckets"]
    largest = max((own["rate"]["raw"] or 0.0 for own in band["cells"]), default=0.0) or 1.0
    said = "; ".join(
        f"{known(own['segment'])} {known(own['bucket'])} {own['rate']['shown']}" for own in band["cells"]
    )

    def draw(figure: Figure) -> None:
        from matplotlib.patches import Rectangle

        axes = figure.add_axes((0.13, 0.02, 0.86, 0.82))
        for own in band["cells"]:
            x, y = buckets.index(own["bucket"]), segments.index(own["segment"])
            depth = _DARKEST * (own["rate"]["raw"] or 0.0) / largest
            axes.add_patch(Rectangle((x, y), 0.97, 0.94, facecolor=ACCENT, alpha=depth, lw=0))
            axes.add_patch(Rectangle((x, y), 0.97, 0.94, fill=False, edgecolor=LINE, lw=0.8))
            middle = (x + 0.485, y + 0.34), (x + 0.485, y + 0.68)
            axes.annotate(own["rate"]["shown"], middle[0], ha="center", va="center", color=INK)
            axes.annotate(
                own["exposed"]["shown"], middle[1], ha="center", va="center", color=SOFT, fontsize=10
            )
        axes.set_xlim(0, len(buckets))
        axes.set_ylim(len(segments), 0)
        axes.set_xticks([x + 0.485 for x in range(len(buckets))], [known(each) for each in buckets])
        axes.set_yticks([y + 0.47 for y in range(len(segments))], [known(each) for each in segments])
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)

    height = 34 + 52 * len(segments)
    return drawing(
        draw,
        size=(640, height),
        label=say("Rates of loss by segment and days past due: {rates}", rates=said),
        prefix=prefix,
    )


def bridge(steps: Sequence[dict[str, Any]], *, prefix: str) -> str:
    """Return the allowance from the last publication's to this one's, step by step.

    Parameters
    ----------
    steps
        ``step`` (opening and closing are its ends) and ``amount``.
    prefix
        As in `collections`.
    """
    said = "; ".join(f"{step['step']} {step['amount']['shown']}" for step in steps)
    bars = _bars(steps)

    def draw(figure: Figure) -> None:
        axes = figure.add_axes((0.02, 0.14, 0.96, 0.76))
        for x, (step, (low, high)) in enumerate(zip(steps, bars, strict=True)):
            end = step["name"] in _ENDS
            axes.bar(x, high - low, bottom=low, width=0.62, color=ACCENT if end else BAND_50, lw=0)
            axes.annotate(
                step["amount"]["shown"], (x, high), (0, 4), textcoords="offset points", ha="center", color=INK
            )
        axes.set_xticks(range(len(steps)), [step["step"] for step in steps])
        axes.set_yticks([])
        axes.margins(y=0.16)
        axes.set_ylim(bottom=0)

    return drawing(
        draw, size=(520, 210), label=say("Bridge of the allowance: {steps}", steps=said), prefix=prefix
    )


def _bars(steps: Sequence[dict[str, Any]]) -> list[tuple[float, float]]:
    """Return where each bar starts and ends: its ends stand on the ground, what moved it hangs between."""
    bars, level = [], 0.0
    for step in steps:
        amount = step["amount"]["raw"]
        start = 0.0 if step["name"] in _ENDS else level
        level = start + amount
        bars.append((min(start, level), max(start, level)))
    return bars


def _safe(svg: str) -> Markup:
    """Mark a drawing as safe: what it says was escaped by matplotlib."""
    return Markup(svg)  # noqa: S704
