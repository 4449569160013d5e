"""The same 15 figures as other people make them: one DuckDB query for all dates, and pandas date by date.

One row per customer with an open item and key date; a row of the book counts from its ``known_on`` on.
``open_*``: balances of open items, in bands of days past due. ``cleared_*``: invoices whose last posting is known
and all of whose postings are payments, with their last value date in the 365 days that end at the key date;
percentiles interpolate. ``customer_sales_12m``: by document date, last 365 days.

Both know more of this book than our blocks do, and leave out what it does not need: no payment bounces, no invoice
is restated, all is in one currency, and parts add up to the invoice to the cent.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

BANDS: Final = {
    "open_balance_current": (None, 0),
    "open_balance_1_30": (1, 30),
    "open_balance_31_60": (31, 60),
    "open_balance_61_90": (61, 90),
    "open_balance_over_90": (91, None),
}
FIGURES: Final = (
    "open_balance",
    "open_overdue_balance",
    *BANDS,
    "cleared_count_12m",
    "cleared_days_late_mean_12m",
    "cleared_days_late_median_12m",
    "cleared_days_late_p90_12m",
    "cleared_on_time_share_12m",
    "cleared_on_time_amount_share_12m",
    "customer_sales_12m",
    "customer_invoice_count_12m",
)
YEAR: Final = 365


def within(band: tuple[int | None, int | None], days: str) -> str:
    """Return the SQL of days past due that lie in a band.

    Examples
    --------
    >>> within((1, 30), "days"), within((91, None), "days")
    ('days >= 1 AND days <= 30', 'days >= 91')
    """
    low, high = band
    return " AND ".join([f"{days} >= {low}"] * (low is not None) + [f"{days} <= {high}"] * (high is not None))


_BANDS_SQL: Final = ", ".join(
    f"coalesce(sum(balance) FILTER ({within(band, 'days')}), 0) AS {name}" for name, band in BANDS.items()
)

QUERY: Final = f"""
WITH moves AS (
    SELECT invoice_id, known_on, -sum(amount) AS change FROM postings GROUP BY invoice_id, known_on
    UNION ALL SELECT invoice_id, known_on, amount FROM invoices
), states AS (
    SELECT invoice_id, known_on AS known_from, sum(change) OVER by_day AS balance,
        coalesce(lead(known_on) OVER by_day, DATE '9999-01-01') AS known_until
    FROM moves WINDOW by_day AS (PARTITION BY invoice_id ORDER BY known_on)
), open AS (
    SELECT key_date, customer_id, balance, key_date - due_date AS days
    FROM states JOIN invoices USING (invoice_id) JOIN days ON key_date >= known_from AND key_date < known_until
    WHERE balance > greatest(0.01, 0.005 * amount)
), owed AS (
    SELECT key_date, customer_id, sum(balance) AS open_balance,
        coalesce(sum(balance) FILTER (days > 0), 0) AS open_overdue_balance, {_BANDS_SQL}
    FROM open GROUP BY key_date, customer_id
), settled AS (
    SELECT invoice_id, max(known_on) AS known_on, max(value_date) AS cleared_on, sum(amount) AS posted,
        bool_and(kind = 'payment') AS paid
    FROM postings GROUP BY invoice_id
), paid AS (
    SELECT s.known_on, s.cleared_on, customer_id, amount, s.cleared_on - due_date AS days_late
    FROM settled AS s JOIN invoices AS i USING (invoice_id) WHERE paid AND posted = amount
), payments AS (
    SELECT key_date, customer_id, count(*) AS n, avg(days_late) AS late,
        quantile_cont(days_late, [0.5, 0.9]) AS quantiles, count(*) FILTER (days_late <= 0) AS on_time,
        sum(amount) FILTER (days_late <= 0) AS amount_on_time, sum(amount) AS amount
    FROM paid JOIN days ON key_date >= known_on AND key_date < cleared_on + {YEAR} GROUP BY key_date, customer_id
), sold AS (
    SELECT key_date, customer_id, sum(amount) AS sales, count(*) AS n
    FROM invoices JOIN days ON key_date >= known_on AND key_date < document_date + {YEAR} GROUP BY key_date, customer_id
)
SELECT key_date, customer_id, open_balance, open_overdue_balance, {", ".join(BANDS)},
    coalesce(p.n, 0) AS cleared_count_12m, p.late AS cleared_days_late_mean_12m,
    quantiles[1] AS cleared_days_late_median_12m, quantiles[2] AS cleared_days_late_p90_12m,
    on_time / p.n AS cleared_on_time_share_12m,
    CAST(coalesce(amount_on_time, 0) AS DOUBLE) / CAST(p.amount AS DOUBLE) AS cleared_on_time_amount_share_12m,
    coalesce(sales, 0) AS customer_sales_12m, coalesce(s.n, 0) AS customer_invoice_count_12m
