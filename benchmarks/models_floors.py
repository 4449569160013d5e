"""The floors of the public data: invoices judged from the day of their issue, on the splits on which the floors were measured.

An invoice is one row, on its issue day, and knows of its customer only what had cleared before that day. The floors
come from boosting on cleared invoices; here the default model learns from all invoices issued before the cut, those still open
on it as censored. MAE is that of the median pay date against the clearing date, AUC that of P(unpaid on the due date) for "late",
C that of the days paid within 90 days, all on the cleared invoices of the test window.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from models_floors_late import late_auc

SHARED: Final = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
_DAYS: Final = np.arange(1, 181)
_WITHIN: Final = 90
_HORIZONS: Final = (7, 14, 30, 60)
# Last cleared invoices of a customer over which its delays are taken together.
_SPANS: Final = (5, 15, 50)


@dataclass(frozen=True)
class Split:
    """Where a book's invoices are split, and what a model has to beat there; a floor that is not set is None."""

    cut: dt.date
    end: dt.date
    mae: float | None = None
    auc: float | None = None
    concordance: float | None = None


SPLITS: Final = {
    "ibm_ar": Split(dt.date(2013, 6, 1), dt.date(2014, 1, 1), 5.99, 0.867, 0.807),
    "highradius": Split(dt.date(2019, 11, 1), dt.date(2020, 2, 1), 2.66, 0.822, 0.724),
    "ap_invoices": Split(dt.date(2023, 4, 15), dt.date(2023, 6, 1), 7.27, 0.774, 0.643),
}
FLOORS: Final = [{"case": f"floors of {name}", "system": "arseg DiscreteHazard"} for name in SPLITS]


def read_invoices(name: str) -> pd.DataFrame:
    """Return ``customer, issued, due, cleared, amount``, days since 1970-01-01; cleared is NaN where open."""
    if name == "ibm_ar":
        raw = pd.read_csv(SHARED / "ibm_ar/WA_Fn-UseC_-Accounts-Receivable.csv")
        names = ("customerID", "InvoiceDate", "DueDate", "SettledDate", "InvoiceAmount")
        return _invoices(raw, names, "%m/%d/%Y")
    if name == "highradius":
        raw = pd.read_csv(
            SHARED / "highradius/closed_invoices.csv", dtype={"cust_number": str}
        ).drop_duplicates()
        # Issue dates are not in the file: as its floor does, 15 days before due.
        raw["issued"] = (pd.to_datetime(raw["due_in_date"]) - pd.Timedelta(days=15)).dt.strftime("%Y-%m-%d")
        return _invoices(
            raw, ("cust_number", "issued", "due_in_date", "clear_date", "total_open_amount"), "%Y-%m-%d"
        )
    raw = pd.read_excel(SHARED / "ap_invoices/AccountsPayable_Raw_data.xlsx").assign(amount=1.0)
    texts = raw["Due date"].map(lambda day: isinstance(day, str))
    raw["Due date"] = pd.to_datetime(
        raw["Due date"].where(~texts, pd.to_datetime(raw["Due date"].where(texts), format="%d.%m.%Y"))
    )
    return _invoices(raw, ("Vendor details", "Posting date", "Due date", "Clearing date", "amount"), None)


def _invoices(raw: pd.DataFrame, names: tuple[str, ...], form: str | None) -> pd.DataFrame:
    customer, *days, amount = (raw[name] for name in names)
    issued, due, cleared = (_day_number(pd.to_datetime(day, format=form)) for day in days)
    made = {"customer": customer, "issued": issued, "due": due, "cleared": cleared, "amount": amount}
    return pd.DataFrame(made).sort_values(["issued", "customer"], kind="stable").reset_index(drop=True)


def _day_number(day: pd.Series) -> pd.Series:
    return (day - pd.Timestamp("1970-01-01")).dt.days.astype("float64")


def on_issue(invoices: pd.DataFrame) -> pd.DataFrame:
    """Return what is known on the day of issue: the invoice, and its customer's invoices cleared before."""
    book = invoices.reset_index(names="row").assign(due_weekday=(invoices["due"] + 3) % 7)
    cleared = book[book["cleared"].notna()].sort_values(["cleared", "row"], kind="stable")
    known = _joined(book, _history(cleared), ["customer"])
    same_day = _joined(book, _weekday_history(cleared), ["customer", "due_weekday"])
    amount = np.log1p(book["amount"].clip(lower=0))
    own = pd.DataFrame(
        {
            "days_past_due": book["issued"] - book["due"],
            "terms_days": (book["due"] - book["issued"]).clip(lower=0),
            "key_day": book["issued"],
            "log_amount": amount,
            "amount_ratio": amount - known["log_amount_mean"],
            "cleared_days_late_mean_12m": known["late_mean"],
            "cleared_count_12m": known["count"].fillna(0.0),
            "clearing_last_ago": book["issued"] - known["known"],
            "open_now": book.groupby("customer").cumcount() - known["count"].fillna(0.0),
            "due_weekday": book["due_weekday"],
            "due_month_day": pd.to_datetime(book["due"], unit="D").dt.day,
            "late_due_weekday": same_day["late_due_weekday"],
        }
    )
    shown = known.columns.difference(["known", "count", "late_mean", "log_amount_mean"])
    return own.join(known[shown]).astype("float64")


