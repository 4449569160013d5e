"""A walk -> one labelled row per customer and key date, for classifiers: who turned bad within so many days."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from arseg.backtest.walk_forward import Landmark, Walk
from arseg.ledger import observe_outcomes
from arseg.models import customer_bad

KEYS = ["customer_id", "key_date"]


@dataclass(frozen=True)
class CustomerRows:
    """What earlier month-ends knew of their customers, and which of them turned bad.

    Parameters
    ----------
    X
        The customers' features, frozen at each key date, shape (rows, columns).
    y
        1 where the customer turned bad, else 0; the index of X.
    keys
        ``customer_id`` and ``key_date`` of the same rows.
    excluded
        How many customers of a key date have no label, by reason.
    """

    X: pd.DataFrame
    y: pd.Series
    keys: pd.DataFrame
    excluded: Mapping[str, int] = field(default_factory=dict)

    def of(self, chosen: pd.Series) -> CustomerRows:
        """Return the rows that a mask chooses."""
        return CustomerRows(self.X[chosen], self.y[chosen], self.keys[chosen])


def customer_rows(walk: Walk, key_date: dt.date, *, days: int = 90, min_share: float = 0.0) -> CustomerRows:
    """Return the rows that a classifier for the key date may learn from; none is no error.

    A month-end whose customers could not be followed for all the days by what the key date knew gives
    no row: to keep its early cases would count every customer of it that turned bad and none that did not.

    Parameters
    ----------
    walk
        The walk; its landmarks are built where they are missing.
    key_date
        The day stood on.
    days, min_share
        As in ``arseg.models.customer_bad``.
    """
    until, parts, excluded = walk.known_until(key_date), [], Counter[str]()
    for mark in walk.landmarks(key_date):
        if mark.key_date + dt.timedelta(days=days) <= until:
            rows = _labelled(walk, mark, observed_on=key_date, days=days, min_share=min_share)
            parts.append(rows)
            excluded.update(rows.excluded)
    if not parts:
        X = customer_matrix(walk.landmark(key_date)).iloc[:0].reset_index(drop=True)
        return CustomerRows(X, pd.Series(dtype="int64"), pd.DataFrame(columns=KEYS))
    return CustomerRows(
        pd.concat([rows.X for rows in parts], ignore_index=True),
        pd.concat([rows.y for rows in parts], ignore_index=True),
        pd.concat([rows.keys for rows in parts], ignore_index=True),
        dict(excluded),
    )


def customer_matrix(mark: Landmark) -> pd.DataFrame:
    """Return the figures of a month-end's customers by customer_id."""
    return mark.features.customers.set_index("customer_id").select_dtypes("number")


def _labelled(
    walk: Walk, mark: Landmark, *, observed_on: dt.date, days: int, min_share: float
) -> CustomerRows:
    until = mark.key_date + dt.timedelta(days=days)
    outcomes = observe_outcomes(
        walk.ledger, mark.key_date, observed_on=observed_on, until=until, cache=walk.cache
    )
    ages = mark.features.items[["invoice_id", "days_past_due"]]
    found = customer_bad(outcomes.merge(ages, on="invoice_id"), days, min_share=min_share)
    keys = found.y.index.to_frame(index=False)[KEYS]
    X = customer_matrix(mark).reindex(keys["customer_id"]).reset_index(drop=True)
    return CustomerRows(X, found.y.reset_index(drop=True), keys, found.excluded)
