"""A walk -> items of earlier month-ends, what became of them, and what the desk did about those past due.

What contacts do is learnt from contacts and from decisions to leave a customer alone, never from contacts only: whoever
is up for a contact pays later than others, contacted or not (science 4.5).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.walk_forward import Walk
from arseg.ledger import Ledger, observe_contacts, observe_left_alone
from arseg.models.contact_contrast import ALONE
from arseg.uplift import overdue_contacts

# Month-ends are a month apart: until the next one a row's figures are fresh.
FRESH_DAYS: Final = 35
_LOG: Final = ["row", "day", "channel", "tone"]


@dataclass(frozen=True)
class DeskRows:
    """Rows from which the effect of contacts is learnt.

    Parameters
    ----------
    rows
        Features, ``event`` and ``duration`` of items of earlier month-ends; no row where nothing was known.
    log
        ``row`` of them, ``day``, ``channel`` and ``tone`` of what was done while they were past due.
    drawn_share
        Of the decisions after the key dates to leave alone, how many were drawn by lot.
    """

    rows: pd.DataFrame
    log: pd.DataFrame
    drawn_share: float

    @property
    def features(self) -> pd.DataFrame:
        """The rows without their outcome."""
        return self.rows.drop(columns=["event", "duration"])

    @property
    def outcomes(self) -> pd.DataFrame:
        """``event`` and ``duration`` of the rows."""
        return self.rows[["event", "duration"]].astype("int64")


def desk_rows(walk: Walk, key_date: dt.date, *, most: int | None = None) -> DeskRows:
    """Return what a key date knew of earlier items and of the desk's doings.

    Parameters
    ----------
    walk
        With the month-ends before the key date.
    key_date
        The day stood on.
    most
        Items of all month-ends together, an equal share of each, drawn by lot; all of them where None.
    """
    until = walk.known_until(key_date)
    marks = [mark for mark in walk.landmarks(key_date) if mark.key_date < until]
    parts, logs, drawn, at = [], [], [], 0
    for mark in marks:
        part = walk.known(mark, key_date, most=None if most is None else most // len(marks))
        log = desk_log(walk.ledger, mark.key_date, key_date, cache=walk.cache)
        chance = log.loc[(log["channel"] == ALONE) & (log["day"] > 0), "propensity"]
        drawn.append((chance > 0) & (chance < 1))
        logs.append(overdue_contacts(log, part).assign(row=lambda frame, at=at: frame["row"] + at))
        parts.append(part)
        at += len(part)
    if not at:
        return DeskRows(pd.DataFrame(columns=["event", "duration"]), pd.DataFrame(columns=_LOG), 0.0)
    lots = pd.concat(drawn)
    share = float(lots.mean()) if len(lots) else 0.0
    return DeskRows(pd.concat(parts, ignore_index=True), pd.concat(logs, ignore_index=True), share)


def desk_log(
    ledger: Ledger, key_date: dt.date, known_by: dt.date, *, cache: Path | None = None
) -> pd.DataFrame:
    """Return what the desk did about the items open at a key date, as ``overdue_contacts`` takes it.

    Parameters
    ----------
    ledger
        The book.
    key_date
        The day of the items.
    known_by
        Later entries of the log are not seen.
    cache
        As for ``observe_outcomes``.

    Returns
    -------
    frame
        ``invoice_id``, ``day``, ``channel``, ``tone``, both ``none`` where the customer was left alone; ``propensity`` of these.
    """
    made = observe_contacts(ledger, key_date, observed_on=known_by, cache=cache)
    alone = observe_left_alone(ledger, key_date, observed_on=known_by, cache=cache).assign(
        channel=ALONE, tone=ALONE
    )
    return pd.concat([made.assign(propensity=np.nan), alone], ignore_index=True)
