"""What contacts leave behind: a stock that each adds to and that decays from day to day (science 4.5).

A contact acts from the day after it was made, because whether a payment of the same day came before it or after is not known.
Intervals are cut where a contact begins to act: within one, nobody's stock then hangs on having stayed unpaid for longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from arseg.models.grid import Periods
from arseg.models.protocol import Integers, Numbers
from arseg.schema import DataError, require_columns

CONTACT_COLUMNS: Final = ("row", "day", "channel", "tone")
# Longer ago than this, a contact has left nothing.
_OLDEST: Final = -365
_NONE: Final = "none"


@dataclass(frozen=True)
class Contacts:
    """Contacts of items, sorted by item and day.

    Parameters
    ----------
    item
        Position of the item, shape (contacts,).
    day
        Day after the key date on which it was made, zero or less for one of the past, shape (contacts,).
    channel, tone
        Shape (contacts,); ``none`` where not said.
    """

    item: Integers
    day: Integers
    channel: np.ndarray
    tone: np.ndarray

    def __len__(self) -> int:
        return len(self.item)

    def take(self, items: Integers) -> Contacts:
        """Return the contacts of some items, numbered by their place among these.

        Parameters
        ----------
        items
            Positions, each once.
        """
        place = np.full(int(max(self.item.max(initial=-1), items.max(initial=-1))) + 1, -1)
        place[items] = np.arange(len(items))
        new = place[self.item]
        kept = np.flatnonzero(new >= 0)
        order = kept[np.lexsort((self.day[kept], new[kept]))]
        return Contacts(new[order], self.day[order], self.channel[order], self.tone[order])

    def before(self, days: Integers) -> Contacts:
        """Return the contacts made before a day of each item.

        A desk goes on contacting a customer about other invoices: what came once an item had left, or was no longer
        followed, did nothing to it.

        Parameters
        ----------
        days
            Days after the key date, shape (items,).
        """
        kept = self.day < days[self.item]
        return Contacts(self.item[kept], self.day[kept], self.channel[kept], self.tone[kept])


def read_contacts(contacts: pd.DataFrame, rows: int) -> Contacts:
    """Return contacts after the checks at the door.

    Parameters
    ----------
    contacts
        ``row`` (position of the item in X), ``day`` (whole days after the key date, zero or less for
        contacts of the past), ``channel``, ``tone``; one row per contact and item.
    rows
        Number of items.

    Raises
    ------
    DataError
        If a column is missing, or a row or a day is no whole number in its range.

    Examples
    --------
    >>> log = pd.DataFrame({"row": [1, 0], "day": [3, -2], "channel": ["call", "email"], "tone": ["firm", None]})
    >>> found = read_contacts(log, rows=2)
    >>> found.item.tolist(), found.day.tolist(), found.tone.tolist()
    ([0, 1], [-2, 3], ['none', 'firm'])
    """
    require_columns(contacts.columns, CONTACT_COLUMNS, frame="contacts")
    item, day = (contacts[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("row", "day"))
    for name, values, good, allowed in (
        ("row", item, (item >= 0) & (item < rows), f"positions from 0 to {rows - 1}"),
        ("day", day, np.abs(day) < 1e5, "days after the key date"),
    ):
        wrong = values[~(good & (values == np.floor(values)))]
        if len(wrong):
            raise DataError(
                f"{name} of contacts is no whole number in its range",
                given=wrong[0],
                allowed=allowed,
                do="correct or drop the contact",
            )
    texts = [contacts[name].fillna(_NONE).astype(str).to_numpy(dtype=object) for name in CONTACT_COLUMNS[2:]]
    order = np.lexsort((texts[1], texts[0], day, item))
    places = item[order].astype(np.int64), day[order].astype(np.int64)
    recent = places[1] >= _OLDEST
    return Contacts(*(values[recent] for values in (*places, texts[0][order], texts[1][order])))


@dataclass(frozen=True)
class Cut:
    """Intervals after a cut.

    Parameters
    ----------
    periods
        The parts.
    share
        Share of the days of the uncut interval, shape (parts,).
    """

    periods: Periods
    share: Numbers


def cut_at_contacts(periods: Periods, contacts: Contacts | None) -> tuple[Cut, Integers]:
    """Cut intervals where a contact begins to act.

    A part must know nothing but what its uncut interval knows: its own length and last day would tell that there
    was a contact.

    Returns
    -------
    The parts, and the place of the interval that each is a part of, shape (parts,).

    Examples
    --------
    >>> log = pd.DataFrame({"row": [0], "day": [3], "channel": ["call"], "tone": ["firm"]})
    >>> rows = Periods(np.array([0, 0]), np.array([0, 6]), np.array([6, 12]), items=1)
    >>> cut, parent = cut_at_contacts(rows, read_contacts(log, rows=1))
    >>> cut.periods.start.tolist(), cut.periods.end.tolist(), cut.share.tolist(), parent.tolist()
    ([0, 3, 6], [3, 6, 12], [0.5, 0.5, 1.0], [0, 0, 1])
    """
    if contacts is None:
        return Cut(periods, np.ones(len(periods.item))), np.arange(len(periods.item))
    last = np.zeros(periods.items, dtype=np.int64)
    last[periods.item] = periods.end
    inside = (contacts.day > 0) & (contacts.day < last[contacts.item])
    stride = int(last.max(initial=0)) + 1
    whole = periods.item * stride + periods.end
    ends = np.unique(np.concatenate([whole, contacts.item[inside] * stride + contacts.day[inside]]))
    item, end = np.divmod(ends, stride)
    parent = np.searchsorted(whole, ends)
    start = np.maximum(periods.start[parent], np.where(np.diff(item, prepend=-1) > 0, 0, np.roll(end, 1)))
    share = (end - start) / (periods.end - periods.start)[parent]
    return Cut(Periods(item, start, end, periods.items), share), parent


def cut_at_days(periods: Periods, days: Integers) -> tuple[Cut, Integers]:
    """Cut the intervals of all items at the same days, and drop what lies after the last of them.

    Parameters
    ----------
    periods
        Reach to the last day at least.
    days
        After the key date, increasing.

    Returns
    -------
    As ``cut_at_contacts``.

    Examples
    --------
    >>> rows = Periods(np.array([0, 0]), np.array([0, 6]), np.array([6, 12]), items=1)
    >>> cut, parent = cut_at_days(rows, np.array([3, 8]))
    >>> cut.periods.end.tolist(), parent.tolist()
    ([3, 6, 8], [0, 0, 1])
    """
    item, day = np.repeat(np.arange(periods.items), len(days)), np.tile(days, periods.items)
    nothing = np.full(len(item), _NONE, dtype=object)
    cut, parent = cut_at_contacts(periods, Contacts(item, day, nothing, nothing))
    kept = cut.periods.end <= days[-1]
    return Cut(cut.periods.take(kept), cut.share[kept]), parent[kept]


def stock_columns(contacts: Contacts, fewest: int) -> list[str]:
    """Return the stocks that a book's contacts can tell apart: all, and each channel and tone but the commonest.

    Parameters
    ----------
    contacts
        Of the training rows.
    fewest
        Contacts that a channel or tone must have to get a stock of its own.
    """
    names = ["contact"]
    for kind in ("channel", "tone"):
        names += sorted(f"{kind}={said}" for count, said in _counted(contacts, kind)[1:] if count >= fewest)
    return names


def commonest(contacts: Contacts) -> tuple[str, str]:
    """Return the commonest channel and the commonest tone: those without a stock of their own.

    Parameters
    ----------
    contacts
        Of the training rows; at least one.
    """
    channel, tone = (_counted(contacts, kind)[0][1] for kind in ("channel", "tone"))
    return channel, tone


def _counted(contacts: Contacts, kind: str) -> list[tuple[int, str]]:
    """Return how often each channel or tone was, the commonest first, ties by name."""
    said, counts = np.unique(getattr(contacts, kind).astype(str), return_counts=True)
    return sorted(zip(counts.tolist(), said.tolist(), strict=True), key=lambda one: (-one[0], one[1]))


def left_behind(start: Integers, end: Integers, day: Integers | int, half_life: float) -> Numbers:
    """Return the mean over each interval of what a contact of a day leaves; zero where it begins within or after it.

    Parameters
    ----------
    start, end
        The intervals (start, end], days after the key date.
    day
        Of the contact.
    half_life
        In days.

    Examples
    --------
    >>> left_behind(np.array([0, 1, 2]), np.array([1, 2, 4]), 1, 1.0).tolist()
    [0.0, 1.0, 0.375]
    """
    keep, length, since = 2.0 ** (-1.0 / half_life), end - start, np.maximum(start - day, 0)
    mean = keep**since * (1 - keep**length) / ((1 - keep) * length)
    return np.where(start >= day, mean, 0.0)


def stocks(periods: Periods, contacts: Contacts, columns: list[str], half_life: float) -> Numbers:
    """Return the mean of each stock over the days of each interval.

    A contact leaves 1 on the day after it was made, and ``2^(-d / half_life)`` d days later.

    Parameters
    ----------
    periods
        Cut by ``cut_at_contacts``.
    contacts
        Of the same items.
    columns
        From ``stock_columns``.
    half_life
        In days.

    Returns
    -------
    Shape (intervals, columns).

    Examples
    --------
    >>> log = pd.DataFrame({"row": [0], "day": [1], "channel": ["call"], "tone": ["firm"]})
    >>> rows = Periods(np.array([0, 0, 0]), np.array([0, 1, 2]), np.array([1, 2, 4]), items=1)
    >>> stocks(rows, read_contacts(log, rows=1), ["contact"], half_life=1.0)[:, 0].tolist()
    [0.0, 1.0, 0.375]
    """
    found = np.zeros((len(periods.item), len(columns)))
    first = np.searchsorted(periods.item, contacts.item, side="left")
    count = np.searchsorted(periods.item, contacts.item, side="right") - first
    # A pair for every contact and interval of its item.
    contact = np.repeat(np.arange(len(contacts)), count)
    row = np.arange(len(contact)) - np.repeat(np.cumsum(count) - count - first, count)
    acts = periods.start[row] >= contacts.day[contact]
    contact, row = contact[acts], row[acts]
    left = left_behind(periods.start[row], periods.end[row], contacts.day[contact], half_life)
    for place, name in enumerate(columns):
        kind, _, value = name.partition("=")
        counts = left if not value else left * (getattr(contacts, kind)[contact] == value)
        found[:, place] = np.bincount(row, counts, minlength=len(found))
    return found
