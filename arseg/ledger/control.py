"""Control totals: a small file beside a source that says how much it must hold.

``invoices.csv.control.json`` with ``{"rows": 1200, "totals": {"amount": "48210.55"}}`` turns a cut
file, which would look like a smaller whole one, into a refusal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from pydantic import Field

from arseg.declarations import parse_declaration, validate
from arseg.ledger.mapped import Declared
from arseg.ledger.money_text import MoneyText
from arseg.ledger.reading import Batch, Reading, Stream
from arseg.ledger.source import Source
from arseg.schema import DataError

SUFFIX = ".control.json"


class Control(Declared):
    """What a source must hold: its data rows, and sums of amounts by column, as decimal text."""

    rows: int | None = None
    totals: dict[str, str] = Field(default_factory=dict)


def read_controlled(reading: Reading, path: Path, source: Source) -> Reading:
    """Return the reading, which refuses at its end what differs from the control file, where there is one.

    Raises
    ------
    UsageError
        If the control file declares something else.
    DataError
        While it is read, if rows or totals differ, or its last line is cut off.
    """
    beside = path.with_name(path.name + SUFFIX)
    if not beside.is_file():
        return reading
    control = validate(parse_declaration(beside.read_text(encoding="utf-8"), beside), Control)
    checked = Stream(reading.name, reading.header, reading.kinds, iter(()), damaged=reading.damaged)
    checked.pieces = _checked(reading, checked, control, source)
    return checked


def _checked(reading: Reading, checked: Stream, control: Control, source: Source) -> Iterator[Batch]:
    rows = 0
    totals = dict.fromkeys(control.totals, Decimal(0))
    for batch in reading.batches():
        rows += len(batch.lines)
        for column in totals:
            totals[column] += _sum(batch, column, source.money(exact=reading.kinds.get(column) == "decimal"))
        yield batch
    checked.sha256 = reading.sha256
    if any(bad.reason == "cut_off" for bad in reading.damaged):
        raise _differs(reading.name, "its last line", "cut off", "whole")
    rows += len(reading.damaged)
    if control.rows is not None and rows != control.rows:
        raise _differs(reading.name, "its number of rows", rows, control.rows)
    for column, total in control.totals.items():
        if not reading.damaged and totals[column] != Decimal(total):
            raise _differs(reading.name, f"the total of {column}", totals[column], total)


def _sum(batch: Batch, column: str, money: MoneyText) -> Decimal:
    total = Decimal(0)
    pattern = re.compile(money.pattern)
    for text in batch.columns[column].to_pylist() if column in batch.columns else ():
        if text and pattern.fullmatch(text):
            total += money.amount(text)
    return total


def _differs(name: str, what: str, given: object, allowed: object) -> DataError:
    return DataError(
        f"{name} is not what its control file says: {what} differs",
        given=given,
        allowed=allowed,
        do="copy or export it again, or correct the control file",
    )
