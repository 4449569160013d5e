"""The picture of the monitoring benchmark and its section of docs/monitoring.md: from the rows of its result, nothing computed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

PICTURE: Final = Path(__file__).parent / "results" / "monitor.png"
PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "monitoring.md"
MARKS: Final = ("<!-- measured: made by benchmarks/monitor.py -->", "<!-- end of measured -->")
INK: Final = {"met": "#0b5d7a", "lost": "#bb7a08", "quiet": "#5b6875", "line": "#dfe5ea"}
MONITORS: Final = (
    "features",
    "profile",
    "feeds",
    "scores",
    "segments",
    "outcomes",
    "calibration",
    "cash",
)
Rows = list[dict[str, Any]]


def draw(rows: Rows, path: Path = PICTURE) -> None:
    """Draw how often each case raised an alarm, with its interval, and which monitors raised it."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 5.2), sharey=True, layout="constrained")
    for place, row in enumerate(rows):
        ink = INK["quiet"] if row["asked"] == "nothing" else INK["met" if kept(row) else "lost"]
        left.plot([100 * row["low"], 100 * row["high"]], [place, place], color=ink, linewidth=2, alpha=0.5)
        left.plot(100 * row["share"], place, "o", color=ink)
        if "first_run" in row:
            left.plot(100 * row["first_run"], place, "o", mfc="white", color=ink, markersize=5, zorder=3)
        shares = [row.get("by_monitor", {}).get(name, 0) for name in MONITORS]
        right.scatter(
            range(len(MONITORS)), [place] * len(MONITORS), s=[170 * share for share in shares], color=ink
        )
    for asked in (5, 90):
        left.axvline(asked, color=INK["line"], zorder=0)
    left.set(
        xlim=(-2, 102),
        xlabel="runs (stationary) or worlds with an alarm, %, 95 % interval;\nhollow: in the first run",
    )
    left.set_yticks(range(len(rows)), [row["case"] for row in rows])
    left.invert_yaxis()
    right.set_xticks(range(len(MONITORS)), MONITORS, rotation=35, ha="right")
    right.set(xlim=(-0.6, len(MONITORS) - 0.4), xlabel="area: share in which this monitor raised an alarm")
    for panel in (left, right):
        panel.spines[["top", "right", "left"]].set_visible(False)
        panel.tick_params(length=0)
    figure.savefig(path, dpi=110, facecolor="white", metadata={"Software": None})
    plt.close(figure)


def kept(row: dict[str, Any]) -> bool:
    """Return whether a row is as asked.

    Examples
    --------
    >>> kept({"asked": ">= 0.90", "share": 0.85}), kept({"asked": "<= 0.05", "share": 0.01})
    (False, True)
    """
    asked = row["asked"]
    if asked == "nothing":
        return True
    limit = float(asked[3:])
    return bool(row["share"] <= limit if asked.startswith("<=") else row["share"] >= limit)


def write_section(rows: Rows, page: Path = PAGE) -> None:
    """Write what was found into the page, between its marks."""
    before, rest = page.read_text(encoding="utf-8").split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    page.write_text(f"{before}{MARKS[0]}\n{section(rows)}\n{MARKS[1]}{after}", encoding="utf-8")


def section(rows: Rows) -> str:
    """Return false alarms in a sentence, and a table of what was planted."""
    quiet, full = rows[:2]
    lines = [
        (
            f"{quiet['worlds']} worlds, {quiet['runs']} runs over up to {quiet['series']} series: a false alarm in "
            f"{_percent(quiet)}; where every series had enough past, in {_percent(full)} of {full['runs']} runs. Asked: "
            f"at most 5 %{'' if kept(quiet) and kept(full) else ', **lost**'}. {quiet['cpu_seconds']:,} CPU s."
        ),
        "",
        f"In the last two months, without anything planted, {quiet['worlds_with_an_alarm_in_the_last_two']} of the worlds had an alarm.",
        "",
        "| planted | alarm within two runs | in the first | by, % of worlds |",
        "|---|---|---|---|",
    ]
    for row in rows[2:]:
        lost = "" if kept(row) else ", **lost**"
        note = " (nothing asked)" if row["asked"] == "nothing" else ""
        seen = sorted(row["by_monitor"].items(), key=lambda one: (-one[1], one[0]))
        told = ", ".join(f"{name} {100 * share:.0f}" for name, share in seen if share) or "none"
        lines.append(
            f"| {row['case']}{note} | {_percent(row)}{lost} | {100 * row['first_run']:.0f} % | {told} |"
        )
    return "\n".join(lines)


def _percent(row: dict[str, Any]) -> str:
    return f"{100 * row['share']:.1f} % ({100 * row['low']:.1f} to {100 * row['high']:.1f})"
