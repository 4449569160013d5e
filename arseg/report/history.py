"""The runs of an experiment over time: each key measure by key date, and what differs between any two of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from arseg.report import masking, wording
from arseg.report.evidence import Band, segment_position
from arseg.report.figures import ACCENT, BAND_80, drawing
from arseg.report.language import known, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MEASURES: Final = (("dso", "days"), ("bad_debt_ratio", "share"), ("collection_rate", "share"))
BETTER_LOWER: Final = frozenset({"dso", "bad_debt_ratio"})
# Two years and the month before: every two of so many runs are held against each other on the page.
COMPARED: Final = 25


def histories(rows: Sequence[Band]) -> list[Band]:
    """Return by experiment its done runs, oldest first, and the differences of any two of the newest.

    Parameters
    ----------
    rows
        As ``summarise_runs`` makes them, newest first.
    """
    found = []
    for place, name in enumerate(sorted({row["experiment"] for row in rows})):
        done = [row for row in rows if row["experiment"] == name and row["done"] and _measured(row)][::-1]
        if done:
            found.append(_history(name, place, done))
    return found


def _measured(row: Band) -> bool:
    return any(measure["raw"] is not None for measure in row["measures"])


def _history(name: str, place: int, done: list[Band]) -> Band:
    latest = done[-COMPARED:]
    pairs = [
        _pair(f"diff{place}-{first}-{second}", latest[first], latest[second])
        for first, second in itertools.combinations(range(len(latest)), 2)
    ]
    return {
        "experiment": name,
        "prefix": f"history{place}",
        "runs": [row["key_date"]["shown"] for row in latest],
        "older": wording.count(len(done) - COMPARED) if len(done) > COMPARED else "",
        "series": [_series(done, number) for number in range(len(MEASURES))],
        "grid": [
            [f"diff{place}-{first}-{second}" if first < second else "" for first in range(len(latest))]
            for second in range(len(latest))
        ],
        "pairs": pairs,
    }


def _series(done: list[Band], number: int) -> Band:
    name, unit = MEASURES[number]
    points = [
        {"day": row["key_date"]["raw"], **row["measures"][number]}
        for row in done
        if row["measures"][number]["raw"] is not None
    ]
    return {"label": wording.named(name), "unit": unit, "points": points}


def _pair(key: str, first: Band, second: Band) -> Band:
    """Return what differs between two runs: the measures, the segments, and what they were made from."""
    return {
        "id": key,
        "first": first["key_date"]["shown"],
        "second": second["key_date"]["shown"],
        "measures": [
            _difference(number, first["measures"][number], second["measures"][number])
            for number in range(len(MEASURES))
        ],
        "segments": _segments(first["segments"], second["segments"]),
        "facts": [
            {
                "label": known(name),
                "before": first["facts"].get(name, ""),
                "after": second["facts"].get(name, ""),
            }
            for name in dict.fromkeys((*first["facts"], *second["facts"]))
            if first["facts"].get(name) != second["facts"].get(name)
        ],
    }


def _difference(number: int, before: Band, after: Band) -> Band:
    name, unit = MEASURES[number]
    raw = None if None in (before["raw"], after["raw"]) else after["raw"] - before["raw"]
    shown = wording.NOTHING if raw is None else wording.change(raw, unit, like=after["raw"])
    sense = ""
    if raw is not None and shown != say("unchanged"):
        sense = "better" if (raw < 0) == (name in BETTER_LOWER) else "worse"
    return {
        "label": wording.named(name),
        "before": before["shown"],
        "after": after["shown"],
        "raw": raw,
        "shown": shown,
        "sense": sense,
    }


def _segments(before: Sequence[Band], after: Sequence[Band]) -> list[Band]:
    """Return customers by segment in both runs; a group too small in either is not shown."""
    held = [{str(row["segment"]): row for row in rows} for rows in (before, after)]
    names = sorted({*held[0], *held[1]}, key=lambda name: (segment_position(name), name))
    counts = [[int(rows[name]["customers"]) if name in rows else 0 for name in names] for rows in held]
    away = [masking.hidden(each) for each in counts]
    return [
        {
            "segment": name,
            "before": say(masking.NOT_SHOWN) if away[0][place] else wording.count(counts[0][place]),
            "after": say(masking.NOT_SHOWN) if away[1][place] else wording.count(counts[1][place]),
        }
        for place, name in enumerate(names)
    ]


def history_figures(history: Band) -> list[Any]:
    """Return one chart per measure with at least two points; empty markup elsewhere."""
    return [
        _figure(series, f"{history['prefix']}-{number}") if len(series["points"]) > 1 else Markup()
        for number, series in enumerate(history["series"])
    ]


def _figure(series: Band, prefix: str) -> Markup:
    points, scale = series["points"], 100 if series["unit"] == "share" else 1

    def draw(figure: Figure) -> None:
        axes = figure.add_axes((0.14, 0.16, 0.83, 0.8))
        x = list(range(len(points)))
        banded = [
            place for place in x if points[place]["low"] is not None and points[place]["high"] is not None
        ]
        low, high = ([scale * points[place][end] for place in banded] for end in ("low", "high"))
        axes.fill_between(banded, low, high, color=BAND_80, lw=0)
        axes.plot(x, [scale * point["raw"] for point in points], color=ACCENT, marker="o", markersize=3.5)
        step = max(1, -(-len(points) // 5))
        axes.set_xticks(x[::step], [point["day"][:7] for point in points[::step]])
        unit = "" if series["unit"] != "share" else " %"
        axes.yaxis.set_major_formatter(lambda value, _: wording.localised(f"{value:,.6g}") + unit)
        axes.grid(axis="y")

    ends = (points[0], points[-1])
    label = say(
        "{measure}: from {first} to {last}",
        measure=series["label"],
        first=f"{ends[0]['shown']} ({ends[0]['day']})",
        last=f"{ends[1]['shown']} ({ends[1]['day']})",
    )
    return Markup(drawing(draw, size=(340, 190), label=label, prefix=prefix))  # noqa: S704 (matplotlib escapes)
