from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from arseg.schema import DataError
from arseg.treatments.safety_contacts import (
    Limits,
    check_contacts,
    first_slip,
    month_wait,
    unchecked_rules,
    week_wait,
)
from arseg.treatments.safety_repair import make_safe

MONDAY = "2026-11-09"
LIMITS = Limits(contacts_per_week=7, contacts_per_month=20, quiet_days=("12-24",))


def scored(**known: object) -> pd.DataFrame:
    base = {
        "customer_id": "C1",
        "oldest_days_past_due": 70,
        "open_balance": 100.0,
        "overdue_balance": 90.0,
        "disputed_balance": 0.0,
        "promised_balance": 0.0,
        "legal": 0.0,
        "on_time_share": 0.2,
        "late_share": 0.9,
        "cleared_count": 10.0,
        "last_contact_days": 9.0,
        "contacts_7d": 1.0,
        "contacts_30d": 2.0,
        "country": "DE",
    }
    return pd.DataFrame({name: [value] for name, value in (base | known).items()})


@pytest.fixture(name="safe_row")
def _safe_row(standard) -> Callable[..., pd.DataFrame]:
    def build(scores: pd.DataFrame, segment: str = "High") -> pd.DataFrame:
        segmentation = pd.DataFrame({"customer_id": scores["customer_id"], "segment": segment})
        return make_safe(standard.prescribe(segmentation, scores), scores, MONDAY, limits=LIMITS).prescribed

    return build


@pytest.mark.parametrize(
    ("segment", "known", "broken", "rule"),
    [
        ("High", {}, {"tone": "shout"}, "tone is one of"),
        ("High", {}, {"cadence_days": 0}, "contacts <= 7 a week"),
        ("Low", {}, {"tone": "firm"}, "no firm tone for Low"),
        ("High", {"disputed_balance": 90.0}, {"tone": "reminder"}, "a dispute gets a nudge from an expert"),
        ("High", {"disputed_balance": 90.0}, {"stage": "late"}, "the treatment is of the customer's stage"),
        ("High", {"promised_balance": 90.0}, {"tone": "firm"}, "a promise gets an automatic nudge"),
        ("High", {"promised_balance": 90.0}, {"handling": "collector"}, "a promise gets an automatic nudge"),
        ("High", {"legal": 1.0}, {"handling": "collector"}, "a matter at law is an expert's"),
        (
            "High",
            {"on_time_share": 0.9, "late_share": 0.1},
            {"tone": "firm"},
            "no firm tone on a good payer's first slip",
        ),
        (
            "High",
            {},
            {"softened": "no firm tone on a good payer's first slip"},
            "only a first slip is softened",
        ),
        (
            "High",
            {"last_contact_days": 0.0},
            {"contact_day": MONDAY},
            "contacts keep the cadence and the cap of 7 days",
        ),
        (
            "Low",
            {"last_contact_days": 6.0},
            {"contact_day": MONDAY},
            "contacts keep the cadence and the cap of 7 days",
        ),
        (
            "High",
            {"contacts_7d": 7.0, "last_contact_days": 3.0},
            {"contact_day": MONDAY},
            "contacts keep the cap of 7 days, whoever",
        ),
        ("High", {"contacts_30d": 20.0}, {"contact_day": MONDAY}, "contacts keep the cap of 30 days"),
        ("High", {}, {"contact_day": "2026-11-14"}, "no contact on weekends, holidays and quiet days"),
        ("High", {}, {"contact_day": "2026-12-24"}, "no contact on weekends, holidays and quiet days"),
        ("High", {}, {"contact_day": "2026-12-25"}, "no contact on weekends, holidays and quiet days"),
        ("High", {}, {"contact_day": "2026-11-10"}, "the deadline does not lie before the contact day"),
    ],
)
def test_an_injected_violation_of_every_rule_names_the_customer_and_the_rule(
    safe_row, segment, known, broken, rule
) -> None:
    scores = scored(**known)
    row = safe_row(scores, segment)
    check_contacts(row, scores, MONDAY, limits=LIMITS)
    if "contact_day" in broken:
        broken = {"contact_day": pd.Timestamp(broken["contact_day"])}
    with pytest.raises(DataError, match=f"broken by customer C1, .*Allowed: {rule}"):
        check_contacts(row.assign(**broken), scores, MONDAY, limits=LIMITS)


@pytest.mark.parametrize(
    ("known", "slips"),
    [
        ({"on_time_share": 0.8, "late_share": 0.1, "cleared_count": 10.0}, True),
        ({"on_time_share": 0.79, "late_share": 0.1, "cleared_count": 10.0}, False),
        ({"on_time_share": 0.9, "late_share": 0.2, "cleared_count": 10.0}, False),
        ({"on_time_share": 0.9, "late_share": 0.02, "cleared_count": 50.0}, True),
        ({"on_time_share": 0.9, "late_share": 0.0, "cleared_count": 2.0}, False),
        ({"on_time_share": 0.9, "late_share": np.nan, "cleared_count": 5.0}, False),
        ({"on_time_share": np.nan, "late_share": 0.0, "cleared_count": 5.0}, False),
        ({"on_time_share": 0.9, "late_share": 0.0, "cleared_count": 5.0, "legal": 1.0}, False),
    ],
)
def test_a_good_payer_has_history_pays_on_time_and_is_hardly_ever_late(known, slips) -> None:
    assert first_slip(scored(**known)).tolist() == [slips]


@pytest.mark.parametrize(
    ("count", "since", "days"), [(19, 0, 0), (20, 0, 30), (20, 12, 18), (99, 30, 0), (20, np.nan, 30)]
)
def test_the_cap_of_30_days_waits_until_the_latest_contact_has_left_it(count, since, days) -> None:
    scores = scored(contacts_30d=float(count), last_contact_days=since)
    assert month_wait(scores, LIMITS).tolist() == [days]


@pytest.mark.parametrize(
    ("count", "since", "days"), [(1, 0, 0), (2, 0, 7), (2, 3, 4), (5, 7, 0), (2, np.nan, 7)]
)
def test_a_week_that_was_spent_in_a_day_is_waited_for(count, since, days) -> None:
    scores = scored(contacts_7d=float(count), last_contact_days=since)
    assert week_wait(scores, Limits(contacts_per_week=2)).tolist() == [days]


def test_the_gap_keeps_the_weekly_cap() -> None:
    for cap in range(1, 15):
        gap = Limits(contacts_per_week=cap).gap
        assert max(len(range(start, 7, gap)) for start in range(gap)) <= cap


def test_rules_without_their_columns_are_named() -> None:
    assert not unchecked_rules(scored())
    assert unchecked_rules(scored().drop(columns=["late_share", "country"])) == {
        "no contact on weekends, holidays and quiet days": ("country",),
        "no firm tone on a good payer's first slip": ("late_share",),
    }


def test_a_customer_without_scores_is_named(safe_row) -> None:
    row = safe_row(scored())
    with pytest.raises(DataError, match=r"do not match. Given: \['C1'\]"):
        check_contacts(row, scored(customer_id="C2"), MONDAY)
