"""The worklist: who is treated today, how, by whom, and why there (capabilities S57, S58)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from arseg.schema import WORKLIST, Column, parse_day
from arseg.schema.shown import Shown
from arseg.treatments.allocation import Allocation, allocate_hours
from arseg.treatments.allocation_capacity import Capacity
from arseg.treatments.knapsack import why_nobody
from arseg.treatments.worklist_items import invoices_in_words
from arseg.treatments.worklist_options import WHOSE, options_of
from arseg.treatments.worklist_why import whys

# Columns that follow those of the schema where what they need was given.
EXTRAS: Final = (
    Column("value_low", "money", "lower end of the value's interval; empty where assumed"),
    Column("value_high", "money", "upper end of the value's interval; empty where assumed"),
    Column("value_basis", "text", "estimated, or assumed by the playbook"),
    Column("held", "text", "what holds the contact back, and until when; empty where nothing does"),
    Column("portfolio", "text", "the customer's portfolio"),
    Column("language", "text", "language of correspondence, ISO 639-1"),
    Column("owner", "text", "the collector whose customer it is"),
    Column("invoices", "text", "open invoices, the oldest first"),
)

_HANDLING_ORDER: Final = {"collector": 0, "expert": 1, "automatic": 2}

# Who acts where no collector's hours are spent.
_ACTOR: Final = {"expert": "expert", "automatic": ""}


@dataclass(frozen=True)
class Beside(Shown):
    """What a worklist shows beside treatments and scores, where it is known.

    Parameters
    ----------
    items
        Open items: invoice_id, customer_id, balance, days_past_due, and currency unless it is the
        reporting currency.
    owners
        Name of a customer's own collector by customer_id.
    currency
        The reporting currency, for the sentences; left out where empty.
    """

    items: pd.DataFrame | None = None
    owners: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""


@dataclass(frozen=True)
class Day(Shown):
    """A day's worklist, and how well the hours are used.

    Parameters
    ----------
    worklist
        ``schema.WORKLIST``, and those of ``EXTRAS`` for which something was given.
    allocation
        Value, bound, prices and balance of the collectors' work; by row of its own work.
    """

    worklist: pd.DataFrame
    allocation: Allocation


def build_worklist(
    prescribed: pd.DataFrame,
    scores: pd.DataFrame,
    *,
    key_date: str | dt.date,
    capacity: Capacity,
    names: Mapping[str, str] | None = None,
    beside: Beside | None = None,
) -> pd.DataFrame:
    """Return the worklist of a key date: ``build_day(...).worklist``.

    Raises
    ------
    DataError
        If a column is missing, a treatment stands twice, a customer has no scores, or a safety rule is
        broken.
    UsageError
        If the key date is not a day.
    """
    return build_day(
        prescribed, scores, key_date=key_date, capacity=capacity, names=names, beside=beside
    ).worklist


def build_day(
    prescribed: pd.DataFrame,
    scores: pd.DataFrame,
    *,
    key_date: str | dt.date,
    capacity: Capacity,
    names: Mapping[str, str] | None = None,
    beside: Beside | None = None,
) -> Day:
    """Return the worklist of a key date, one row per customer, and how well the hours are used.

    Today's work stands first, then what waits; within each what collectors handle, by expected value
    per minute, then what experts and machines handle, by expected value; ties by customer_id. Only
    what takes minutes needs the collectors' hours, and only if it is worth more than it costs. Where several
    treatments are prescribed for a customer, the one that serves the day best is shown: what takes minutes
    counts for what it brings beyond what takes none.

    Parameters
    ----------
    prescribed
        From ``Playbook.prescribe`` or ``make_safe``. Where given: incremental_value, incremental_low
        and incremental_high (what the treatment brings in that no treatment would not, before its cost,
        reporting currency, with its interval), held and contact_day (a customer is contacted from that day).
    scores
        Customer scores of at least these customers; portfolio and language where known.
    key_date
        The day we stand on. A deadline of h hours is ceil(h / 24) days after it; 0 is the day itself.
    capacity
        The collectors and their hours.
    names
        Name of a customer by customer_id; empty where unknown.
    beside
        Open items, owners and the currency.

    Returns
    -------
    day
        Money as float64 rounded to cents, deadline as datetime64.

    Raises
    ------
    DataError
        If a column is missing, a treatment stands twice, a customer has no scores, or a safety rule is
        broken.
    UsageError
        If the key date is not a day.
    """
    day, known = pd.Timestamp(parse_day(key_date)), beside or Beside()
    options = options_of(prescribed, scores, key_date=day)
    options["owner"] = _looked_up(options["customer_id"], known.owners)
    allocation = _put_allocation(options, capacity)
    work = _shown(options)
    work["name"] = _looked_up(work["customer_id"], names or {})
    work["nobody"] = _nobody(work, capacity)
    work["why"] = pd.Series(whys(work, known.currency), index=work.index, dtype="str")
    extras = _extras(prescribed, capacity, known)
    if known.items is not None:
        unit = {} if "currency" in known.items.columns else {"currency": known.currency}
        texts = invoices_in_words(known.items.assign(**unit), key_date=day)
        work["invoices"] = work["customer_id"].map(texts).fillna("").astype("str")
    return Day(_ranked(work)[[*WORKLIST.names, *extras]], allocation)


def _extras(prescribed: pd.DataFrame, capacity: Capacity, known: Beside) -> list[str]:
    shown = {
        *(("value_low", "value_high", "value_basis") if "incremental_value" in prescribed.columns else ()),
        *(("held",) if {"held", "contact_day"} & set(prescribed.columns) else ()),
        *(() if capacity.alike else WHOSE),
        *(("owner",) if known.owners else ()),
        *(() if known.items is None else ("invoices",)),
    }
    return [column.name for column in EXTRAS if column.name in shown]


def _looked_up(customers: pd.Series, words: Mapping[str, str]) -> pd.Series:
    # A name may be None or NaN, as frames give it where it is unknown.
    known = [word if isinstance(word := words.get(customer), str) else "" for customer in customers]
    return pd.Series(known, index=customers.index, dtype="str")


def _put_allocation(options: pd.DataFrame, capacity: Capacity) -> Allocation:
    """Add on_today, collector and asked: what takes minutes has to fit the hours, the rest is done."""
    timed, free = options["minutes"] > 0, options["held"] == ""
    options["collector"] = options["handling"].map(_ACTOR).fillna("").astype("str")
    options["on_today"] = ~timed & free
    options["asked"] = np.nan
    without = options["expected_value"].where(options["on_today"]).groupby(options["customer_id"]).max()
    work = options[timed & free]
    beyond = work["expected_value"] - work["customer_id"].map(without).astype("float64").fillna(0.0)
    allocation = allocate_hours(work.assign(expected_value=beyond), capacity)
    options.loc[work.index, ["on_today", "collector"]] = allocation.chosen
    options.loc[work.index, "asked"] = allocation.asked
    return allocation


def _shown(options: pd.DataFrame) -> pd.DataFrame:
    """Return one row per customer: what is done today, collectors' work first; else what would be worth most."""
    keys = pd.DataFrame(
        {
            "customer_id": options["customer_id"],
            "waits": ~options["on_today"],
            "plain": options["on_today"] & (options["minutes"] <= 0),
            "held": options["held"] != "",
            "value": -options["expected_value"],
            "treatment": options["treatment"],
        }
    )
    first = keys.sort_values(list(keys.columns)).drop_duplicates("customer_id").index
    return options.loc[first].reset_index(drop=True)


def _nobody(work: pd.DataFrame, capacity: Capacity) -> pd.Series:
    waits = ~work["on_today"] & (work["minutes"] > 0)
    said = pd.Series("", index=work.index, dtype="str")
    if waits.any():
        said[waits] = why_nobody(work[waits], capacity)
    return said


def _ranked(work: pd.DataFrame) -> pd.DataFrame:
    keys = pd.DataFrame(
        {
            "waits": ~work["on_today"],
            "handling": work["handling"].map(_HANDLING_ORDER).fillna(len(_HANDLING_ORDER)),
            "per_minute": -work["expected_value"] / work["minutes"].where(work["minutes"] > 0, 1.0),
            "customer_id": work["customer_id"],
        }
    )
    ranked = work.loc[keys.sort_values(list(keys.columns)).index].reset_index(drop=True)
    ranked["rank"] = np.arange(1, len(ranked) + 1, dtype="int64")
    return ranked
