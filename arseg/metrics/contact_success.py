"""Whether the first contact of a case was enough (capabilities S82)."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import pandas as pd

from arseg.schema import require_columns

ANSWER_DAYS: Final = 7


def first_contact_success(
    contacts: pd.DataFrame, answers: pd.DataFrame, *, cut_off: dt.date, days: int = ANSWER_DAYS
) -> pd.DataFrame:
    """Return the parts of the share of first contacts that were answered by a promise or a payment.

    It says what followed, not what the contact did: many would have paid anyway.

    Parameters
    ----------
    contacts
        The first contact of each case: ``customer_id`` and ``contacted_on``.
    answers
        ``customer_id`` and ``day`` of each promise and of each payment; leave out payments of the day itself, which were
        on their way.
    cut_off
        The last day of which answers are known.
    days
        Days within which an answer counts, the day of contact included.

    Returns
    -------
    ``numerator`` (1 if answered) and ``denominator`` (1 if the days are over) of each contact.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> day = pd.Timestamp("2026-10-01")
    >>> contacts = pd.DataFrame({"customer_id": ["a", "b"], "contacted_on": day})
    >>> answers = pd.DataFrame({"customer_id": ["a"], "day": [day + pd.Timedelta(days=7)]})
    >>> first_contact_success(contacts, answers, cut_off=dt.date(2026, 10, 31))["numerator"].tolist()
    [1.0, 0.0]
    """
    require_columns(contacts.columns, ("customer_id", "contacted_on"), frame="contacts")
    require_columns(answers.columns, ("customer_id", "day"), frame="answers")
    asked = contacts[["customer_id"]].assign(at=pd.to_datetime(contacts["contacted_on"]).to_numpy())
    asked = asked.reset_index(drop=True)
    came = answers[["customer_id"]].assign(day=pd.to_datetime(answers["day"]))
    pairs = asked.reset_index(names="contact").merge(came, on="customer_id")
    waited = (pairs["day"] - pairs["at"]).dt.days
    answered = np.isin(asked.index, pairs.loc[waited.between(0, days), "contact"])
    over = (asked["at"] + pd.Timedelta(days=days) <= pd.Timestamp(cut_off)).to_numpy()
    parts = {"numerator": (answered & over).astype(np.float64), "denominator": over.astype(np.float64)}
    return pd.DataFrame(parts, index=contacts.index)
