"""How old a ledger is, and whether as much came in as usual.

Ages are counted from the day one stands on; nothing here reads a clock. What came in is compared with the
median of the year before, within a band that a single odd month does not move.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Final

import duckdb

from arseg.ledger.quality.finding import Finding
from arseg.ledger.storing.store import Ledger
from arseg.schema import LEDGER, UsageError

MaxAge = int | Mapping[str, int] | None

# The tables whose age one number limits: a book lives from day to day, master data do not.
DAILY: Final = ("invoices", "postings")

# Findings that mean: what came in is too old, or is not all of it; the plainest first.
STALE_CODES: Final = ("stale_table", "truncated_day", "low_volume")

# Rows with their amount in reporting currency; every version of an invoice is a row that came in.
_WORTH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "invoices": "SELECT known_on, amount * rate AS worth FROM invoices LEFT JOIN rates USING (currency)",
        "postings": "SELECT known_on, reported AS worth FROM posted",
    }
)

MONTHS: Final = 12
WEEKS: Final = 12
LEAST: Final = 6


@dataclass(frozen=True)
class TableAge:
    """How old a table is on a day.

    Parameters
    ----------
    table
        Its name.
    rows
        All its rows.
    first_known, last_known
        First and last day on which a row was known, by the day one stands on; None where none was.
    age_days
        Days since then, or since the day to which the book is declared complete; None where no row was known.
    max_age_days
        Days that are allowed; None where no limit is set.
    """

    table: str
    rows: int
    first_known: dt.date | None
    last_known: dt.date | None
    age_days: int | None
    max_age_days: int | None

    @property
    def stale(self) -> bool:
        """Whether the table is older than allowed."""
        return self.max_age_days is not None and (self.age_days is None or self.age_days > self.max_age_days)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data; days are ISO text."""
        days = {name: str(getattr(self, name) or "") or None for name in ("first_known", "last_known")}
        return asdict(self) | days | {"stale": self.stale}


def limits(max_age_days: MaxAge) -> dict[str, int]:
    """Return the allowed age by table; one number is for invoices and postings.

    Raises
    ------
    UsageError
        If a table is unknown or an age is below 0.

    Examples
    --------
    >>> limits(3), limits({"credit": 90}), limits(None)
    ({'invoices': 3, 'postings': 3}, {'credit': 90}, {})
    """
    if max_age_days is None:
        return {}
    ages = dict.fromkeys(DAILY, max_age_days) if isinstance(max_age_days, int) else dict(max_age_days)
    wrong = sorted(name for name, age in ages.items() if name not in LEDGER or age < 0)
    if wrong:
        raise UsageError(
            "a maximum age is wrong",
            given=", ".join(f"{name}: {ages[name]}" for name in wrong),
            allowed=f"0 or more days for {', '.join(LEDGER)}",
            do="correct max_age_days",
            code="max_age_days",
        )
    return ages


def measure_ages(
    connection: duckdb.DuckDBPyConnection, ledger: Ledger, as_of: dt.date, allowed: Mapping[str, int]
) -> tuple[TableAge, ...]:
    """Return the age of every table that is present or has a limit, by name."""
    ages = []
    for name in sorted(ledger.present | set(allowed)):
        rows, first, last, ever = connection.execute(
            "SELECT count(*), min(known_on) FILTER (known_on <= $day), max(known_on) FILTER (known_on <= $day), "
            f"max(known_on) FROM {name}",
            {"day": as_of},
        ).fetchall()[0]
        ages.append((name, rows, first, last, ever))
    # A book that is declared complete to a day has nothing to hear up to it.
    ends = [ever for name, *_, ever in ages if name in DAILY and ever]
    declared = ledger.last_known if ends and ledger.last_known > max(ends) else dt.date.min
    return tuple(
        TableAge(
            name,
            rows,
            first,
            last,
            _age(as_of, last, declared if name in DAILY else dt.date.min),
            allowed.get(name),
        )
        for name, rows, first, last, _ in ages
    )


def _age(as_of: dt.date, last: dt.date | None, declared: dt.date) -> int | None:
    return None if last is None else max(0, (as_of - max(last, declared)).days)


def find_stale(ages: Sequence[TableAge], as_of: dt.date) -> Iterator[Finding]:
    """Say how old each table is, and which is too old."""
    for age in ages:
        span = f"known from {age.first_known} to {age.last_known}" if age.last_known else "none known"
        message = f"{age.table}: {age.rows:,} rows, {span} by {as_of}"
        yield Finding("note", "freshness", message, age.rows)
        if age.stale:
            old = f"are {age.age_days} days old" if age.last_known else "are not known at all"
            message = f"{age.table} {old} on {as_of}; {age.max_age_days} days are allowed"
            yield Finding("warning", "stale_table", message)


def find_volumes(connection: duckdb.DuckDBPyConnection, as_of: dt.date) -> Iterator[Finding]:
    """Compare the last complete month, the last load and the last day with what came in before."""
    for name in DAILY:
        yield from _months(connection, name, as_of)
    yield from _last_load(connection, as_of)
    yield from _last_day(connection, as_of)


