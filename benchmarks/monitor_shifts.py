"""What is planted in a world from a day on: what monitoring must see, and one growth that it need not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import pandas as pd

Tables = dict[str, pd.DataFrame]
# Feeds stop and cash collapses three weeks before the first run that can see it.
_WEEKS_LATER: Final = pd.Timedelta(days=9)


def longer_terms(tables: Tables, day: dt.date) -> Tables:
    """From the day on every invoice is due two weeks later, and paid as much later."""
    invoices, postings = tables["invoices"].copy(), tables["postings"].copy()
    new = _after(invoices["posting_date"], day)
    invoices["due_date"] = _later(invoices["due_date"], new, 14)
    own = postings["invoice_id"].isin(set(invoices.loc[new, "invoice_id"]))
    for name in ("value_date", "known_on"):
        postings[name] = _later(postings[name], own, 14)
    return tables | {"invoices": invoices, "postings": postings}


def region_stops(tables: Tables, day: dt.date) -> Tables:
    """From the day on nobody of the largest region pays."""
    customers, postings = tables["customers"], tables["postings"]
    region = customers["region"].value_counts().index[0]
    ids = set(customers.loc[customers["region"] == region, "customer_id"])
    own = set(tables["invoices"].loc[tables["invoices"]["customer_id"].isin(ids), "invoice_id"])
    theirs = postings["invoice_id"].isin(own) | postings["customer_id"].isin(ids)
    gone = _after(postings["value_date"], day) & (postings["kind"] == "payment") & theirs
    return tables | {"postings": postings[~gone]}


def mapping_swap(tables: Tables, day: dt.date) -> Tables:
    """From the day on invoices carry the document date in the place of the due date."""
    invoices = tables["invoices"].copy()
    new = _after(invoices["posting_date"], day)
    invoices.loc[new, "due_date"] = invoices.loc[new, "document_date"]
    return tables | {"invoices": invoices}


def other_unit(tables: Tables, day: dt.date) -> Tables:
    """From the day on amounts come in hundredths."""
    invoices = tables["invoices"].copy()
    new = _after(invoices["posting_date"], day)
    invoices.loc[new, "amount"] = invoices.loc[new, "amount"] * 100
    return tables | {"invoices": invoices}


def new_customers(tables: Tables, day: dt.date) -> Tables:
    """From the day on two new customers for five old ones: of the rarest industry, five times the amounts, paid three weeks later."""
    customers, first = tables["customers"], day + dt.timedelta(days=1)
    ids = np.sort(customers["customer_id"].unique())
    models = ids[np.arange(len(ids)) % 5 < 2]
    rarest = customers["industry"].value_counts().index[-1]
    last = customers.sort_values("known_on").drop_duplicates("customer_id", keep="last")
    new = last[last["customer_id"].isin(models)].assign(
        industry=rarest, onboarded_on=first, known_on=first, parent_id=None
    )
    invoices = tables["invoices"]
    theirs = invoices["customer_id"].isin(models) & _after(invoices["posting_date"], day)
    made = _copies(tables, set(invoices.loc[theirs, "invoice_id"]))
    for name, table in made.items():
        made[name] = table.assign(amount=table["amount"] * 5, customer_id="N" + table["customer_id"])
    paid = made["postings"]
    everything = pd.Series(data=True, index=paid.index)
    made["postings"] = paid.assign(
        **{name: _later(paid[name], everything, 21) for name in ("value_date", "known_on")}
    )
    new = new.assign(customer_id="N" + new["customer_id"])[list(customers.columns)]
    return _with(tables, {"customers": new, **made})


def calibration_break(tables: Tables, day: dt.date) -> Tables:
    """From the day on every payment comes three weeks later; invoices, terms and customers stay as they were."""
    postings = tables["postings"].copy()
    own = _after(postings["value_date"], day) & postings["kind"].isin(["payment", "reversal"])
    for name in ("value_date", "known_on"):
        postings[name] = _later(postings[name], own, 21)
    return tables | {"postings": postings}


def cash_collapse(tables: Tables, day: dt.date) -> Tables:
    """Of the payments of the last weeks every third does not come."""
    postings = tables["postings"]
    chosen = np.random.default_rng(20260131).random(len(postings)) < 1 / 3
    late = pd.to_datetime(postings["value_date"]) > pd.Timestamp(day) + _WEEKS_LATER
    return tables | {"postings": postings[~(chosen & late & (postings["kind"] == "payment"))]}


def payments_stop(tables: Tables, day: dt.date) -> Tables:
    """In the last weeks nothing is posted any more."""
    postings = tables["postings"]
    return tables | {
        "postings": postings[pd.to_datetime(postings["known_on"]) <= pd.Timestamp(day) + _WEEKS_LATER]
    }


def contacts_stop(tables: Tables, day: dt.date) -> Tables:
    """In the last weeks no contact and no promise is logged any more."""
    return tables | {
        name: tables[name][pd.to_datetime(tables[name]["known_on"]) <= pd.Timestamp(day) + _WEEKS_LATER]
        for name in ("contacts", "promises")
    }


def growth(tables: Tables, day: dt.date) -> Tables:
    """In the month after the day three invoices in ten come twice, each paid as its model; later months are as before."""
    invoices = tables["invoices"]
    posted = pd.to_datetime(invoices["posting_date"])
    end = pd.Timestamp(day) + pd.offsets.MonthEnd(1)
    month = invoices.loc[(posted > pd.Timestamp(day)) & (posted <= end), "invoice_id"]
    chosen = month[np.random.default_rng(20260131).random(len(month)) < 0.3]
    return _with(tables, _copies(tables, set(chosen)))


def _copies(tables: Tables, ids: set[str]) -> Tables:
    """Return the invoices and their postings under other ids."""
    own = {name: tables[name][tables[name]["invoice_id"].isin(ids)] for name in ("invoices", "postings")}
    made = {name: table.assign(invoice_id="N" + table["invoice_id"]) for name, table in own.items()}
    made["postings"] = made["postings"].assign(posting_id="N" + made["postings"]["posting_id"])
    return made


def _with(tables: Tables, more: Tables) -> Tables:
    return tables | {
        name: pd.concat([tables[name], table], ignore_index=True) for name, table in more.items()
    }


def _after(days: pd.Series, day: dt.date) -> pd.Series:
    return pd.to_datetime(days) > pd.Timestamp(day)


def _later(days: pd.Series, where: pd.Series, by: int) -> pd.Series:
    moved = pd.to_datetime(days) + pd.Timedelta(days=by)
    return days.where(~where, moved.dt.date if days.dtype == object else moved.astype(days.dtype))


SHIFTS: Final[Mapping[str, Callable[[Tables, dt.date], Tables]]] = {
    "terms and payments two weeks later": longer_terms,
    "the largest region stops paying": region_stops,
    "due date from the wrong column": mapping_swap,
    "amounts in hundredths": other_unit,
    "another kind of customers floods in": new_customers,
    "every payment three weeks later": calibration_break,
    "a third of payments does not come": cash_collapse,
    "payments are posted no more": payments_stop,
    "contacts are logged no more": contacts_stop,
}
# What a rate must bear; nothing is asked of it.
BORNE: Final[Mapping[str, Callable[[Tables, dt.date], Tables]]] = {"30 % more invoices in one month": growth}
