from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arseg.report import Findings, render_page, summarise
from arseg.report.masking import FEWEST, cells, hidden, total


@given(st.lists(st.integers(0, 30), max_size=8), st.integers(1, 10))
def test_no_hidden_group_can_be_had_by_subtraction(customers: list[int], fewest: int) -> None:
    away = hidden(customers, fewest)
    assert all(gone for size, gone in zip(customers, away, strict=True) if 0 < size < fewest)
    gone = [size for size, each in zip(customers, away, strict=True) if each]
    if gone and any(size and not each for size, each in zip(customers, away, strict=True)):
        assert len(gone) > 1
        assert sum(gone) >= fewest


def test_a_group_that_nobody_is_in_hides_nothing() -> None:
    assert hidden([0, 40, None, 7]) == [False] * 4


def small(findings: Findings) -> Findings:
    assert findings.segments is not None
    assert findings.measures is not None
    assert findings.profiles is not None
    few = {"High": 3, "Medium": 88, "Low": 1911}
    return dataclasses.replace(
        findings,
        segments=findings.segments.assign(customers=findings.segments["segment"].map(few)),
        profiles=findings.profiles.assign(customers=findings.profiles["segment"].map(few)),
        measures=findings.measures.assign(
            customers=findings.measures["segment"].map(few).fillna(2002).astype(int)
        ),
        moves=pd.DataFrame({"from_segment": ["Low"], "to_segment": ["High"], "customers": [2]}),
    )


def test_a_small_segment_and_the_next_smallest_are_not_shown_anywhere(findings: Findings) -> None:
    summary = summarise(small(findings))
    shown = {row["segment"]: row["customers"]["shown"] for row in summary["segments"]["rows"]}
    assert shown == {"High": "not shown", "Medium": "not shown", "Low": "1,911"}
    assert [piece["label"] for piece in summary["segments"]["stack"]] == ["Low", "Small groups together"]
    assert [row["items"]["raw"] for row in summary["profiles"]["rows"]] == [None, None, 3077]
    for band in ("replay", "separation"):
        for policy in summary[band]["policies"]:
            for segment in policy["segments"]:
                raws = {e["value"]["raw"] is None for e in segment["estimates"].values()}
                assert (
                    raws == {segment["segment"] in {"High", "Medium"}}
                    or policy["policy"] == "OneSizeFitsAll()"
                )
    parts = {
        (p["segment"], p["numerator"]["raw"] is None)
        for p in summary["replay"]["parts"]
        if "Aging" in p["policy"]
    }
    assert parts == {("High", True), ("Medium", True), ("Low", False), ("all", False)}


def test_counts_of_few_customers_are_said_as_fewer_than_the_threshold(findings: Findings) -> None:
    page = render_page(summarise(small(findings)))
    assert "Confirm fewer than 5 customers moving to higher risk" in page
    assert "Moved to higher risk: fewer than 5 customers; to lower: 0 customers" in page
    assert "Groups of fewer than 5 customers are not shown." in page


def test_moves_large_enough_are_told_and_the_sum_gives_way_to_a_small_one(
    make_findings: Callable[..., Findings],
) -> None:
    """5 up and 3 down: the 5 stand everywhere, the 3 nowhere, neither by themselves nor as a difference."""
    moves = pd.DataFrame(
        {
            "from_segment": ["Medium", "Low", "High", "Medium"],
            "to_segment": ["High", "High", "Medium", "Low"],
            "customers": [5, 1, 2, 1],
        }
    )
    summary = summarise(make_findings(moves=moves))
    shown = [(row["customers"]["raw"], row["customers"]["shown"]) for row in summary["moves"]["rows"]]
    assert shown == [(None, "fewer than 5"), (5, "5"), (None, "fewer than 5"), (None, "fewer than 5")]
    page = render_page(summary)
    assert "Moved to higher risk: more than 5 customers; to lower: fewer than 5 customers" in page
    assert "Confirm more than 5 customers moving to higher risk" in page
    assert "5 from Medium to High and fewer than 5 from Low to High; fewer than 5 relax." in page


@given(st.lists(st.integers(min_value=0, max_value=12), max_size=6))
def test_no_sum_gives_a_small_count_away(customers: list[int]) -> None:
    told, whole = cells(customers), total(customers)
    small = [each for each, text in zip(customers, told, strict=True) if text.startswith("fewer")]
    assert all(0 < each < FEWEST for each in small)
    if whole == str(sum(customers)):
        assert not small or (len(small) > 1 and sum(small) >= FEWEST)


@pytest.mark.parametrize("fewest", [1, 4])
def test_the_threshold_is_the_experiments(make_findings: Callable[..., Findings], fewest: int) -> None:
    page = render_page(summarise(make_findings(fewest=fewest)))
    assert f"Groups of fewer than {fewest} customers are not shown." in page
    assert "not shown</bdi>" not in page
