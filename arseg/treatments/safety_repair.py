"""What a run may do by itself to keep the safety rules: soften, hand over, hold, and move a contact.

Nothing else changes, and every change is on record.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from arseg.schema import SEGMENTS, DataError, parse_day, require_columns
from arseg.treatments.playbook import PRESCRIBED
from arseg.treatments.playbook_rows import default_template
from arseg.treatments.safety import (
    FIRST_SLIP,
    PROMISE_CADENCE,
    TONES,
    firmness,
    gentlest,
)
from arseg.treatments.safety_contacts import (
    CADENCE,
    MONTHLY,
    QUIET,
    USUAL,
    WEEKLY,
    Limits,
    aligned,
    cadence_wait,
    first_slip,
    month_wait,
    week_wait,
)
from arseg.treatments.safety_days import next_contact_day
from arseg.treatments.stages import stage_of, words

SAFE: Final = (*PRESCRIBED, "contact_day", "held", "softened")

CHANGES: Final = ("customer_id", "rule", "change", "column", "before", "after")

_DISPUTE: Final = "a dispute gets a nudge from an expert, no dunning"
_PROMISE: Final = "a promise is waited for"
_LEGAL: Final = "a matter at law is an expert's"
_LOW: Final = "no firm tone for Low"
_ORDER: Final = "a lower risk never firmer at the same stage"
_WEEK: Final = "contacts keep the weekly cap"


@dataclass(frozen=True)
class Safe:
    """Treatments that keep every safety rule, and what was changed for it.

    Parameters
    ----------
    prescribed
        The columns ``SAFE``: as prescribed, then the first day on which the customer may be contacted
        (contact_day), the rule that holds the contact back until then (held; empty where only a
        weekend or holiday moved it, or nothing), and the rule that softened the tone (softened).
    changes
        One row per change: customer_id, rule, change (softened, handed over, slowed, held, moved), column,
        before, after, as text.
    """

    prescribed: pd.DataFrame
    changes: pd.DataFrame

    def counts(self) -> pd.DataFrame:
        """Return the number of customers by rule and change."""
        grouped = self.changes.groupby(["rule", "change"])["customer_id"].nunique()
        return grouped.rename("customers").reset_index()


def make_safe(
    prescribed: pd.DataFrame, scores: pd.DataFrame, key_date: str | dt.date, *, limits: Limits = USUAL
) -> Safe:
    """Return treatments that keep every safety rule.

    What may be done: soften a tone; hand a dispute or a matter at law over to an expert; leave a promise
    to an automatic nudge; stretch a cadence; hold a contact until the cadence and the caps have
    room; move it to the next day on which the customer's country works. ``check_contacts`` then finds nothing.

    Parameters
    ----------
    prescribed
        From ``Playbook.prescribe`` with these scores.
    scores
        Customer scores of at least these customers.
    key_date
        The day we stand on.
    limits
        From ``Limits.of(playbook)``.

    Raises
    ------
    DataError
        If columns are missing, the customers do not match, a tone is not known, or a treatment is not of
        the customer's stage by these scores.

    Examples
    --------
    >>> from arseg.treatments.playbook import read_playbook
    >>> scores = pd.DataFrame({"customer_id": ["A"], "oldest_days_past_due": [40], "open_balance": [9.0],
    ...                        "disputed_balance": [0.0], "last_contact_days": [0], "country": ["DE"]})
    >>> segments = pd.DataFrame({"customer_id": ["A"], "segment": ["High"]})
    >>> book = read_playbook("standard")
    >>> safe = make_safe(book.prescribe(segments, scores), scores, "2026-10-30", limits=Limits.of(book))
    >>> safe.changes[["rule", "before", "after"]].values.tolist()
    [['contacts keep the cadence and the cap of 7 days', '2026-10-30', '2026-10-31'],
     ['no contact on weekends, holidays and quiet days', '2026-10-31', '2026-11-02']]
    """
    require_columns(prescribed.columns, PRESCRIBED, frame="prescribed treatments")
    known = aligned(scores, prescribed)
    _refuse_unknown(prescribed, known)
    work = _Work(prescribed)
    _keep_stages(work)
    work.set("cadence_days", work.rows["cadence_days"].clip(lower=limits.gap), rule=_WEEK, change="slowed")
    _keep_tones(work, first_slip(known))
    _keep_days(work, known, pd.Timestamp(parse_day(key_date)), limits)
    return Safe(work.rows[list(SAFE)], work.changes())


class _Work:
    """The rows in hand, and the log of what was changed in them."""

    def __init__(self, prescribed: pd.DataFrame) -> None:
        self.rows = prescribed.copy()
        for column in ("held", "softened"):
            if column not in self.rows.columns:
                self.rows[column] = pd.Series("", index=self.rows.index, dtype="str")
        self._log: list[pd.DataFrame] = []

    def set(self, column: str, values: pd.Series, *, rule: str, change: str) -> None:
        """Put values into a column, and note the rows in which they are other than before."""
        before = self.rows[column]
        other = (before != values).to_numpy()
        if other.any():
            noted = {
                "customer_id": self.rows["customer_id"],
                "rule": rule,
                "change": change,
                "column": column,
            }
            texts = {"before": _as_text(before), "after": _as_text(values)}
            self._log.append(pd.DataFrame({**noted, **texts})[other])
            self.rows[column] = values

    def put(self, column: str, value: object, where: pd.Series, *, rule: str, change: str) -> None:
        """Put one value into a column of the marked rows."""
        self.set(column, self.rows[column].mask(where, value), rule=rule, change=change)

    def soften(self, tone: str, where: pd.Series, *, rule: str) -> None:
        """Put a softer tone into the marked rows, and its message."""
        self.put("tone", tone, where, rule=rule, change="softened")
        messages = self.rows["stage"].map(lambda stage: default_template(stage, tone))
        self.rows["template"] = self.rows["template"].mask(where, messages)
        self.rows["softened"] = self.rows["softened"].mask(where, rule)

    def changes(self) -> pd.DataFrame:
        """Return the log, by customer and in the order of what was done."""
        logs = [log.astype("str") for log in self._log]
        whole = pd.concat(logs) if logs else pd.DataFrame(columns=list(CHANGES), dtype="str")
        return whole[list(CHANGES)].sort_values("customer_id", kind="stable", ignore_index=True)


def _keep_stages(work: _Work) -> None:
    """Leave disputes and matters at law to experts, and promises to an automatic nudge."""
    stage = work.rows["stage"]
    for name, handling, rule in (
        ("dispute", "expert", _DISPUTE),
        ("promise", "automatic", _PROMISE),
        ("legal", "expert", _LEGAL),
    ):
        wrong = (stage == name) & (work.rows["handling"] != handling)
        work.put("handling", handling, wrong, rule=rule, change="handed over")
        work.put("minutes", 0.0, wrong, rule=rule, change="handed over")
        if name != "legal":
            work.soften("nudge", (stage == name) & (work.rows["tone"] != "nudge"), rule=rule)
    # No machine calls anybody.
    called = (stage == "promise") & (work.rows["channel"] == "call")
    work.put("channel", "email", called, rule=_PROMISE, change="handed over")
    often = (stage == "promise") & (work.rows["cadence_days"] < PROMISE_CADENCE)
    work.put("cadence_days", PROMISE_CADENCE, often, rule=_PROMISE, change="slowed")


def _keep_tones(work: _Work, slips: pd.Series) -> None:
    """Soften what is too firm: for Low, beside a riskier segment, and on a good payer's first slip."""
    rows = work.rows
    work.soften("reminder", (rows["segment"] == SEGMENTS[-1]) & (rows["tone"] == "firm"), rule=_LOW)
    # From the riskiest on, so that a segment is measured by what those above it really get.
    for place, safer in enumerate(SEGMENTS):
        for riskier in SEGMENTS[:place]:
            bound = gentlest(work.rows, riskier=riskier, safer=safer)
            too_firm = firmness(work.rows) > bound
            for rank, tone in enumerate(TONES):
                work.soften(tone, too_firm & (bound == rank), rule=_ORDER)
    work.soften("reminder", slips & (work.rows["tone"] == "firm"), rule=FIRST_SLIP)


