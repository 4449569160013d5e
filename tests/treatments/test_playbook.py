from __future__ import annotations

from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arseg.treatments.playbook
from arseg.schema import SEGMENTS, DataError, UsageError
from arseg.treatments import STAGES, read_playbook, stage_of
from arseg.treatments.playbook import PRESCRIBED

STANDARD = Path(arseg.treatments.playbook.__file__).parent / "playbooks" / "standard.yaml"
quick = settings(max_examples=20, deadline=None, derandomize=True)


def rewritten(folder: Path, old: str, new: str) -> Path:
    text = STANDARD.read_text(encoding="utf-8")
    assert old in text
    path = folder / "own.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_every_segment_has_a_treatment_at_every_stage(standard) -> None:
    table = standard.table()
    assert list(zip(table["segment"], table["stage"], strict=True)) == list(product(SEGMENTS, STAGES))
    assert not table.isna().any().any()


def test_high_is_an_immediate_personal_call_with_daily_reminders(standard) -> None:
    for stage in ("early", "mid", "late"):
        treatment = standard.treatment("High", stage)
        assert (treatment.channel, treatment.handling) == ("call", "collector")
        assert (treatment.deadline_hours, treatment.cadence_days) == (0, 1)


def test_medium_starts_within_48_hours_by_email(standard) -> None:
    for stage in ("before_due", "early", "mid"):
        treatment = standard.treatment("Medium", stage)
        assert (treatment.channel, treatment.handling, treatment.deadline_hours) == ("email", "automatic", 48)
    assert standard.treatment("Medium", "late").handling == "collector"


def test_low_is_a_scheduled_automatic_reminder(standard) -> None:
    for stage in ("before_due", "early", "mid", "late"):
        treatment = standard.treatment("Low", stage)
        assert treatment.handling == "automatic"
        assert treatment.deadline_hours > 48


def test_a_dispute_goes_to_an_expert_without_dunning(standard) -> None:
    for segment in SEGMENTS:
        treatment = standard.treatment(segment, "dispute")
        assert (treatment.handling, treatment.tone) == ("expert", "nudge")


def test_late_and_high_is_a_firm_call(standard) -> None:
    assert (standard.treatment("High", "late").tone, standard.treatment("High", "late").channel) == (
        "firm",
        "call",
    )


@quick
@given(seed=st.integers(0, 2**32 - 1), customers=st.integers(0, 40))
def test_every_customer_gets_the_treatment_of_its_segment_and_stage(
    draw_book, standard, seed, customers
) -> None:
    segmentation, scores = draw_book(seed, customers)
    prescribed = standard.prescribe(segmentation, scores)
    assert tuple(prescribed.columns) == PRESCRIBED
    assert prescribed["customer_id"].tolist() == sorted(scores["customer_id"])
    segments = segmentation.set_index("customer_id")["segment"]
    stages = stage_of(scores.set_index("customer_id"))
    for row in prescribed.itertuples(index=False):
        expected = standard.treatment(segments[row.customer_id], stages[row.customer_id])
        assert row[3:] == tuple(expected.model_dump().values())


def test_the_order_of_the_rows_does_not_matter(draw_book, standard) -> None:
    segmentation, scores = draw_book(1, 30)
    prescribed = standard.prescribe(segmentation.iloc[::-1], scores)
    pd.testing.assert_frame_equal(prescribed, standard.prescribe(segmentation, scores.iloc[::-1]))


@pytest.mark.parametrize(
    ("days", "disputed", "stage"),
    [
        (-5, 0.0, "before_due"),
        (0, 50.0, "before_due"),
        (1, 0.0, "early"),
        (30, 0.0, "early"),
        (31, 0.0, "mid"),
        (60, 0.0, "mid"),
        (61, 0.0, "late"),
        (999, 50.01, "dispute"),
    ],
)
def test_the_stage_follows_the_oldest_item_unless_most_is_disputed(days, disputed, stage) -> None:
    scores = pd.DataFrame(
        {"oldest_days_past_due": [days], "open_balance": [100.0], "disputed_balance": [disputed]}, index=["C"]
    )
    assert stage_of(scores).to_dict() == {"C": stage}


def test_no_balance_is_no_dispute() -> None:
    scores = pd.DataFrame({"oldest_days_past_due": [1], "open_balance": [0.0], "disputed_balance": [0.0]})
    assert stage_of(scores).tolist() == ["early"]


def test_the_hash_follows_what_is_declared_and_nothing_else(tmp_path, standard) -> None:
    commented = rewritten(tmp_path, "name: standard", "# a comment\nname:   standard")
    assert read_playbook(commented).hash == standard.hash
    assert (
        read_playbook(rewritten(tmp_path, "deadline_hours: 0,", "deadline_hours: 0.0,")).hash == standard.hash
    )
    assert read_playbook(rewritten(tmp_path, "cadence_days: 30", "cadence_days: 29")).hash != standard.hash
    assert len(standard.hash) == 64


