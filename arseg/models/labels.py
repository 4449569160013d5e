"""Turning what happened after a key date into labels, and saying which rows have none.

A row that was not followed long enough has no label: to call it good would make recent key dates look
good. It is left out with its count, whatever it had done by then, for to keep the early payers among the
unfollowed would favour them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models.first_contact import uncontacted_before
from arseg.models.promises import paid_within, promise_windows
from arseg.schema import CREDITED, OPEN, PAID, WRITTEN_OFF, DataError, require_columns
from arseg.schema.shown import Shown

# Days past due at which a customer counts as bad: the trade's and the regulator's 90.
BAD_DAYS: Final = 90
# Share of a promised amount that counts as the promise kept (science 1.2).
KEPT_SHARE: Final = 0.95


@dataclass(frozen=True)
class Labels(Shown):
    """Labels, their weights, and what was left out.

    Parameters
    ----------
    y
        1 or 0, the rows of the frame that have a label, in their order.
    weight
        Weight of each of them, shape (rows,).
    excluded
        How many rows have no label, by reason in words; a reason that met nobody is not named.
    """

    y: pd.Series
    weight: npt.NDArray[np.float64]
    excluded: Mapping[str, int]


def item_late(items: pd.DataFrame, days: int) -> Labels:
    """Label each item 1 where it is neither paid nor credited so many days after its due date.

    Items that have reached that day already are left out: there is nothing to foresee.

    Parameters
    ----------
    items
        ``days_past_due`` at the key date; ``event``, ``duration`` and ``followed_days`` as in
        ``arseg.schema.OUTCOMES``.
    days
        Days after the due date, >= 0. Paid on that very day is not late.

    Raises
    ------
    DataError
        If a column is missing or has an empty value, or days is negative.

    Examples
    --------
    >>> items = pd.DataFrame({"days_past_due": [0, 0, 40], "event": [1, 0, 0],
    ...                       "duration": [30, 31, 31], "followed_days": 31})
    >>> labels = item_late(items, 30)
    >>> labels.y.tolist(), dict(labels.excluded)
    ([0, 1], {'late already at the key date': 1})
    """
    _require(items, ("days_past_due", "event", "duration", "followed_days"), days)
    left = days - items["days_past_due"]
    settled = items["event"].isin([PAID, CREDITED]) & (items["duration"] <= left)
    return _label(
        ~settled,
        {
            "late already at the key date": left <= 0,
            "not followed to that day": items["followed_days"] < left,
        },
    )


def customer_bad(items: pd.DataFrame, days: int, *, min_share: float = 0.0) -> Labels:
    """Label each customer 1 where enough of its open balance turns bad within so many days.

    An item turns bad when it is written off or is still open at the end of the day on which it is 90
    days past due. Customers that are bad already by the same rule are left out.

    Parameters
    ----------
    items
        The items open at a key date: ``customer_id``, ``key_date``, ``balance`` (reporting currency),
        ``days_past_due``, ``event``, ``duration``, ``followed_days``.
    days
        Days after the key date, >= 0.
    min_share
        Share of the balance from which a customer is bad; 0 says that any item suffices.

    Returns
    -------
    Labels with the index (customer_id, key_date), sorted.

    Raises
    ------
    DataError
        If a column is missing or has an empty value, a balance is not above 0, or days is negative.

    Examples
    --------
    >>> items = pd.DataFrame({"customer_id": ["a", "a", "b"], "key_date": pd.Timestamp("2025-01-31"),
    ...                       "balance": [90.0, 10.0, 50.0], "days_past_due": [0, 60, 60],
    ...                       "event": [1, 0, 1], "duration": [5, 60, 30], "followed_days": 60})
    >>> customer_bad(items, 60).y.tolist(), customer_bad(items, 60, min_share=0.2).y.tolist()
    ([1, 0], [0, 0])
    """
    names = ("customer_id", "key_date", "balance", "days_past_due", "event", "duration", "followed_days")
    _require(items, names, days)
    if not (items["balance"] > 0).all():
        raise DataError(
            "an open item has no balance",
            given=float(items["balance"].min()),
            allowed="above 0",
            do="leave out items that are not open",
        )
    left = BAD_DAYS - items["days_past_due"]
    written_off = (items["event"] == WRITTEN_OFF) & (items["duration"] <= days)
    stays = (items["event"] == OPEN) | (items["duration"] > left)
    marks = items[["customer_id", "key_date", "balance"]].assign(
        turned=items["balance"] * (written_off | ((left <= days) & stays)),
        already=items["balance"] * (left <= 0),
        unfollowed=items["followed_days"] < days,
    )
    whole = marks.groupby(["customer_id", "key_date"], sort=True).sum()
    return _label(
        _reaches(whole["turned"], whole["balance"], min_share),
        {
            "bad already at the key date": _reaches(whole["already"], whole["balance"], min_share),
            "not followed to that day": whole["unfollowed"] > 0,
        },
    )


def _reaches(part: pd.Series, whole: pd.Series, share: float) -> pd.Series:
    # Sums of cents are not exact in binary; a share of 0.2 shall reach 0.2.
    return (part > 0) & (part / whole >= share - 1e-9)


def promise_kept(
    promises: pd.DataFrame, payments: pd.DataFrame, known_until: pd.Timestamp, *, grace: int = 3
) -> Labels:
    """Label each promise 1 where 95 % of it was paid from its day to the due day plus grace.

    A promise that names an invoice is kept by payments of that invoice, another by any payment of the
    customer. What is paid from the day of a newer promise of the same customer and invoice on counts for
    the newer one: a renewed promise is a broken one (science 1.2). Amounts in reporting currency.

    Parameters
    ----------
    promises
        ``customer_id``, ``made_on``, ``due_on``, ``amount``, and ``invoice_id`` where known.
    payments
        ``customer_id``, ``value_date``, ``amount``, and ``invoice_id`` where promises name one; a
        reversal is a negative payment.
    known_until
        Last day whose payments are in the frame.
    grace
        Business days (Monday to Friday) after the due day, >= 0.

    Raises
    ------
    DataError
        If a column is missing, or grace is negative.

    Examples
    --------
    >>> day = pd.Timestamp
    >>> promises = pd.DataFrame({"customer_id": ["a", "b"], "made_on": day("2025-03-03"),
    ...                          "due_on": day("2025-03-07"), "amount": 100.0})
    >>> payments = pd.DataFrame({"customer_id": ["a", "b"], "amount": 96.0,
    ...                          "value_date": [day("2025-03-12"), day("2025-03-13")]})
    >>> promise_kept(promises, payments, day("2025-03-31")).y.tolist()
    [1, 0]
    """
    require_columns(promises.columns, ("customer_id", "made_on", "due_on", "amount"), frame="promises")
    require_columns(payments.columns, ("customer_id", "value_date", "amount"), frame="payments")
    _complete(promises, ("customer_id", "made_on", "due_on"), frame="promises")
    _not_negative(grace)
    windows = promise_windows(promises, grace)
    kept = paid_within(windows, payments) >= KEPT_SHARE * promises["amount"] - 1e-9
    return _label(
        kept,
        {
            "no promised amount": ~(promises["amount"] > 0),
            "due day and grace not over": windows["limit"] > pd.Timestamp(known_until),
        },
    )


def self_cure(items: pd.DataFrame, days: int, *, least_uncontacted: float = 0.05) -> Labels:
    """Label each overdue item 1 where it is paid within so many days before anybody contacts it.

    An item that was contacted first has no label: what it would have done alone was not seen. Those that
    are seen speak for them with weight 1 / P(not contacted before that day), by Kaplan-Meier of the first
    contact. This holds where who is contacted when hangs, within a stratum, on nothing that the payment
    hangs on too. Paid on the day of the contact counts as paid before it.

    Parameters
    ----------
    items
        ``days_past_due`` at the key date; ``event``, ``duration``, ``followed_days`` as in
        ``arseg.schema.OUTCOMES``; ``contact_day``, days from the key date to the first contact after it,
        >= 1, NaN where there was none; and ``stratum`` where contacts were ruled by one.
    days
        Days after the key date, >= 1.
    least_uncontacted
        Least P(not contacted before the last day); below it a few items would speak for all.

    Returns
    -------
    Labels whose weights sum to the number of followed overdue items, up to those of no label.

    Raises
    ------
    DataError
        If a column is missing, there is no contact log, or hardly an item is left alone so long.

    Examples
    --------
    >>> items = pd.DataFrame({"days_past_due": 1, "event": [1, 0, 1, 1], "duration": [2, 30, 9, 4],
    ...                       "followed_days": 30, "contact_day": [np.nan, np.nan, 3, np.nan]})
    >>> labels = self_cure(items, 10)
    >>> labels.y.tolist(), labels.weight.round(2).tolist(), dict(labels.excluded)
    ([1, 0, 1], [1.0, 1.5, 1.5], {'contacted first': 1})
    """
    if "contact_day" not in items.columns or not items["contact_day"].notna().any():
        raise DataError(
            "there is no contact log, so nobody can tell who paid of their own accord",
            given="no contact at all",
            allowed="the day of each item's first contact, NaN where there was none",
            do="load the contacts, or ask for item_late, which claims no cause",
        )
    _require(items, ("days_past_due", "event", "duration", "followed_days"), days)
    out = {
        "not past due": items["days_past_due"] < 1,
        "not followed to that day": items["followed_days"] < days,
    }
    counted = items[~(out["not past due"] | out["not followed to that day"])]
    leaves = counted["duration"].where(counted["event"] != OPEN, np.inf)
    known_on = leaves.clip(upper=days)
    alone = uncontacted_before(counted.assign(leaves=leaves), known_on, days, least=least_uncontacted)
    first = (counted["contact_day"] < known_on).reindex(items.index, fill_value=False)
    cured = (items["event"] == PAID) & (items["duration"] <= days)
    labels = _label(cured, {**out, "contacted first": first})
    weight = 1 / alone.loc[labels.y.index].to_numpy(dtype=np.float64)
    return Labels(labels.y, weight, labels.excluded)


def _label(answer: pd.Series, reasons: dict[str, pd.Series]) -> Labels:
    """Return the labels of the rows that no reason leaves out; a row counts for its first reason."""
    left = pd.Series(True, index=answer.index)
    counts: dict[str, int] = {}
    for reason, meets in reasons.items():
        counts[reason] = int((left & meets).sum())
        left &= ~meets
    y = answer[left].astype(np.int64).rename("bad")
    named = MappingProxyType({reason: count for reason, count in counts.items() if count})
    return Labels(y, np.ones(len(y)), named)


def _require(items: pd.DataFrame, names: tuple[str, ...], days: int) -> None:
    require_columns(items.columns, names, frame="items")
    _complete(items, names, frame="items")
    _not_negative(days)


def _complete(rows: pd.DataFrame, names: tuple[str, ...], *, frame: str) -> None:
    empty = [name for name in names if bool(rows[name].isna().any())]
    if empty or not rows.index.is_unique:
        raise DataError(
            f"{frame} have empty values or an index that stands twice",
            given=empty or "repeated index",
            allowed="every value known, one index per row",
            do="observe them again, or reset the index",
        )


def _not_negative(days: int) -> None:
    if days < 0:
        raise DataError("a number of days is negative", given=days, allowed=">= 0", do="count forward")