def band(history: Sequence[float], *, counts: bool = True) -> tuple[float, float]:
    """Return the least and the most that is usual after a history.

    Median plus and minus four robust standard deviations, at least a quarter of the median, and for counts
    at least three standard deviations of chance.

    Examples
    --------
    >>> band([100, 100, 100, 100, 100, 900])
    (70.0, 130.0)
    """
    median = statistics.median(history)
    spread = 1.4826 * statistics.median(abs(value - median) for value in history)
    width = max(4 * spread, abs(median) / 4, 3 * abs(median) ** 0.5 if counts else 0.0)
    return float(median - width), float(median + width)


def _months(connection: duckdb.DuckDBPyConnection, name: str, as_of: dt.date) -> Iterator[Finding]:
    """Find the months in which nothing was known, and a last complete month with unusually few or many rows."""
    rows = connection.execute(
        "SELECT CAST(date_trunc('month', known_on) AS DATE), count(*), CAST(sum(worth) AS DOUBLE) "
        f"FROM ({_WORTH[name]}) WHERE known_on <= ? GROUP BY 1",
        [as_of],
    ).fetchall()
    found = {_index(month): (count, amount or 0.0) for month, count, amount in rows}
    last = _index(as_of + dt.timedelta(days=1)) - 1
    # The book's first month may have begun before it.
    months = range(max(last - MONTHS, min(found, default=last) + 1), last)
    gone = [month for month in months if month not in found]
    if gone:
        yield Finding("warning", "missing_month", f"{name}: no row known in {_span(gone)}", 0)
    if len(months) - len(gone) >= LEAST:
        history = [found[month] for month in months if month in found]
        what = f"{name} known in {_name(last)}"
        yield from _unusual(what, found.get(last, (0, 0.0)), history)


def _unusual(
    what: str, now: tuple[float, float], history: Sequence[tuple[float, float]]
) -> Iterator[Finding]:
    rows, amount = now
    few, many = band([count for count, _ in history])
    little, much = band([worth for _, worth in history], counts=False)
    usual = f"usual are {max(few, 0):,.0f} to {many:,.0f}"
    if rows < few or not rows:
        yield Finding("warning", "low_volume", f"{what}: {rows:,} rows; {usual}", int(rows))
    elif rows > many:
        yield Finding("warning", "high_volume", f"{what}: {rows:,} rows; {usual}", int(rows))
    elif not little <= amount <= much:
        side = "less" if amount < little else "more"
        message = f"{what}: {amount:,.0f} in all, {side} than the usual {little:,.0f} to {much:,.0f}"
        yield Finding("warning", "unusual_amount", message, int(rows))


def _last_load(connection: duckdb.DuckDBPyConnection, as_of: dt.date) -> Iterator[Finding]:
    """Compare the last load with those before; the first one and backfills hold history, not a day's work."""
    rows = connection.execute(
        "SELECT load, rows_new FROM loads WHERE backfill IS NULL AND load > 1 AND last_known <= ? ORDER BY load",
        [as_of],
    ).fetchall()
    history = [float(count) for _, count in rows[-MONTHS - 1 : -1]]
    if len(history) < LEAST:
        return
    load, count = rows[-1]
    few, many = band(history)
    usual = f"usual are {max(few, 0):,.0f} to {many:,.0f}"
    if count < few or (not count and min(history)):
        yield Finding("warning", "low_volume", f"load {load} brought {count:,} new rows; {usual}", count)
    elif count > many:
        yield Finding("warning", "high_volume", f"load {load} brought {count:,} new rows; {usual}", count)


def _last_day(connection: duckdb.DuckDBPyConnection, as_of: dt.date) -> Iterator[Finding]:
    """Find a last day of the ledger that holds less than half of what its weekday holds: cut off on the way."""
    day, later = connection.execute(
        "SELECT max(known_on) FILTER (known_on <= $day), max(known_on) FROM "
        "(SELECT known_on FROM invoices UNION ALL SELECT known_on FROM postings)",
        {"day": as_of},
    ).fetchall()[0]
    if day is None or day != later:
        return
    rows = connection.execute(
        "SELECT known_on, count(*) FROM (SELECT known_on FROM invoices UNION ALL SELECT known_on FROM postings) "
        f"WHERE known_on >= $day - {7 * WEEKS} AND known_on <= $day AND ($day - known_on) % 7 = 0 GROUP BY 1",
        {"day": day},
    ).fetchall()
    found = dict(rows)
    history = [float(found.get(day - dt.timedelta(days=7 * week), 0)) for week in range(1, WEEKS + 1)]
    usual = statistics.median(history)
    if found[day] < min(band(history)[0], usual / 2):
        message = f"the last day, {day}, holds {found[day]:,} rows; its weekday usually holds {usual:,.0f}: it may be cut off"
        yield Finding("warning", "truncated_day", message, found[day])


def _index(day: dt.date) -> int:
    return 12 * day.year + day.month - 1


def _span(months: Sequence[int]) -> str:
    """Return the one month, or how many months there are and between which."""
    if len(months) == 1:
        return _name(months[0])
    return f"{len(months)} months between {_name(months[0])} and {_name(months[-1])}"


def _name(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"
