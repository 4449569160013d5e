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


_COHORTS: Final = ("written_off", "cohort_sales", "collected", "collectable")
_KNOWN: Final = "SELECT DISTINCT customer_id FROM invoices WHERE amount > 0"
_NUMBERED: Final = f"""numbered AS (
        SELECT customer_id, row_number() OVER (ORDER BY customer_id) - 1 AS place FROM ({_KNOWN}) AS known
    )"""
_BACK: Final = "month_index(i.key_date) - month_index(i.document_date)"
_BY_MONTH: Final = f"""
    WITH {_NUMBERED}
    SELECT n.place, {_BACK} AS back,
        CAST(SUM(i.amount) AS DOUBLE) AS sales, CAST(SUM(COALESCE(o.balance, 0)) AS DOUBLE) AS unpaid
    FROM invoices AS i JOIN numbered AS n ON n.customer_id = i.customer_id
        LEFT JOIN open_items AS o ON o.invoice_id = i.invoice_id
    WHERE i.amount > 0 AND {_BACK} >= 0 AND {_BACK} < {MONTHS}
    GROUP BY n.place, back"""
# The sums of the write-off cohort and of the collection cohort; of an invoice of neither no posting is read.
_COHORT: Final = f"days_between(i.document_date, i.key_date) BETWEEN {COHORT_AGE} AND {COHORT_AGE + YEAR - 1}"
_MATURE: Final = (
    f"days_between(i.due_date, i.key_date) - {COLLECTED_BY + SETTLE_LAG} BETWEEN 0 AND {YEAR - 1}"
)
_IN_TIME: Final = f"j.is_mature AND days_between(j.due_date, p.value_date) <= {COLLECTED_BY}"
_BY_COHORT: Final = f"""
    WITH {_NUMBERED}, judged AS (
        SELECT i.invoice_id, n.place, i.amount, i.due_date, {_COHORT} AS is_cohort, {_MATURE} AS is_mature
        FROM invoices AS i JOIN numbered AS n ON n.customer_id = i.customer_id
        WHERE i.amount > 0 AND ({_COHORT} OR {_MATURE})
    ), sold AS (
        SELECT place, SUM(amount) FILTER (WHERE is_cohort) AS cohort_sales,
            SUM(amount) FILTER (WHERE is_mature) AS mature_sales
        FROM judged GROUP BY place
    ), posted AS (
        SELECT j.place,
            SUM(CASE p.kind WHEN 'write_off' THEN p.amount WHEN 'recovery' THEN -p.amount END)
                FILTER (WHERE j.is_cohort) AS written_off,
            SUM(CASE p.kind WHEN 'payment' THEN p.amount WHEN 'reversal' THEN -p.amount END)
                FILTER (WHERE {_IN_TIME}) AS collected,
            SUM(p.amount) FILTER (WHERE p.kind = 'credit_note' AND {_IN_TIME}) AS credited
        FROM postings AS p JOIN judged AS j ON j.invoice_id = p.invoice_id GROUP BY j.place
    )
    SELECT s.place, CAST(COALESCE(p.written_off, 0) AS DOUBLE) AS written_off,
        CAST(COALESCE(s.cohort_sales, 0) AS DOUBLE) AS cohort_sales,
        CAST(COALESCE(p.collected, 0) AS DOUBLE) AS collected,
        CAST(COALESCE(s.mature_sales, 0) - COALESCE(p.credited, 0) AS DOUBLE) AS collectable
    FROM sold AS s LEFT JOIN posted AS p ON p.place = s.place"""


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
    customers = snapshot.sql(f"SELECT customer_id FROM ({_KNOWN}) AS known ORDER BY customer_id")
    names = [f"{stem}_{back}" for stem in ("unpaid", "sales") for back in range(MONTHS)]
    # By place: half a million pairs of a customer and a month are dear to match by name.
    sums = np.zeros((len(customers), len(names) + len(_COHORTS)))
    months = snapshot.sql(_BY_MONTH)
    place, back = months["place"].to_numpy(), months["back"].to_numpy()
    for stem, first in (("unpaid", 0), ("sales", MONTHS)):
        sums[place, first + back] = months[stem].to_numpy()
    cohorts = snapshot.sql(_BY_COHORT)
    sums[cohorts["place"].to_numpy(), len(names) :] = cohorts[[*_COHORTS]].to_numpy()
    frame = pd.DataFrame(sums, index=pd.Index(customers["customer_id"]), columns=[*names, *_COHORTS])
    return Standing(snapshot.key_date, frame, month_days(snapshot.key_date))


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
