"""The summary becomes one inert, offline HTML page.

Whatever the data holds stays text: the environment escapes everything, attributes are quoted, and
the only markup that passes unescaped are the drawings of `arseg.report.figures` and the page's own style and
script. The page reads whole without that script, and its policy refuses any other.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from arseg.report import changes, desks, figures, monitoring, profiles, reach, tables
from arseg.report.check_tables import check_tables
from arseg.report.differences import differences_figure
from arseg.report.evidence import SEPARATION, Band
from arseg.report.forward_figures import forward_figures, forward_files
from arseg.report.forward_tables import forward_tables
from arseg.report.inlined import Looks, inlined
from arseg.report.language import known, mark, say, speaking

CONTENTS: Final = {
    "headline": "Key measures",
    "decisions": "Decisions asked for",
    "since": "",
    "cash": "",
    "segments": "Where the money stands",
    "profiles": "What the segments are like",
    "moves": "Who moved",
    "separation": "Do segments separate later outcomes?",
    "replay": "",
    "counterfactual": "What other policies would have changed",
    "forecast": "Cash forecast",
    "provision": "Provision",
    "self_check": "Does the tool find the truth where it is known?",
    "worklist": "Worklist",
    "warnings": "Early warnings",
    "monitor": "What is unlike before",
    "trust": "Can the model be trusted?",
    "claims": "Claims of collections software",
    "quality": "Data quality",
    "definitions": "Definitions",
    "reproduce": "How to reproduce",
}


def render_page(summary: Band) -> str:
    """Return the page as one HTML document.

    Parameters
    ----------
    summary
        From `arseg.report.summarise`.

    Returns
    -------
    str
        UTF-8 safe text; the same summary gives the same bytes.
    """
    looks = Looks()
    with speaking(summary["page"]["language"]):
        drawn = {name: looks.drawn(each) for name, each in _figures(summary).items()}
        stack = {
            f"stack{place}": looks.of(f"flex:{piece['share']['raw']:.4f}")
            for place, piece in enumerate(summary["segments"]["stack"])
        }
        return (
            environment()
            .get_template("page.html.j2")
            .render(
                **summary,
                contents=_contents(summary),
                tables=_tables(summary),
                figures=drawn,
                chips=tables.CHIPS,
                inlined=inlined(looks) | {"looks": stack},
            )
        )


def _contents(summary: Band) -> list[Band]:
    return [
        {"id": band, "title": say(CONTENTS[band]) if CONTENTS[band] else summary[band]["title"]}
        for band in summary["bands"]
    ]


def draw_figures(summary: Band) -> dict[str, str]:
    """Return the page's larger drawings by name, each as a file of its own."""
    with speaking(summary["page"]["language"]):
        drawn = _figures(summary)
        found = {
            "cash": drawn["fan"],
            "calibration": drawn["calibration"],
            "differences": drawn["differences"],
        }
        found |= {f"separation_{place}": svg for place, svg in enumerate(drawn["separation"])}
        alone = {name: figures.standalone(str(svg)) for name, svg in found.items() if svg}
        return alone | forward_files(summary)


