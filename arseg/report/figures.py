"""Ready numbers become inline SVG; nothing is computed here.

Matplotlib draws through its object interface in the light theme's colours; `_inline` then swaps
each colour for the CSS variable of the same name, so one drawing serves light, dark and print.
Matplotlib escapes text (``&``, ``<``, ``>``); that every remaining ``<...>`` is a tag of ours is
what makes the swaps safe.
"""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Callable, Sequence
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, Final

from arseg.report.language import known, say
from arseg.report.wording import localised

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, LINE, ACCENT = "#17212b", "#5b6875", "#dfe5ea", "#0b5d7a"
BAND_50, BAND_80 = "#7fb3c8", "#cfe2ea"
PAPER: Final = "#fefefe"
# Plum, amber and blue keep apart under the common colour-vision deficiencies and in grey;
# red and green are kept for worse and better. The marker says the segment without colour.
SEGMENT_INK: Final = {"High": "#8a2c5c", "Medium": "#bb7a08", "Low": "#3f87ab"}
SEGMENT_MARK: Final = {"High": "D", "Medium": "s", "Low": "o"}
VARIABLES: Final = {
    INK: "--ink",
    SOFT: "--soft",
    LINE: "--line",
    ACCENT: "--accent",
    BAND_50: "--b50",
    BAND_80: "--b80",
    PAPER: "--paper",
    SEGMENT_INK["High"]: "--hi",
    SEGMENT_INK["Medium"]: "--me",
    SEGMENT_INK["Low"]: "--lo",
}

_TAG: Final = re.compile(r"<[^<>]+>")
_DEFAULTS: Final = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
_NO_METADATA: Final = {"Date": None, "Creator": None, "Format": None, "Type": None}


def fan(weeks: Sequence[dict[str, Any]], *, label: str, prefix: str) -> str:
    """Return cash by week with its 50 % and 80 % bands.

    Parameters
    ----------
    weeks
        ``label``, ``expected``, ``low_50``, ``high_50``, ``low_80``, ``high_80`` in the caption's unit.
    label
        Alternative text.
    prefix
        Makes the figure's ids unique on the page.
    """

    def draw(figure: Figure) -> None:
        axes = figure.add_axes((0.08, 0.13, 0.875, 0.83))
        x = list(range(len(weeks)))
        for low, high, colour in (("low_80", "high_80", BAND_80), ("low_50", "high_50", BAND_50)):
            axes.fill_between(x, [w[low] for w in weeks], [w[high] for w in weeks], color=colour, lw=0)
        axes.plot(x, [w["expected"] for w in weeks], color=ACCENT, marker="o", markersize=3.5)
        axes.set_ylim(*_room(weeks))
        axes.set_xlim(-0.3, max(len(weeks) - 0.7, 0.3))
        step = 2 if len(weeks) > 7 else 1
        axes.set_xticks(x[::step], [_line(w["label"]) for w in weeks[::step]])
        axes.yaxis.set_major_locator(_round_steps(5))
        axes.yaxis.set_major_formatter(lambda value, _: localised(f"{value:,.6g}"))
        axes.grid(axis="y")

    return _render(draw, size=(520, 230), label=label, prefix=prefix)


