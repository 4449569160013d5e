"""Rules that no playbook and no worklist may break (capabilities S47, S48, S50).

Each rule takes rows and returns those that break it; the first broken rule stops the run.
"""

from __future__ import annotations

import itertools
from typing import Final

import pandas as pd

from arseg.schema import SEGMENTS, DataError, require_columns
from arseg.treatments.playbook import Playbook

TONES: Final = ("nudge", "reminder", "firm")

CONTACTS_PER_WEEK: Final = 7

_NEEDS: Final = ("segment", "stage", "treatment", "tone", "handling", "cadence_days")


def check_safety(playbook: Playbook) -> None:
    """Refuse a playbook that breaks a safety rule.

    Raises
    ------
    DataError
        Naming the row (segment x stage) and the rule: a lower risk never gets a firmer tone at the
        same stage; Low never gets a firm tone; a dispute is not dunned; contacts keep under the weekly cap.

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
        Rows with segment, stage, treatment, tone, handling and cadence_days, and perhaps customer_id.
    contacts_per_week
        How many contacts a customer gets in a week at most.

    Raises
    ------
    DataError
        Naming the first row that breaks a rule, and the rule.
    """
    require_columns(prescribed.columns, _NEEDS, frame="prescribed treatments")
    _refuse_unknown_tones(prescribed)
    _refuse_first(
        prescribed, _too_often(prescribed, contacts_per_week), f"contacts <= {contacts_per_week} a week"
    )
    _refuse_first(prescribed, _firm_on_low(prescribed), "no firm tone for Low")
    _refuse_first(
        prescribed, _dunned_dispute(prescribed), "a dispute gets a nudge from an expert, no dunning"
    )
    # All pairs, as neighbours do not bind where the segment between them has no row at that stage.
    for riskier, safer in itertools.combinations(SEGMENTS, 2):
        rule = f"{safer} never firmer than {riskier} at the same stage"
        _refuse_first(prescribed, _firmer(prescribed, riskier=riskier, safer=safer), rule)


def _too_often(rows: pd.DataFrame, contacts_per_week: int) -> pd.Series:
    # Written as a product so that a cadence of 0 days breaks the rule too.
    return rows["cadence_days"] * contacts_per_week < 7


def _firm_on_low(rows: pd.DataFrame) -> pd.Series:
    return (rows["segment"] == SEGMENTS[-1]) & (rows["tone"] == "firm")


def _dunned_dispute(rows: pd.DataFrame) -> pd.Series:
    return (rows["stage"] == "dispute") & ((rows["tone"] != "nudge") | (rows["handling"] != "expert"))


def _firmer(rows: pd.DataFrame, *, riskier: str, safer: str) -> pd.Series:
    """Mark rows of the safer segment that are firmer than the gentlest of the riskier at their stage."""
    firmness = rows["tone"].map({tone: float(rank) for rank, tone in enumerate(TONES)})
    of_riskier = rows["segment"] == riskier
    gentlest = firmness[of_riskier].groupby(rows.loc[of_riskier, "stage"]).min()
    return (rows["segment"] == safer) & (firmness > rows["stage"].map(gentlest))


def _refuse_unknown_tones(rows: pd.DataFrame) -> None:
    _refuse_first(rows, ~rows["tone"].isin(TONES), f"tone is one of {', '.join(TONES)}")


def _refuse_first(rows: pd.DataFrame, broken: pd.Series, rule: str) -> None:
    if not broken.any():
        return
    row = rows[broken.to_numpy()].iloc[0]
    who = f"customer {row['customer_id']}, " if "customer_id" in rows.columns else ""
    raise DataError(
        f"a safety rule is broken by {who}{row['segment']} x {row['stage']}",
        given=f"{row['treatment']!r}, tone {row['tone']}, {row['handling']}, every {row['cadence_days']} days",
        allowed=rule,
        do="mend this row of the playbook",
    )
