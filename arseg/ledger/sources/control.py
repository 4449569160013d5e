"""Control totals: a small file beside a source that says how much it must hold.

``invoices.csv.control.json`` with ``{"rows": 1200, "totals": {"amount": "48210.55"}}`` turns a cut
file, which would look like a smaller whole one, into a refusal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from arseg.declarations import read_declaration, validate
from arseg.ledger.declared.mapped import Declared
from arseg.ledger.declared.money_text import MoneyText
from arseg.ledger.declared.source import Source
from arseg.ledger.sources.reading import Batch, Reading, Stream
from arseg.schema import DataError

SUFFIX: Final = ".control.json"

Total = Annotated[str, Field(pattern=r"^-?[0-9]+(?:\.[0-9]{1,2})?$")]


class Control(Declared):
    """What a source must hold: its data rows, and sums of amounts by column, as decimal text."""

    rows: Annotated[int, Field(ge=0)] | None = None
    totals: dict[str, Total] = Field(default_factory=dict)


def read_controlled(reading: Reading, path: Path, source: Source) -> Reading:
    """Return the reading, which refuses at its end what differs from the control file, where there is one.

    Raises
    ------
    UsageError
        If the control file declares something else.
    DataError
        If it totals a column that the source lacks.
        While it is read, if rows or totals differ, or its last line is cut off.
    """
    beside = path.with_name(path.name + SUFFIX)
    if not beside.is_file():
        return reading
    control = validate(read_declaration(beside), Control)
    unknown = [column for column in control.totals if column not in reading.header]
    if unknown:
        raise DataError(
            f"the control file of {reading.name} totals a column that is not there",
            given=", ".join(unknown),
            allowed=", ".join(reading.header),
            do="correct the control file, or export the file again",
            code="control_column",
            file=reading.name,
            column=unknown[0],
        )
    checked = Stream(reading.name, reading.header, reading.kinds, iter(()), damaged=reading.damaged)
    checked.pieces = _checked(reading, checked, control, source)
    return checked


def _checked(reading: Reading, checked: Stream, control: Control, source: Source) -> Iterator[Batch]:
    rows = 0
    totals = dict.fromkeys(control.totals, Decimal(0))
    exact = {column: reading.kinds.get(column) in {"decimal", "integer"} for column in totals}
    for batch in reading.batches():
        rows += len(batch.lines)
        for column in totals:
            texts = map(_trimmed if source.trim else str, batch.columns[column].drop_null().to_pylist())
            totals[column] += _sum(texts, source.money(exact=exact[column]))
        yield batch
    checked.sha256 = reading.sha256
    if any(bad.reason == "cut_off" for bad in reading.damaged):
        raise _differs(reading.name, "its last line", "cut off", "whole")
    rows += sum(bad.reason != "blank_row" for bad in reading.damaged)
    if control.rows is not None and rows != control.rows:
        raise _differs(reading.name, "its number of rows", rows, control.rows)
    for column, total in control.totals.items():
        if not reading.damaged and totals[column] != Decimal(total):
            raise _differs(reading.name, f"the total of {column}", totals[column], total, column=column)


def _sum(texts: Iterable[str], money: MoneyText) -> Decimal:
    """Return the sum of the texts that are amounts; the others will be quarantined."""
    pattern = re.compile(money.pattern)
    return sum((money.amount(text) for text in texts if pattern.fullmatch(text)), Decimal(0))


def _trimmed(text: str) -> str:
    """Return the text without separators and invisible signs at its ends."""
    seen = [place for place, sign in enumerate(text) if unicodedata.category(sign)[0] not in "ZC"]
    return text[seen[0] : seen[-1] + 1] if seen else ""


def _differs(name: str, what: str, given: object, allowed: object, *, column: str | None = None) -> DataError:
    return DataError(
        f"{name} is not what its control file says: {what} differs",
        given=given,
        allowed=allowed,
        do="copy or export it again, or correct the control file",
        code="control_total",
        file=name,
        column=column,
    )
