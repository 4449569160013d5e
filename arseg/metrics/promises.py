"""Whether promises to pay were kept (science 1.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.schema import DataError, require_columns

# A promise of 1,000 is kept with 950, up to three business days late.
KEPT_SHARE: Final = 0.95
GRACE_DAYS: Final = 3
_SET: Final = ["customer_id", "invoice_id"]


def promise_end(
    due_on: npt.ArrayLike | pd.Series, *, grace: int = GRACE_DAYS, holidays: Sequence[dt.date] = ()
) -> pd.Series:
    """Return the last day on which cash keeps a promise: the promised day and so many business days more.

    Parameters
    ----------
    due_on
        Promised day of each promise.
    grace
        Business days, Monday to Friday without holidays.
    holidays
        Public holidays where the customer banks.

    Examples
    --------
    >>> promise_end(["2026-10-09", "2026-10-10"]).dt.date.astype(str).tolist()
    ['2026-10-14', '2026-10-14']
    """
    days = pd.to_datetime(pd.Series(due_on)).to_numpy().astype("datetime64[D]")
    ends = np.busday_offset(days, grace, roll="backward", holidays=np.array(holidays, dtype="datetime64[D]"))
    return pd.Series(ends.astype("datetime64[s]"), index=pd.Series(due_on).index)


def promises_kept(
    promises: pd.DataFrame, payments: pd.DataFrame, *, cut_off: dt.date, kept_share: float = KEPT_SHARE
) -> pd.DataFrame:
    """Return the parts of the share of promises kept, by number and by amount.

    A promise is kept if cash within ``[made_on, ends_on]`` reaches ``kept_share`` of it. Only matured promises count:
    whose last day is over, however early they were kept. A promise that was renewed for the same invoice, or account,
    before it was kept is broken.

    Parameters
    ----------
    promises
        ``customer_id``; ``invoice_id``, empty for the whole account; ``made_on``; ``ends_on`` from ``promise_end``;
        ``amount`` > 0.
    payments
        ``customer_id, invoice_id, value_date, amount``; of a reversal the amount is below zero.
    cut_off
        The last day of which payments are known.
    kept_share
        Share of the promised amount that is enough.

    Returns
    -------
    One row per promise, in its order: ``numerator`` (1 if kept), ``denominator`` (1 if matured), ``kept_amount`` (cash
    in the window, at most what was promised) and ``promised_amount``; all 0 where it is not matured.

    Raises
    ------
    DataError
        If a column is missing, or a promised amount is missing or not positive.
    """
    require_columns(promises.columns, (*_SET, "made_on", "ends_on", "amount"), frame="promises")
    require_columns(payments.columns, (*_SET, "value_date", "amount"), frame="payments")
    if not (promises["amount"] > 0).all():
        raise DataError(
            "a promise has no amount",
            given=f"{int((~(promises['amount'] > 0)).sum())} of {len(promises)}",
            allowed="amounts above zero",
            do="take the open balance where the customer promised all of it",
        )
    made = _windows(promises)
    cash = _cash(made, payments).clip(lower=0.0).to_numpy()
    matured = (made["ends_on"] <= pd.Timestamp(cut_off)).to_numpy(dtype=np.float64)
    promised = made["amount"].to_numpy(dtype=np.float64)
    kept = (cash >= kept_share * promised - 1e-9) * matured
    parts = {
        "numerator": kept,
        "denominator": matured,
        "kept_amount": np.minimum(cash, promised) * matured,
        "promised_amount": promised * matured,
    }
    return pd.DataFrame(parts, index=promises.index)


def _windows(promises: pd.DataFrame) -> pd.DataFrame:
    """Return the promises with the last day that counts: the day before the same was promised anew."""
    made = promises[[*_SET, "made_on", "ends_on", "amount"]].reset_index(drop=True)
    made = made.assign(
        invoice_id=made["invoice_id"].fillna(""),
        made_on=pd.to_datetime(made["made_on"]),
        ends_on=pd.to_datetime(made["ends_on"]),
    )
    order = made.sort_values([*_SET, "made_on", "ends_on"], kind="stable")
    renewed = order.groupby(_SET)["made_on"].shift(-1).reindex(made.index) - pd.Timedelta(days=1)
    return made.assign(last=made["ends_on"].where(renewed.isna() | (made["ends_on"] < renewed), renewed))


def _cash(made: pd.DataFrame, payments: pd.DataFrame) -> pd.Series:
    """Return the cash in each promise's window: on its invoice, or on the account where it names none."""
    paid = payments[[*_SET, "value_date", "amount"]].rename(columns={"amount": "cash"})
    paid = paid.assign(
        invoice_id=paid["invoice_id"].fillna(""), value_date=pd.to_datetime(paid["value_date"])
    )
    named = made["invoice_id"] != ""
    rows = made.reset_index(names="promise")
    pairs = pd.concat(
        [
            rows[named].merge(paid, on=_SET),
            rows[~named].drop(columns="invoice_id").merge(paid.drop(columns="invoice_id"), on="customer_id"),
        ]
    )
    within = (pairs["value_date"] >= pairs["made_on"]) & (pairs["value_date"] <= pairs["last"])
    return pairs[within].groupby("promise")["cash"].sum().reindex(made.index).fillna(0.0)
