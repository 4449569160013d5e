"""Books with another future: all that is known after a day is different, all that was known by then is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from arseg.features import Features
from arseg.schema import LEDGER, POSTING_KINDS, Table
from arseg.schema.table import Column
from oracle.known import CENT, Row, Rows

# Days after the key date on which something becomes known; the first of them is the likeliest mistake.
LATE = (1, 1, 1, 2, 7, 29, 30, 31, 90, 400)
CURRENCIES = ("EUR", "USD")
STRANGE = ("piracy", "AA", "zz")


class Poison:
    """Draws other futures for one book.

    Parameters
    ----------
    book
        Rows by table, whenever they were known.
    rng
        Decides what changes.
    day
        The key date: what was known by its end stays as it is.
    """

    def __init__(self, book: Rows, rng: np.random.Generator, day: dt.date) -> None:
        self.book, self.rng, self.day = book, rng, day
        self.pools = {
            (name, column.name): sorted({r[column.name] for r in rows if r.get(column.name) is not None})
            for name, rows in book.items()
            for column in LEDGER[name].columns
            if column.type == "text"
        }
        self.drawn = 0

    def another(self) -> Rows:
        """Return the book with another future.

        Of the rows known later some are gone, some say something else and some stay. Old events come to light,
        as news of rows that are known and as rows of their own. Wholly new customers and invoices appear.
        """
        return {name: self._table(LEDGER[name], rows) for name, rows in self.book.items()}

    def _table(self, table: Table, rows: Sequence[Row]) -> list[Row]:
        known = [row for row in rows if row["known_on"] <= self.day]
        later = [row for row in rows if row["known_on"] > self.day]
        kept = [
            self._changed(table, row, row["known_on"]) if self._chance(0.5) else row
            for row in later
            if self._chance(0.6)
        ]
        again = [self._again(table, row) for row in known if self._chance(0.4)]
        fresh = [self._fresh(table, row) for row in rows if self._chance(0.2)]
        # Of rows with the same key the last one stands, and what was known comes last.
        found = {tuple(row.get(k) for k in table.key): row for row in [*kept, *again, *fresh, *known]}
        told = list(found.values())
        return [told[place] for place in self.rng.permutation(len(told))]

    def _again(self, table: Table, row: Row) -> Row:
        """Return late news of a known row: the event lies before the key date, the book hears of it after."""
        changed = self._changed(table, row, self._late())
        if table.event_day is not None:
            early = int(self.rng.integers(0, 400)) if self._chance(0.5) else 0
            changed[table.event_day] = row[table.event_day] - dt.timedelta(days=early)
        if "known_on" not in table.key or self._chance(0.4):
            self._rename(table, changed)
        else:
            changed |= {name: row.get(name) for name in table.key if name != "known_on"}
        return changed

    def _fresh(self, table: Table, row: Row) -> Row:
        """Return a row of something that happens after the key date."""
        known_on = self._late()
        changed = self._changed(table, row, known_on)
        self._rename(table, changed)
        if table.event_day is not None:
            happened = int(self.rng.integers(1, (known_on - self.day).days + 1))
            changed[table.event_day] = self.day + dt.timedelta(days=happened)
        return changed

    def _changed(self, table: Table, row: Row, known_on: dt.date) -> Row:
        """Return a row in which about half of all columns say something else, its identity and clock apart."""
        changed = {**row, "known_on": known_on}
        for column in table.columns:
            if column.name not in {"known_on", table.event_day, table.key[0]} and self._chance(0.5):
                changed[column.name] = self._value(table, column, row.get(column.name))
        return changed

    def _value(self, table: Table, column: Column, value: Any) -> Any:
        """Return what a column might as well have said; now and then nothing, where it may be empty."""
        if value is not None and column.name not in table.required and self._chance(0.2):
            return None
        if column.type == "text":
            allowed = {"kind": POSTING_KINDS, "currency": CURRENCIES}.get(column.name)
            return str(self.rng.choice(allowed or [*self.pools[table.name, column.name], *STRANGE]))
        if column.type == "date":
            return (value or self.day) + dt.timedelta(days=int(self.rng.integers(-90, 90)))
        number = abs(Decimal(str(value or 7))) * 3 + 1
        return number.quantize(CENT) if column.type == "money" else float(number)

    def _rename(self, table: Table, row: Row) -> None:
        """Give a row an identity of its own, which sorts before, among or behind the others."""
        self.drawn += 1
        if table.key[0] == "customer_id" and table.name != "customers":
            row["customer_id"] = str(self.rng.choice(self.pools["invoices", "customer_id"]))
            return
        row[table.key[0]] = f"{self.rng.choice(['A', 'C0', 'I000', 'P0001', 'Z'])}-poison-{self.drawn}"

    def _late(self) -> dt.date:
        return self.day + dt.timedelta(days=int(self.rng.choice(LATE)))

    def _chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)


def poison(book: Rows, rng: np.random.Generator, day: dt.date) -> Rows:
    """Return a book with another future."""
    return Poison(book, rng, day).another()


def assigned(book: Rows, rng: np.random.Generator, day: dt.date) -> Rows:
    """Return a book in which earlier runs gave a segment to each of its customers, some of them known late."""
    rows = []
    for who in sorted({row["customer_id"] for row in book["invoices"]}):
        for ago in (-30, 1, 31, 62):
            ran = day - dt.timedelta(days=ago)
            row = {"customer_id": who, "key_date": ran, "policy": "RiskTiers()", "treatment": "call"}
            row |= {
                "segment": str(rng.choice(["High", "Medium", "Low"])),
                "propensity": 0.5,
                "publication": "v1",
            }
            rows.append(row | {"known_on": ran + dt.timedelta(days=int(rng.choice([0, 0, 40])))})
    return book | {"assignments": rows}


def cut(book: Rows, day: dt.date) -> Rows:
    """Return a book without any future."""
    return {name: [row for row in rows if row["known_on"] <= day] for name, rows in book.items()}


def few(book: Rows, rng: np.random.Generator, customers: int = 10) -> Rows:
    """Return the rows of a few customers of a book, and those of no customer."""
    everyone = sorted({row["customer_id"] for row in book["invoices"]})
    others = {*everyone} - {*rng.choice(everyone, customers, replace=False)}
    gone = others | {row["invoice_id"] for row in book["invoices"] if row["customer_id"] in others}
    return {
        name: [row for row in rows if not {row.get("customer_id"), row.get("invoice_id")} & gone]
        for name, rows in book.items()
    }


def unheard(book: Rows, day: dt.date, *names: str) -> Rows:
    """Return a book that hears of all that is in some tables after a day."""
    tomorrow = day + dt.timedelta(days=1)
    late = {
        name: [row | {"known_on": max(row["known_on"], tomorrow)} for row in book[name]] for name in names
    }
    return book | {
        name: list({tuple(row.get(k) for k in LEDGER[name].key): row for row in rows}.values())
        for name, rows in late.items()
    }


def unsaid(book: Rows, day: dt.date) -> Rows:
    """Return a book in which every column that may be empty was empty by a day; what is known later stays."""
    empty = {
        name: dict.fromkeys({*table.names} - {*table.required, *table.key}) for name, table in LEDGER.items()
    }
    return {
        name: [row | empty[name] if row["known_on"] <= day else row for row in rows]
        for name, rows in book.items()
    }


def differing(left: pd.DataFrame, right: pd.DataFrame) -> list[str]:
    """Return the columns that are not the same to the last bit, missing values included; ``rows`` for the rows."""
    rows = [] if left.index.tolist() == right.index.tolist() else ["rows"]
    names = dict.fromkeys([*left.columns, *right.columns])
    return rows + [
        name
        for name in names
        if name not in left or name not in right or _bits(left[name]) != _bits(right[name])
    ]


def _bits(column: pd.Series) -> object:
    return column.tolist() if pd.api.types.is_string_dtype(column) else column.to_numpy("float64").tobytes()


def changed_features(before: Features, after: Features) -> list[str]:
    """Return the figures of items and customers, and the customers' words, that are not the same to the last bit."""
    parts = ((getattr(before, name), getattr(after, name)) for name in ("items", "customers", "profile"))
    return [name for pair in parts for name in differing(*pair)]
