"""The reporting currency of a load, and what one unit of each currency is worth in it: declared, never looked up."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb

from arseg.declarations import read_declaration, validate
from arseg.ledger.declared.layout import Layout, Reporting
from arseg.ledger.sources.matching import Matched
from arseg.ledger.storing.store import Ledger
from arseg.schema import DataError, UsageError, parse_day


def find_reporting(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Matched],
    declared: Layout,
    previous: Ledger | None = None,
) -> Reporting:
    """Return the reporting currency: the layout's, else the about file's, else the ledger's, else the only one present.

    Parameters
    ----------
    connection
        With the stage tables.
    files
        The sources; side files stand beside them.
    declared
        The layout.
    previous
        The ledger that is added to, whose currency and rates hold.

    Raises
    ------
    UsageError
        If none of these says it, or a later load says something else than the ledger.
    DataError
        If a rate table lacks a rate or has several.
    """
    said = declared.reporting or _of_about(files, declared)
    if said is None and previous is not None:
        return Reporting(currency=previous.currency, rates=dict(previous.rates))
    if said is None:
        said = _only_currency(connection, declared)
    said = _with_rate_table(said, files)
    if previous is not None:
        _require_same(said, previous)
        return said.model_copy(update={"rates": {**previous.rates, **said.rates}})
    return said


def _of_about(files: Sequence[Matched], declared: Layout) -> Reporting | None:
    folders = sorted({file.path.parent for file in files}) if declared.about_file else []
    abouts = [folder / str(declared.about_file) for folder in folders]
    said = [_read_about(path) for path in abouts if path.is_file()]
    if any(one != said[0] for one in said):
        raise _open(declared, f"{len(said)} different about files")
    return said[0] if said else None


def _only_currency(connection: duckdb.DuckDBPyConnection, declared: Layout) -> Reporting:
    found = [row[0] for row in connection.execute(_CURRENCIES).fetchall()]
    if len(found) != 1:
        raise _open(declared, ", ".join(found) or "no currency")
    return Reporting(currency=found[0])


_CURRENCIES = (
    "SELECT DISTINCT currency FROM stage.invoices WHERE currency IS NOT NULL "
    "AND row NOT IN (SELECT row FROM stage.rejected) ORDER BY 1"
)


def _open(declared: Layout, given: str) -> UsageError:
    return UsageError(
        "the reporting currency is open",
        given=given,
        allowed="one currency, or a declared one with rates",
        do=f'write {declared.about_file or "`reporting` in the layout"}: {{"currency": "EUR", "rates": {{"EUR": 1.0}}}}',
        code="no_reporting_currency",
    )


def _read_about(path: Path) -> Reporting:
    return validate(read_declaration(path), Reporting)


def _with_rate_table(said: Reporting, files: Sequence[Matched]) -> Reporting:
    """Add the rates of a side file: of each currency the last that is valid on the declared day."""
    if said.rates_file is None:
        return said
    paths = sorted({file.path.parent / said.rates_file for file in files})
    found = [path for path in paths if path.is_file()]
    if len(found) != 1:
        raise DataError(
            "the rate table is missing" if not found else "there are several rate tables",
            given=", ".join(map(str, found or paths)),
            allowed="one file beside the sources",
            do="put it there, or correct rates_file",
            code="several_rate_tables" if found else "no_rate_table",
            file=(found or paths)[0],
        )
    rates: dict[str, float] = {}
    for row in _rate_rows(found[0]):
        _add_rate(rates, row, said, found[0])
    return said.model_copy(update={"rates": {**rates, **said.rates}})


def _rate_rows(path: Path) -> list[dict[str, str]]:
    """Return the lines of a rate table by day; of one currency and day there is one."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = sorted(csv.DictReader(file), key=lambda row: str(row.get("valid_from")))
    except (UnicodeDecodeError, csv.Error) as problem:
        raise DataError(
            f"{path.name} is no rate table",
            given=problem,
            allowed="CSV in UTF-8",
            do="save it so",
            code="bad_rate_table",
            file=path,
        ) from None
    said = Counter((row.get("currency"), row.get("valid_from")) for row in rows)
    twice = [one for one, count in said.items() if count > 1]
    if twice:
        raise DataError(
            f"{path.name} has two rates of one day",
            given=twice[0],
            allowed="one rate per currency and day",
            do="remove one",
            code="rate_twice",
            file=path,
            column="valid_from",
        )
    return rows


def _add_rate(rates: dict[str, float], row: dict[str, str], said: Reporting, path: Path) -> None:
    try:
        currency, day, rate = (
            row["currency"],
            parse_day(row["valid_from"], name="valid_from"),
            float(row["rate"]),
        )
        if not 0 < rate < 1e9:
            raise ValueError  # noqa: TRY301 (one refusal for whatever is wrong in the line)
    except (KeyError, TypeError, ValueError, UsageError):
        raise DataError(
            f"{path.name} is no rate table",
            given=dict(row),
            allowed="currency,valid_from,rate with a day as 2026-10-31 and a number",
            do="mend that line",
            code="bad_rate_table",
            file=path,
        ) from None
    if said.rates_on is not None and day > said.rates_on:
        return
    if currency in rates and said.rates_on is None:
        raise DataError(
            f"{path.name} has several rates for {currency}",
            given=currency,
            allowed="one rate per currency, or a declared day",
            do="say rates_on: the day whose rates count",
            code="rate_twice",
            file=path,
            column="currency",
        )
    rates[currency] = rate


def _require_same(said: Reporting, previous: Ledger) -> None:
    changed = {c: r for c, r in said.rates.items() if c in previous.rates and previous.rates[c] != r}
    if said.currency == previous.currency and not changed:
        return
    raise UsageError(
        "a later load reports in another currency or at other rates than the ledger",
        given=f"{said.currency} {changed or ''}".strip(),
        allowed=f"{previous.currency}, {', '.join(f'{c} at {r:g}' for c, r in previous.rates.items())}",
        do="keep the ledger's, or say --replace to start the ledger anew",
        code="rates_changed",
    )