def _room(weeks: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Leave air below the fan, so that its lower edge never touches the axis."""
    low, high = min(w["low_80"] for w in weeks), max(w["high_80"] for w in weeks)
    air = 0.12 * ((high - low) or abs(high) or 1.0)
    return low - air, high + air


def sparkline(values: Sequence[float], *, label: str, prefix: str) -> str:
    """Return a measure's history as a line that ends in a dot."""

    def draw(figure: Figure) -> None:
        axes = figure.add_axes((0.03, 0.12, 0.94, 0.76))
        axes.plot(range(len(values)), values, color=ACCENT, lw=1.6, clip_on=False)
        axes.plot([len(values) - 1], values[-1:], "o", color=ACCENT, markersize=5, clip_on=False)
        axes.set_axis_off()

    return _render(draw, size=(120, 32), label=label, prefix=prefix)


def intervals(rows: Sequence[dict[str, Any]], *, span: float, label: str, prefix: str) -> str:
    """Return one dot with its interval per segment, the numbers written beside it.

    Parameters
    ----------
    rows
        ``name``, ``value``, ``low``, ``high`` (shares; the ends may be None) and ``shown``.
    span
        Right end of the axis, common to all figures that are compared.
    label, prefix
        As in `fan`.
    """
    height = 34 + 28 * len(rows)

    def draw(figure: Figure) -> None:
        axes = figure.add_axes((0.19, 26 / height, 0.34, 1 - 30 / height))
        for y, row in enumerate(rows):
            _dot(axes, y, row)
            axes.annotate(
                _line(row["shown"]), (1.0, y), (14, 0), xycoords=("axes fraction", "data"),
                textcoords="offset points", va="center", color=INK,
            )  # fmt: skip
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(0, 1.04 * span)
        axes.set_yticks(range(len(rows)), [_line(known(row["name"])) for row in rows])
        axes.tick_params(axis="y", labelcolor=INK, labelsize=12.5, pad=10)
        axes.xaxis.set_major_locator(_round_steps(3))
        axes.xaxis.set_major_formatter(lambda value, _: localised(f"{100 * value:.3g} %"))
        axes.grid(axis="x")

    return _render(draw, size=(340, height), label=label, prefix=prefix)


def _dot(axes: Axes, y: int, row: dict[str, Any]) -> None:
    colour, mark = SEGMENT_INK.get(row["name"], ACCENT), SEGMENT_MARK.get(row["name"], "o")
    if row["value"] is None:
        return
    if row["low"] is None or row["high"] is None:
        axes.plot([row["value"]], [y], mark, markersize=7, mfc="none", mec=colour, mew=1.6)
        return
    axes.plot([row["low"], row["high"]], [y, y], color=colour, lw=2.4)
    axes.plot([row["value"]], [y], mark, markersize=7.5, color=colour)


def calibration(groups: Sequence[dict[str, Any]], *, span: float, label: str, prefix: str) -> str:
    """Return observed against expected shares; on the dashed line a prediction holds exactly."""

    def draw(figure: Figure) -> None:
        axes = figure.add_axes((0.15, 0.17, 0.82, 0.8))
        top = 1.06 * span
        axes.plot([0, top], [0, top], color=SOFT, lw=1.2, ls=(0, (3, 3)))
        x, y = [g["expected"] for g in groups], [g["observed"] for g in groups]
        for group in groups:
            if group["low"] is not None and group["high"] is not None:
                axes.plot([group["expected"]] * 2, [group["low"], group["high"]], color=BAND_50, lw=2.4)
        axes.plot(x, y, "o", color=ACCENT, markersize=7.5, mec=PAPER, mew=1.2, clip_on=False, zorder=3)
        axes.set_xlim(0, top)
        axes.set_ylim(0, top)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(_round_steps(4))
            axis.set_major_formatter(lambda value, _: localised(f"{100 * value:.3g} %"))
        axes.set_xlabel(say("expected"), labelpad=6)
        axes.set_ylabel(say("observed"), labelpad=6)
        axes.grid()

    return _render(draw, size=(420, 320), label=label, prefix=prefix)


def _round_steps(count: int) -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(count, steps=[1, 2, 2.5, 5, 10])


def _line(text: str) -> str:
    """Return the text on one line; HTML would fold its white space too."""
    return " ".join(str(text).split())


def _render(draw: Callable[[Figure], None], *, size: tuple[float, float], label: str, prefix: str) -> str:
    import matplotlib as mpl
    import matplotlib.style
    from matplotlib.figure import Figure

    out = io.StringIO()
    with (
        as_file(files("arseg.report") / "arseg.mplstyle") as style,
        mpl.style.context(style, after_reset=True),
        warnings.catch_warnings(),
    ):
        # The browser picks the font; that ours lacks a glyph of somebody's name is no news.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from", category=UserWarning)
        warnings.filterwarnings(
            "ignore", message=r"Matplotlib currently does not support", category=UserWarning
        )
        figure = Figure(figsize=(size[0] / 72, size[1] / 72), dpi=72)
        draw(figure)
        figure.savefig(out, format="svg", metadata=_NO_METADATA)
    return _inline(out.getvalue(), label=label, prefix=prefix)


def _inline(svg: str, *, label: str, prefix: str) -> str:
    """Return the drawing as an inline element: themed, with unique ids and nothing external."""
    body = _DEFAULTS.sub("", svg[svg.index("<svg") :])
    used = {name for tag in _TAG.findall(body) for name in re.findall(r"#([a-z][\w.-]*)", tag)}
    body = _TAG.sub(lambda tag: _tag(tag.group(), used, prefix), body)
    box = re.search(r'viewBox="[\d. ]+"', body)
    opening = f'<svg {box.group() if box else ""} role="img" aria-label="{html.escape(label)}">'
    return opening + re.sub(r"\s*\n\s*", "\n", body[body.index(">") + 1 :]).strip()


def _tag(tag: str, used: set[str], prefix: str) -> str:
    def identify(match: re.Match[str]) -> str:
        return f' id="{prefix}-{match.group(1)}"' if match.group(1) in used else ""

    tag = re.sub(r' id="([^"]*)"', identify, tag)
    tag = re.sub(
        r"#([0-9a-f]{6})\b",
        lambda m: f"var({VARIABLES[m.group()]})" if m.group() in VARIABLES else m.group(),
        tag,
    )
    tag = re.sub(r'(href="|url\()#([a-z][\w.-]*)', lambda m: _reference(m, used, prefix), tag)
    return re.sub(r" ?font-family: [^;\"]*;?", "", tag.replace("xlink:href", "href"))


def _reference(match: re.Match[str], used: set[str], prefix: str) -> str:
    start, name = match.groups()
    return f"{start}#{prefix}-{name}" if name in used else match.group()


def drawing(draw: Callable[[Figure], None], *, size: tuple[float, float], label: str, prefix: str) -> str:
    """Return what a function draws as an inline element, for the figures of this room's other modules.

    Parameters
    ----------
    draw
        Draws on an empty figure.
    size
        Width and height, CSS pixels.
    label, prefix
        As in `fan`.
    """
    return _render(draw, size=size, label=label, prefix=prefix)


def standalone(svg: str) -> str:
    """Return an inline drawing as a file of its own: the light theme's colours, and its namespace.

    Examples
    --------
    >>> standalone('<svg viewBox="0 0 1 1"><path style="fill: var(--ink)"/></svg>')
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path style="fill: #17212b"/></svg>'
    """
    for colour, variable in VARIABLES.items():
        svg = svg.replace(f"var({variable})", colour)
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
