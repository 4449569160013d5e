from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from arseg.report import Findings
from arseg.report.data_check import SOURCES_SHOWN, data_check
from arseg.report.page import render_page
from arseg.report.summary import summarise


def source(number: int, quarantined: int) -> dict[str, Any]:
    counts = {"rows_read": 100, "rows_loaded": 100 - quarantined, "rows_quarantined": quarantined}
    return {
        "source": f"{number:02d}.csv",
        **counts,
        "reasons": {"bad_date": quarantined} if quarantined else {},
    }


def test_findings_stand_by_severity_with_what_they_concern(findings: Findings) -> None:
    rows = data_check(findings)["rows"]
    assert [row["severity"] for row in rows] == ["warning", "warning", "note"]
    assert rows[1]["amount"]["shown"].endswith("12,044")


def test_a_source_says_what_was_set_aside_and_why(findings: Findings) -> None:
    (row,) = data_check(findings)["sources"]
    assert row["reasons"] == "bad_date 3 and orphan_posting 1"
    assert [row[name]["shown"] for name in ("rows_read", "rows_loaded", "rows_quarantined")] == [
        "1,234",
        "1,230",
        "4",
    ]


@pytest.mark.parametrize("count", [1, SOURCES_SHOWN, SOURCES_SHOWN + 1, 40])
def test_many_sources_are_summed_up_and_no_row_is_lost(
    make_findings: Callable[..., Findings], count: int
) -> None:
    sources = [source(number, number % 3) for number in range(count)]
    shown = data_check(make_findings(checked={"sources": sources}))["sources"]
    assert len(shown) == min(count, SOURCES_SHOWN + 1)
    for name in ("rows_read", "rows_loaded", "rows_quarantined"):
        assert sum(row[name]["raw"] for row in shown) == sum(each[name] for each in sources)
    if count > SOURCES_SHOWN:
        rest = count - SOURCES_SHOWN
        assert shown[-1]["source"] == f"{rest} other source{'' if rest == 1 else 's'}"


def test_a_stale_table_is_said_in_words_and_one_without_a_limit_is_not_called_fresh(
    make_findings: Callable[..., Findings],
) -> None:
    age = {"table": "postings", "rows": 9, "first_known": "2026-01-01", "last_known": "2026-09-30"}
    checked = {
        "as_of": "2026-10-31",
        "freshness": [
            {**age, "age_days": 31, "max_age_days": 3, "stale": True},
            {**age, "age_days": 31, "max_age_days": None, "stale": False},
            {**age, "age_days": None, "last_known": None, "max_age_days": 3, "stale": True},
            {**age, "age_days": 2, "max_age_days": 3, "stale": False},
        ],
    }
    ages = data_check(make_findings(checked=checked))["ages"]
    assert [row["state"] for row in ages] == ["STALE", "\N{EN DASH}", "STALE", "fresh"]
    assert ages[2]["age"]["shown"] == "not known"
    assert [row["allowed"]["shown"] for row in ages[:2]] == ["3\N{NO-BREAK SPACE}days", "no limit"]


def test_without_a_check_nothing_is_shown_but_the_sentence(make_findings: Callable[..., Findings]) -> None:
    band = data_check(make_findings(quality=None, checked=None))
    assert band["missing"].startswith("No data check")
    assert (band["sources"], band["ages"], band["moved"]) == ([], [], [])


def test_the_page_shows_sources_ages_and_what_moved(findings: Findings) -> None:
    page = render_page(summarise(findings))
    for text in ("What was read", "invoices.csv", "bad_date 3 and orphan_posting 1"):
        assert text in page
    assert "How old it is" in page
    assert "112 later versions of invoices" in page
