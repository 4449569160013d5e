from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.schema import SEGMENTS, DataError
from arseg.treatments import check_prescribed, check_safety
from arseg.treatments.playbook import STAGES, Playbook
from arseg.treatments.safety import FIRST_SLIP, TONES


def with_changed(playbook: Playbook, segment: str, stage: str, **changes: object) -> Playbook:
    """Return a copy in which one treatment is other; the reader's checks are not run."""
    treatment = playbook.row(segment, stage).model_copy(update=changes)
    stages = getattr(playbook.treatments, segment).model_copy(update={stage: treatment})
    treatments = playbook.treatments.model_copy(update={segment: stages})
    return playbook.model_copy(update={"treatments": treatments})


def test_the_standard_playbook_is_safe(standard) -> None:
    check_safety(standard)


def test_tone_never_softens_with_risk_in_the_standard_playbook(standard) -> None:
    for stage in STAGES:
        ranks = [TONES.index(standard.treatment(segment, stage).tone) for segment in SEGMENTS]
        assert ranks == sorted(ranks, reverse=True)


@pytest.mark.parametrize(
    ("segment", "stage", "changes", "rule"),
    [
        ("Medium", "before_due", {"tone": "reminder"}, "Medium never firmer than High at the same stage"),
        ("Low", "early", {"tone": "reminder"}, None),
        ("Low", "before_due", {"tone": "reminder"}, "Low never firmer than High at the same stage"),
        ("Low", "late", {"tone": "firm"}, "no firm tone for Low"),
        ("High", "dispute", {"tone": "firm"}, "a dispute gets a nudge from an expert, no dunning"),
        ("High", "dispute", {"handling": "automatic"}, "a dispute gets a nudge from an expert, no dunning"),
        ("High", "promise", {"tone": "reminder"}, "a promise gets an automatic nudge every 7 days at most"),
        ("Low", "promise", {"handling": "expert"}, "a promise gets an automatic nudge every 7 days at most"),
        ("Medium", "promise", {"cadence_days": 6}, "a promise gets an automatic nudge every 7 days at most"),
        ("Medium", "legal", {"handling": "automatic"}, "a matter at law is an expert's"),
        ("Medium", "mid", {"cadence_days": 0}, "contacts <= 7 a week"),
        ("Medium", "mid", {"tone": "shout"}, "tone is one of nudge, reminder, firm"),
    ],
)
def test_an_injected_violation_stops_and_names_the_row_and_the_rule(
    standard, segment, stage, changes, rule
) -> None:
    unsafe = with_changed(standard, segment, stage, **changes)
    if rule is None:
        check_safety(unsafe)
        return
    with pytest.raises(
        DataError, match=f"broken by {segment} x {stage}.* Allowed: {rule}. Do: mend this row"
    ):
        check_safety(unsafe)


def test_the_weekly_cap_is_the_playbook_s_own(standard) -> None:
    with pytest.raises(
        DataError, match=r"broken by High x early.*every 1 days. Allowed: contacts <= 3 a week"
    ):
        check_safety(standard.model_copy(update={"contacts_per_week": 3}))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(TONES), min_size=9, max_size=9))
def test_a_playbook_passes_exactly_when_no_pair_breaks_the_order(standard, tones) -> None:
    playbook, given_tones = (
        standard,
        dict(zip(((s, t) for s in SEGMENTS for t in STAGES[1:4]), tones, strict=True)),
    )
    for (segment, stage), tone in given_tones.items():
        playbook = with_changed(playbook, segment, stage, tone=tone)
    rank = {place: TONES.index(tone) for place, tone in given_tones.items()}
    ordered = all(rank["High", t] >= rank["Medium", t] >= rank["Low", t] for t in STAGES[1:4])
    safe = ordered and all(rank["Low", t] < 2 for t in STAGES[1:4])
    if safe:
        check_safety(playbook)
    else:
        with pytest.raises(DataError, match="a safety rule is broken"):
            check_safety(playbook)


def test_a_customer_s_row_is_named(draw_book, standard) -> None:
    prescribed = standard.prescribe(*draw_book(3, 40))
    check_prescribed(prescribed)
    place = prescribed.index[prescribed["segment"] == "Low"][0]
    prescribed.loc[place, "tone"] = "firm"
    with pytest.raises(DataError, match=f"broken by customer {prescribed['customer_id'][place]}, Low x "):
        check_prescribed(prescribed)


def test_high_and_low_are_compared_where_no_medium_stands_between(standard) -> None:
    table = standard.table()
    rows = table[(table["stage"] == "before_due") & (table["segment"] != "Medium")].copy()
    rows.loc[rows["segment"] == "Low", "tone"] = "reminder"
    with pytest.raises(DataError, match="Low never firmer than High"):
        check_prescribed(rows)


def test_missing_columns_are_all_named(standard) -> None:
    with pytest.raises(DataError, match=r"lacks columns \['tone', 'cadence_days'\]"):
        check_prescribed(standard.table().drop(columns=["tone", "cadence_days"]))


def test_a_row_softened_for_a_first_slip_is_no_measure_for_others(standard) -> None:
    table = standard.table()
    rows = table[(table["stage"] == "late") & (table["segment"] != "Low")].assign(softened="")
    rows.loc[rows["segment"] == "High", "tone"] = "reminder"
    with pytest.raises(DataError, match="Medium never firmer than High"):
        check_prescribed(rows)
    rows.loc[rows["segment"] == "High", "softened"] = FIRST_SLIP
    check_prescribed(rows)


def test_a_variant_is_held_to_the_rules_too(standard) -> None:
    row = standard.row("Low", "late")
    rude = row.model_validate(row.model_dump() | {"variants": [{"when": {"language": "de"}, "tone": "firm"}]})
    stages = standard.treatments.Low.model_copy(update={"late": rude})
    treatments = standard.treatments.model_copy(update={"Low": stages})
    with pytest.raises(DataError, match=r"broken by Low x late.*Allowed: no firm tone for Low"):
        check_safety(standard.model_copy(update={"treatments": treatments}))
