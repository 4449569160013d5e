"""Worlds to be watched: month by month what a run would look at, as it was and with something planted from a day on."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from arseg.features import build_features
from arseg.ledger import take_snapshots
from arseg.ledger.storing.store import About
from arseg.ledger.storing.writing import create_ledger
from arseg.metrics.drift import mean_ranks, shares
from arseg.world import Calendar, draw_world, follow, legacy_policy
from arseg.world.settings import Setting
from arseg.world.tables import ledger_tables

START: Final = dt.date(2022, 1, 1)
Tables = dict[str, pd.DataFrame]


def tables_of(seed: int, *, customers: int, months: int) -> Tables:
    """Return the ledger tables of a typical world; nothing in its setting changes over time."""
    world = draw_world(customers, Calendar(START, months), seed=seed, setting=Setting())
    course = follow(world, legacy_policy(world.setting.legacy, world))
    return {
        name: table.to_pandas() if hasattr(table, "to_pandas") else table
        for name, table in ledger_tables(world, course).items()
    }


def month_ends_of(months: int, *, first: int = 9) -> list[dt.date]:
    """Return month-ends from the ninth month on, when a book holds items of most ages."""
    days = pd.date_range(START, periods=months, freq="ME")
    return [day.date() for day in days[first:-1]]


def frames_of(tables: Tables, days: list[dt.date]) -> dict[dt.date, tuple[pd.DataFrame, pd.DataFrame]]:
    """Return each day's customers: numbers, and profile."""
    with tempfile.TemporaryDirectory() as folder:
        about = About(name="book", currency="EUR", rates={"USD": 0.92, "GBP": 1.15, "EUR": 1.0})
        ledger = create_ledger(Path(folder) / "book.duckdb", tables, about)
        with take_snapshots(ledger, days) as snapshots:
            built = [(s.key_date, build_features(s)) for s in snapshots]
    return {
        day: (made.customers.drop(columns="customer_id"), made.profile.drop(columns="customer_id"))
        for day, made in built
    }


def series_of(frames: Mapping[dt.date, tuple[pd.DataFrame, pd.DataFrame]]) -> pd.DataFrame:
    """Return the series of a world, dates x series."""
    numbers = mean_ranks({day: one for day, (one, _) in frames.items()})
    return numbers.join(shares({day: one for day, (_, one) in frames.items()}))


def longer_terms(tables: Tables, day: dt.date) -> Tables:
    """From the day on every invoice is due 15 days later, and paid as much later."""
    invoices, postings = tables["invoices"].copy(), tables["postings"].copy()
    new = pd.to_datetime(invoices["posting_date"]) > pd.Timestamp(day)
    invoices["due_date"] = _later(invoices["due_date"], new, 15)
    own = postings["invoice_id"].isin(set(invoices.loc[new, "invoice_id"]))
    for name in ("value_date", "known_on"):
        postings[name] = _later(postings[name], own, 15)
    return tables | {"invoices": invoices, "postings": postings}


def region_stops(tables: Tables, day: dt.date) -> Tables:
    """From the day on nobody of the largest region pays."""
    customers, postings = tables["customers"], tables["postings"]
    region = customers["region"].value_counts().index[0]
    ids = set(customers.loc[customers["region"] == region, "customer_id"])
    own = set(tables["invoices"].loc[tables["invoices"]["customer_id"].isin(ids), "invoice_id"])
    late = pd.to_datetime(postings["value_date"]) > pd.Timestamp(day)
    gone = (
        late
        & (postings["kind"] == "payment")
        & (postings["invoice_id"].isin(own) | postings["customer_id"].isin(ids))
    )
    return tables | {"postings": postings[~gone]}


def mapping_swap(tables: Tables, day: dt.date) -> Tables:
    """From the day on invoices carry the due date in the place of the document date, and the other way round."""
    invoices = tables["invoices"].copy()
    new = pd.to_datetime(invoices["posting_date"]) > pd.Timestamp(day)
    invoices.loc[new, "due_date"] = invoices.loc[new, "document_date"]
    return tables | {"invoices": invoices}


def other_unit(tables: Tables, day: dt.date) -> Tables:
    """From the day on amounts come in hundredths."""
    invoices = tables["invoices"].copy()
    new = pd.to_datetime(invoices["posting_date"]) > pd.Timestamp(day)
    invoices.loc[new, "amount"] = invoices.loc[new, "amount"] * 100
    return tables | {"invoices": invoices}


def _later(days: pd.Series, where: pd.Series, by: int) -> pd.Series:
    moved = pd.to_datetime(days) + pd.Timedelta(days=by)
    return days.where(~where, moved.dt.date if days.dtype == object else moved.astype(days.dtype))


SHIFTS: Final[Mapping[str, Callable[[Tables, dt.date], Tables]]] = {
    "terms and payments 15 days later": longer_terms,
    "the largest region stops paying": region_stops,
    "due date from the wrong column": mapping_swap,
    "amounts in hundredths": other_unit,
}
