"""Measures that do not add up over segments: each is computed from the rows of its own segment (science 1.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.receivables_book import ReceivablesBook
from arseg.backtest.receivables_cases import due_cohort, late_cohort, resolutions
from arseg.backtest.standing import MONTHS, month_days
from arseg.metrics.cohorts import AGES, ESTIMATED, cohort_rates, loss_at_age, recovery_curve
from arseg.metrics.countback import countback
from arseg.metrics.receivables import sales_weighted_dso
from arseg.metrics.resolution import resolution_days
from arseg.schema.places import places_of

ALL: Final = "all"
HISTORY_DAYS: Final = 731
RESOLVED_WITHIN: Final = 90
LOSS_AGE: Final = 180

Row = dict[str, object]


def pooled_measures(book: ReceivablesBook, members: pd.Series, segments: Sequence[str]) -> pd.DataFrame:
    """Return the pooled measures by segment and of the whole book.

    Parameters
    ----------
    book
        The period.
    members
        The segment of each customer at the start.
    segments
        The segments; ``all`` holds every customer.

    Returns
    -------
    frame
        ``measure, segment, numerator, denominator, value, text, customers, largest_share, method``.
    """
    held = book.balances(book.end)
    held = _numbered(held.join(book.items[["document_date", "amount"]]), members)
    due, late = (_numbered_cohort(*cohort, members) for cohort in (due_cohort(book), late_cohort(book)))
    cases = _numbered(resolutions(book), members)
    rows: list[Row] = []
    for name in segments:
        found = (
            *_dso(_of(held, name), book.end),
            *_collected(*(_of(part, name) for part in due)),
            *_recovered(*(_of(part, name) for part in late)),
            _resolved(_of(cases, name)),
        )
        rows += [{"segment": name, "text": "", "method": "", **row} for row in found]
    return pd.DataFrame(rows)


def _numbered(rows: pd.DataFrame, members: pd.Series) -> pd.DataFrame:
    """Return the rows of the members with ``segment``, each customer by its place: a large book's names take seconds."""
    place = places_of(rows["customer_id"], members.index.to_series())
    known = place >= 0
    segment = members.to_numpy()[place[known]]
    return rows[known].assign(customer_id=place[known], segment=segment)


def _numbered_cohort(
    items: pd.DataFrame, moves: pd.DataFrame, members: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a cohort with ``segment``, its items and customers by their places; moves of no item are left out."""
    place = places_of(moves["invoice_id"], items["invoice_id"])
    own = _numbered(items.assign(invoice_id=np.arange(len(items))), members)
    segment = pd.Series(own["segment"].to_numpy(), index=own["invoice_id"]).reindex(place).to_numpy()
    numbered = moves.assign(invoice_id=place, segment=segment)
    return own, numbered[pd.notna(segment)]


def _of(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    return (rows if name == ALL else rows[rows["segment"] == name]).drop(columns="segment")


def _dso(held: pd.DataFrame, end: pd.Timestamp) -> Iterator[Row]:
    """Return sales-weighted and countback DSO of some customers' invoices."""
    sold = held[held["amount"] > 0]
    age = (end - sold["document_date"]).dt.days.to_numpy()
    back = (end.year - sold["document_date"].dt.year) * 12 + end.month - sold["document_date"].dt.month
    by_month = sold[["amount", "balance"]].groupby(back).sum().reindex(range(MONTHS), fill_value=0.0)
    about = _weight(sold["amount"], sold["customer_id"])
    sales, unpaid = by_month["amount"].to_numpy(), by_month["balance"].to_numpy()
    value = float(sales_weighted_dso(unpaid, sales, month_days(end.date()))) if sales.sum() > 0 else np.nan
    yield {
        "measure": "sales_weighted_dso",
        "numerator": unpaid.sum(),
        "denominator": sales.sum(),
        "value": value,
        **about,
    }
    history = int(min(age.max(initial=-1) + 1, HISTORY_DAYS))
    recent = age < history
    daily = np.bincount(age[recent], sold["amount"].to_numpy()[recent], minlength=history)[::-1]
    found = countback(float(held["balance"].sum()), daily, np.ones(history))
    yield {
        "measure": "countback_dso",
        "numerator": held["balance"].sum(),
        "denominator": daily.sum(),
        "value": found.value if len(sold) else np.nan,
        "text": str(found) if len(sold) else "",
        "method": f"history of {history} days is used up" if found.exhausted and len(sold) else "",
        **about,
    }


def _collected(items: pd.DataFrame, moves: pd.DataFrame) -> Iterator[Row]:
    """Return the collection rates and the loss at a fixed age of a due cohort."""
    rates = cohort_rates(items, moves, ages=(*AGES, LOSS_AGE)).set_index("age")
    lost = loss_at_age(rates)
    about = _weight(items["amount"], items["customer_id"])
    names: Mapping[int, str] = {age: f"collected_{age}" for age in AGES} | {LOSS_AGE: f"loss_{LOSS_AGE}"}
    for age, name in names.items():
        found = (lost if age == LOSS_AGE else rates).reindex([age]).iloc[0]
        estimated = found["method"] == ESTIMATED
        yield {
            "measure": name,
            **{part: found[part] for part in ("numerator", "denominator", "value")},
            "method": f"not mature: {ESTIMATED}, not to be added" if estimated else "",
            **about,
        }


def _recovered(items: pd.DataFrame, moves: pd.DataFrame) -> Iterator[Row]:
    curve, whole = recovery_curve(items, moves, days=AGES), float(items["amount"].sum())
    about = _weight(items["amount"], items["customer_id"])
    for age, value in zip(AGES, curve, strict=True):
        parts = {"numerator": value * whole, "denominator": whole, "value": float(value)}
        yield {"measure": f"recovered_{age}", **parts, **about}


def _resolved(cases: pd.DataFrame) -> Row:
    value = float(resolution_days(cases, RESOLVED_WITHIN)[0]) if len(cases) else np.nan
    about = _weight(pd.Series(1.0, index=cases.index), cases["customer_id"])
    parts = {"numerator": value * len(cases), "denominator": float(len(cases)), "value": value}
    return {"measure": "resolution_days", **parts, **about}


def _weight(amount: pd.Series, customers: pd.Series) -> Row:
    """Return how many customers there are and how much the largest makes."""
    sums = amount.groupby(customers).sum()
    share = float(sums.max() / sums.sum()) if sums.sum() > 0 else np.nan
    return {"customers": len(sums), "largest_share": share}
