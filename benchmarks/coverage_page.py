"""The picture of the coverage benchmark: from the rows of its result, nothing computed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from coverage_table import BAND, CLAIM

PICTURE: Final = Path(__file__).parent / "results" / "coverage.png"
INK: Final = {"claim": "#0b5d7a", "row": "#bb7a08", "other": "#8a2c5c", "quiet": "#5b6875", "band": "#dfe5ea"}
TITLES: Final = {
    "value": "value",
    "dso": "DSO",
    "bad_debt_ratio": "bad-debt ratio",
    "collection_rate": "collection rate",
    "share_collected": "share collected",
}
Rows = list[dict[str, Any]]


def draw(rows: Rows, path: Path = PICTURE) -> None:
    """Draw how often 95 % intervals hold the truth: by estimator and measure, and in the other worlds."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(TITLES), figsize=(12, 6), sharey=True, layout="constrained")
    lines = _lines(rows)
    for panel, (measure, title) in zip(axes, TITLES.items(), strict=True):
        panel.axvspan(*(100 * end for end in BAND), color=INK["band"])
        for place, (label, ink, part, key) in enumerate(lines):
            shares = [100 * row[key] for row in part if row.get("measure") == measure]
            panel.plot(shares, [place] * len(shares), "o", color=INK[ink], alpha=0.75, label=label)
        panel.set(title=title, xlim=(0, 103))
        panel.spines[["top", "right", "left"]].set_visible(False)
        panel.tick_params(length=0)
    figure.supxlabel("95 % intervals that hold the truth, % of worlds; a dot a policy", fontsize=10)
    axes[0].set_yticks(range(len(lines)), [label for label, *_ in lines])
    axes[0].invert_yaxis()
    figure.savefig(path, dpi=110, facecolor="white", metadata={"Software": None})
    plt.close(figure)


def _lines(rows: Rows) -> list[tuple[str, str, Rows, str]]:
    """Return label, ink, rows and column of each line of the picture, from the top."""
    first = [row for row in rows if row["case"] == "stochastic" and row["figure"] == "difference"]
    names = list(dict.fromkeys(row["estimator"] for row in first))
    snips = _of(first, "difference", "SNIPS")
    hidden = [row for row in rows if row["case"] == "confounded"]
    told = [
        *(
            (f"L1 {name}", "claim" if name in CLAIM else "other", _of(first, "difference", name), "share")
            for name in names
        ),
        ("L1 SNIPS, its level, by row", "row", snips, "level_by_row"),
        ("L1 SNIPS, its level, by customer", "claim", snips, "level_by_customer"),
        ("L3 SNIPS, plain", "row", _of(hidden, "difference", "SNIPS"), "share"),
        ("L3 at the true Lambda", "claim", _of(hidden, "at the true Lambda"), "share"),
        ("L2 jump at the cut", "claim", _of(rows, "jump"), "share"),
        ("L5 change of the rule", "claim", _of(rows, "change"), "share"),
    ]
    return [line for line in told if line[2]]


def _of(rows: Rows, figure: str, estimator: str | None = None) -> Rows:
    return [
        row
        for row in rows
        if row["figure"] == figure and (estimator is None or row["estimator"] == estimator)
    ]


PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "backtest.md"
_HEAD: Final = (
    "L1. Largest bias in standard errors (and its own error), coverage of 95 % intervals over three policies; **lost** "
    "where a bias reaches a quarter or a coverage lies outside {:.0f} to {:.0f} %."
)
# Fewer worlds than this are no verdict.
ENOUGH: Final = 200
MARKS: Final = ("<!-- coverage: made by benchmarks/coverage.py -->", "<!-- end of coverage -->")


def write_section(rows: Rows, page: Path = PAGE) -> None:
    """Write the tables into the page, between their marks."""
    before, rest = page.read_text(encoding="utf-8").split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    tables = "\n\n".join(part for part in (_sizes(rows), _estimators(rows), _others(rows)) if part)
    page.write_text(f"{before}{MARKS[0]}\n{tables}\n{MARKS[1]}{after}", encoding="utf-8")