def test_reading_twice_gives_equal_playbooks_that_cannot_be_changed(standard) -> None:
    assert read_playbook(STANDARD) == read_playbook("standard")
    with pytest.raises(ValueError, match="frozen"):
        standard.version = 2


def test_a_missing_stage_is_named(tmp_path) -> None:
    text = STANDARD.read_text(encoding="utf-8")
    start, end = text.index("    mid: {name: E-mail"), text.index("    late: {name: E-mail")
    path = tmp_path / "own.yaml"
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    with pytest.raises(
        UsageError, match=r"no treatment for Medium x mid\. Given: .*own\.yaml, line 24\. .*Do: declare mid"
    ):
        read_playbook(path)


def test_a_missing_segment_is_named(tmp_path) -> None:
    text = STANDARD.read_text(encoding="utf-8")
    path = tmp_path / "own.yaml"
    path.write_text(text[: text.index("  Low:")], encoding="utf-8")
    with pytest.raises(UsageError, match="no treatment for Low x before_due"):
        read_playbook(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  Medium:", "  Medum:", r"unknown key 'treatments.Medum' in .*line 24.*Do: write 'Medium'"),
        ("early:", "erly:", r"unknown key 'treatments.High.erly'.*Do: write 'early'"),
        ("cost: 9", "cost: 9, costs: 9", r"unknown key 'treatments.High.early.costs'.*Do: write 'cost'"),
        ("tone: firm", "tone: rude", r"High.mid.tone is wrong.*Given: 'rude'.*'nudge', 'reminder' or 'firm'"),
        ("cadence_days: 1,", "cadence_days: 0,", r"cadence_days is wrong.*greater than or equal to 1"),
        ("assumed_lift: 0.10", "assumed_lift: 10", r"assumed_lift is wrong.*less than or equal to 1"),
        ("minutes: 12", "minutes: 0", r"High.early is wrong.*minutes above 0 where a collector handles it"),
        ("cost: 9", 'cost: "9"', r"cost is wrong.*Given: '9'"),
        ("version: 1", "version: true", "version is wrong"),
    ],
)
def test_a_wrong_playbook_is_refused_with_its_place(tmp_path, old, new, message) -> None:
    with pytest.raises(UsageError, match=message):
        read_playbook(rewritten(tmp_path, old, new))


def test_an_unknown_name_is_answered_with_the_near_one() -> None:
    with pytest.raises(
        UsageError, match=r"no playbook 'standrad'.*Allowed: standard, or.*Do: write 'standard'"
    ):
        read_playbook("standrad")


def test_a_path_that_is_not_there_is_refused(tmp_path) -> None:
    with pytest.raises(UsageError, match="the file does not exist"):
        read_playbook(tmp_path / "none.yaml")


def test_a_treatment_that_is_not_declared_is_refused(standard) -> None:
    with pytest.raises(UsageError, match="'standard' has no treatment for High x legal"):
        standard.treatment("High", "legal")
    with pytest.raises(UsageError, match="no treatment for Highest x late"):
        standard.treatment("Highest", "late")


def test_customers_of_one_frame_only_are_named(draw_book, standard) -> None:
    segmentation, scores = draw_book(2, 5)
    with pytest.raises(DataError, match=r"do not match for 1 customers\. Given: \['C003'\]"):
        standard.prescribe(segmentation[segmentation["customer_id"] != "C003"], scores)


def test_a_customer_that_stands_twice_is_named(draw_book, standard) -> None:
    segmentation, scores = draw_book(2, 5)
    with pytest.raises(
        DataError, match=r"Given: \['C001'\]\. Allowed: the same customers in both, once each"
    ):
        standard.prescribe(
            pd.concat([segmentation, segmentation[segmentation["customer_id"] == "C001"]]), scores
        )


def test_an_unknown_segment_is_named(draw_book, standard) -> None:
    segmentation, scores = draw_book(2, 1)
    with pytest.raises(DataError, match=r"1 customers have a segment.*\[\['C000', 'Extreme'\]\]"):
        standard.prescribe(segmentation.assign(segment="Extreme"), scores)


def test_missing_columns_are_all_named(draw_book, standard) -> None:
    segmentation, scores = draw_book(2, 1)
    with pytest.raises(DataError, match=r"lacks columns \['open_balance', 'disputed_balance'\]"):
        standard.prescribe(segmentation, scores.drop(columns=["open_balance", "disputed_balance"]))
