from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.schema import DataError
from arseg.treatments.safety_contacts import Limits, check_contacts
from arseg.treatments.safety_repair import CHANGES, SAFE, make_safe

Drawn = tuple[pd.DataFrame, pd.DataFrame, Limits]

KEY_DATES = ("2026-10-30", "2026-10-31", "2026-12-23", "2026-11-11")


@pytest.fixture(name="drawn", scope="session")
def _drawn(draw_book, draw_history, draw_playbook) -> Callable[[int, int], Drawn]:
    def draw(seed: int, customers: int) -> Drawn:
        segmentation, scores = draw_book(seed, customers)
        scores, playbook = draw_history(scores, seed), draw_playbook(seed)
        return playbook.prescribe(segmentation, scores), scores, Limits.of(playbook)

    return draw


any_book = given(
    seed=st.integers(0, 2**32 - 1), customers=st.integers(0, 60), key_date=st.sampled_from(KEY_DATES)
)


@settings(max_examples=40, deadline=None, derandomize=True)
@any_book
def test_what_was_made_safe_breaks_no_rule(drawn, seed, customers, key_date) -> None:
    prescribed, scores, limits = drawn(seed, customers)
    safe = make_safe(prescribed, scores, key_date, limits=limits)
    check_contacts(safe.prescribed, scores, key_date, limits=limits)
    assert tuple(safe.prescribed.columns) == SAFE
    assert safe.prescribed["customer_id"].tolist() == prescribed["customer_id"].tolist()
    assert not safe.prescribed.isna().any().any()


@settings(max_examples=15, deadline=None, derandomize=True)
@any_book
def test_every_change_is_on_record_and_a_second_time_changes_nothing(
    drawn, seed, customers, key_date
) -> None:
    prescribed, scores, limits = drawn(seed, customers)
    safe = make_safe(prescribed, scores, key_date, limits=limits)
    again = make_safe(safe.prescribed, scores, key_date, limits=limits)
    assert again.changes.empty
    pd.testing.assert_frame_equal(again.prescribed, safe.prescribed)
    before = prescribed.set_index("customer_id").assign(contact_day=pd.Timestamp(key_date))
    after = safe.prescribed.set_index("customer_id")
    for column in ("tone", "handling", "minutes", "cadence_days", "channel", "contact_day"):
        changed = set(after.index[after[column] != before[column].loc[after.index]])
        assert changed == set(safe.changes.loc[safe.changes["column"] == column, "customer_id"])
    assert tuple(safe.changes.columns) == CHANGES
    assert not (safe.changes["before"] == safe.changes["after"]).any()


@settings(max_examples=15, deadline=None, derandomize=True)
@any_book
def test_nothing_becomes_firmer_sooner_or_more_frequent(drawn, seed, customers, key_date) -> None:
    prescribed, scores, limits = drawn(seed, customers)
    after = make_safe(prescribed, scores, key_date, limits=limits).prescribed
    rank = {"nudge": 0, "reminder": 1, "firm": 2}
    assert (after["tone"].map(rank) <= prescribed["tone"].map(rank)).all()
    assert (after["cadence_days"] >= prescribed["cadence_days"]).all()
    assert (after["minutes"] <= prescribed["minutes"]).all()
    assert (after["contact_day"] >= pd.Timestamp(key_date)).all()


def two(standard, **known: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    scores = pd.DataFrame(
        {
            "customer_id": ["A", "B"],
            "oldest_days_past_due": [70, 70],
            "open_balance": [100.0, 100.0],
            "overdue_balance": [90.0, 90.0],
            "disputed_balance": [0.0, 0.0],
            **known,
        }
    )
    segmentation = pd.DataFrame({"customer_id": ["A", "B"], "segment": ["High", "Medium"]})
    return standard.prescribe(segmentation, scores), scores


def test_a_good_payer_s_first_slip_softens_one_customer_and_not_the_others(standard) -> None:
    known = {"on_time_share": [0.9, 0.1], "late_share": [0.0, 0.9], "cleared_count": [9.0, 9.0]}
    prescribed, scores = two(standard, **known)
    safe = make_safe(prescribed, scores, "2026-11-09")
    assert safe.prescribed["tone"].tolist() == ["reminder", "firm"]
    assert safe.prescribed["template"].tolist() == ["reminder", "firm"]
    assert safe.changes.to_numpy().tolist() == [
        ["A", "no firm tone on a good payer's first slip", "softened", "tone", "firm", "reminder"]
    ]


def test_what_a_weekend_moves_is_not_held(standard) -> None:
    prescribed, scores = two(standard, last_contact_days=[30.0, 0.0])
    safe = make_safe(prescribed, scores, "2026-10-31")
    assert safe.prescribed["contact_day"].dt.strftime("%m-%d").tolist() == ["11-02", "11-03"]
    assert safe.prescribed["held"].tolist() == ["", "contacts keep the cadence and the cap of 7 days"]
    # 48 h were prescribed to B, and its contact day lies 72 h ahead.
    assert safe.prescribed["deadline_hours"].tolist() == [48.0, 72.0]
    assert safe.counts().to_numpy().tolist() == [
        ["contacts keep the cadence and the cap of 7 days", "held", 1],
        ["no contact on weekends, holidays and quiet days", "moved", 1],
    ]


def test_treatments_of_another_stage_are_not_mended(standard) -> None:
    prescribed, scores = two(standard)
    with pytest.raises(
        DataError, match=r"1 treatments are not of their customer's stage.*\[\['B', 'late'\]\]"
    ):
        make_safe(prescribed, scores.assign(disputed_balance=[0.0, 90.0]), "2026-11-09")


def test_an_unknown_tone_is_not_mended(standard) -> None:
    prescribed, scores = two(standard)
    with pytest.raises(DataError, match=r"2 treatments have a tone that is not known.*'shout'"):
        make_safe(prescribed.assign(tone="shout"), scores, "2026-11-09")
