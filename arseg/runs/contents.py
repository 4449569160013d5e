"""The list of all runs of a home, ``reports/index.html``: what each said, and which failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from arseg.runs.editions import DAILY, WORK
from arseg.runs.journal import read_journal, run_folders
from arseg.runs.standing import last_event, state_of


def write_contents(home: Path) -> Path:
    """List the last run of every experiment and key date, newest first, and return the page's path.

    Parameters
    ----------
    home
        The home folder; its reports stand in ``reports/<experiment>/<key date>/index.html``.
    """
    from arseg.report import write_index

    return write_index(home / "reports", list_runs(home))


def list_runs(home: Path) -> list[dict[str, Any]]:
    """Return the last run of every experiment and key date, as ``write_index`` takes them."""
    latest: dict[tuple[str, str, str], dict[str, Any]] = {}
    for folder in run_folders(home):
        events = read_journal(folder)
        start = last_event(events, "start")
        if start:
            latest[start["experiment"], start["key_date"], start.get(WORK, "")] = _run(home, start, events)
    return list(latest.values())


def _run(home: Path, start: dict[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    state = state_of(events)
    version = last_event(events, "publish").get("version", "")
    page = "daily.html" if start.get(WORK) == DAILY else "index.html"
    return {
        "experiment": start["experiment"],
        "key_date": start["key_date"],
        "status": state,
        "version": version,
        "measures": _measures(home, start["experiment"], version) if version else {},
        "link": f"{start['experiment']}/{start['key_date']}/{page}" if state == "done" else "",
        "note": last_event(events, "fail").get("message", ""),
    }


def _measures(home: Path, experiment: str, version: str) -> dict[str, float]:
    """Return the headline of a publication; nothing where it has gone."""
    import pyarrow.parquet as pq

    path = home / "data" / "published" / experiment / "versions" / version / "headline.parquet"
    if not path.is_file():
        return {}
    table = pq.read_table(path, columns=["measure", "value"]).to_pydict()
    return dict(zip(table["measure"], table["value"], strict=True))
