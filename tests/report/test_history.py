from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from arseg.report import write_index
from arseg.report.history import COMPARED
from arseg.report.index import summarise_runs


def run(month: int, dso: float, **more: Any) -> dict[str, Any]:
    year, month = 2024 + (month - 1) // 12, (month - 1) % 12 + 1
    return {
        "experiment": "month-end",
        "key_date": f"{year}-{month:02d}-28",
        "status": "done",
        "version": f"{year}-{month:02d}-28-aaaa",
        "measures": {"dso": dso, "bad_debt_ratio": 0.002, "collection_rate": 0.93},
        "intervals": {"dso": (dso - 1, dso + 1)},
        "segments": [{"segment": "High", "customers": 30}, {"segment": "Low", "customers": 300}],
        "facts": {"policy": "RiskTiers"},
    } | more


def test_any_two_runs_have_their_differences_and_a_link_that_leads_there(tmp_path: Path) -> None:
    page = write_index(tmp_path, [run(month, 40.0 + month) for month in (1, 2, 3, 5)]).read_text(
        encoding="utf-8"
    )
    links, targets = (
        set(re.findall(r'href="#(diff[\w-]+)"', page)),
        set(re.findall(r'id="(diff[\w-]+)"', page)),
    )
    assert links == targets
    assert len(targets) == 6
    one = page[page.index('id="diff0-1-3"') :]
    one = one[: one.index("</table>")].replace("\u00a0", " ")
    assert "28 February 2024 against 28 May 2024" in one
    assert re.findall(r'<span class="d (\w*)">([^<]*)</span>', one) == [
        ("worse", "+3.0 days worse"),
        ("", "unchanged"),
        ("", "unchanged"),
    ]


def test_segments_and_facts_that_differ_are_named_and_small_groups_are_not(tmp_path: Path) -> None:
    few = [{"segment": "High", "customers": 3}, {"segment": "Low", "customers": 330}]
    runs = [run(1, 40.0), run(2, 41.0, segments=few, facts={"policy": "Aging<b>Buckets"})]
    (history,) = summarise_runs(runs)["histories"]
    (pair,) = history["pairs"]
    assert pair["segments"] == [
        {"segment": "High", "before": "30", "after": "not shown"},
        {"segment": "Low", "before": "300", "after": "not shown"},
    ]
    assert pair["facts"] == [{"label": "policy", "before": "RiskTiers", "after": "Aging<b>Buckets"}]
    assert "Aging&lt;b&gt;Buckets" in write_index(tmp_path, runs).read_text(encoding="utf-8")


def test_each_measure_is_drawn_over_time_and_a_single_run_is_not(tmp_path: Path) -> None:
    three = write_index(tmp_path, [run(month, 40.0) for month in (1, 2)]).read_text(encoding="utf-8")
    assert three.count("<svg") == 3
    assert "DSO: from 40.0\u00a0days (2024-01-28) to 40.0\u00a0days (2024-02-28)" in three
    assert write_index(tmp_path, [run(1, 40.0)]).read_text(encoding="utf-8").count("<svg") == 0


def test_more_runs_than_are_compared_are_counted_and_the_page_stays_small(tmp_path: Path) -> None:
    page = write_index(tmp_path, [run(month, 40.0 + month) for month in range(1, COMPARED + 4)])
    text = page.read_text(encoding="utf-8")
    assert "3 older runs stand in the list only." in text
    assert len(set(re.findall(r'id="(diff[\w-]+)"', text))) == COMPARED * (COMPARED - 1) // 2
    assert page.stat().st_size < 1_000_000


def test_a_stale_run_is_visible(tmp_path: Path) -> None:
    page = write_index(tmp_path, [run(1, 40.0, stale="postings are 9 days old")]).read_text(encoding="utf-8")
    assert "<b>1</b> STALE" in page
    assert "STALE: postings are 9 days old" in page


def test_a_failed_run_is_in_the_list_and_in_no_comparison() -> None:
    (history,) = summarise_runs([run(1, 40.0), run(2, 41.0), run(3, 42.0, status="failed")])["histories"]
    assert len(history["runs"]) == 2


def test_the_list_speaks_the_language_asked_for(tmp_path: Path) -> None:
    page = write_index(tmp_path, [run(1, 40.0), run(2, 41.0)], language="es").read_text(encoding="utf-8")
    for text in (
        '<html lang="es">',
        "Informes",
        "Fecha clave",
        "28 de enero de 2024",
        "40,0\u00a0días",
        "comparar",
    ):
        assert text in page
