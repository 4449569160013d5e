from __future__ import annotations

from collections.abc import Callable

import pytest

from arseg.report import Findings, caseload
from arseg.report.decisions import decide
from arseg.report.value_basis import basis, basis_sentence


def told(make_findings: Callable[..., Findings], estimated: int) -> Findings:
    frame = make_findings().worklist
    assert frame is not None
    said = ["estimated"] * estimated + ["assumed"] * (len(frame) - estimated)
    return make_findings(worklist=frame.assign(value_basis=said))


@pytest.mark.parametrize(
    ("estimated", "words"), [(0, "assumed"), (7, "in part estimated"), (60, "estimated")]
)
def test_a_list_says_where_its_values_come_from(
    make_findings: Callable[..., Findings], estimated: int, words: str
) -> None:
    findings = told(make_findings, estimated)
    assert basis(findings) == words
    labels = [fact["label"] for fact in caseload.worklist(findings)["coverage"]]
    assert f"value within today's hours ({words})" in labels
    hour = "assumed lift" if words == "assumed" else words
    assert decide(findings)[0]["rest"].endswith(f"({hour}).")


def test_the_sentence_counts_what_was_estimated(make_findings: Callable[..., Findings]) -> None:
    assert "for 7 of 60 customers" in basis_sentence(told(make_findings, 7))
    assert basis_sentence(told(make_findings, 60)).endswith("from the book's own log of contacts.")
    assert "not an estimate" in basis_sentence(told(make_findings, 0))


def test_a_list_that_does_not_say_is_assumed(make_findings: Callable[..., Findings]) -> None:
    assert basis(make_findings()) == "assumed"
    assert "not an estimate" in basis_sentence(make_findings(worklist=None))