def _sizes(rows: Rows) -> str:
    """Return what was run."""
    told = [row for row in rows if row["figure"] == "cost"]
    names = {
        "stochastic": "L1",
        "deterministic": "L2",
        "confounded": "L3",
        "capacity": "L4",
        "rule_change": "L5",
        "stochastic_large": "L1, a large book:",
    }
    parts = [
        f"{names[row['case']]} {row['worlds']} of {row['planned']} worlds of {row['decisions']:,} decisions, "
        f"{row['cpu_seconds']:,} CPU s"
        for row in told
    ]
    short = any(row["worlds"] < row["planned"] for row in told)
    unfinished = " **The sweep is unfinished; nothing below is a verdict yet.**" if short else ""
    return "Run: " + "; ".join(parts) + "." + unfinished


def _estimators(rows: Rows) -> str:
    first = [row for row in rows if row["case"] == "stochastic" and row["figure"] == "difference"]
    if not first:
        return ""
    lines = [
        _HEAD.format(*(100 * end for end in BAND)),
        "",
        "| estimator | claims | " + " | ".join(TITLES.values()) + " |",
        "|---|---|" + "---|" * len(TITLES),
    ]
    for name in dict.fromkeys(row["estimator"] for row in first):
        cells = [
            _cell([row for row in first if row["estimator"] == name and row["measure"] == measure])
            for measure in TITLES
        ]
        lines.append(f"| {name} | {'yes' if name in CLAIM else 'no'} | " + " | ".join(cells) + " |")
    for label, key in (
        ("SNIPS by row", "share_by_row"),
        ("SNIPS, its level, by row", "level_by_row"),
        ("SNIPS, its level, by customer", "level_by_customer"),
    ):
        part = _of(first, "difference", "SNIPS")
        cells = [_span([row for row in part if row["measure"] == measure], key) for measure in TITLES]
        lines.append(f"| {label} | | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(part: Rows) -> str:
    if not part:
        return ""
    worst = max(part, key=lambda row: abs(row["bias_in_errors"]))
    kept = all(row["met"] for row in part) or not part[0]["claims"] or part[0]["worlds"] < ENOUGH
    lost = "" if kept else ", **lost**"
    return f"{worst['bias_in_errors']:+.2f} ({worst['bias_error']:.2f}); {_span(part)}{lost}"


def _span(part: Rows, key: str = "share") -> str:
    shares = sorted(100 * row[key] for row in part)
    if not shares:
        return ""
    return f"{shares[0]:.1f} %" if shares[0] == shares[-1] else f"{shares[0]:.1f} to {shares[-1]:.1f} %"


def _others(rows: Rows) -> str:
    lines = ["| world | figure | " + " | ".join(TITLES.values()) + " |", "|---|---|" + "---|" * len(TITLES)]
    named = (
        ("L2", "deterministic", "jump", "jump at the cut: bias; coverage"),
        ("L2", "deterministic", "bounds", "bounds hold the truth"),
        ("L3", "confounded", "difference", "plain interval (SNIPS): bias; coverage"),
        ("L3", "confounded", "at the true Lambda", "interval at the true Lambda: coverage"),
        ("L4", "capacity", "bounds", "bounds hold the truth"),
        ("L5", "rule_change", "bounds", "bounds hold the truth"),
        ("L5", "rule_change", "change", "difference in differences: bias; coverage"),
    )
    for world, case, figure, label in named:
        part = [row for row in rows if row["case"] == case and row["figure"] == figure]
        told = [[row for row in part if row["measure"] == measure] for measure in TITLES]
        if part:
            show = _cell if "bias_in_errors" in part[0] and case != "confounded" else _plain
            lines.append(f"| {world} | {label} | " + " | ".join(show(cells) for cells in told) + " |")
    for row in rows:
        if row["figure"] == "printed":
            told = f"{row['case']} | worlds with a point estimate | {row['share']:.0%} of {row['n']}"
            lines.append(f"| {told}" + " | " * len(TITLES))
        if row["figure"] == "regret":
            place = [f"{row['share']:.0%}" if row["measure"] == measure else "" for measure in TITLES]
            world = "L1" if row["case"] == "stochastic" else "L1, a large book"
            lines.append(
                f"| {world} | regret of the choice by SNDR, of the range | " + " | ".join(place) + " |"
            )
    return "\n".join(lines)


def _plain(part: Rows) -> str:
    if not part or "bias_in_errors" not in part[0]:
        return _span(part)
    worst = max(part, key=lambda row: abs(row["bias_in_errors"]))
    return f"{worst['bias_in_errors']:+.2f} ({worst['bias_error']:.2f}); {_span(part)}"
