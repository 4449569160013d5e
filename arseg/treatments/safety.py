"""Rules that no playbook and no worklist may break (capabilities S47, S48, S50).

Here stand the rules that a treatment's own row shows; `arseg.treatments.safety_contacts` adds those that
need the customer's scores and the calendar. Each rule takes rows and marks those that break it; the first
broken rule stops the run. arseg knows days, not hours: quiet hours within a day are the sender's to keep.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

import pandas as pd

from arseg.schema import SEGMENTS, DataError, require_columns
from arseg.treatments.playbook import Playbook

TONES: Final = ("nudge", "reminder", "firm")

CONTACTS_PER_WEEK: Final = 7

# A running promise is reminded of at most so often, in days.
PROMISE_CADENCE: Final = 7

# What the column ``softened`` holds where a good payer's first slip took the firmness out of a row.
FIRST_SLIP: Final = "no firm tone on a good payer's first slip"

_NEEDS: Final = ("segment", "stage", "treatment", "tone", "handling", "cadence_days")


def check_safety(playbook: Playbook) -> None:
    """Refuse a playbook that breaks a safety rule, in a row or in a variant of it.

    Raises
    ------
    DataError
        Naming the row (segment x stage) and the rule: a lower risk never gets a firmer tone at the
        same stage; Low never gets a firm tone; a dispute is not dunned; a promise is waited for; a matter
        at law is an expert's; contacts keep under the weekly cap.

    Examples
    --------
    >>> from arseg.treatments.playbook import read_playbook
    >>> check_safety(read_playbook("standard"))
    """
    check_prescribed(playbook.table(), contacts_per_week=playbook.contacts_per_week)


def check_prescribed(prescribed: pd.DataFrame, *, contacts_per_week: int = CONTACTS_PER_WEEK) -> None:
    """Refuse treatments, of a playbook or of customers, that break a safety rule.

    Parameters
    ----------
    prescribed
        Rows with segment, stage, treatment, tone, handling and cadence_days, and perhaps customer_id. A
        row whose column ``softened`` holds ``FIRST_SLIP`` is an exception for one customer: others at its
        stage are not measured by it.
    contacts_per_week
        How many contacts a customer gets in a week at most.

    Raises
    ------
    DataError
        Naming the first row that breaks a rule, and the rule.
    """
    require_columns(prescribed.columns, _NEEDS, frame="prescribed treatments")
    for rule, broken in row_rules(prescribed, contacts_per_week=contacts_per_week):
        refuse_first(prescribed, broken, rule)


def row_rules(
    rows: pd.DataFrame, *, contacts_per_week: int = CONTACTS_PER_WEEK
) -> Iterator[tuple[str, pd.Series]]:
    """Give every rule that a row shows, in words, and mark the rows that break it."""
    yield f"tone is one of {', '.join(TONES)}", ~rows["tone"].isin(TONES)
    # Written as a product so that a cadence of 0 days breaks the rule too.
    yield f"contacts <= {contacts_per_week} a week", rows["cadence_days"] * contacts_per_week < 7
    yield "no firm tone for Low", (rows["segment"] == SEGMENTS[-1]) & (rows["tone"] == "firm")
    dunned = (rows["tone"] != "nudge") | (rows["handling"] != "expert")
    yield "a dispute gets a nudge from an expert, no dunning", (rows["stage"] == "dispute") & dunned
    pressed = (rows["tone"] != "nudge") | (rows["handling"] != "automatic")
    pressed |= rows["cadence_days"] < PROMISE_CADENCE
    yield (
        f"a promise gets an automatic nudge every {PROMISE_CADENCE} days at most",
        (rows["stage"] == "promise") & pressed,
    )
    yield "a matter at law is an expert's", (rows["stage"] == "legal") & (rows["handling"] != "expert")
    # All pairs, as neighbours do not bind where the segment between them has no row at that stage.
    for riskier, safer in itertools.combinations(SEGMENTS, 2):
        rule = f"{safer} never firmer than {riskier} at the same stage"
        yield rule, firmness(rows) > gentlest(rows, riskier=riskier, safer=safer)


def firmness(rows: pd.DataFrame) -> pd.Series:
    """Return the tone as a number: 0 nudge, 1 reminder, 2 firm."""
    return rows["tone"].map({tone: float(rank) for rank, tone in enumerate(TONES)})


def gentlest(rows: pd.DataFrame, *, riskier: str, safer: str) -> pd.Series:
    """Return, on rows of the safer segment, the gentlest tone of the riskier at their stage; else a gap."""
    bound = rows["segment"] == riskier
    if "softened" in rows.columns:
        bound &= rows["softened"] != FIRST_SLIP
    by_stage = firmness(rows)[bound].groupby(rows.loc[bound, "stage"]).min()
    return rows["stage"].map(by_stage).where(rows["segment"] == safer)


def refuse_first(rows: pd.DataFrame, broken: pd.Series, rule: str) -> None:
    """Stop at the first row that breaks a rule.

    Raises
    ------
    DataError
        Naming the row and the rule.
    """
    if not broken.any():
        return
    row = rows[broken.to_numpy()].iloc[0]
    who = f"customer {row['customer_id']}, " if "customer_id" in rows.columns else ""
    raise DataError(
        f"a safety rule is broken by {who}{row['segment']} x {row['stage']}",
        given=f"{row['treatment']!r}, tone {row['tone']}, {row['handling']}, every {row['cadence_days']} days"
        + (f", on {row['contact_day']:%Y-%m-%d}" if "contact_day" in rows.columns else ""),
        allowed=rule,
        do="mend this row of the playbook" if not who else "mend this row of the playbook, or make_safe it",
        code="safety_rule",
    )
