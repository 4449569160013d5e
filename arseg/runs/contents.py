"""The list of all runs of a home, ``reports/index.html``: what each said, and which failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from arseg.runs.editions import DAILY, WORK
from arseg.runs.journal import read_journal, run_folders
from arseg.runs.publication import published, read_manifest
from arseg.runs.standing import last_event, state_of
from arseg.schema import DataError

FACTS: Final = {
    "policy": "policy",
    "experiment_hash": "experiment",
    "ledger_hash": "ledger",
    "arseg": "arseg",
}
# Characters of a digest that tell two apart.
SHOWN: Final = 16


def write_contents(home: Path, language: str = "en") -> Path:
    """List the last run of every experiment and key date, newest first, and return the page's path.

    Parameters
    ----------
    home
        The home folder; its reports stand in ``reports/<experiment>/<key date>/index.html``.
    language
        Of the list's labels.
    """
    from arseg.report import write_index

    return write_index(home / "reports", list_runs(home), language=language)


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
        **(_published(home, start["experiment"], version) if version else {}),
        "link": f"{start['experiment']}/{start['key_date']}/{page}" if state == "done" else "",
        "note": last_event(events, "fail").get("message", ""),
    }


def _published(home: Path, experiment: str, version: str) -> dict[str, Any]:
    """Return what a publication says of itself; nothing where it has gone."""
    folder = published(home, experiment) / "versions" / version
    head = _columns(folder / "headline.parquet", ["measure", "value", "low", "high"])
    segments = _columns(folder / "segments.parquet", ["segment", "customers"])
    facts = _facts(folder)
    names = head.get("measure", [])
    return {
        "measures": dict(zip(names, head.get("value", []), strict=True)),
        "intervals": dict(zip(names, zip(head["low"], head["high"], strict=True), strict=True))
        if "low" in head
        else {},
        "segments": [dict(zip(segments, row, strict=True)) for row in zip(*segments.values(), strict=True)],
        "stale": facts.get("stale", ""),
        "facts": {label: facts[name][:SHOWN] for name, label in FACTS.items() if facts.get(name)},
    }


def _columns(path: Path, wanted: list[str]) -> dict[str, list[Any]]:
    """Return those of the columns that a published table has; nothing where there is none."""
    import pyarrow.parquet as pq

    if not path.is_file():
        return {}
    table = pq.read_table(path)
    return {name: table[name].to_pylist() for name in wanted if name in table.column_names}


def _facts(folder: Path) -> dict[str, Any]:
    """Return the facts of a publication; one whose manifest is damaged has none, and ``arseg verify`` says so."""
    try:
        return dict(read_manifest(folder)["facts"])
    except DataError:
        return {}
