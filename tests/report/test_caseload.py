from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from arseg.report import Findings, caseload


def test_the_first_fifteen_by_rank_are_shown_without_their_names(findings: Findings) -> None:
    band = caseload.worklist(findings)
    assert [row["rank"] for row in band["rows"]] == list(range(1, 16))
    assert band["count"]["raw"] == 60
    assert "CANARY" not in json.dumps(band)


def test_rank_decides_and_not_the_order_of_the_frame(make_findings: Callable[..., Findings]) -> None:
    frame = make_findings().worklist
    assert frame is not None
    shuffled = make_findings(worklist=frame.sample(frac=1.0, random_state=3))
    assert caseload.worklist(shuffled) == caseload.worklist(make_findings())


def test_coverage_is_counted_over_the_whole_list(findings: Findings) -> None:
    frame = findings.worklist
    assert frame is not None
    facts = {fact["label"]: fact["raw"] for fact in caseload.worklist(findings)["coverage"]}
    manual = frame[frame.handling != "automatic"]
    assert facts["Customers on the list"] == len(frame)
    assert facts["handled automatically"] + facts["need a collector"] == len(frame)
    assert facts["of them within today's hours"] == int(manual.on_today.sum())
    value = manual.expected_value[manual.on_today].sum() / manual.expected_value.sum()
    assert facts["value within today's hours (assumed)"] == pytest.approx(value)
    assert (facts["Collector hours today"], facts["worth of one more hour"]) == (12.0, 214.31)


def test_an_unknown_capacity_is_said(make_findings: Callable[..., Findings]) -> None:
    facts = {f["label"]: f["shown"] for f in caseload.worklist(make_findings(capacity=None))["coverage"]}
    assert facts["hours used"] == facts["worth of one more hour"] == "not known"
