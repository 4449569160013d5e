"""A load into a ledger that is already there: what it has had is passed over, the rest is judged and added."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import zlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import duckdb

from arseg.ledger.declared.bounds import Bounds, Unpacked
from arseg.ledger.declared.layout import Layout
from arseg.ledger.loading.adding import (
    Later,
    count_actions,
    insert_final,
    judge_rows,
    record_restatements,
    record_vanished,
    require_few_restated,
)
from arseg.ledger.loading.quarantine import HARMLESS
from arseg.ledger.loading.recording import LoadRecord, declared_about, record_load, record_sources
from arseg.ledger.loading.reporting import find_reporting
from arseg.ledger.loading.stage import Staged, live_rows, reject_all, set_aside, stage_all
from arseg.ledger.sources.matching import Matched
from arseg.ledger.sources.read_text import CHUNK
from arseg.ledger.storing.facts import extend
from arseg.ledger.storing.store import Ledger
from arseg.ledger.storing.writing import declared_rates
from arseg.schema import LEDGER, DataError, UsageError, parse_day
from arseg.schema.shown import AsWritten


@dataclass(frozen=True)
class LoadOptions(AsWritten):
    """How a load meets a ledger that is already there.

    Parameters
    ----------
    replace
        Start the ledger anew instead of adding to it.
    extracted_on
        Day on which the extract was made; where None, its file name's if the layout says so, else the last
        day on which a row of it was known.
    backfill
        Why rows that claim to have been known earlier are history that was left out so far, and stand as
        they claim. Without it they count from the day of the extract on.
    allow_empty
        Accept sources without a row.
    """

    replace: bool = False
    extracted_on: str | None = None
    backfill: str | None = None
    allow_empty: bool = False


@dataclass(frozen=True)
class Unseen:
    """The sources of a load that the ledger must look at, and the last day that those passed over reach.

    A database's tables are always looked at, and so is a source of which rows were set aside: what they
    lacked may have come since.
    """

    files: list[Matched]
    reached: dt.date | None


def unseen(files: Sequence[Matched], declared: Layout, previous: Ledger) -> Unseen:
    """Return the sources that the ledger has not had yet, or not whole.

    Raises
    ------
    UsageError
        If a source came before under another layout.
    """
    with closing(previous.connect()) as connection:
        had = {row[0]: row[1:] for row in connection.execute(_HAD).fetchall()}
    fresh, reached = [], []
    for file in files:
        sha256 = _file_hash(file, declared.bounds) if file.path.is_file() else ""
        layout_hash, aside, last = had.get(sha256, (None, 0, None))
        if sha256 in had and layout_hash != declared.hash:
            raise UsageError(
                f"{file.name} is in the ledger already, by another layout",
                given=declared.name,
                allowed="the layout that it came by",
                do="say --replace to start the ledger anew",
                code="loaded_by_other_layout",
                file=file.name,
            )
        if sha256 not in had or aside:
            fresh.append(file)
        if last is not None:
            reached.append(last)
    return Unseen(fresh, max(reached, default=None))


# Of each source: the layout it came by, how many rows were set aside the last time, and how far its load reached.
_HAD = (
    "SELECT sha256, max_by(layout_hash, load), max_by(coalesce(aside, 0), load), max(last_known) "
    "FROM sources JOIN loads USING (load) LEFT JOIN (SELECT load, source, count(*) AS aside FROM quarantine "
    f"WHERE reason NOT IN ({', '.join(repr(reason) for reason in sorted(HARMLESS))}) GROUP BY ALL) "
    "USING (load, source) GROUP BY sha256"
)


def _file_hash(file: Matched, bounds: Bounds) -> str:
    """Return the hash of a file's bytes; of what a gzip file holds, as when it is read."""
    packed = file.path.suffix.lower() == ".gz"
    counter = Unpacked(file.name, bounds)
    digest = hashlib.sha256()
    try:
        with file.path.open("rb") as raw, gzip.GzipFile(fileobj=raw) if packed else raw as opened:
            while chunk := opened.read(CHUNK):
                counter.count(raw.tell() if packed else 0, len(chunk))
                digest.update(chunk)
    except (OSError, EOFError, zlib.error):
        # Reading it will say what is wrong.
        return ""
    return digest.hexdigest()


def add_to_ledger(
    connection: duckdb.DuckDBPyConnection,
    previous: Ledger,
    declared: Layout,
    fresh: Unseen,
    options: LoadOptions,
) -> bool:
    """Judge the rows of new sources and add them, in one transaction; return whether there was anything to add.

    Parameters
    ----------
    connection
        With an empty stage, and the ledger attached as ``book``.
    previous
        The ledger as it was.
    declared
        The layout.
    fresh
        The sources to look at.
    options
        How they meet the ledger.

    Raises
    ------
    DataError
        If a source cannot be read, too much is rejected or changed, or it ends before the ledger.
    """
    staged = stage_all(connection, fresh.files, declared)
    _require_rows(staged, options)
    reporting = find_reporting(connection, fresh.files, declared, previous)
    reject_all(connection, staged, reporting, book=True)
    extracted = _extract_day(connection, fresh.files, options)
    later = _later(previous, extracted, options)
    fed = {feed.table for one in staged for feed in one.source.feeds}
    judge_rows(connection, {name: live_rows(name, staged) for name in sorted(fed)}, later)
    set_aside(connection, staged, declared, reporting)
    again = _all_had(connection, staged)
    if again and not _adds_rows(connection):
        return False
    if not again and options.backfill is None:
        reach = [day for day in (extracted, fresh.reached) if day is not None]
        _require_later(connection, previous, reach=max(reach, default=previous.last_known))
    require_few_restated(connection, declared.limits)
    about = declared_about(previous.name, declared, staged, reporting)
    facts = json.loads(connection.execute("SELECT facts FROM book.about").fetchall()[0][0])
    grown = extend(connection, facts, about, declared_rates(about))
    record = LoadRecord(
        extracted.isoformat() if extracted else None, options.backfill, count_actions(connection)
    )
    connection.execute("BEGIN")
    try:
        _write(connection, staged, declared, grown, record)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return True


