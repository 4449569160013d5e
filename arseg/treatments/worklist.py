"""The worklist: who is treated today, how, by whom, and why there (capabilities S57, S58)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from arseg.schema import WORKLIST, DataError, parse_day, require_columns
from arseg.treatments.allocation import Capacity, allocate
from arseg.treatments.playbook import PRESCRIBED
from arseg.treatments.safety import check_prescribed

_NUMBERS: Final = ("open_count", "open_balance", "overdue_balance", "p_unpaid_30")
_SCORES: Final = ("customer_id", *_NUMBERS, "reasons")

_HANDLING_ORDER: Final = {"collector": 0, "expert": 1, "automatic": 2}

# Who acts where no collector's hours are spent.
_ACTOR: Final = {"expert": "expert", "automatic": ""}


def build_worklist(
    prescribed: pd.DataFrame,
    scores: pd.DataFrame,
    *,
    key_date: str | dt.date,
    capacity: Capacity,
    names: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the worklist of a key date.

    Today's work stands first, then what waits; within each what collectors handle, by expected value
    per minute, then what experts and machines handle, by expected value; ties by customer_id. Only
    what collectors handle needs their hours, and only if it is worth more than it costs.

    The expected value is an assumption (``assumed_lift`` of the playbook), not a measured effect::

        assumed_lift x (overdue balance, or open balance where nothing is overdue) x p_unpaid_30 - cost

    Parameters
    ----------
    prescribed
        One row per customer, from ``Playbook.prescribe``.
    scores
        Customer scores of at least these customers.
    key_date
        The day we stand on. A deadline of h hours is ceil(h / 24) days after it; 0 is the day itself.
    capacity
        The collectors and their hours.
    names
        Name of a customer by customer_id; empty where unknown.

    Returns
    -------
    frame
        ``schema.WORKLIST``; money as float64 rounded to cents, deadline as datetime64.

    Raises
    ------
    DataError
        If a column is missing, a customer stands twice or has no scores, or a safety rule is broken.
    UsageError
        If the key date is not a day.
    """
    require_columns(prescribed.columns, PRESCRIBED, frame="prescribed treatments")
    require_columns(scores.columns, _SCORES, frame="customer scores")
    check_prescribed(prescribed)
    work = _with_scores(prescribed, scores)
    work["expected_value"] = _expected_value(work)
    work["name"] = _named(work["customer_id"], names or {})
    work["deadline"] = pd.Timestamp(parse_day(key_date)) + _days(work["deadline_hours"])
    work[["on_today", "collector"]] = _allocated(work, capacity)
    work["why"] = pd.Series(_why(work), index=work.index, dtype="str")
    return _ranked(work)


def _with_scores(prescribed: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    ids = prescribed["customer_id"]
    odd = sorted({*ids[ids.duplicated()], *(set(ids) - set(scores["customer_id"]))})
    if odd or scores["customer_id"].duplicated().any():
        raise DataError(
            "prescribed treatments and customer scores do not match",
            given=odd[:3] or "a customer twice in the scores",
            allowed="one row per treated customer in both",
            do="prescribe from the scores of the same key date",
        )
    gaps = scores.loc[scores[list(_NUMBERS)].isna().any(axis=1), "customer_id"]
    if len(gaps):
        raise DataError(
            f"customer scores lack a number for {len(gaps)} customers",
            given=gaps.sort_values().head(3).tolist(),
            allowed=f"{', '.join(_NUMBERS)} for every customer",
            do="score these customers or leave them out",
        )
    work = prescribed[list(PRESCRIBED)].merge(scores[list(_SCORES)], on="customer_id", validate="1:1")
    for column in ("open_balance", "overdue_balance"):
        work[column] = work[column].astype("float64").round(2)
    return work.sort_values("customer_id", ignore_index=True)


def _named(customers: pd.Series, names: Mapping[str, str]) -> pd.Series:
    # A name may be None or NaN, as frames give it where it is unknown.
    known = [name if isinstance(name := names.get(customer), str) else "" for customer in customers]
    return pd.Series(known, index=customers.index, dtype="str")


def _expected_value(work: pd.DataFrame) -> pd.Series:
    at_stake = work["overdue_balance"].where(work["overdue_balance"] > 0, work["open_balance"])
    # Adding zero turns -0.00 into 0.00.
    return (work["assumed_lift"] * at_stake * work["p_unpaid_30"] - work["cost"]).round(2) + 0.0


def _days(hours: pd.Series) -> pd.Series:
    return pd.to_timedelta(np.ceil(hours.to_numpy(dtype="float64") / 24), unit="D").to_series(
        index=hours.index
    )


def _allocated(work: pd.DataFrame, capacity: Capacity) -> pd.DataFrame:
    """Return on_today and collector of every row; only collectors' work has to fit the hours."""
    by_collector = work["handling"] == "collector"
    result = pd.DataFrame(
        {"on_today": ~by_collector, "collector": work["handling"].map(_ACTOR).astype("str")}
    )
    chosen = allocate(work[by_collector], capacity)
    result.loc[by_collector, "on_today"] = chosen["on_today"]
    result.loc[by_collector, "collector"] = chosen["collector"]
    return result


def _ranked(work: pd.DataFrame) -> pd.DataFrame:
    keys = pd.DataFrame(
        {
            "waits": ~work["on_today"],
            "handling": work["handling"].map(_HANDLING_ORDER),
            "per_minute": -work["expected_value"] / work["minutes"].where(work["minutes"] > 0, 1.0),
            "customer_id": work["customer_id"],
        }
    )
    ranked = work.loc[keys.sort_values(list(keys.columns)).index].reset_index(drop=True)
    ranked["rank"] = np.arange(1, len(ranked) + 1, dtype="int64")
    return ranked[list(WORKLIST.names)]


def _why(work: pd.DataFrame) -> list[str]:
    return [
        f"{_situation(row)}; {_worth(row)}{_waiting(row)}{_reasons(row.reasons)}"
        for row in work.itertuples(index=False)
    ]


def _situation(row: Any) -> str:
    items = f"{row.open_count:,.0f} item{'' if row.open_count == 1 else 's'}"
    overdue = f"{row.overdue_balance:,.2f} overdue"
    amount = overdue if row.overdue_balance > 0 else f"{row.open_balance:,.2f} open, nothing overdue"
    return f"{row.segment}: {items}, {amount}, {100 * row.p_unpaid_30:.0f} % likely unpaid in 30 days"


def _worth(row: Any) -> str:
    return f"{row.channel} worth {row.expected_value:,.2f} (assumed lift {100 * row.assumed_lift:g} %)"


def _waiting(row: Any) -> str:
    if row.on_today:
        return ""
    spent, worthless = "; waits: today's hours are spent", "; waits: not assumed to be worth its cost"
    return spent if row.expected_value > 0 else worthless


def _reasons(reasons: object) -> str:
    return f". Against the book: {reasons}" if isinstance(reasons, str) and reasons.strip() else ""
