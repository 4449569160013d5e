"""Load a source into a ledger: read, convert, set aside, account for every row, then store.

Nothing is written before everything has been checked, so a load that is refused leaves the
previous ledger as it was.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from arseg.declarations import parse_declaration, validate
from arseg.ledger.layout import Layout, Reporting, read_layout
from arseg.ledger.load_report import LoadReport, SourceCount, sum_money
from arseg.ledger.matching import Matched, match_files
from arseg.ledger.quarantine import Rejected, rejected_frame, require_few
from arseg.ledger.read import RawTable, read_source
from arseg.ledger.stage import assumed_clocks, loaded_rows, reject_all, stage_all, total_amount
from arseg.ledger.store import About, create_ledger
from arseg.schema import LEDGER, DataError, UsageError

__all__ = ["LoadReport", "load"]


def load(
    sources: Sequence[str | Path], layout: str | Path, *, into: str, home: str | Path = "."
) -> LoadReport:
    """Load files into the ledger ``<home>/data/ledger/<into>.duckdb``, replacing it.

    Parameters
    ----------
    sources
        Files or folders.
    layout
        Name of a shipped layout, or path of one's own.
    into
        Name of the ledger.
    home
        Home folder.

    Returns
    -------
    LoadReport
        Rows read, loaded and quarantined per source; money per currency.

    Raises
    ------
    UsageError
        If the layout, the name, a path or the reporting currency is wrong.
    DataError
        If a file cannot be read as declared, or more is rejected than the layout's limits allow;
        the previous ledger stays.
    """
    path = ledger_path(into, home)
    declared = read_layout(layout)
    files = match_files(sources, declared)
    _require_invoices(files)
    raws = [read_source(file.path, file.source, name=file.name) for file in files]
    with closing(duckdb.connect()) as connection:
        stage_all(connection, files, raws, declared)
        reporting = find_reporting(connection, files, declared)
        rejected = reject_all(connection, files, raws, reporting)
        rates = {reporting.currency: 1.0} | reporting.rates
        rows = sum(raw.rows for raw in raws)
        require_few(rejected, declared, rows=rows, amount=total_amount(connection, rates), rates=rates)
        tables = {name: loaded_rows(connection, name, files) for name in LEDGER}
    counts = count_sources(raws, rejected)
    about = About(
        name=into,
        currency=reporting.currency,
        rates=rates,
        assumed_clocks=assumed_clocks(files),
        notes=(*reporting.notes, *_notes(files, raws, declared)),
        content_hash=_content_hash(raws, declared, reporting),
        complete_to=reporting.complete_to,
    )
    ledger = create_ledger(
        path, tables, about, quarantine=rejected_frame(rejected), sources=_sources_frame(counts)
    )
    return LoadReport(path, declared.name, tuple(counts), sum_money(ledger), about.notes)


def ledger_path(name: str, home: str | Path = ".") -> Path:
    """Return where the ledger of a name is.

    Raises
    ------
    UsageError
        If the name is not a plain word.

    Examples
    --------
    >>> ledger_path("demo").as_posix()
    'data/ledger/demo.duckdb'
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        raise UsageError(
            "the name of the ledger is wrong",
            given=repr(name),
            allowed="letters, digits, - and _, at most 64",
            do="choose a plain word",
        )
    return Path(home) / "data" / "ledger" / f"{name}.duckdb"


def _require_invoices(files: Sequence[Matched]) -> None:
    fed = {feed.table for file in files for feed in file.source.feeds}
    if "invoices" not in fed:
        raise DataError(
            "no source feeds table invoices",
            given=", ".join(file.name for file in files),
            allowed="at least one file with invoices",
            do="name the file with the invoices too",
        )


def find_reporting(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Matched], declared: Layout
) -> Reporting:
    """Return the reporting currency: the layout's, else the about file's, else the only one present.

    Raises
    ------
    UsageError
        If none of these says it.
    """
    if declared.reporting is not None:
        return declared.reporting
    folders = sorted({file.path.parent for file in files}) if declared.about_file else []
    abouts = [folder / str(declared.about_file) for folder in folders]
    said = [_read_about(path) for path in abouts if path.is_file()]
    if said and all(one == said[0] for one in said):
        return said[0]
    found = [row[0] for row in connection.execute(_CURRENCIES).fetchall()]
    if said or len(found) != 1:
        raise UsageError(
            "the reporting currency is open",
            given=f"{len(said)} different about files" if said else ", ".join(found) or "no currency",
            allowed="one currency, or a declared one with rates",
            do=f'write {declared.about_file or "`reporting` in the layout"}: {{"currency": "EUR", "rates": {{"EUR": 1.0}}}}',
        )
    return Reporting(currency=found[0])


_CURRENCIES = (
    "SELECT DISTINCT currency FROM stage_invoices WHERE currency IS NOT NULL "
    "AND row NOT IN (SELECT row FROM rejected) ORDER BY 1"
)


def _read_about(path: Path) -> Reporting:
    return validate(parse_declaration(path.read_text(encoding="utf-8"), path), Reporting)


def count_sources(raws: Sequence[RawTable], rejected: Sequence[Rejected]) -> list[SourceCount]:
    """Return the rows read, loaded and quarantined of each file."""
    counts = []
    for raw in raws:
        reasons = Counter(row.reason for row in rejected if row.source == raw.name)
        loaded = raw.rows - reasons.total()
        counts.append(SourceCount(raw.name, raw.sha256, raw.rows, loaded, dict(sorted(reasons.items()))))
    return counts


def _sources_frame(counts: Sequence[SourceCount]) -> pd.DataFrame:
    names = ("source", "sha256", "rows_read", "rows_loaded", "rows_quarantined")
    return pd.DataFrame([{name: getattr(count, name) for name in names} for count in counts])


def _notes(files: Sequence[Matched], raws: Sequence[RawTable], declared: Layout) -> tuple[str, ...]:
    notes = [*declared.notes, *(note for file in files for note in file.source.notes)]
    for file, raw in zip(files, raws, strict=True):
        header = list(raw.columns)
        read = {c for feed in file.source.feeds for m in feed.mappings(header).values() for c in m.reads}
        unused = [name for name in header if name not in read | set(file.source.reads)]
        if unused:
            notes.append(f"Columns of {raw.name} that are not loaded: {', '.join(unused)}.")
    return tuple(dict.fromkeys(notes))


def _content_hash(raws: Sequence[RawTable], declared: Layout, reporting: Reporting) -> str:
    parts: dict[str, Any] = {
        "sources": sorted(raw.sha256 for raw in raws),
        "layout": declared.hash,
        "reporting": reporting.model_dump(mode="json"),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