def _keep_days(work: _Work, known: pd.DataFrame, today: pd.Timestamp, limits: Limits) -> None:
    """Hold and move the contact, and let the deadline follow."""
    rows = work.rows
    already = rows["contact_day"] if "contact_day" in rows.columns else pd.Series(today, index=rows.index)
    rows["contact_day"] = already.astype("datetime64[s]").clip(lower=today)
    waits = {CADENCE: cadence_wait(rows, known, limits)}
    waits |= {WEEKLY: week_wait(known, limits), MONTHLY: month_wait(known, limits)}
    for rule, wait in waits.items():
        until = (today + pd.to_timedelta(np.ceil(wait), unit="D")).astype("datetime64[s]")
        later = until > rows["contact_day"]
        work.set("contact_day", rows["contact_day"].mask(later, until), rule=rule, change="held")
        rows["held"] = rows["held"].mask(later, rule)
    free = next_contact_day(rows["contact_day"], words(known, "country"), limits.quiet_days)
    work.set("contact_day", free.astype("datetime64[s]"), rule=QUIET, change="moved")
    hours = 24.0 * (rows["contact_day"] - today).dt.days
    rows["deadline_hours"] = rows["deadline_hours"].where(rows["deadline_hours"] >= hours, hours)


def _refuse_unknown(prescribed: pd.DataFrame, known: pd.DataFrame) -> None:
    """Refuse what cannot be made safe: a tone that nobody knows, and the treatment of another stage."""
    strange = prescribed.loc[~prescribed["tone"].isin(TONES), ["customer_id", "tone"]]
    if len(strange):
        raise DataError(
            f"{len(strange)} treatments have a tone that is not known",
            given=strange.head(3).to_numpy().tolist(),
            allowed=", ".join(TONES),
            do="mend the playbook",
        )
    other = prescribed.loc[prescribed["stage"] != stage_of(known), ["customer_id", "stage"]]
    if len(other):
        raise DataError(
            f"{len(other)} treatments are not of their customer's stage",
            given=other.head(3).to_numpy().tolist(),
            allowed="the stage by the scores of the same key date",
            do="prescribe again from these scores",
        )


def _as_text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.strftime("%Y-%m-%d")
    return values.astype("str")
