"""Where the book stands on a day: the three headline measures, from what was known that day.

Sums are kept by customer, so that an interval can draw whole customers; nothing here is a policy's
doing.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from arseg.backtest.intervals import FEWEST_CUSTOMERS, Draws, draw_customers, ratio_interval
from arseg.ledger import Snapshot
from arseg.metrics.receivables import bad_debt_ratio, collection_rate, sales_weighted_dso
from arseg.schema.days import month_end
from arseg.schema.shown import Shown

MONTHS: Final = 24
# A cohort is judged nine months after its last invoice: terms, 180 days to the write-off, and its posting.
COHORT_AGE: Final = 275
YEAR: Final = 365
COLLECTED_BY: Final = 60
SETTLE_LAG: Final = 10

DEFINITIONS: Final = {
    "dso": (
        "DSO, sales-weighted",
        "days",
        "lower",
        f"sum over the last {MONTHS} issue months of unpaid / sales x days of the month",
    ),
    "bad_debt_ratio": (
        "Bad-debt ratio, 12-month cohorts",
        "share",
        "lower",
        f"(write-offs - recoveries) / amount of invoices issued {COHORT_AGE} to {COHORT_AGE + YEAR} days ago",
    ),
    "collection_rate": (
        f"Collected within {COLLECTED_BY} days of due",
        "share",
        "higher",
        (
            f"cash by due + {COLLECTED_BY} / (amount - credit notes) of invoices whose due + {COLLECTED_BY} lies in "
            f"the {YEAR} days that end {SETTLE_LAG} days ago"
        ),
    ),
}


@dataclass(frozen=True)
class Standing(Shown):
    """Per-customer sums behind the headline measures on one day.

    Parameters
    ----------
    key_date
        The day.
    customers
        ``customer_id`` as index; ``unpaid_0`` ... ``sales_23`` by months back, ``written_off`` and
        ``cohort_sales``, ``collected`` and ``collectable``; reporting currency.
    month_days
        Days of each issue month, latest first; the current month has as many as have passed.
    """

    key_date: dt.date
    customers: pd.DataFrame
    month_days: NDArray[np.float64]

    def block(self, stem: str) -> NDArray[np.float64]:
        """Return the sums by customer and months back of ``unpaid`` or ``sales``."""
        return self.customers[[f"{stem}_{back}" for back in range(MONTHS)]].to_numpy(dtype=np.float64)

    def values(self) -> dict[str, float]:
        """Return the three measures of the whole book."""
        sums = self.customers.sum()
        unpaid, sales = self.block("unpaid").sum(axis=0), self.block("sales").sum(axis=0)
        return {
            "dso": float(sales_weighted_dso(unpaid, sales, self.month_days))
            if sales.sum() > 0
            else float("nan"),
            "bad_debt_ratio": float(bad_debt_ratio(sums["written_off"], sums["cohort_sales"])),
            "collection_rate": float(collection_rate(sums["collected"], sums["collectable"])),
        }


def take_standing(snapshot: Snapshot) -> Standing:
    """Return the sums behind the headline measures, from a snapshot and so without its future."""
    long = snapshot.sql(
        f"""
        SELECT i.customer_id, month_index(i.key_date) - month_index(i.document_date) AS back,
               CAST(SUM(i.amount) AS DOUBLE) AS sales, CAST(SUM(COALESCE(o.balance, 0)) AS DOUBLE) AS unpaid
        FROM invoices i LEFT JOIN open_items o ON o.invoice_id = i.invoice_id
        WHERE i.amount > 0 AND month_index(i.key_date) - month_index(i.document_date) < {MONTHS}
        GROUP BY i.customer_id, back ORDER BY i.customer_id, back
        """
    )
    wide = {
        stem: long.pivot_table(index="customer_id", columns="back", values=stem, aggfunc="sum")
        .reindex(columns=range(MONTHS))
        .fillna(0.0)
        .set_axis([f"{stem}_{back}" for back in range(MONTHS)], axis=1)
        for stem in ("unpaid", "sales")
    }
    cohorts = _cohorts(snapshot).set_index("customer_id")
    customers = pd.concat([wide["unpaid"], wide["sales"], cohorts], axis=1).fillna(0.0).sort_index()
    return Standing(snapshot.key_date, customers, month_days(snapshot.key_date))


def _cohorts(snapshot: Snapshot) -> pd.DataFrame:
    """Return, by customer, the sums of the write-off cohort and of the collection cohort."""
    mature = f"days_between(i.due_date, i.key_date) - {COLLECTED_BY + SETTLE_LAG} BETWEEN 0 AND {YEAR - 1}"
    cohort = f"days_between(i.document_date, i.key_date) BETWEEN {COHORT_AGE} AND {COHORT_AGE + YEAR - 1}"
    return snapshot.sql(
        f"""
        WITH sums AS (
          SELECT i.invoice_id, i.customer_id, i.amount, i.due_date, i.document_date, i.key_date,
            COALESCE(SUM(p.amount) FILTER (WHERE p.kind = 'write_off'), 0)
              - COALESCE(SUM(p.amount) FILTER (WHERE p.kind = 'recovery'), 0) AS written_off,
            COALESCE(SUM(p.amount) FILTER (WHERE p.kind = 'payment' AND days_between(i.due_date, p.value_date) <= {COLLECTED_BY}), 0)
              - COALESCE(SUM(p.amount) FILTER (WHERE p.kind = 'reversal' AND days_between(i.due_date, p.value_date) <= {COLLECTED_BY}), 0) AS collected,
            COALESCE(SUM(p.amount) FILTER (WHERE p.kind = 'credit_note' AND days_between(i.due_date, p.value_date) <= {COLLECTED_BY}), 0) AS credited
          FROM invoices i LEFT JOIN postings p ON p.invoice_id = i.invoice_id
          WHERE i.amount > 0
          GROUP BY i.invoice_id, i.customer_id, i.amount, i.due_date, i.document_date, i.key_date)
        SELECT customer_id,
          CAST(COALESCE(SUM(written_off) FILTER (WHERE {cohort}), 0) AS DOUBLE) AS written_off,
          CAST(COALESCE(SUM(amount) FILTER (WHERE {cohort}), 0) AS DOUBLE) AS cohort_sales,
          CAST(COALESCE(SUM(collected) FILTER (WHERE {mature}), 0) AS DOUBLE) AS collected,
          CAST(COALESCE(SUM(amount - credited) FILTER (WHERE {mature}), 0) AS DOUBLE) AS collectable
        FROM sums i GROUP BY customer_id ORDER BY customer_id
        """
    )


def month_days(key_date: dt.date) -> NDArray[np.float64]:
    """Return the days of each issue month, latest first; of the current one, those that have passed."""
    ends = [month_end(key_date, back=back) for back in range(MONTHS)]
    days = [calendar.monthrange(end.year, end.month)[1] for end in ends]
    return np.array([key_date.day, *days[1:]], dtype=np.float64)


def headline(standings: Sequence[Standing], *, draws: int, seed: int) -> pd.DataFrame:
    """Return the three measures on the last day, with intervals, the month before and the path there.

    Parameters
    ----------
    standings
        Oldest first; the last is the day reported. The one before it is compared with.
    draws, seed
        Customer-clustered bootstrap.

    Returns
    -------
    frame
        One row per measure: ``measure, label, value, low, high, unit, numerator, denominator,
        customers, before, better, history, definition, note``.
    """
    now = standings[-1]
    drawn = draw_customers(max(len(now.customers), 1), draws=draws, seed=seed)
    paths = [standing.values() for standing in standings]
    rows = []
    for measure, (label, unit, better, definition) in DEFINITIONS.items():
        numerator, denominator = _sums(now, measure)
        low, high = _interval(now, measure, drawn)
        rows.append(
            {
                "measure": measure,
                "label": label,
                "value": paths[-1][measure],
                "low": low,
                "high": high,
                "unit": unit,
                "numerator": float(numerator.sum()),
                "denominator": float(denominator.sum()),
                "customers": int((denominator > 0).sum()),
                "before": paths[-2][measure] if len(paths) > 1 else float("nan"),
                "better": better,
                "history": [path[measure] for path in paths],
                "definition": definition,
                "note": _concentration(numerator),
            }
        )
    return pd.DataFrame(rows)


def _sums(standing: Standing, measure: str) -> tuple[pd.Series, pd.Series]:
    """Return numerator and denominator by customer; for DSO they are unpaid and sold."""
    frame = standing.customers
    if measure == "dso":
        return (
            pd.Series(standing.block("unpaid").sum(axis=1), index=frame.index),
            pd.Series(standing.block("sales").sum(axis=1), index=frame.index),
        )
    top, bottom = {
        "bad_debt_ratio": ("written_off", "cohort_sales"),
        "collection_rate": ("collected", "collectable"),
    }[measure]
    return frame[top], frame[bottom]


def _interval(standing: Standing, measure: str, drawn: Draws) -> tuple[float, float]:
    if measure != "dso":
        top, bottom = _sums(standing, measure)
        low, high = ratio_interval(top.to_numpy()[:, None], bottom.to_numpy()[:, None], drawn)
        return float(low[0]), float(high[0])
    if len(standing.customers) < FEWEST_CUSTOMERS:
        return float("nan"), float("nan")
    values = sales_weighted_dso(
        drawn.sums(standing.block("unpaid")), drawn.sums(standing.block("sales")), standing.month_days
    )
    low, high = drawn.interval(values)
    return (float(low), float(high)) if low < high else (float("nan"), float("nan"))


def _concentration(numerator: pd.Series) -> str:
    """Say how much of a numerator its three largest customers carry, where that is most of it."""
    total = numerator.sum()
    if total <= 0:
        return ""
    share = numerator.nlargest(3).sum() / total
    return f"3 customers carry {100 * share:.0f} %" if share > 0.5 else ""
