"""The list of all runs: ``reports/index.html``, with the key measures over time and what differs between any two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from arseg.report import wording
from arseg.report.evidence import Band, beside
from arseg.report.findings import plain_value
from arseg.report.history import MEASURES, histories, history_figures
from arseg.report.inlined import Looks, inlined
from arseg.report.language import known, speaking
from arseg.report.page import environment
from arseg.report.tearsheet import write_whole

DONE: Final = frozenset({"done", "published", "ok", "success"})


def write_index(
    reports_folder: str | Path, runs: Sequence[Mapping[str, Any]], *, language: str = "en"
) -> Path:
    """Write ``index.html`` with one row per run, newest key date first, and return its path.

    Parameters
    ----------
    reports_folder
        Folder of the reports; made where missing.
    runs
        One mapping per run: ``experiment``, ``key_date``, ``status`` (``done``, or what else became
        of it), ``version``, ``measures`` (measure to value; ``dso`` in days, the others shares),
        ``intervals`` (measure to its two ends), ``link`` (relative to the folder), ``note`` (why it failed),
        ``stale`` (what was out of date), ``facts`` (label to text) and ``segments`` (segment, customers, exposure).
        All but the first three may be missing.
    language
        One of `arseg.report.language.LANGUAGES`.
    """
    with speaking(language):
        summary = summarise_runs(runs)
        looks = Looks()
        drawn = looks.drawn([history_figures(each) for each in summary["histories"]])
        page = (
            environment()
            .get_template("index.html.j2")
            .render(**summary, language=language, figures=drawn, inlined=inlined(looks))
        )
    return write_whole(Path(reports_folder) / "index.html", page)


def summarise_runs(runs: Sequence[Mapping[str, Any]]) -> Band:
    """Return the list as plain data, newest key date first, with history and differences by experiment."""
    rows = [_run(run) for run in runs]
    rows.sort(key=lambda row: (row["experiment"], row["version"]))
    rows.sort(key=lambda row: row["key_date"]["raw"], reverse=True)
    failed = sum(not row["done"] for row in rows)
    stale = sum(bool(row["stale"]) for row in rows)
    return {
        "rows": rows,
        "labels": [wording.named(name) for name, _ in MEASURES],
        "counted": wording.plural(len(rows), "run"),
        "failed": wording.count(failed) if failed else "",
        "stale": wording.count(stale) if stale else "",
        "histories": histories(rows),
    }


def _run(run: Mapping[str, Any]) -> Band:
    measures = run.get("measures") or {}
    intervals = run.get("intervals") or {}
    texts = {
        name: wording.visible(str(run.get(name) or ""))
        for name in ("experiment", "status", "version", "note", "stale")
    }
    key_date = str(plain_value(run["key_date"]))
    return {
        **texts,
        "done": texts["status"].lower() in DONE,
        "said": known(texts["status"]),
        "key_date": beside(key_date, wording.visible(_day(key_date))),
        "measures": [
            _measure(plain_value(measures.get(name)), plain_value(intervals.get(name)), unit)
            for name, unit in MEASURES
        ],
        "link": safe_link(str(run.get("link") or "")),
        "facts": {
            wording.visible(str(name)): wording.visible(str(value))
            for name, value in (run.get("facts") or {}).items()
        },
        "segments": [dict(segment) for segment in run.get("segments") or ()],
    }


def _measure(value: float | None, ends: Sequence[float | None] | None, unit: str) -> Band:
    low, high = ends or (None, None)
    shown = wording.NOTHING if value is None else wording.measure(value, unit)
    interval = "" if None in (low, high) else wording.interval(low, high, unit, like=value)
    return {**beside(value, shown), "low": low, "high": high, "interval": interval}


def _day(text: str) -> str:
    try:
        return wording.day(text)
    except ValueError:
        return text


def safe_link(link: str) -> str:
    """Return a link that stays inside the folder, or nothing.

    Examples
    --------
    >>> safe_link("month end/2026-10-31/index.html")
    './month%20end/2026-10-31/index.html'
    >>> safe_link("javascript:alert(1)"), safe_link("../secret")
    ('./javascript%3Aalert%281%29', '')
    """
    parts = PurePosixPath(link).parts
    if not parts or ".." in parts or parts[0].startswith("/"):
        return ""
    return "./" + "/".join(quote(part, safe="", errors="replace") for part in parts)
