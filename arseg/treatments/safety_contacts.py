"""Safety rules that need the customer's scores and the calendar (capabilities S47, S50).

What is not known is not guessed: a rule whose score columns are absent binds nobody, and
``unchecked_rules`` names it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pandas as pd

from arseg.schema import DataError, parse_day, require_columns
from arseg.treatments.playbook import PRESCRIBED, Playbook
from arseg.treatments.safety import CONTACTS_PER_WEEK, FIRST_SLIP, refuse_first, row_rules
from arseg.treatments.safety_days import is_contact_day
from arseg.treatments.stages import numbers, stage_of, words

CADENCE: Final = "contacts keep the cadence and the cap of 7 days"
WEEKLY: Final = "contacts keep the cap of 7 days, whoever spent it"
MONTHLY: Final = "contacts keep the cap of 30 days"
QUIET: Final = "no contact on weekends, holidays and quiet days"
STAGE: Final = "the treatment is of the customer's stage"
DEADLINE: Final = "the deadline does not lie before the contact day"

# A good payer has this share of amount paid on time over 12 months, at most this many invoices late, and
# at least this many cleared.
GOOD_SHARE: Final = 0.8
FEW_LATE: Final = 1
KNOWN_FROM: Final = 3

_WEEK, _MONTH = 7, 30

# The score columns that a rule reads; where one is absent the rule binds nobody.
_READS: Final = {
    CADENCE: ("last_contact_days",),
    WEEKLY: ("contacts_7d",),
    MONTHLY: ("contacts_30d",),
    QUIET: ("country",),
    FIRST_SLIP: ("on_time_share", "late_share", "cleared_count"),
    "promise hold": ("promised_balance",),
    "legal hold": ("legal",),
}


@dataclass(frozen=True)
class Limits:
    """How often and when a customer is contacted at most.

    Parameters
    ----------
    contacts_per_week, contacts_per_month
        Contacts in 7 and in 30 days.
    quiet_days
        Days of every year without contact, as MM-DD.

    Examples
    --------
    >>> from arseg.treatments.playbook import read_playbook
    >>> Limits.of(read_playbook("standard"))
    Limits(contacts_per_week=7, contacts_per_month=22, quiet_days=('12-24', '12-31'))
    """

    contacts_per_week: int = CONTACTS_PER_WEEK
    contacts_per_month: int = 30
    quiet_days: tuple[str, ...] = ()

    @classmethod
    def of(cls, playbook: Playbook) -> Limits:
        """Return the limits that a playbook declares."""
        return cls(playbook.contacts_per_week, playbook.contacts_per_month, playbook.quiet_days)

    @property
    def gap(self) -> int:
        """Days between two contacts, by which no 7 days hold more contacts than the cap."""
        return math.ceil(7 / self.contacts_per_week)


# What binds where a playbook declares nothing.
USUAL: Final = Limits()


def check_contacts(
    safe: pd.DataFrame, scores: pd.DataFrame, key_date: str | dt.date, *, limits: Limits = USUAL
) -> None:
    """Refuse treatments of customers that break any safety rule.

    Parameters
    ----------
    safe
        One row per customer, from ``make_safe``: ``PRESCRIBED``, contact_day and softened.
    scores
        Customer scores of at least these customers.
    key_date
        The day we stand on.
    limits
        From ``Limits.of(playbook)``.

    Raises
    ------
    DataError
        Naming the first customer whose row breaks a rule, and the rule.
    """
    require_columns(safe.columns, (*PRESCRIBED, "contact_day", "softened"), frame="safe treatments")
    for rule, broken in contact_rules(safe, aligned(scores, safe), key_date, limits):
        refuse_first(safe, broken, rule)


def contact_rules(
    safe: pd.DataFrame, scores: pd.DataFrame, key_date: str | dt.date, limits: Limits
) -> Iterator[tuple[str, pd.Series]]:
    """Give every safety rule in words and mark the rows that break it; ``scores`` as from ``aligned``."""
    yield from row_rules(safe, contacts_per_week=limits.contacts_per_week)
    yield STAGE, safe["stage"] != stage_of(scores)
    yield FIRST_SLIP, (safe["tone"] == "firm") & first_slip(scores)
    # The exception from the order of tones is for those alone whom it was made for.
    yield (
        f"only a first slip is softened for: {FIRST_SLIP}",
        (safe["softened"] == FIRST_SLIP) & ~first_slip(scores),
    )
    today = pd.Timestamp(parse_day(key_date))
    wait = (safe["contact_day"] - today).dt.days
    yield CADENCE, wait < cadence_wait(safe, scores, limits)
    yield WEEKLY, wait < week_wait(scores, limits)
    yield MONTHLY, wait < month_wait(scores, limits)
    yield QUIET, ~is_contact_day(safe["contact_day"], words(scores, "country"), limits.quiet_days)
    yield DEADLINE, wait * 24 > safe["deadline_hours"]


def cadence_wait(rows: pd.DataFrame, scores: pd.DataFrame, limits: Limits) -> pd.Series:
    """Return the days, >= 0, until a customer may be contacted again after the last contact."""
    gap = rows["cadence_days"].clip(lower=limits.gap)
    since = numbers(scores, "last_contact_days", unknown=math.inf)
    return (gap - since).clip(lower=0)


def week_wait(scores: pd.DataFrame, limits: Limits) -> pd.Series:
    """Return the days, >= 0, until the cap of 7 days surely has room.

    The gap between contacts keeps the cap where every one of them was made by it; a desk that went its own
    way may have spent the week in a day.
    """
    return _wait(scores, "contacts_7d", limits.contacts_per_week, _WEEK)


def month_wait(scores: pd.DataFrame, limits: Limits) -> pd.Series:
    """Return the days, >= 0, until the cap of 30 days surely has room; the next run may see it earlier."""
    return _wait(scores, "contacts_30d", limits.contacts_per_month, _MONTH)


def _wait(scores: pd.DataFrame, made: str, cap: int, window: int) -> pd.Series:
    """Only the count and the latest contact are known, so all of them may have been as late as that."""
    full = numbers(scores, made) >= cap
    since = numbers(scores, "last_contact_days").clip(0, window)
    return (window - since).where(full, 0.0)


def first_slip(scores: pd.DataFrame) -> pd.Series:
    """Mark good payers who are hardly ever late; nobody where the scores do not tell.

    Known from 3 cleared invoices, 80 % of the amount on time over 12 months, and at most one invoice
    cleared late. A matter at law is no slip.
    """
    cleared = numbers(scores, "cleared_count")
    late = (numbers(scores, "late_share", unknown=math.inf) * cleared.where(cleared > 0, 1.0)).round()
    good = numbers(scores, "on_time_share", unknown=-1.0) >= GOOD_SHARE
    return good & (late <= FEW_LATE) & (cleared >= KNOWN_FROM) & (stage_of(scores) != "legal")


def unchecked_rules(scores: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the rules that bind nobody, and the score columns whose absence is why.

    Examples
    --------
    >>> sorted(unchecked_rules(pd.DataFrame({"country": ["DE"], "legal": [0], "contacts_7d": [1], "contacts_30d": [3]})))
    ['contacts keep the cadence and the cap of 7 days', "no firm tone on a good payer's first slip",
     'promise hold']
    """
    absent = {
        rule: tuple(name for name in reads if name not in scores.columns) for rule, reads in _READS.items()
    }
    return {rule: names for rule, names in absent.items() if names}


def aligned(scores: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of the rows' customers, in their order and by their index.

    Raises
    ------
    DataError
        If a customer stands twice or has no scores.
    """
    require_columns(scores.columns, ("customer_id",), frame="customer scores")
    ids = rows["customer_id"]
    odd = sorted({*ids[ids.duplicated()], *(set(ids) - set(scores["customer_id"]))})
    if odd or scores["customer_id"].duplicated().any():
        raise DataError(
            "treatments and customer scores do not match",
            given=odd[:3] or "a customer twice in the scores",
            allowed="one row per treated customer in both",
            do="prescribe from the scores of the same key date",
        )
    found = scores.set_index("customer_id").loc[ids].reset_index()
    return found.set_index(rows.index)