@cache
def environment() -> Environment:
    """Return the template environment: escaping on, a name that is missing is an error."""
    environment = Environment(
        loader=PackageLoader("arseg.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"say": say, "mark": mark, "known": known}
    return environment


def _tables(summary: Band) -> dict[str, Any]:
    return {
        "answers": {
            band: [tables.answer_table(each) for each in told["tables"]]
            for band, told in summary["answers"].items()
        },
        "headline": tables.headline_table(summary["headline"]),
        "cash": tables.cash_table(summary["cash"]),
        "segments": tables.segment_table(summary["segments"]),
        "profiles": profiles.profiles_table(summary["profiles"]),
        "monitor": monitoring.monitoring_table(summary["monitor"]),
        "moves": tables.moves_table(summary["moves"]),
        "causes": changes.causes_table(summary["changes"]),
        "changes": changes.changes_table(summary["changes"]),
        "replay": tables.replay_table(summary["replay"]),
        "counterfactual": tables.counterfactual_table(summary["counterfactual"]),
        "parts": tables.parts_table(summary["replay"]),
        **forward_tables(summary),
        "worklist": tables.worklist_table(summary["worklist"]),
        "desks": desks.desks_table(summary["desks"]),
        "preferred": reach.preferred_table(summary["reach"]),
        "accuracy": tables.accuracy_table(summary["accuracy"]),
        "calibration": tables.calibration_table(summary["calibration"]),
        **check_tables(summary["quality"]),
    }


def _figures(summary: Band) -> dict[str, Any]:
    """Return the page's drawings, made once for a draft, its page and the files beside it."""
    told = {name: band for name, band in summary.items() if name != "page"}
    return _drawn(json.dumps(told), summary["page"]["language"])


@lru_cache(maxsize=1)
def _drawn(told: str, _language: str) -> dict[str, Any]:
    """Return the drawings of a summary in the language that is spoken; only what matplotlib has escaped is marked as safe."""
    summary = json.loads(told)
    cash, calibration = summary["cash"], summary["calibration"]
    return {
        "sparklines": [_sparkline(card, place) for place, card in enumerate(summary["headline"]["cards"])],
        "fan": ""
        if cash["missing"]
        else Markup(figures.fan(cash["plot"], label=_cash_label(cash), prefix="cash")),  # noqa: S704
        "separation": [
            _separation(policy, place, summary["separation"]["span"])
            for place, policy in enumerate(summary["separation"]["policies"])
        ],
        "calibration": "" if calibration["missing"] else _calibration(calibration),
        "differences": differences_figure(summary["counterfactual"]),
        **forward_figures(summary),
    }


def _sparkline(card: Band, place: int) -> str:
    if len(card["history"]) < 2:
        return ""
    return Markup(  # noqa: S704
        figures.sparkline(card["history"], label=card["history_shown"], prefix=f"spark{place}")
    )


def _cash_label(cash: Band) -> str:
    first, last = cash["weeks"][0], cash["weeks"][-1]
    return say(
        "Cash expected by week with 50 and 80 percent bands: {first} in the week of {start}, {last} in the week of"
        " {end}; {total} in all",
        first=first["expected"]["shown"],
        start=first["week"]["shown"],
        last=last["expected"]["shown"],
        end=last["week"]["shown"],
        total=cash["total"]["shown"],
    )


def _separation(policy: Band, place: int, span: float) -> str:
    rows = [_dot(segment["segment"], segment["estimates"][SEPARATION]) for segment in policy["segments"]]
    said = "; ".join(f"{known(row['name'])} {row['shown']}" for row in rows)
    label = say(
        "Share unpaid 30 days after due under {policy}: {shares}", policy=policy["policy"], shares=said
    )
    return Markup(figures.intervals(rows, span=span, label=label, prefix=f"separation{place}"))  # noqa: S704


def _dot(segment: str, estimate: Band) -> Band:
    interval = estimate["interval"]
    shown = f"{estimate['value']['shown']} ({interval['shown']})"
    return {
        "name": segment,
        "value": estimate["value"]["raw"],
        "low": interval["low"],
        "high": interval["high"],
        "shown": shown,
    }


def _calibration(band: Band) -> str:
    points = [
        {"expected": group["expected"]["raw"], "observed": group["observed"]["raw"], **group["interval"]}
        for group in band["groups"]
    ]
    said = "; ".join(
        say(
            "expected {share}, observed {other} ({interval})",
            share=g["expected"]["shown"],
            other=g["observed"]["shown"],
            interval=g["interval"]["shown"],
        )
        for g in band["groups"]
    )
    label = say("Observed against expected share by risk group: {groups}", groups=said)
    return Markup(figures.calibration(points, span=band["span"], label=label, prefix="calibration"))  # noqa: S704