def _joined(book: pd.DataFrame, history: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return for each invoice the last row of its customer's record from before its issue."""
    return pd.merge_asof(
        book[["row", "issued", *by]],
        history,
        left_on="issued",
        right_on="known",
        by=by,
        allow_exact_matches=False,
    ).drop(columns=["row", "issued", *by])


def _history(cleared: pd.DataFrame) -> pd.DataFrame:
    """Return each customer's running record, in the order in which its invoices cleared."""
    late = cleared["cleared"] - cleared["due"]
    own = cleared.assign(
        late=late, is_late=(late > 0).astype(float), size=np.log1p(cleared["amount"].clip(lower=0))
    )
    groups = own.groupby("customer")
    record = pd.DataFrame({"customer": own["customer"], "known": own["cleared"], "late_last": late})
    record["count"] = groups.cumcount() + 1.0
    for name, column in (("late_mean", "late"), ("late_share", "is_late"), ("log_amount_mean", "size")):
        record[name] = groups[column].cumsum() / record["count"]
    for span in _SPANS:
        last = groups["late"].rolling(span, min_periods=1)
        found = {"mean": last.mean(), "median": last.median(), "spread": last.std()}
        if span == _SPANS[-1]:
            found |= {"low": last.quantile(0.2), "high": last.quantile(0.8)}
        for name, values in found.items():
            record[f"late_{name}_{span}"] = values.droplevel(0)
    for day in range(5):
        own["on_day"] = ((own["cleared"] + 3) % 7 == day).astype(float)
        share = own.groupby("customer")["on_day"].rolling(_SPANS[-1], min_periods=1).mean()
        record[f"cleared_weekday_{day}"] = share.droplevel(0)
    return record


def _weekday_history(cleared: pd.DataFrame) -> pd.DataFrame:
    """Return the running delay of each customer's invoices that were due on the same weekday."""
    own = cleared.assign(late=cleared["cleared"] - cleared["due"])
    mean = (
        own.groupby(["customer", "due_weekday"])["late"].rolling(10, min_periods=1).mean().droplevel([0, 1])
    )
    return pd.DataFrame(
        {
            "customer": own["customer"],
            "due_weekday": own["due_weekday"],
            "known": own["cleared"],
            "late_due_weekday": mean.reindex(own.index),
        }
    )


def _target(invoices: pd.DataFrame, seen: pd.Series | float) -> pd.DataFrame:
    """Return event and duration as known by a day."""
    paid = invoices["cleared"] <= seen
    until = invoices["cleared"].where(paid, seen) - invoices["issued"]
    target = {"event": paid.astype("int64"), "duration": until.clip(lower=1).astype("int64")}
    return pd.DataFrame(target)


def run_floor(case: str) -> dict[str, Any]:
    """Learn before the cut, and measure after it; on a book with open invoices also with them left out of learning."""
    import time

    name = case.removeprefix("floors of ")
    split, invoices = SPLITS[name], read_invoices(name)
    cut, end = (float((day - dt.date(1970, 1, 1)).days) for day in (split.cut, split.end))
    X = on_issue(invoices)
    learnt = invoices["issued"] < cut
    judged = (invoices["issued"] >= cut) & (invoices["issued"] < end)
    last = float(max(invoices["cleared"].max(), invoices["issued"].max()))
    test = Test(X[judged], invoices[judged], last)
    from arseg.models import DiscreteHazard

    began = time.process_time()
    model = DiscreteHazard().fit(X[learnt], _target(invoices[learnt], cut))
    found = {"fit_cpu_seconds": round(time.process_time() - began, 2), "train_rows": int(learnt.sum())}
    found |= test.measures(model, split)
    found["auc_classifier"] = late_auc(X, invoices, cut=cut, judged=judged)
    if invoices["cleared"].isna().any():
        cleared = learnt & (invoices["cleared"] <= cut)
        biased = DiscreteHazard().fit(X[cleared], _target(invoices[cleared], cut))
        found["log_loss"], found["log_loss_cleared_only"] = test.log_loss(model), test.log_loss(biased)
    return found


@dataclass(frozen=True)
class Test:
    """The later invoices, and the last day that is known."""

    X: pd.DataFrame
    invoices: pd.DataFrame
    last: float

    def measures(self, model: Any, split: Split) -> dict[str, Any]:
        """Return MAE, AUC and C on the cleared ones, each beside its floor."""
        from sklearn.metrics import roc_auc_score

        from arseg.metrics import concordance, median_pay_day

        cleared = self.invoices["cleared"].notna().to_numpy()
        found, invoices = model.predict_cumulative_incidence(self.X[cleared], _DAYS), self.invoices[cleared]
        pay_day = np.nan_to_num(median_pay_day(found, list(_DAYS)), nan=float(_DAYS[-1]))
        error = pay_day - (invoices["cleared"] - invoices["issued"])
        terms = (invoices["due"] - invoices["issued"]).clip(0, _DAYS[-1]).astype(int).to_numpy()
        by_due = np.column_stack([np.zeros(len(found)), found[:, 0]])[np.arange(len(found)), terms]
        target = _target(invoices, self.last)
        measures = {
            "mae": error.abs().mean(),
            "auc": roc_auc_score(invoices["cleared"] > invoices["due"], 1 - by_due),
            "concordance": concordance(target, found[:, 0, :_WITHIN].sum(axis=1), tau=_WITHIN),
        }
        floors = {f"{name}_floor": getattr(split, name) for name in measures}
        rounded = {name: round(float(value), 4) for name, value in measures.items()}
        return {"test_rows": len(invoices)} | rounded | floors

    def log_loss(self, model: Any) -> float:
        """Return the mean log-loss of paid by some days, over all invoices followed as long, open ones too."""
        from arseg.metrics import horizon_log_loss, mean_log_loss

        y = _target(self.invoices, self.last).assign(
            followed_days=(self.last - self.invoices["issued"]).astype("int64")
        )
        found = model.predict_cumulative_incidence(self.X, _HORIZONS)
        return round(mean_log_loss(horizon_log_loss(y, found, list(_HORIZONS), horizons=_HORIZONS)), 4)
