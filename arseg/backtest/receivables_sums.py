"""The sums by customer behind each measure of a period: numerator and denominator, which add up.

Receivables of the DSO family and of aging are what stands on invoices, gross of cash that is not matched to one; those
of the flows are net of it (science 1.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.receivables_book import ReceivablesBook
from arseg.metrics.collection_effectiveness import (
    cash_cei,
    cash_collectable,
    cei,
    cei_crf_monthly,
    period_collection_rate,
)
from arseg.metrics.paid_days import days_late, days_to_pay, open_days_late
from arseg.metrics.receivables import (
    Ratio,
    bad_debt_to_receivables,
    percent_current,
    percent_over_90,
    turnover,
)
from arseg.metrics.roll_up import ratio_by

Parts = dict[str, pd.DataFrame]

YEAR_MONTH: Final = 365.25 / 12
_FLOWS: Final = ("opening", "sales", "cash", "credited", "written_off", "recovered", "reversed", "closing")


def customer_sums(book: ReceivablesBook) -> pd.DataFrame:
    """Return flows and aging at the end of the period, one row per customer.

    Returns
    -------
    frame
        The flows of ``arseg.schema.FLOWS`` and ``amount_days``; ``receivables`` on invoices, ``current``, ``past_due``,
        ``over_90``; ``unapplied``, receivables less closing; ``net_cash``, ``net_sales`` and ``net_written_off``.
    """
    held = book.balances(book.end)
    late = held["days_past_due"]
    aged = held[["customer_id"]].assign(
        receivables=held["balance"],
        current=held["balance"].where(late <= 0, 0.0),
        past_due=held["balance"].where(late > 0, 0.0),
        over_90=held["balance"].where(late > 90, 0.0),
    )
    aging = aged.groupby("customer_id").sum()
    sums = book.flows[[*_FLOWS, "amount_days"]].join(aging, how="left").fillna(0.0)
    return sums.assign(
        unapplied=(sums["receivables"] - sums["closing"]).round(2),
        net_cash=sums["cash"] - sums["reversed"],
        net_sales=sums["sales"] - sums["credited"],
        net_written_off=sums["written_off"] - sums["recovered"],
    ).sort_index()


def amounts(sums: pd.DataFrame) -> Parts:
    """Return the amounts of the period themselves: they are summed, and there is nothing to divide by."""
    names = (*_FLOWS, "receivables", "unapplied")
    return {name: pd.DataFrame({"numerator": sums[name], "denominator": 0.0}) for name in names}


def ratios(sums: pd.DataFrame, days: int) -> Parts:
    """Return the measures that are ratios of what ``customer_sums`` holds.

    Parameters
    ----------
    sums
        As from ``customer_sums``.
    days
        Days of the period.
    """
    s = {name: sums[name].to_numpy(dtype=np.float64) for name in sums}
    begun, sold, ended, current = s["opening"], s["sales"], s["closing"], s["current"]
    collectable = cash_collectable(
        begun, sold, current, credited=s["credited"], written_off=s["net_written_off"]
    )
    return _framed(
        sums.index,
        {
            "simple_dso": Ratio.of(s["receivables"] * days, s["net_sales"]),
            "best_possible_dso": Ratio.of(current * days, s["net_sales"]),
            "average_days_delinquent": Ratio.of(s["past_due"] * days, s["net_sales"]),
            "average_receivables_dso": Ratio.of(s["amount_days"], sold),
            "turnover": turnover(sold, s["amount_days"], days=days),
            "cei": cei(begun, sold, ended, current),
            "cei_crf_monthly": cei_crf_monthly(begun, sold, ended, current, months=days / YEAR_MONTH),
            "cash_cei": cash_cei(s["net_cash"], collectable),
            "period_collection_rate": period_collection_rate(s["net_cash"], begun, sold),
            "bad_debt_ratio": Ratio.of(s["net_written_off"], s["net_sales"]),
            "bad_debt_to_receivables": bad_debt_to_receivables(s["net_written_off"], s["amount_days"], days),
            "percent_current": percent_current(current, s["receivables"]),
            "percent_over_90": percent_over_90(s["over_90"], s["receivables"]),
        },
    )


def _framed(customers: pd.Index, found: Mapping[str, Ratio]) -> Parts:
    return {
        name: pd.DataFrame({"numerator": r.numerator, "denominator": r.denominator}, index=customers)
        for name, r in found.items()
    }


def payments(book: ReceivablesBook, minute_cost: float | None) -> Parts:
    """Return days to pay, days late and cost to collect, from the cash of the period on invoices.

    Parameters
    ----------
    book
        The period.
    minute_cost
        Cost of a collector's minute, reporting currency; None leaves the cost out.
    """
    cash = applied_cash(book)
    paid = {
        "days_to_pay": days_to_pay(cash["cash"], cash["days"]),
        "days_late": days_late(cash["cash"], cash["late"]),
        "days_beyond_terms": days_late(cash["cash"], cash["late"], clipped=True),
    }
    found = {name: by_customer(parts, cash["customer_id"]) for name, parts in paid.items()}
    held = book.balances(book.end)
    held = held[held["balance"] > 0]
    found["open_days_late"] = by_customer(
        open_days_late(held["balance"], held["days_past_due"]), held["customer_id"]
    )
    if minute_cost is not None and "contacts" in book.present:
        within = book.contacts["contacted_on"].between(book.start, book.end, inclusive="right")
        made = book.contacts[within]
        minutes = made["minutes"].fillna(0.0).groupby(made["customer_id"]).sum()
        late = cash[cash["late"] > 0].groupby("customer_id")["cash"].sum()
        both = pd.DataFrame({"numerator": minutes * minute_cost * 1000, "denominator": late})
        found["cost_to_collect"] = both.fillna(0.0)
    return found


def applied_cash(book: ReceivablesBook) -> pd.DataFrame:
    """Return ``customer_id, cash, days, late`` of the payments and reversals of the period on invoices."""
    own = book.moves[
        book.moves["kind"].isin(["payment", "reversal"])
        & book.moves["value_date"].between(book.start, book.end, inclusive="right")
    ]
    both = own.merge(book.items[["invoice_id", "document_date", "due_date"]], on="invoice_id")
    return pd.DataFrame(
        {
            "customer_id": both["customer_id"],
            "cash": both["amount"].where(both["kind"] == "payment", -both["amount"]),
            "days": (both["value_date"] - both["document_date"]).dt.days,
            "late": (both["value_date"] - both["due_date"]).dt.days,
        }
    )


def cohort_bad_debt(book: ReceivablesBook) -> Parts:
    """Return what was written off of the period's own invoices, whenever it was known, over their amount."""
    issued = book.items[
        book.items["document_date"].between(book.start, book.end, inclusive="right")
        & (book.items["amount"] > 0)
    ]
    lost = book.moves[book.moves["kind"].isin(["write_off", "recovery"])]
    net = lost["amount"].where(lost["kind"] == "write_off", -lost["amount"]).groupby(lost["invoice_id"]).sum()
    parts = pd.DataFrame(
        {"numerator": issued["invoice_id"].map(net).fillna(0.0), "denominator": issued["amount"]}
    )
    return {"bad_debt_cohort": by_customer(parts, issued["customer_id"])}


def by_customer(parts: pd.DataFrame, customers: pd.Series) -> pd.DataFrame:
    """Return the sums of parts by customer; not known where one of the rows is not."""
    return ratio_by(parts, customers)[["numerator", "denominator"]].rename_axis("customer_id")
