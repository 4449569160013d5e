"""What a policy with its playbook would have done on the desk's evenings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.value.decisions import DecisionLog, read_decisions
from arseg.backtest.value.targets import Targets, targets_of
from arseg.schema import DECISIONS, PROFILE, DataError
from arseg.treatments import Playbook, read_playbook

CONTACTS = pd.DataFrame(
    [
        ("call", "call", "nudge"),
        ("call", "call", "reminder"),
        ("call", "call", "firm"),
        ("email", "email", "nudge"),
        ("email", "email", "reminder"),
        ("firm_email", "email", "firm"),
    ],
    columns=["treatment", "channel", "tone"],
)
DAY = pd.Timestamp("2025-03-31")


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return read_playbook("standard")


def logged(*decisions: tuple[str, int, int, float]) -> DecisionLog:
    """Return a log of customer, days after the month-end, days past due, days since the last contact."""
    every = [*decisions, *((f"Z{n}", 3, 5, np.nan) for n in range(8))]
    frame = pd.DataFrame(every, columns=["customer_id", "after", "oldest_days_past_due", "last_contact_days"])
    frame["key_date"] = DAY + pd.to_timedelta(frame["after"], unit="D")
    frame["action"] = [("none", "email", "firm_email", "call")[n % 4] for n in range(len(frame))]
    frame["propensity"], frame["policy"] = 0.25, "desk"
    frame["open_balance"] = frame["overdue_balance"] = frame["sales"] = 100.0
    for name in DECISIONS.names:
        if name not in frame:
            frame[name] = 0
    return read_decisions(frame[list(DECISIONS.names)])


def said(**segments: str) -> pd.DataFrame:
    """Return what one policy said of customers at the month-end."""
    return pd.DataFrame(
        {"policy": "P", "key_date": DAY, "customer_id": list(segments), "segment": list(segments.values())}
    )


def asked(
    log: DecisionLog, segments: pd.DataFrame, playbook: Playbook, contacts: pd.DataFrame = CONTACTS
) -> Targets:
    customers = segments[["key_date", "customer_id"]].drop_duplicates().assign(**dict.fromkeys(PROFILE, ""))
    return targets_of(log, segments, customers, playbook=playbook, contacts=contacts)


def chosen(found: Targets, policy: str = "P") -> list[str]:
    names = found.log.logged.actions
    return [names[at] for at in found.policies[policy].argmax(axis=1)]


def test_segment_and_stage_make_the_treatment_that_the_log_knows(playbook: Playbook) -> None:
    log = logged(("A", 2, 10, np.nan), ("A", 9, 40, np.nan), ("B", 2, 10, np.nan), ("B", 9, 70, np.nan))
    found = asked(log, said(A="High", B="Low"), playbook)
    assert found.log.rows["customer_id"].tolist() == ["A", "A", "B", "B"]
    assert chosen(found) == ["call", "call", "email", "email"]
    assert found.policies["P"].sum(axis=1).tolist() == [1.0] * 4
    assert found.unmatched == {"P": 0.0}


def test_a_contact_that_is_not_yet_due_is_none(playbook: Playbook) -> None:
    cadence = int(playbook.treatment("Low", "early").cadence_days)
    log = logged(("A", 2, 10, cadence - 1), ("A", 9, 10, cadence), ("A", 16, 10, np.nan))
    assert chosen(asked(log, said(A="Low"), playbook)) == ["none", "email", "email"]


def test_only_evenings_with_a_segment_of_every_policy_count(playbook: Playbook) -> None:
    log = logged(("A", 2, 10, np.nan), ("B", 2, 10, np.nan), ("C", 2, 10, np.nan))
    other = said(A="Low", B="none").assign(policy="Q")
    found = asked(log, pd.concat([said(A="High", B="High", C="High"), other]), playbook)
    assert found.log.rows["customer_id"].tolist() == ["A"]
    assert chosen(found, "P") == ["call"]
    assert chosen(found, "Q") == ["email"]
    assert found.log.logged.customers == 1


def test_the_last_month_end_counts_and_none_too_old(playbook: Playbook) -> None:
    later = said(A="Low").assign(key_date=DAY + pd.Timedelta(days=30))
    log = logged(("A", 29, 10, np.nan), ("A", 30, 10, np.nan), ("B", 32, 10, np.nan), ("B", 31, 10, np.nan))
    found = asked(log, pd.concat([said(A="High", B="High"), later]), playbook)
    days = (found.log.rows["key_date"] - DAY).dt.days.tolist()
    assert list(zip(found.log.rows["customer_id"], days, chosen(found), strict=True)) == [
        ("A", 29, "call"),
        ("A", 30, "email"),
        ("B", 31, "call"),
    ]


def test_what_the_desk_never_did_has_no_name_and_is_counted(playbook: Playbook) -> None:
    log = logged(("A", 2, 10, np.nan), ("B", 2, 10, np.nan))
    mails = CONTACTS[CONTACTS["channel"] == "email"]
    found = asked(log, said(A="High", B="Low"), playbook, mails)
    assert found.unmatched == {"P": 0.5}
    assert found.policies["P"][0].tolist() == [0.25] * 4


def test_a_tone_belongs_to_the_treatment_that_is_nearly_always_of_it(playbook: Playbook) -> None:
    firm = pd.concat([CONTACTS, pd.DataFrame([("email", "email", "firm")] * 3, columns=CONTACTS.columns)])
    firm = pd.concat([firm, pd.DataFrame([("email", "email", "nudge")] * 9, columns=CONTACTS.columns)])
    log = logged(("A", 2, 10, np.nan))
    assert chosen(asked(log, said(A="Medium"), playbook, firm)) == ["email"]


def test_no_evening_after_a_month_end_is_refused(playbook: Playbook) -> None:
    with pytest.raises(DataError, match="no decision follows a month-end with segments"):
        asked(logged(("A", 2, 10, np.nan)), said(X="High"), playbook)
