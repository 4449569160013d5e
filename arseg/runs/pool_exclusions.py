"""What leaves the pool of a provision, from the ledger, the model and what the experiment declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from arseg.ledger import read_ledger
from arseg.ledger.receipts import observe_receipts
from arseg.runs.item_curves import load_book
from arseg.runs.own_snapshot import own_snapshot
from arseg.schema import CAUSES, CREDITED

if TYPE_CHECKING:
    from arseg.runs.journal import Run


def excluded(run: Run, items: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the items with what of each leaves the pool, as ``pool_exposures`` reads it, and what is to be said.

    Parameters
    ----------
    run
        The run.
    items
        All open items: ``invoice_id``, ``customer_id``, ``balance``.
    """
    asked, notes = run.experiment.provision.exclude, []
    items = items.reset_index(drop=True)
    items["related_party"] = items["customer_id"].isin(asked.related_parties)
    share = items["customer_id"].map(asked.specific).astype("float64")
    items["specific_allowance"] = (share * items["balance"].clip(lower=0)).round(2)
    absent = sorted({*asked.related_parties, *asked.specific} - {*items["customer_id"]})
    if absent:
        notes.append(f"Declared but without an open item: {', '.join(absent)}.")
    if asked.dilution:
        items["dilution"] = credits_expected(run, items)
    if asked.vat:
        items["vat"] = (items["balance"].clip(lower=0) * asked.vat / (1 + asked.vat)).round(2)
    if asked.insured:
        items["secured"] = insured(run, items, notes)
    if run.experiment.provision.subsequent_collections:
        items["collected_after"] = collected_after(run, items, notes)
    return items, notes


def credits_expected(run: Run, items: pd.DataFrame) -> pd.Series:
    """Return the credit notes that the model expects on each item within its year."""
    book = load_book(run)
    credited = pd.Series(
        np.asarray(book.incidence[:, CAUSES.index(CREDITED), -1], dtype=np.float64) * book.balance,
        index=book.items["invoice_id"],
    )
    return credited.reindex(items["invoice_id"]).fillna(0.0).round(2).reset_index(drop=True)


def insured(run: Run, items: pd.DataFrame, notes: list[str]) -> pd.Series:
    """Return each item's part of what its customer's open balance is insured for."""
    none = pd.Series(0.0, index=items.index)
    with own_snapshot(run) as snapshot:
        if "credit" not in snapshot.present:
            notes.append("The ledger knows no insured exposure: nothing leaves the pool as secured.")
            return none
        known = snapshot.sql(
            "SELECT customer_id, max_by(CAST(insured AS DOUBLE), effective_on) AS insured FROM credit"
            f" WHERE effective_on <= DATE '{run.key_date}' GROUP BY customer_id ORDER BY customer_id"
        ).set_index("customer_id")["insured"]
    owed = items["balance"].clip(lower=0).groupby(items["customer_id"]).transform("sum")
    cover = known.reindex(items["customer_id"]).fillna(0.0).clip(lower=0).to_numpy()
    share = np.minimum(cover / np.where(owed > 0, owed, 1.0), 1.0)
    return (items["balance"].clip(lower=0) * share).round(2)


def collected_after(run: Run, items: pd.DataFrame, notes: list[str]) -> pd.Series:
    """Return the cash that came on each item after the key date, as far as the ledger knows."""
    ledger = read_ledger(run.ledger_path)
    if ledger.last_known <= run.key_date:
        notes.append("The ledger ends on the key date: no cash after it is known.")
        return pd.Series(0.0, index=items.index)
    came = observe_receipts(ledger, run.key_date, observed_on=ledger.last_known, cache=run.cache)
    share = came.groupby("invoice_id")["share"].sum().reindex(items["invoice_id"]).fillna(0.0)
    notes.append(f"Cash known by {ledger.last_known} has left the pool (ASU 2025-05).")
    return (share.to_numpy() * items["balance"].clip(lower=0)).round(2)
