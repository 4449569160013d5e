"""A reporting period of a ledger as frames: items, what moved them, and what the desk did.

Days are event days and the eyes are those of one later day, so that the period is as the book came to know it. All rows
come from one snapshot of that day and from ``observe_flows``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from arseg.ledger import Ledger, Snapshot, observe_flows, take_snapshots
from arseg.schema import BALANCE_SIGN
from arseg.schema.places import places_of
from arseg.schema.shown import Shown

_TEXTS = {
    "items": """
        SELECT i.invoice_id, i.customer_id, i.document_date, i.due_date, CAST(i.amount AS DOUBLE) AS amount,
            c.event, c.cleared_on
        FROM invoices AS i LEFT JOIN cleared_items AS c ON c.invoice_id = i.invoice_id ORDER BY i.invoice_id""",
    "moves": """
        SELECT p.invoice_id, coalesce(i.customer_id, p.customer_id) AS customer_id, p.kind,
            CAST(p.amount AS DOUBLE) AS amount, p.value_date
        FROM postings AS p LEFT JOIN invoices AS i ON i.invoice_id = p.invoice_id ORDER BY p.posting_id""",
    "disputes": "SELECT invoice_id, opened_on, closed_on FROM disputes ORDER BY dispute_id",
    "promises": """
        SELECT p.promise_id, p.customer_id, p.invoice_id, p.made_on, p.due_on, CAST(p.amount AS DOUBLE) AS amount,
            c.country
        FROM promises AS p LEFT JOIN customers AS c ON c.customer_id = p.customer_id ORDER BY p.promise_id""",
    "contacts": """
        SELECT customer_id, invoice_id, contacted_on, minutes FROM contacts ORDER BY contacted_on, contact_id""",
    "holidays": "SELECT country, day FROM holidays ORDER BY country, day",
}
_DAYS = (
    "document_date",
    "due_date",
    "cleared_on",
    "value_date",
    "opened_on",
    "closed_on",
    "made_on",
    "due_on",
)


@dataclass(frozen=True)
class ReceivablesBook(Shown):
    """The period ``(start, end]`` of a book, as known on a later day.

    Parameters
    ----------
    start, end, observed_on
        The period begins on the day after ``start``; postings known by ``observed_on`` count.
    items
        ``invoice_id, customer_id, document_date, due_date, amount, event, cleared_on``; also invoices after the period.
    moves
        ``invoice_id, customer_id, kind, amount, value_date, change`` (of the balance) of each posting.
    flows
        As ``arseg.schema.FLOWS``, by customer_id.
    disputes, promises, contacts, holidays
        As the snapshot has them.
    present
        Tables of the ledger that have rows.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    observed_on: pd.Timestamp
    items: pd.DataFrame
    moves: pd.DataFrame
    flows: pd.DataFrame
    disputes: pd.DataFrame
    promises: pd.DataFrame
    contacts: pd.DataFrame
    holidays: pd.DataFrame
    present: frozenset[str]

    @property
    def days(self) -> int:
        """Days of the period."""
        return int((self.end - self.start).days)

    def balances(self, day: pd.Timestamp) -> pd.DataFrame:
        """Return ``invoice_id, customer_id, balance, days_past_due`` of the items issued by a day, also the cleared ones.

        A balance keeps its sign: below zero the customer overpaid.
        """
        there = (self.items["document_date"] <= day).to_numpy()
        known = (self.moves["value_date"] <= day).to_numpy() & (self._item_of_move >= 0)
        change = self.moves["change"].to_numpy(dtype=np.float64)[known]
        moved = np.bincount(self._item_of_move[known], change, len(self.items))
        issued = self.items.loc[there, ["invoice_id", "customer_id"]]
        balance = self.items.loc[there, "amount"] + moved[there]
        late = (day - self.items.loc[there, "due_date"]).dt.days
        return issued.assign(balance=balance.round(2), days_past_due=late)

    @cached_property
    def _item_of_move(self) -> NDArray[np.int64]:
        """The place of each posting's item among the items, -1 where it has none: many days are asked about."""
        return places_of(self.moves["invoice_id"], self.items["invoice_id"])


def read_book(
    ledger: Ledger,
    start: str | dt.date,
    end: str | dt.date,
    *,
    observed_on: str | dt.date | None = None,
    cache: Path | None = None,
) -> ReceivablesBook:
    """Return a reporting period of a ledger.

    Parameters
    ----------
    ledger
        The book.
    start, end
        The period begins on the day after ``start`` and ends with ``end``.
    observed_on
        Rows known by this day are used; by default the last known day.
    cache
        As in ``take_snapshots``.

    Raises
    ------
    UsageError
        If the ledger cannot speak of a day, or the days are not in order.
    DataError
        If the currency of a row has no rate.
    """
    flows = observe_flows(ledger, start, until=end, observed_on=observed_on).set_index("customer_id")
    seen = ledger.last_known if observed_on is None else ledger.require_day(observed_on, name="observed_on")
    with take_snapshots(ledger, [seen], cache=cache) as snapshots, snapshots.on(seen) as snapshot:
        frames = {name: _frame(snapshot, text) for name, text in _TEXTS.items()}
        present = snapshot.present
    raised = frames["moves"]["kind"].map(BALANCE_SIGN).to_numpy(dtype=np.float64)
    frames["moves"]["change"] = raised * frames["moves"]["amount"]
    first, last = (pd.Timestamp(ledger.require_day(day)) for day in (start, end))
    return ReceivablesBook(
        start=first, end=last, observed_on=pd.Timestamp(seen), flows=flows, present=present, **frames
    )


def _frame(snapshot: Snapshot, text: str) -> pd.DataFrame:
    frame = snapshot.sql(text)
    days = [name for name in (*_DAYS, "contacted_on", "day") if name in frame]
    return frame.assign(**{name: pd.to_datetime(frame[name]).astype("datetime64[s]") for name in days})