FROM owed LEFT JOIN payments AS p USING (key_date, customer_id) LEFT JOIN sold AS s USING (key_date, customer_id)"""


def by_one_query(book: Path, key_dates: Sequence[dt.date]) -> pa.Table:
    """Return the figures of all key dates by one hand-written query over the Parquet files, on all cores."""
    import duckdb

    with (
        tempfile.TemporaryDirectory() as spill,
        duckdb.connect() as connection,
    ):
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SET temp_directory = '{spill}'")
        connection.execute("SET preserve_insertion_order = false")
        for name in ("invoices", "postings"):
            connection.execute(f"CREATE VIEW {name} AS FROM read_parquet('{book / name}.parquet')")
        connection.execute("CREATE TABLE days AS SELECT unnest(?) AS key_date", [list(key_dates)])
        return connection.sql(QUERY).to_arrow_table()


def by_pandas(book: Path, key_dates: Sequence[dt.date]) -> Iterator[pd.DataFrame]:
    """Yield the figures of each key date, as one would write it: filter what is known, group by customer."""
    import numpy as np
    import pandas as pd

    invoices = pd.read_parquet(
        book / "invoices.parquet",
        columns=["invoice_id", "customer_id", "document_date", "due_date", "amount", "known_on"],
    )
    postings = pd.read_parquet(
        book / "postings.parquet", columns=["invoice_id", "kind", "amount", "value_date", "known_on"]
    )
    # Codes, so that every later grouping is by integers; days as numbers, money as floats.
    customers = pd.Index(invoices["customer_id"].unique())
    place = pd.Index(invoices["invoice_id"])
    invoices["customer"] = customers.get_indexer(invoices["customer_id"])
    postings["invoice"] = place.get_indexer(postings["invoice_id"])
    for frame in (invoices, postings):
        frame["amount"] = frame["amount"].astype("float64")
        for name in frame.columns.intersection(["document_date", "due_date", "value_date", "known_on"]):
            frame[name] = frame[name].to_numpy().astype("datetime64[D]").astype("int64")
    postings["payment"] = postings["kind"] == "payment"
    invoices = invoices.drop(columns=["invoice_id", "customer_id"])
    postings = postings.drop(columns=["invoice_id", "kind"])
    for day in key_dates:
        today = int(np.datetime64(day, "D").astype("int64"))
        figures = _on(invoices[invoices["known_on"] <= today], postings[postings["known_on"] <= today], today)
        figures.insert(0, "customer_id", customers.take(figures.index))
        figures.insert(0, "key_date", day)
        yield figures.reset_index(drop=True)


def _on(invoices: pd.DataFrame, postings: pd.DataFrame, today: int) -> pd.DataFrame:
    """Return the figures of one key date, by customer."""
    import pandas as pd

    posted = postings.groupby("invoice").agg(
        posted=("amount", "sum"), cleared_on=("value_date", "max"), paid=("payment", "all")
    )
    known = invoices.join(posted)
    known["balance"] = known["amount"] - known["posted"].fillna(0.0)
    is_open = known["balance"] > (0.005 * known["amount"]).clip(lower=0.01)
    owed = known[is_open]
    days = today - owed["due_date"]
    columns = {"open_balance": owed["balance"], "open_overdue_balance": owed["balance"].where(days > 0, 0.0)}
    for name, (low, high) in BANDS.items():
        inside = (days >= (days.min() if low is None else low)) & (
            days <= (days.max() if high is None else high)
        )
        columns[name] = owed["balance"].where(inside, 0.0)
    figures = pd.DataFrame(columns).groupby(owed["customer"]).sum()

    done = known[~is_open & (known["paid"] == True) & (today - known["cleared_on"] < YEAR)]  # noqa: E712 (missing is not paid)
    late = done["cleared_on"] - done["due_date"]
    done = done.assign(late=late, on_time=late <= 0, amount_on_time=done["amount"].where(late <= 0, 0.0))
    grouped = done.groupby("customer")
    sums = grouped.agg(
        n=("late", "size"), late=("late", "mean"), on_time=("on_time", "mean"), amount=("amount", "sum")
    )
    percentiles = grouped["late"].quantile([0.5, 0.9]).unstack()  # noqa: PD010 (two levels of an index)
    year = invoices[today - invoices["document_date"] < YEAR].groupby("customer")["amount"]
    return figures.assign(
        cleared_count_12m=sums["n"],
        cleared_days_late_mean_12m=sums["late"],
        cleared_days_late_median_12m=percentiles[0.5],
        cleared_days_late_p90_12m=percentiles[0.9],
        cleared_on_time_share_12m=sums["on_time"],
        cleared_on_time_amount_share_12m=grouped["amount_on_time"].sum() / sums["amount"],
        customer_sales_12m=year.sum(),
        customer_invoice_count_12m=year.size(),
    ).fillna({name: 0 for name in FIGURES if "_count_" in name or "_sales_" in name})
