"""Cohorts and cases of a period: what fell due in it, what was promised, who was contacted first."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.receivables_book import ReceivablesBook
from arseg.backtest.receivables_sums import Parts, by_customer
from arseg.metrics.contact_success import first_contact_success
from arseg.metrics.promises import promise_end, promises_kept
from arseg.metrics.self_cure import self_cured
from arseg.schema import PAID

CURE_DAYS: Final = 30
# A customer not contacted for so long is a new case.
QUIET_DAYS: Final = 30
_MOVE: Final = ["invoice_id", "age", "kind", "amount"]


def due_cohort(book: ReceivablesBook) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the items that fell due in the period, and their moves by days from the due day.

    Returns
    -------
    items, moves
        As ``arseg.metrics.cohorts`` takes them, items with customer_id.
    """
    own = _due(book)
    moves = _aged(book, own["due_date"])
    followed = (book.observed_on - own["due_date"]).dt.days
    items = own.reset_index()[["invoice_id", "customer_id", "amount"]]
    return items.assign(followed_days=followed.to_numpy()), moves


def late_cohort(book: ReceivablesBook) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what of them was unpaid at the end of the due day, and its moves from the first day past due, day 0."""
    own = _due(book)
    moves = _aged(book, own["due_date"] + pd.Timedelta(days=1))
    before = book.moves["value_date"] <= book.moves["invoice_id"].map(own["due_date"])
    moved = book.moves[before].groupby("invoice_id")["change"].sum()
    left = (own["amount"] + moved.reindex(own.index).fillna(0.0)).round(2)
    late = own.assign(amount=left, followed_days=(book.observed_on - own["due_date"]).dt.days - 1)
    late = late[(late["amount"] > 0) & (late["followed_days"] >= 0)].reset_index()
    own_moves = moves[moves["invoice_id"].isin(late["invoice_id"]) & (moves["age"] >= 0)]
    return late[["invoice_id", "customer_id", "amount", "followed_days"]], own_moves


def resolutions(book: ReceivablesBook) -> pd.DataFrame:
    """Return event and duration, days from the due day, of the items that became late in the period."""
    own = _late(book).reset_index()
    cleared = (own["cleared_on"] - own["due_date"]).dt.days
    followed = (book.observed_on - own["due_date"]).dt.days
    return pd.DataFrame(
        {
            "customer_id": own["customer_id"],
            "event": own["event"].fillna(0).astype(np.int64),
            "duration": cleared.fillna(followed).astype(np.int64),
            "amount": own["amount"],
        }
    )


def self_cures(book: ReceivablesBook, segment: pd.Series) -> Parts:
    """Return the share of late items that cured within 30 days without a contact.

    Parameters
    ----------
    book
        The period.
    segment
        Of each customer. Contact is taken to be as good as drawn among items of one segment that are alike in size.
    """
    if "contacts" not in book.present:
        return {}
    own = _late(book)
    start = own["due_date"] + pd.Timedelta(days=1)
    left = (own["cleared_on"] - start).dt.days
    items = pd.DataFrame(
        {
            "paid_day": left.where(own["event"] == PAID),
            "left_day": left,
            "contact_day": _first_contact(book, own.assign(start=start)),
            "followed_days": (book.observed_on - start).dt.days,
        }
    )
    large = np.where(own["amount"] > own["amount"].median(), "large", "small")
    strata = own["customer_id"].map(segment).astype(str) + " " + large
    parts = self_cured(items, CURE_DAYS, strata=strata.to_numpy())
    return {"self_cure": by_customer(parts, own["customer_id"])}


def kept_promises(book: ReceivablesBook) -> Parts:
    """Return the share of promises made in the period that were kept, by number and by amount.

    A promise without an amount is one of all that was open on its day: on its invoice, else on the account past due.
    """
    if "promises" not in book.present:
        return {}
    made = book.promises[book.promises["made_on"].between(book.start, book.end, inclusive="right")]
    asked = made.assign(amount=made["amount"].fillna(_open_then(book, made)), ends_on=_ends(book, made))
    asked = asked[asked["amount"] > 0]
    paid = book.moves[book.moves["kind"].isin(["payment", "reversal"])]
    paid = paid.assign(amount=-paid["change"])
    rows = promises_kept(asked, paid, cut_off=book.observed_on.date())
    amounts = rows[["kept_amount", "promised_amount"]].set_axis(["numerator", "denominator"], axis=1)
    return {
        "promises_kept": by_customer(rows, asked["customer_id"]),
        "promised_amount_kept": by_customer(amounts, asked["customer_id"]),
    }


def contact_success(book: ReceivablesBook) -> Parts:
    """Return the share of first contacts that were answered within a week."""
    if "contacts" not in book.present:
        return {}
    made = book.contacts[["customer_id", "contacted_on"]].drop_duplicates()
    quiet = made.groupby("customer_id")["contacted_on"].diff().dt.days
    first = made[
        (quiet.isna() | (quiet > QUIET_DAYS))
        & made["contacted_on"].between(book.start, book.end, inclusive="right")
    ]
    paid = book.moves.loc[book.moves["kind"] == "payment", ["customer_id", "value_date"]]
    paid = paid.dropna().set_axis(["customer_id", "day"], axis=1)
    # What arrives on the day of the contact was on its way.
    same = paid.merge(
        first, left_on=["customer_id", "day"], right_on=["customer_id", "contacted_on"], how="left"
    )
    paid = same.loc[same["contacted_on"].isna(), ["customer_id", "day"]]
    promised = book.promises[["customer_id", "made_on"]].set_axis(["customer_id", "day"], axis=1)
    answers = pd.concat([paid, promised], ignore_index=True)
    rows = first_contact_success(first, answers, cut_off=book.observed_on.date())
    return {"first_contact_success": by_customer(rows, first["customer_id"])}


def _due(book: ReceivablesBook) -> pd.DataFrame:
    within = book.items["due_date"].between(book.start, book.end, inclusive="right")
    known = book.items["due_date"] <= book.observed_on
    return book.items[within & known & (book.items["amount"] > 0)].set_index("invoice_id")


def _late(book: ReceivablesBook) -> pd.DataFrame:
    """Return the items due in the period that were not cleared by their due day and seen for a day at least."""
    own = _due(book)
    late = own["cleared_on"].isna() | (own["cleared_on"] > own["due_date"])
    return own[late & (own["due_date"] < book.observed_on)]


def _aged(book: ReceivablesBook, start: pd.Series) -> pd.DataFrame:
    begun = book.moves["invoice_id"].map(start)
    aged = book.moves.assign(age=(book.moves["value_date"] - begun).dt.days)
    return aged.loc[begun.notna(), _MOVE].astype({"age": np.int64})


def _first_contact(book: ReceivablesBook, items: pd.DataFrame) -> pd.Series:
    """Return the days from each item's start to the first contact about it or the whole account."""
    own = items.reset_index()[["invoice_id", "customer_id", "start"]]
    named = own.merge(book.contacts[["invoice_id", "contacted_on"]].dropna(), on="invoice_id")
    whole = book.contacts[book.contacts["invoice_id"].isna()]
    account = own.merge(whole[["customer_id", "contacted_on"]], on="customer_id")
    pairs = pd.concat([named, account], ignore_index=True)
    day = (pairs["contacted_on"] - pairs["start"]).dt.days
    return day[day >= 0].groupby(pairs["invoice_id"]).min().reindex(items.index)


def _open_then(book: ReceivablesBook, made: pd.DataFrame) -> pd.Series:
    """Return what was open when a promise without an amount was made."""
    found = pd.Series(np.nan, index=made.index)
    unsaid = made[made["amount"].isna()]
    for day, rows in unsaid.groupby("made_on"):
        held = book.balances(day)
        held = held[held["balance"] > 0]
        late = held[held["days_past_due"] > 0].groupby("customer_id")["balance"].sum()
        invoice = rows["invoice_id"].map(held.set_index("invoice_id")["balance"])
        found.loc[rows.index] = invoice.where(rows["invoice_id"].notna(), rows["customer_id"].map(late))
    return found


def _ends(book: ReceivablesBook, made: pd.DataFrame) -> pd.Series:
    """Return the last day of each promise, with the holidays of its customer's country."""
    closed = {country: list(days.dt.date) for country, days in book.holidays.groupby("country")["day"]}
    ends = pd.Series(pd.NaT, index=made.index, dtype="datetime64[s]")
    for country, rows in made.groupby("country", dropna=False):
        holidays: list[dt.date] = closed.get(country, [])
        ends.loc[rows.index] = promise_end(rows["due_on"], holidays=holidays)
    return ends
