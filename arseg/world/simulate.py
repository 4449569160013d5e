"""A synthetic receivables book: draw a world, let the days go by, write what the book knows of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from arseg.schema import UsageError, parse_day
from arseg.schema.shown import Shown
from arseg.world.book import World
from arseg.world.calendars import Calendar
from arseg.world.course import draw_world, follow
from arseg.world.customers import RATES
from arseg.world.legacy import legacy_policy, require_mode
from arseg.world.parquet import write_tables
from arseg.world.settings import Setting, setting_of
from arseg.world.tables import ledger_tables
from arseg.world.truth import truth_tables

FIRST_DAY: Final = dt.date(2024, 1, 1)


@dataclass(frozen=True)
class Synthesis(Shown):
    """What was written, and where.

    Parameters
    ----------
    folder
        Where the ledger's tables and ``about.json`` stand.
    truth
        The folder of the truth, inside it.
    start, end
        First and last day of the book; nothing in it is known later.
    rows
        Rows by table.
    paths
        Files by table.
    """

    folder: Path
    truth: Path
    start: dt.date
    end: dt.date
    rows: Mapping[str, int]
    paths: Mapping[str, Path]


def synthesize(
    folder: str | Path,
    *,
    customers: int = 2000,
    months: int = 30,
    seed: int = 7,
    setting: str | Setting = "typical",
    start: str | dt.date = FIRST_DAY,
) -> Synthesis:
    """Write a synthetic ledger and, beside it, its truth.

    Parameters
    ----------
    folder
        Where to write: one Parquet file per ledger table, ``about.json``, and ``truth/``. Made if absent;
        files of the same name are overwritten.
    customers
        Debtors, at least 1.
    months
        Calendar months of the book, at least 1. Nothing is known after the last day, so the last
        invoices are censored as in a real book.
    seed
        The same seed gives the same bytes.
    setting
        Name of a world (``arseg.world.WORLDS``), or a setting of one's own; it holds the legacy mode.
    start
        First day of the book, the first of a month.

    Returns
    -------
    What was written, and where.

    Raises
    ------
    UsageError
        If there is no such world or legacy mode, or a number or the start is out of range.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = synthesize(folder, customers=5, months=3)
    >>> made.end
    datetime.date(2024, 3, 31)
    """
    chosen = setting if isinstance(setting, Setting) else setting_of(setting)
    require_mode(chosen.legacy)
    first = _checked(customers, months, seed, parse_day(start, name="start"))
    world = draw_world(customers, Calendar(first, months), seed=seed, setting=chosen)
    course = follow(world, legacy_policy(chosen.legacy, world))
    tables = ledger_tables(world, course)
    target = Path(folder)
    truth = target / "truth"
    write_tables(truth, truth_tables(world, course))
    _write_setting(truth, world)
    paths = write_tables(target, tables)
    _write_about(
        target,
        world.calendar.end,
        f"seed {seed}, {customers} customers, {months} months, legacy mode {chosen.legacy}",
    )
    rows = {name: table.num_rows for name, table in tables.items()}
    return Synthesis(target, truth, first, world.calendar.end, rows, paths)


def _write_setting(folder: Path, world: World) -> None:
    """Write how the world was set, Lambda and the day of the rule change among it."""
    changed = world.calendar.start + dt.timedelta(days=world.changed_on)
    setting = asdict(world.setting) | {"seed": world.seed, "rule_changes_on": changed.isoformat()}
    (folder / "setting.json").write_text(json.dumps(setting, indent=2) + "\n", encoding="utf-8")


def _write_about(folder: Path, end: dt.date, drawn: str) -> None:
    """Write what a loader must know: currency and rates, the last day told of, and that all is invented."""
    about = {
        "currency": "EUR",
        "rates": RATES,
        "complete_to": end.isoformat(),
        "notes": [
            f"synthetic: drawn by arseg.world ({drawn}); no customer, person or payment in it exists",
            "synthetic: contacts work, by a known amount that no table of the ledger shows",
        ],
    }
    (folder / "about.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def _checked(customers: int, months: int, seed: int, start: dt.date) -> dt.date:
    for name, value, least in (("customers", customers, 1), ("months", months, 1), ("seed", seed, 0)):
        if value < least:
            raise UsageError(
                f"{name} is too small", given=value, allowed=f"{least} or more", do=f"raise {name}"
            )
    if start.day != 1:
        raise UsageError(
            "the book starts within a month",
            given=start,
            allowed="the first day of a month",
            do=f"write start as {start.replace(day=1)}",
        )
    return start
