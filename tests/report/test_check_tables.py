from __future__ import annotations

from arseg.report import Findings, summarise
from arseg.report.check_tables import check_tables, quality_table


def test_the_look_of_a_severity_comes_from_a_closed_list_and_never_from_data() -> None:
    row = {
        "severity": '"><b>',
        "message": "m",
        "code": "c",
        "count": {"raw": 1, "shown": "1"},
        "amount": {"raw": None},
    }
    assert quality_table({"rows": [row]})["groups"][0]["rows"][0][0]["look"] == "severity "


def test_ages_say_what_is_allowed_and_sources_why_rows_were_set_aside(findings: Findings) -> None:
    made = check_tables(summarise(findings)["quality"])
    assert made["freshness"]["caption"] == "Age of each table on 31 October 2026"
    (postings, customers) = made["freshness"]["groups"][0]["rows"]
    assert [cell["text"].replace("\N{NO-BREAK SPACE}", " ") for cell in postings[4:]] == [
        "1 day",
        "3 days",
        "fresh",
    ]
    assert [cell["text"] for cell in customers[5:]] == ["no limit", "\N{EN DASH}"]
    (source,) = made["sources"]["groups"][0]["rows"]
    assert [cell["raw"] for cell in source[1:4]] == [1_234, 1_230, 4]
    assert source[4]["text"] == "bad_date 3 and orphan_posting 1"