def _all_had(connection: duckdb.DuckDBPyConnection, staged: Sequence[Staged]) -> bool:
    """Return whether every source came before, some with rows that were set aside then."""
    had = {row[0] for row in connection.execute("SELECT DISTINCT sha256 FROM book.sources").fetchall()}
    return all(one.sha256 in had for one in staged)


def _adds_rows(connection: duckdb.DuckDBPyConnection) -> bool:
    return any(
        connection.execute(f"SELECT EXISTS (FROM stage.final_{name})").fetchall()[0][0] for name in LEDGER
    )


def _write(
    connection: duckdb.DuckDBPyConnection,
    staged: Sequence[Staged],
    declared: Layout,
    facts: dict[str, Any],
    record: LoadRecord,
) -> None:
    load = connection.execute("SELECT coalesce(max(load), 0) + 1 FROM book.loads").fetchall()[0][0]
    for name in _held_in_full(staged):
        record_vanished(connection, name, load, declared.limits)
    record_restatements(connection, load)
    insert_final(connection)
    record_sources(connection, staged, load=load)
    record_load(connection, declared, facts, load=load, record=record)
    connection.execute("UPDATE book.about SET facts = ?", [json.dumps(facts, sort_keys=True)])


def _held_in_full(staged: Sequence[Staged]) -> list[str]:
    """Return the tables of which every source that feeds them always holds everything."""
    feeds = [(feed.table, one.source.extract == "full") for one in staged for feed in one.source.feeds]
    return sorted({table for table, _ in feeds if all(full for name, full in feeds if name == table)})


def _require_rows(staged: Sequence[Staged], options: LoadOptions) -> None:
    if not options.allow_empty and not any(one.rows for one in staged):
        raise DataError(
            "the sources hold no row",
            given=", ".join(one.name for one in staged),
            allowed="at least one row",
            do="check the export, or say --allow-empty if there was nothing new",
            code="empty_source",
            file=staged[0].name,
        )


def _extract_day(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Matched], options: LoadOptions
) -> dt.date | None:
    """Return the day on which the extract was made: as said, as its name says, else its last known row's."""
    rows = " UNION ALL ".join(
        f"SELECT max(known_on) AS day FROM stage.{name} WHERE row NOT IN (SELECT row FROM stage.rejected)"
        for name in ("invoices", "postings")
    )
    last: dt.date | None = connection.execute(f"SELECT max(day) FROM ({rows})").fetchall()[0][0]
    if options.extracted_on is not None:
        said = parse_day(options.extracted_on, name="extracted_on")
    else:
        named = [day for file in files if (day := _named_day(file)) is not None]
        if not named:
            return last
        said = max(named)
    if last is not None and said < last:
        raise DataError(
            "the extract is dated before a row that it holds",
            given=f"extracted on {said}, a row known on {last}",
            allowed=f"{last} or later",
            do="correct --extracted-on, or the layout's extracted_on",
            code="extract_date",
        )
    return said


def _named_day(file: Matched) -> dt.date | None:
    if file.source.extracted_on is None:
        return None
    try:
        return dt.datetime.strptime(file.path.name, file.source.extracted_on).date()  # noqa: DTZ007 - a day
    except ValueError:
        return None


def _later(previous: Ledger, extracted: dt.date | None, options: LoadOptions) -> Later:
    after = previous.last_known + dt.timedelta(days=1)
    return Later(
        last_known=previous.last_known,
        counts_from=max(after, extracted or after),
        backfill=options.backfill is not None,
        present=previous.present,
    )


def _require_later(connection: duckdb.DuckDBPyConnection, previous: Ledger, *, reach: dt.date) -> None:
    """Refuse what ends before the ledger and yet says something new: last month's file again, or another's."""
    last, news = connection.execute(
        "SELECT max(claimed_on), count(*) FILTER (action <> 'unchanged') FROM stage.verdicts "
        "WHERE table_name IN ('invoices', 'postings')"
    ).fetchall()[0]
    if news and max(last, reach) < previous.last_known:
        raise DataError(
            "the source ends before the ledger does, and yet holds rows that the ledger lacks",
            given=f"last known on {last}, {news:,} such rows",
            allowed=f"rows known up to {previous.last_known} or later",
            do="check that it is the right file; say --backfill REASON if it is history left out so far",
            code="older_extract",
        )
