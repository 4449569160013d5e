"""The window in which a promise can be kept, and what was paid within it."""

from __future__ import annotations

import numpy as np
import pandas as pd


def promise_windows(promises: pd.DataFrame, grace: int) -> pd.DataFrame:
    """Return from when to when a payment counts for each promise.

    Parameters
    ----------
    promises
        ``customer_id``, ``made_on``, ``due_on``, ``amount``, and ``invoice_id`` where known.
    grace
        Business days (Monday to Friday) after the due day.

    Returns
    -------
    Index of promises: ``customer_id``, ``invoice_id`` (empty for the whole account), ``made_on``,
    ``limit`` (due day and grace), ``until`` (the limit, or the day before a newer promise of the same
    customer and invoice).

    Examples
    --------
    >>> day = pd.Timestamp
    >>> promises = pd.DataFrame({"customer_id": "a", "made_on": [day("2025-03-03"), day("2025-03-10")],
    ...                          "due_on": [day("2025-03-08"), day("2025-03-12")], "amount": 100.0})
    >>> promise_windows(promises, 3)[["limit", "until"]].astype(str).to_numpy().tolist()
    [['2025-03-12', '2025-03-09'], ['2025-03-17', '2025-03-17']]
    """
    due = promises["due_on"].to_numpy().astype("datetime64[D]")
    # The first business day after a Saturday is its Monday; without grace the Saturday itself still counts.
    limit = np.maximum(due, np.busday_offset(due, grace, roll="backward"))
    windows = pd.DataFrame(
        {
            "customer_id": promises["customer_id"],
            "invoice_id": _invoices(promises),
            "made_on": pd.to_datetime(promises["made_on"]),
            "limit": pd.Series(limit.astype("datetime64[s]"), index=promises.index),
            "due_on": promises["due_on"],
            "amount": promises["amount"],
        }
    )
    ordered = windows.sort_values(["made_on", "due_on", "amount"], kind="stable")
    newer = ordered.groupby(["customer_id", "invoice_id"])["made_on"].shift(-1) - pd.Timedelta(days=1)
    windows["until"] = np.fmin(windows["limit"], newer.reindex(windows.index))
    return windows[["customer_id", "invoice_id", "made_on", "limit", "until"]]


def paid_within(windows: pd.DataFrame, payments: pd.DataFrame) -> pd.Series:
    """Return what was paid within each window, shape (promises,).

    Parameters
    ----------
    windows
        From ``promise_windows``.
    payments
        ``customer_id``, ``value_date``, ``amount``, and ``invoice_id`` where known.
    """
    paid = payments[["customer_id", "amount"]].assign(
        value_date=pd.to_datetime(payments["value_date"]), invoice_id=_invoices(payments)
    )
    numbered = windows.reset_index(drop=True).rename_axis("promise").reset_index()
    account = numbered["invoice_id"] == ""
    met = [
        numbered[account].merge(paid.drop(columns="invoice_id"), on="customer_id"),
        numbered[~account].merge(paid, on=["customer_id", "invoice_id"]),
    ]
    found = pd.concat(met, ignore_index=True)
    inside = found[(found["value_date"] >= found["made_on"]) & (found["value_date"] <= found["until"])]
    sums = inside.groupby("promise")["amount"].sum().reindex(range(len(windows)), fill_value=0.0)
    return pd.Series(sums.to_numpy(dtype=np.float64), index=windows.index)


def _invoices(rows: pd.DataFrame) -> pd.Series:
    """Return the invoice of each row; empty for the whole account."""
    if "invoice_id" not in rows.columns:
        return pd.Series("", index=rows.index, dtype="str")
    return rows["invoice_id"].astype("str").fillna("")
