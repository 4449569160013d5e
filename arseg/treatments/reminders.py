"""When to remind before the due day, and whose invoices should go out earlier (capabilities S29, S33).

Who pays by check posts late even when the check is written in time; who gets invoices on paper has fewer
days left once they arrive. Both are spoken to earlier, each by the days that its method takes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from arseg.schema import UsageError, parse_day, require_columns
from arseg.treatments.safety_days import next_contact_day
from arseg.treatments.stages import numbers, stage_of, words

REMINDERS: Final = ("customer_id", "due_on", "days_before", "remind_on", "invoice_days_earlier", "why")

# Days before the due day of a customer whose method posts at once.
DAYS_BEFORE: Final = 3

# Days that an invoice is under way: an assumption, to be replaced by one's own.
DELIVERY_DAYS: Final[Mapping[str, int]] = MappingProxyType({"paper": 4})

# Nobody is reminded further ahead, whatever a method's tail says.
MOST_DAYS_BEFORE: Final = 60


def plan_reminders(
    scores: pd.DataFrame,
    key_date: str | dt.date,
    *,
    days_before: int = DAYS_BEFORE,
    delivery_days: Mapping[str, int] = DELIVERY_DAYS,
    quiet_days: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Return, per customer before due, the day of the reminder and how much earlier invoices should go out.

    The reminder goes out ``reminder_offset_days`` before the first due day (the 90th percentile of days from
    initiating a payment to its posting, by method), at least ``days_before``, on a day on which the customer's
    country works: the last such day that is not later, but never before the key date.

    Parameters
    ----------
    scores
        Customer scores. Without reminder_offset_days everybody is reminded ``days_before``; without
        invoice_delivery nobody's invoice goes out earlier; without country only weekends are quiet.
    key_date
        The day we stand on.
    days_before
        Days, 0 to 60.
    delivery_days
        Days that an invoice is under way by invoice_delivery; others arrive at once.
    quiet_days
        Days of every year without contact, as MM-DD.

    Returns
    -------
    frame
        customer_id, due_on (first due day), days_before, remind_on, invoice_days_earlier, why; sorted by
        remind_on, then customer_id. Only customers at the stage before_due.

    Raises
    ------
    DataError
        If columns are missing.
    UsageError
        If days are out of range.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["card", "check"], "oldest_days_past_due": -20, "open_balance": 9.0,
    ...                        "disputed_balance": 0.0, "reminder_offset_days": [1.0, 8.0]})
    >>> plan_reminders(scores, "2026-11-02")[["customer_id", "due_on", "remind_on"]].astype("str").values.tolist()
    [['check', '2026-11-22', '2026-11-13'], ['card', '2026-11-22', '2026-11-19']]
    """
    _refuse_days(days_before, delivery_days)
    require_columns(scores.columns, ("customer_id", "oldest_days_past_due"), frame="customer scores")
    known = scores[(stage_of(scores) == "before_due").to_numpy()]
    today = pd.Timestamp(parse_day(key_date)).as_unit("s")
    due = today - pd.to_timedelta(known["oldest_days_past_due"], unit="D")
    offset = np.ceil(numbers(known, "reminder_offset_days")).clip(days_before, MOST_DAYS_BEFORE)
    wanted = (due - pd.to_timedelta(offset, unit="D")).clip(lower=today).astype("datetime64[s]")
    plan = pd.DataFrame(
        {
            "customer_id": known["customer_id"],
            "due_on": due.astype("datetime64[s]"),
            "days_before": offset.astype("int64"),
            "remind_on": _on_contact_day(wanted, words(known, "country"), today, quiet_days),
            "invoice_days_earlier": _earlier(known, delivery_days),
        }
    )
    plan["why"] = _why(plan, known, days_before)
    return plan.sort_values(["remind_on", "customer_id"], ignore_index=True)[list(REMINDERS)]


def _on_contact_day(
    wanted: pd.Series, country: pd.Series, today: pd.Timestamp, quiet_days: tuple[str, ...]
) -> pd.Series:
    """Return the last contact day that is not later than wanted, or the first from today on.

    A day back at a time: a run of quiet days is short, and there are few days to try.
    """
    found = next_contact_day(wanted, country, quiet_days)
    tried = wanted
    while (late := (found > wanted) & (tried > today)).any():
        tried = tried.mask(late, tried - pd.Timedelta(days=1))
        found = found.mask(late, next_contact_day(tried, country, quiet_days))
    return found


def _earlier(known: pd.DataFrame, delivery_days: Mapping[str, int]) -> pd.Series:
    return words(known, "invoice_delivery").map(dict(delivery_days)).fillna(0).astype("int64")


def _why(plan: pd.DataFrame, known: pd.DataFrame, days_before: int) -> pd.Series:
    method = words(known, "payment_method").where(lambda names: names != "", "this method")
    delivery = words(known, "invoice_delivery")
    usual = f"{days_before} days before due"
    slow = method + " takes " + plan["days_before"].astype("str") + " days to post"
    posting = slow.where(plan["days_before"] > days_before, usual)
    sent = "; " + delivery + " takes " + plan["invoice_days_earlier"].astype("str") + " days to arrive"
    return (posting + sent.where(plan["invoice_days_earlier"] > 0, "")).astype("str")


def _refuse_days(days_before: int, delivery_days: Mapping[str, int]) -> None:
    for name, days in {"days_before": days_before, **delivery_days}.items():
        if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= MOST_DAYS_BEFORE:
            raise UsageError(
                f"the days for {name} are out of range",
                given=repr(days),
                allowed=f"whole days, 0 to {MOST_DAYS_BEFORE}",
                do=f"write {name}: {DAYS_BEFORE}",
            )
