from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from arseg.report import Findings, summarise, wording
from arseg.report.summary import PAGE_BANDS, named


def test_the_summary_survives_json_unchanged(findings: Findings, empty_findings: Findings) -> None:
    for each in (findings, empty_findings):
        summary = summarise(each)
        assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_the_same_findings_give_the_same_summary(findings: Findings) -> None:
    assert json.dumps(summarise(findings)) == json.dumps(summarise(findings))


def test_a_page_that_is_named_later_is_that_of_findings_that_knew_their_version(findings: Findings) -> None:
    nameless = summarise(replace(findings, version=""))
    assert nameless["page"]["version"] == ""
    found = named(nameless, "2026-06-05-\u202eaab93685")
    assert found == summarise(replace(findings, version="2026-06-05-\u202eaab93685"))


def test_cards_keep_raw_values_beside_what_is_shown(findings: Findings) -> None:
    frame = findings.headline
    assert frame is not None
    cards = summarise(findings)["headline"]["cards"]
    for card, row in zip(cards, frame.to_dict("records"), strict=True):
        assert card["value"] == {"raw": row["value"], "shown": wording.measure(row["value"], row["unit"])}
        assert card["change"]["raw"] == pytest.approx(row["value"] - row["before"])
        assert (card["numerator"]["raw"], card["denominator"]["raw"]) == (
            row["numerator"],
            row["denominator"],
        )
        assert card["history"] == row["history"]
    assert [card["change"]["sense"] for card in cards] == ["better", "worse", "better"]


@pytest.mark.parametrize(
    ("before", "better", "sense"),
    [
        (41.0, "lower", "better"),
        (38.0, "lower", "worse"),
        (41.0, "higher", "worse"),
        (38.0, "higher", "better"),
        (39.84, "lower", ""),
        (float("nan"), "lower", ""),
    ],
)
def test_better_and_worse_follow_the_measures_direction(
    before: float, better: str, sense: str, make_findings: Callable[..., Findings]
) -> None:
    frame = make_findings().headline
    assert frame is not None
    card = summarise(make_findings(headline=frame.head(1).assign(before=before, better=better)))["headline"][
        "cards"
    ][0]
    assert card["change"]["sense"] == sense


def test_no_interval_is_said_in_words(make_findings: Callable[..., Findings]) -> None:
    frame = make_findings().headline
    assert frame is not None
    cards = summarise(make_findings(headline=frame.assign(low=None, high=float("nan"))))["headline"]["cards"]
    assert {card["interval"]["shown"] for card in cards} == {"no interval"}


def test_each_band_without_data_has_a_sentence(empty_findings: Findings) -> None:
    summary = summarise(empty_findings)
    apart = {"counterfactual", "trust", "self_check", "warnings", "claims"}
    banded = [*(b for b in PAGE_BANDS if b not in apart), "accuracy", "calibration"]
    sentences = [
        *(summary[band]["missing"] for band in banded),
        *(summary["answers"][band]["missing"] for band in ("self_check", "warnings", "claims")),
    ]
    for sentence in sentences:
        assert sentence.endswith(".")
        assert len(sentence.split()) > 4
    assert summary["counterfactual"]["text"].startswith("Not identified")


def test_a_page_without_a_forecast_says_where_the_cash_stands(empty_findings: Findings) -> None:
    daily = summarise(empty_findings, bands=("decisions", "segments"))
    assert daily["cash"]["missing"].endswith("It stands on the page of the last month-end.")
    assert "this run lacked one of them" in summarise(empty_findings)["cash"]["missing"]


def test_a_clean_check_and_no_check_are_told_apart(make_findings: Callable[..., Findings]) -> None:
    clean = summarise(make_findings(quality=pd.DataFrame()))["quality"]["missing"]
    absent = summarise(make_findings(quality=None))["quality"]["missing"]
    assert clean == "The data check found nothing to report."
    assert absent.startswith("No data check")


def test_errors_come_before_warnings_and_notes(findings: Findings) -> None:
    severities = [row["severity"] for row in summarise(findings)["quality"]["rows"]]
    assert severities == ["warning", "warning", "note"]


def test_stamps_stress_a_word_of_the_text_or_add_it(make_findings: Callable[..., Findings]) -> None:
    stamps: tuple[dict[str, str], ...] = (
        {"text": "Data fresh, 1 day", "strong": "fresh", "level": "ok"},
        {"text": "Model", "strong": "stale", "level": "unheard of"},
        {"text": "plain"},
    )
    assert summarise(make_findings(stamps=stamps))["page"]["stamps"] == [
        {"before": "Data ", "strong": "fresh", "after": ", 1 day", "level": "good"},
        {"before": "Model ", "strong": "stale", "after": "", "level": ""},
        {"before": "plain", "strong": "", "after": "", "level": ""},
    ]


def test_each_term_is_defined_once_and_the_measures_come_first(
    make_findings: Callable[..., Findings],
) -> None:
    rows = summarise(make_findings(definitions=(("DSO", "another"), ("Exposure", "open"))))["definitions"][
        "rows"
    ]
    terms = [row["term"] for row in rows]
    assert len(terms) == len(set(terms))
    assert rows[0]["meaning"] == "receivables x days / credit sales of the window"
    assert {"term": "DSO", "meaning": "how dso is defined"} in rows
    assert rows[-1]["term"] == "Exposure"


@pytest.mark.parametrize(
    ("value", "lines"),
    [("x", ["x"]), (["a", "b"], ["a", "b"]), ({"k": "v"}, ["k: v"]), (7, ["7"])],
)
def test_instructions_may_be_one_line_several_or_pairs(
    value: Any, lines: list[str], make_findings: Callable[..., Findings]
) -> None:
    rows = summarise(make_findings(reproduce={"some_thing": value}))["reproduce"]["rows"]
    assert rows == [{"label": "some_thing", "lines": lines}]
