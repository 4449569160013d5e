from __future__ import annotations

from collections.abc import Callable

from arseg.report import Findings, summarise
from arseg.report.since import since

MADE = {
    "came": 12,
    "left": 7,
    "since": "2026-09-30",
    "by_cause": {"data": {"steps_up": 9}, "time": {"steps_up": 4}},
}


def test_what_changed_says_measures_moves_who_came_and_the_largest_cause(
    make_findings: Callable[..., Findings],
) -> None:
    band = since(make_findings(changed=MADE))
    assert band["title"] == "What changed since 30 September 2026"
    assert [line["text"].replace("\u00a0", " ") for line in band["lines"]] == [
        "DSO, sales-weighted: \u22120.8 days better, from 40.6 days",
        "Bad-debt ratio, 12-month cohorts: +0.02 pp worse, from 0.19 %",
        "Collected within 60 days of due: +0.3 pp better, from 92.8 %",
        "Moved to higher risk: 17 customers; to lower: 30 customers",
        "New with open items: 12 customers; gone: 7 customers",
        "Most steps to higher risk: New data (9)",
    ]
    assert [line["numbers"] for line in band["lines"][3:]] == [[17, 30], [12, 7], [9]]


def test_a_quiet_month_says_that_nobody_moved_and_a_first_one_that_nothing_is_before(
    make_findings: Callable[..., Findings], empty_findings: Findings
) -> None:
    quiet = since(make_findings(headline=None, moves=make_findings().moves.iloc[4:]))  # type: ignore[union-attr]
    assert [line["text"] for line in quiet["lines"]] == ["No customer changed segment."]
    assert since(empty_findings)["missing"].startswith("Nothing to compare with")
    assert since(empty_findings)["title"] == "What changed"


def test_an_unchanged_measure_is_no_news(make_findings: Callable[..., Findings]) -> None:
    headline = make_findings().headline
    assert headline is not None
    told = summarise(make_findings(headline=headline.assign(before=headline["value"])))["since"]
    assert [line["text"].partition(":")[0] for line in told["lines"]] == ["Moved to higher risk"]
