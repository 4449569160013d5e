from __future__ import annotations

from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arseg.treatments.playbook
from arseg.schema import SEGMENTS, DataError, UsageError
from arseg.treatments import STAGES, check_safety, read_playbook, stage_of
from arseg.treatments.playbook import PRESCRIBED, Playbook

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
        declared = expected.model_dump(exclude={"template"})
        assert row[3:-2] == tuple(declared.values())
        assert row.variant == ""


def test_the_order_of_the_rows_does_not_matter(draw_book, standard) -> None:
    segmentation, scores = draw_book(1, 30)
    prescribed = standard.prescribe(segmentation.iloc[::-1], scores)
    pd.testing.assert_frame_equal(prescribed, standard.prescribe(segmentation, scores.iloc[::-1]))


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
        UsageError, match=r"no treatment for Medium x mid\. Given: .*own\.yaml, line 31\. .*Do: declare mid"
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
        ("  Medium:", "  Medum:", r"unknown key 'treatments.Medum' in .*line 31.*Do: write 'Medium'"),
        ("early:", "erly:", r"unknown key 'treatments.High.erly'.*Do: write 'early'"),
        ("cost: 9", "cost: 9, costs: 9", r"unknown key 'treatments.High.early.costs'.*Do: write 'cost'"),
        ("tone: firm", "tone: rude", r"High.mid.tone is wrong.*Given: 'rude'.*'nudge', 'reminder' or 'firm'"),
        ("cadence_days: 1,", "cadence_days: 0,", r"cadence_days is wrong.*greater than or equal to 1"),
        ("assumed_lift: 0.10", "assumed_lift: 10", r"assumed_lift is wrong.*less than or equal to 1"),
        ("minutes: 12", "minutes: 0", r"High.early is wrong.*minutes above 0 where a collector handles it"),
        ("cost: 9", 'cost: "9"', r"cost is wrong.*Given: '9'"),
        ("version: 2", "version: true", "version is wrong"),
    ],
)
def test_a_wrong_playbook_is_refused_with_its_place(tmp_path, old, new, message) -> None:
    with pytest.raises(UsageError, match=message):
        read_playbook(rewritten(tmp_path, old, new))


def test_an_unknown_name_is_answered_with_the_near_one() -> None:
    with pytest.raises(
        UsageError, match=r"no playbook 'standrad'.*Allowed: .*standard, or.*Do: write 'standard'"
    ):
        read_playbook("standrad")


def test_a_path_that_is_not_there_is_refused(tmp_path) -> None:
    with pytest.raises(UsageError, match="the file does not exist"):
        read_playbook(tmp_path / "none.yaml")


def test_a_treatment_that_is_not_declared_is_refused(standard) -> None:
    with pytest.raises(UsageError, match="'standard' has no treatment for High x never"):
        standard.treatment("High", "never")
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


VARIED = """\
    early: {name: Scheduled automatic reminder, channel: email, tone: nudge, handling: automatic,
            deadline_hours: 168, cadence_days: 14, minutes: 0, cost: 0.1, assumed_lift: 0.01,
            variants: [
              {when: {invoice_delivery: paper, language: [de, es]}, channel: letter, cost: 1.5},
              {when: {invoice_delivery: paper}, channel: letter, cost: 2, template: nudge_by_post},
              {when: {payment_method: [check]}, name: Early reminder, cadence_days: 10}]}
"""


@pytest.fixture(name="varied")
def _varied(tmp_path) -> Path:
    text = STANDARD.read_text(encoding="utf-8")
    low = text.index("  Low:")
    start, end = text.index("    early:", low), text.index("    mid:", low)
    path = tmp_path / "own.yaml"
    path.write_text(text[:start] + VARIED + text[end:], encoding="utf-8")
    return path


def of_low_early(playbook: Playbook, **profile: list[str]) -> pd.DataFrame:
    count = len(next(iter(profile.values()))) if profile else 1
    ids = [f"C{i}" for i in range(count)]
    scores = pd.DataFrame(
        {
            "customer_id": ids,
            "oldest_days_past_due": 5,
            "open_balance": 9.0,
            "disputed_balance": 0.0,
            **profile,
        }
    )
    return playbook.prescribe(pd.DataFrame({"customer_id": ids, "segment": "Low"}), scores)


def test_the_first_variant_that_holds_wins_and_says_for_whom_it_is(varied) -> None:
    rows = of_low_early(
        read_playbook(varied),
        invoice_delivery=["paper", "paper", "email", "email", ""],
        language=["de", "fr", "de", "en", ""],
        payment_method=["check", "check", "check", "card", ""],
    )
    assert rows["channel"].tolist() == ["letter", "letter", "email", "email", "email"]
    assert rows["cost"].tolist() == [1.5, 2.0, 0.1, 0.1, 0.1]
    assert rows["template"].tolist() == ["nudge", "nudge_by_post", "nudge", "nudge", "nudge"]
    assert rows["treatment"].tolist()[2:4] == ["Early reminder", "Scheduled automatic reminder"]
    assert rows["variant"].tolist() == [
        "language de or es, invoice_delivery paper",
        "invoice_delivery paper",
        "payment_method check",
        "",
        "",
    ]


def test_no_variant_holds_where_its_column_is_absent(varied) -> None:
    assert of_low_early(read_playbook(varied))["variant"].tolist() == [""]
    rows = of_low_early(read_playbook(varied), invoice_delivery=["paper"])
    assert rows["variant"].tolist() == ["invoice_delivery paper"]


def test_the_table_shows_every_variant_and_the_hash_follows_them(varied, standard) -> None:
    playbook = read_playbook(varied)
    table = playbook.table()
    assert len(table) == len(standard.table()) + 3
    assert playbook.hash != standard.hash
    check_safety(playbook)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "channel: letter, cost: 1.5",
            "chanel: letter",
            r"unknown key .*variants.0.chanel.* line \d+.*Do: write 'channel'",
        ),
        (
            "when: {payment_method:",
            "when: {payment_methods:",
            r"payment_methods' in .*line \d+.*Do: write 'payment_method'",
        ),
        ("when: {payment_method: [check]}", "when: {}", "one or more of industry, language"),
        (", channel: letter, cost: 1.5}", "}", "when: .*and one or more of name, channel"),
        (
            "[check]}",
            "[check], invoice_delivery: paper}",
            "those before it take all of invoice_delivery paper, payment_method check",
        ),
        (
            "cadence_days: 10}",
            "handling: collector}",
            "minutes above 0 where a collector handles it.*payment_method check",
        ),
        ("[check]", '[""]', "at least 1 character"),
    ],
)
def test_a_wrong_variant_is_refused_with_its_place(varied, old, new, message) -> None:
    text = varied.read_text(encoding="utf-8")
    assert old in text
    varied.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        read_playbook(varied)


@pytest.mark.parametrize("name", ["standard", "promises", "amount_and_credit", "before_due"])
def test_every_playbook_that_comes_with_arseg_is_safe(name) -> None:
    check_safety(read_playbook(name))
