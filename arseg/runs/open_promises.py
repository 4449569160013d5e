"""The promises that a run's forecast counts with: how often they were kept before, and which are open."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from arseg.forecast import OpenBook
from arseg.forecast.promised_cash import kept_chances, with_promises
from arseg.runs.own_snapshot import own_snapshot

if TYPE_CHECKING:
    from arseg.ledger import Snapshot
    from arseg.runs.journal import Run

# A promise is kept where so much of it came by so many days after its day.
KEPT_SHARE: Final = 0.95
GRACE_DAYS: Final = 3
FEWEST: Final = 30

# What came on an account, or on an invoice, from the day of the promise to its day and the grace.
_MATURED: Final = """
    SELECT p.promise_id, p.customer_id, CAST(min(p.amount) AS DOUBLE) AS amount,
        CAST(coalesce(sum(t.amount), 0) AS DOUBLE) AS paid
    FROM promises AS p JOIN invoices AS i ON i.customer_id = p.customer_id
        AND (p.invoice_id IS NULL OR p.invoice_id = i.invoice_id)
    LEFT JOIN postings AS t ON t.invoice_id = i.invoice_id AND t.kind = 'payment'
        AND t.value_date > p.made_on AND days_between(p.due_on, t.value_date) <= {grace}
    WHERE p.amount > 0 AND days_between(p.due_on, DATE '{day}') > {wait}
    GROUP BY p.promise_id, p.customer_id ORDER BY p.promise_id"""
_OPEN: Final = """
    SELECT p.promise_id, p.customer_id, p.invoice_id, p.made_on, p.due_on, CAST(p.amount AS DOUBLE) AS amount
    FROM promises AS p WHERE p.due_on > DATE '{day}' ORDER BY p.made_on, p.promise_id"""


def promised(run: Run, book: OpenBook) -> tuple[OpenBook, list[str]]:
    """Return the book with what its open promises imply, and what is to be said of that.

    Promises are left out unless the experiment asks for them: a model that reads the block of promises knows
    them already.
    """
    if not run.experiment.forecast.promises:
        return book, []
    wait = GRACE_DAYS + run.experiment.training.settle_lag_days
    with own_snapshot(run) as snapshot:
        if "promises" not in snapshot.present:
            return book, ["The ledger has no promises to count with."]
        past, unsettled = _told(snapshot, run.key_date, wait)
    if len(past) < FEWEST:
        return book, [
            f"Only {len(past)} promises have matured, fewer than {FEWEST}: they are not counted with."
        ]
    chances = kept_chances(past)
    found = by_item(unsettled, book.items).merge(
        chances[["customer_id", "p_kept"]], on="customer_id", how="left"
    )
    found["p_kept"] = found["p_kept"].fillna(float(chances["p_kept"].iloc[0]))
    share = float(chances["p_kept"].iloc[0])
    said = f"{len(found)} open items are promised; of {len(past)} matured promises {share:.0%} were kept."
    return with_promises(book, found), [said]


def _told(snapshot: Snapshot, day: dt.date, wait: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return matured promises with what came on them, and those that are open."""
    past = snapshot.sql(_MATURED.format(grace=GRACE_DAYS, day=day, wait=wait))
    share = (past["paid"] / past["amount"]).clip(upper=1.0)
    return past.assign(kept=share >= KEPT_SHARE, paid_share=share), snapshot.sql(_OPEN.format(day=day))


def by_item(unsettled: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Return the newest promise of each item; one on a whole account is spread over the items that are past due.

    Parameters
    ----------
    unsettled
        Open promises, oldest first: ``customer_id``, ``invoice_id`` (empty for the account), ``due_on``, ``amount``.
    items
        ``invoice_id``, ``customer_id``, ``balance``, ``days_past_due``.

    Returns
    -------
    frame
        ``invoice_id``, ``customer_id``, ``due_on`` and ``amount``.

    Examples
    --------
    >>> items = pd.DataFrame({"invoice_id": ["i", "j"], "customer_id": "a", "balance": [30.0, 10.0], "days_past_due": 5})
    >>> one = pd.DataFrame({"customer_id": ["a"], "invoice_id": [None], "due_on": ["2026-11-05"], "amount": [20.0]})
    >>> by_item(one, items)[["invoice_id", "amount"]].to_numpy().tolist()
    [['i', 15.0], ['j', 5.0]]
    """
    known = ["invoice_id", "customer_id", "balance"]
    own = unsettled[unsettled["invoice_id"].notna()].merge(
        items[known].drop(columns="customer_id"), on="invoice_id"
    )
    late = items[items["days_past_due"] > 0][known]
    account = (
        unsettled[unsettled["invoice_id"].isna()].drop(columns="invoice_id").merge(late, on="customer_id")
    )
    whole = account.groupby(["customer_id", "due_on"])["balance"].transform("sum")
    account["amount"] = account["amount"] * account["balance"] / np.where(whole > 0, whole, 1.0)
    found = pd.concat([account, own], ignore_index=True)
    return found.drop_duplicates("invoice_id", keep="last")[["invoice_id", "customer_id", "due_on", "amount"]]
