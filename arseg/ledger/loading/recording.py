"""What a ledger keeps of each load: its sources with their counts, what was set aside, and what was declared."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from arseg.ledger.declared.layout import Layout, Reporting
from arseg.ledger.loading.stage import Staged, assumed_clocks
from arseg.ledger.storing.store import About
from arseg.schema import LEDGER


@dataclass(frozen=True)
class LoadRecord:
    """What one load was: its day, why it is a backfill, and what became of its rows by action."""

    extracted_on: str | None = None
    backfill: str | None = None
    actions: Mapping[str, int] | None = None


def declared_about(name: str, declared: Layout, staged: Sequence[Staged], reporting: Reporting) -> About:
    """Return what a load declares about its ledger."""
    return About(
        name=name,
        currency=reporting.currency,
        rates={reporting.currency: 1.0} | reporting.rates,
        assumed_clocks=assumed_clocks(staged),
        notes=(*reporting.notes, *_notes(staged, declared)),
        complete_to=reporting.complete_to,
    )


def record_sources(connection: duckdb.DuckDBPyConnection, staged: Sequence[Staged], *, load: int) -> None:
    """Store the rows read, loaded and quarantined of each source, and the quarantine itself."""
    connection.execute(
        f"INSERT INTO book.quarantine SELECT {load}, * FROM stage.quarantine ORDER BY source, line"
    )
    found = connection.execute(
        "SELECT source, reason, count(*) FROM stage.quarantine GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for one in staged:
        reasons = {reason: count for source, reason, count in found if source == one.name}
        aside = sum(reasons.values())
        connection.execute(
            "INSERT INTO book.sources VALUES (?, ?, ?, ?, ?, ?, ?)",
            [load, one.name, one.sha256, one.rows, one.rows - aside, aside, json.dumps(reasons)],
        )


def record_load(
    connection: duckdb.DuckDBPyConnection,
    declared: Layout,
    facts: Mapping[str, Any],
    *,
    load: int,
    record: LoadRecord = LoadRecord(),
) -> None:
    """Store what the load was and how many rows it added; a first load adds all of its rows."""
    days = "min(known_on), max(known_on) FROM (SELECT known_on FROM {0}invoices UNION ALL SELECT known_on FROM {0}postings)"
    rows = days.format("book." if record.actions is None else "stage.final_")
    first, last = connection.execute(f"SELECT {rows}").fetchall()[0]
    actions = record.actions
    if actions is None:
        new = sum(
            connection.execute(f"SELECT count(*) FROM book.{n}").fetchall()[0][0] for n in facts["digests"]
        )
        actions = {"new": new, "restated": 0, "unchanged": 0, "late": 0}
    counted = [actions[name] for name in ("new", "restated", "unchanged", "late")]
    connection.execute(
        "INSERT INTO book.loads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            load,
            declared.name,
            declared.hash,
            record.extracted_on,
            record.backfill,
            *counted,
            first,
            last,
            facts["content_hash"],
        ],
    )


def _notes(staged: Sequence[Staged], declared: Layout) -> tuple[str, ...]:
    notes = [*declared.notes, *(note for one in staged for note in one.source.notes)]
    for one in staged:
        header = list(one.header)
        mapped = [m for feed in one.source.feeds for m in feed.mappings(header).values()]
        read = {column for m in mapped for need in m.reads for column in need}
        read |= {column for need in one.source.reads for column in need}
        unused = [name for name in header if name not in read]
        if unused:
            notes.append(f"Columns of {one.name} that are not loaded: {', '.join(unused)}.")
        own = [n for feed in one.source.feeds if feed.same_names for n in LEDGER[feed.table].names]
        lacking = [name for name in own if name not in header and name != "restates"]
        if lacking:
            notes.append(f"{one.name} has no column {', '.join(lacking)}.")
    return tuple(dict.fromkeys(notes))
