"""Everything that may become known after a key date, drawn at random: what no figure of that day may see."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import numpy as np

from arseg.schema import LEDGER, POSTING_KINDS, Column, Table
from oracle.known import Row, Rows

# A row of these is known once; another row about the same thing has another id.
ONCE: Final = {"postings": "posting_id", "contacts": "contact_id"}

# What says of whom a row speaks, and what a row of the other tables restates.
_SAME: Final = frozenset(
    {
        *("invoice_id", "posting_id", "dispute_id", "promise_id", "contact_id", "restates"),
        *("effective_on", "series", "period", "key_date"),
    }
)
_STRANGE: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": POSTING_KINDS,
    "currency": ("EUR", "USD"),
    "industry": ("piracy",),
    "country": ("FR", "JP", "Atlantis"),
    "channel": ("call", "portal"),
    "outcome": ("reached", "promise", "dispute", "legal"),
    "payment_method": ("transfer", "check"),
    "method": ("transfer", "check", "card"),
    "invoice_delivery": ("paper", "portal"),
    "customer_id": ("AAA", "ZZZ"),
    "parent": ("AAA", "ZZZ"),
}


class Poison:
    """Spoils all that is known after a day, and nothing else.

    Parameters
    ----------
    book
        Rows by table.
    rng
        What to draw from.
    day
        The key date.
    """

    def __init__(self, book: Mapping[str, Sequence[Row]], rng: np.random.Generator, day: dt.date) -> None:
        self.book, self.rng, self.day = book, rng, day
        self.number = 0
        self.names = [str(row["customer_id"]) for row in book.get("invoices", ())]
        self.invoices = [row for row in book.get("invoices", ()) if row["document_date"] <= day]

    def chance(self, share: float) -> bool:
        """Return whether something happens."""
        return bool(self.rng.random() < share)

    def one_of(self, values: Sequence[Any]) -> Any:
        """Return one of some values."""
        return values[int(self.rng.integers(len(values)))]

    def past(self) -> dt.date:
        """Return a day up to the key date, near it as often as far."""
        return self.day - dt.timedelta(days=int(self.one_of([0, 0, 1, 5, *range(30, 500, 30)])))

    def late(self, happened: dt.date) -> dt.date:
        """Return a day after the key date, most often the next one, not before the event."""
        return max(happened, self.day + dt.timedelta(days=1 if self.chance(0.5) else self.one_of(range(2, 60))))

    def table(self, name: str) -> list[Row]:
        """Return the rows of a table: what is known as it was, what comes later as it might have been."""
        rows, table = self.book.get(name, ()), LEDGER[name]
        known = [row for row in rows if row["known_on"] <= self.day]
        later = [row for row in rows if row["known_on"] > self.day and self.chance(0.7)]
        changed = [self.spoilt(row, table) if self.chance(0.5) else row for row in later]
        again = [self.again(row, table) for row in known if self.chance(0.5)]
        return _last([*changed, *again, *(self.invented(table) for _ in range(6)), *known], table)

    def again(self, row: Row, table: Table) -> Row:
        """Return an old event posted again, late: as a restatement, or under a new id."""
        changed = self.spoilt(row, table)
        if table.name in ONCE or (table.name == "invoices" and self.chance(0.3)):
            changed[table.key[0]] = self.fresh()
        return changed

    def invented(self, table: Table) -> Row:
        """Return a row about an event before the key date that comes out of nowhere, late."""
        invoice = self.one_of(self.invoices) if self.invoices else {}
        row: Row = {column.name: self.value(column, None, table) for column in table.columns}
        row |= {name: invoice.get(name) for name in ("customer_id", "invoice_id") if name in row}
        row |= {name: self.fresh() for name in table.key[:1] if name.endswith("_id")}
        row |= {"due_date": self.past(), "restates": None} if table.name in {"invoices", "postings"} else {}
        if table.event_day:
            row[table.event_day] = self.past()
        row["known_on"] = self.late(row.get(table.event_day or "", self.day))
        return {name: value for name, value in row.items() if name in table.names}

    def fresh(self) -> str:
        """Return an id that sorts before or after all others."""
        self.number += 1
        return f"{'AZ'[self.number % 2]}-poison{self.number}"

    def spoilt(self, row: Row, table: Table) -> Row:
        """Return what a row known after the day might as well have said."""
        changed = dict(row)
        for column in table.columns:
            name = column.name
            moved = name == table.event_day and table.name == "invoices" and self.chance(0.3)
            said = name not in _SAME | {"customer_id", table.event_day, "known_on"}
            if said or moved or (name == "customer_id" and table.name == "invoices" and self.chance(0.2)):
                changed[name] = self.value(column, row.get(name), table)
        if table.name == "indicators":
            changed["industry"] = row.get("industry")
        happened = changed[table.event_day] if table.event_day else self.day
        changed["known_on"] = self.late(happened)
        return changed

    def value(self, column: Column, said: Any, table: Table) -> Any:
        """Return another value of a column."""
        if said is not None and not column.required and self.chance(0.1):
            return None
        if column.type == "date":
            # Closed, due, delivered: on either side of the key date, but most often before it.
            return self.past() if self.chance(0.7) else self.day + dt.timedelta(days=self.one_of(range(90)))
        if column.type in {"money", "number"}:
            if said is None:
                return Decimal("77.77") if column.type == "money" else 0.77
            return type(said)(said * 3 + 1)
        seen = [row[column.name] for row in self.book.get(table.name, ()) if row.get(column.name) is not None]
        pool = [*_STRANGE.get(column.name, (f"odd {column.name}",)), *seen[:20]]
        return self.one_of(pool)


def poisoned(book: Mapping[str, Sequence[Row]], rng: np.random.Generator, day: dt.date) -> Rows:
    """Replace, add, delete and restate what is known after a day, and post old events again, late."""
    poison = Poison(book, rng, day)
    return {name: poison.table(name) for name in LEDGER}


def changes(before: Mapping[str, Sequence[Row]], after: Rows, day: dt.date) -> dict[str, Counter[str]]:
    """Return by table how many rows were added, how many deleted, and how many are old events posted late."""
    found = {}
    for name, table in LEDGER.items():
        old, new = ({_whole(row) for row in rows.get(name, ())} for rows in (before, after))
        added = [row for row in after[name] if _whole(row) not in old]
        late = [row for row in added if table.event_day is None or row[table.event_day] <= day]
        found[name] = Counter(added=len(added), deleted=len(old - new), late=len(late))
    return found


def _whole(row: Row) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, repr(value)) for name, value in row.items()))


def _last(rows: Sequence[Row], table: Table) -> list[Row]:
    """Return of rows with the same key the last."""
    return list({tuple(row.get(name) for name in table.key): row for row in rows}.values())
