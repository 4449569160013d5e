"""Which header may give which column of which table, by the names alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from arseg.ledger.suggesting.trade_words import NEAR, can_hold, likeness, words_of
from arseg.schema import LEDGER, Table

# What a layout may say without a column of the source: a constant, or the event day that stands in.
SAYABLE: Final = frozenset({"known_on", "currency", "kind"})

# Columns whose name alone would make a table of any file.
_MARKS: Final[Mapping[str, tuple[str, ...]]] = {
    "postings": ("value_date", "amount"),
    "customers": ("customer_id", "name"),
}

Found = dict[str, tuple[str, float]]


@dataclass(frozen=True)
class HeaderNames:
    """How near each header is to each column: by the trade's words, and by names that layouts use.

    Parameters
    ----------
    header
        The names in the header.
    used
        By table and column, source columns that any known layout takes it from.
    fitting
        The same of a layout's source that has all that it needs in this header.
    """

    header: Sequence[str]
    used: Mapping[tuple[str, str], set[str]]
    fitting: Mapping[tuple[str, str], set[str]]

    def tables(self) -> dict[str, Found]:
        """Return for each table its columns with header and score."""
        found = {table.name: self._match(table, frozenset()) for table in LEDGER.values()}
        owner = found["invoices"].get("invoice_id")
        posted = found["invoices"].get("posting_date")
        if posted is not None and "document_date" not in found["invoices"]:
            found["invoices"]["document_date"] = (posted[0], NEAR)
        if owner is not None and is_proposed("invoices", found):
            # The invoice of a posting in the same row is the row's invoice, and no other name is.
            paid = {"invoice_id": owner} | self._paid(owner[0], found["invoices"].get("amount"))
            # When the book knew the invoice says nothing of when it knew the payment; a layout may know better.
            found["postings"] = {c: hit for c, hit in paid.items() if c != "known_on" or hit[1] == 1.0}
        return found

    def _paid(self, owner: str, owed: tuple[str, float] | None) -> Found:
        """Return the postings of a row: what was paid is another amount than what is owed, where there is one."""
        others = self._match(LEDGER["postings"], frozenset({owner, owed[0]} if owed else {owner}))
        return others if "amount" in others else self._match(LEDGER["postings"], frozenset({owner}))

    def _match(self, table: Table, taken: frozenset[str]) -> Found:
        """Return for each column of a table its header and score; each header once, nearest first."""
        pairs = [
            (-score, place, header)
            for place, column in enumerate(table.names)
            for header in self.header
            if header not in taken and (score := self._score(table, column, header)) >= NEAR
        ]
        found: Found = {}
        used: set[str] = set()
        # Sorted by what is there, not by where it stands, so that the order of columns is without effect.
        for score, place, header in sorted(pairs):
            column = table.names[place]
            # The day of knowledge may be a day that is also something else.
            if column not in found and (header not in used or column == "known_on"):
                found[column] = (header, -score)
                used |= {header} - ({header} if column == "known_on" else set())
        return found

    def _score(self, table: Table, column: str, header: str) -> float:
        key = (table.name, column)
        if header in self.fitting.get(key, ()):
            return 1.0
        if not can_hold(header, table.column(column)):
            return 0.0
        if likeness(header, column) == 1.0:
            return 0.99
        known = 0.9 if header in self.used.get(key, ()) else 0.0
        # Of words that say the same, the first is meant first.
        spoken = max(
            0.98 * likeness(header, word) - 0.001 * place for place, word in enumerate(words_of(*key))
        )
        return round(max(known, spoken), 3)


def is_proposed(name: str, found: Mapping[str, Found]) -> bool:
    """Return whether enough of a table is there to be worth a feed.

    Parameters
    ----------
    name
        The table.
    found
        For each table its columns with header and score.
    """
    own, table = found[name], LEDGER[name]
    if name == "postings" and found["invoices"] and "value_date" in own:
        # The day of the document itself clears nothing.
        days = {
            found["invoices"][day][0] for day in ("document_date", "posting_date") if day in found["invoices"]
        }
        if own["value_date"][0] in days and is_proposed("invoices", found):
            return False
    if name == "invoices":
        # A payment too has a number, a day and an amount; what is owed is due, or has another day than its payment.
        if "due_date" in own:
            return "invoice_id" in own or "amount" in own
        issued, paid = own.get("document_date", ("", 0)), found["postings"].get("value_date", ("", 0))
        return (
            bool(issued[0]) and issued[0] != paid[0] and {"invoice_id", "customer_id", "amount"} <= set(own)
        )
    if name in _MARKS:
        return all(mark in own for mark in _MARKS[name])
    needed = [column for column in table.required if column not in SAYABLE]
    return all(column in own and own[column][1] > 0.75 for column in needed)
