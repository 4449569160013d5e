from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from arseg.report import write_index
from arseg.report.index import safe_link, summarise_runs

RUNS: list[dict[str, Any]] = [
    {
        "experiment": "month-end",
        "key_date": dt.date(2026, 9, 30),
        "status": "done",
        "version": "2026-09-30-1111",
        "measures": {"dso": 40.6, "bad_debt_ratio": 0.0019, "collection_rate": 0.928},
        "link": "month-end/2026-09-30/index.html",
    },
    {"experiment": "tiers", "key_date": "2026-10-31", "status": "failed", "note": "the kernel died in train"},
    {
        "experiment": "month-end",
        "key_date": dt.date(2026, 10, 31),
        "status": "done",
        "version": "2026-10-31-a41f",
        "measures": {"dso": 39.8312, "bad_debt_ratio": float("nan"), "collection_rate": None},
        "link": "month-end/2026-10-31/index.html",
    },
]


def test_runs_stand_newest_first_with_three_measures(tmp_path: Path) -> None:
    page = write_index(tmp_path / "reports", RUNS).read_text(encoding="utf-8")
    days = re.findall(r'scope="row" class="total">.*?(\d+ \w+ 2026)', page)[: len(RUNS)]
    assert days == ["31 October 2026", "31 October 2026", "30 September 2026"]
    assert "39.8\u00a0days" in page
    assert "92.8\u00a0%" in page
    assert '<a href="./month-end/2026-10-31/index.html">' in page


def test_a_failed_run_is_visible_with_its_reason(tmp_path: Path) -> None:
    page = write_index(tmp_path, RUNS).read_text(encoding="utf-8")
    assert "<b>1</b> not done" in page
    assert '<td class="severity error"><bdi>failed</bdi> <small><bdi>the kernel died in train</bdi>' in page


def test_order_of_the_runs_does_not_matter_and_the_file_is_replaced_whole(tmp_path: Path) -> None:
    first = write_index(tmp_path, RUNS).read_bytes()
    assert write_index(tmp_path, RUNS[::-1]).read_bytes() == first
    assert [each.name for each in tmp_path.iterdir()] == ["index.html"]


def test_no_run_is_said_in_words(tmp_path: Path) -> None:
    assert "No run yet" in write_index(tmp_path, []).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "link",
    [
        *(
            "javascript:alert(1)",
            "//evil.example/x",
            "https://evil.example",
            "/etc/passwd",
            "../up",
            "a/../../b",
        ),
        *(
            "\\\\evil\\x",
            "data:text/html,x",
            '" onclick="x',
            "a\x00b",
            "\ud800",
            "",
            ".",
            " javascript:x",
            "a?b#c",
        ),
    ],
)
def test_a_link_never_leaves_the_folder(link: str) -> None:
    safe = safe_link(link)
    parts = urlsplit(urljoin("https://home.example/reports/index.html", safe))
    assert parts.netloc == "home.example"
    assert parts.path.startswith("/reports/")
    assert not re.search(r"[\"'<>\s\\]", safe)


def test_text_of_a_run_is_escaped(tmp_path: Path) -> None:
    hostile = '<b onclick="x">&amp;'
    run = dict.fromkeys(("experiment", "key_date", "status", "version", "note", "link"), hostile)
    page = write_index(tmp_path, [run]).read_text(encoding="utf-8")
    assert "<b onclick" not in page
    assert page.count("&lt;b onclick=&#34;x&#34;&gt;&amp;amp;") == 5


def test_a_measure_that_is_missing_is_a_dash_and_its_raw_value_nothing() -> None:
    rows = summarise_runs(RUNS)["rows"]
    assert [m["raw"] for m in rows[0]["measures"]] == [39.8312, None, None]
    assert [m["shown"] for m in rows[1]["measures"]] == ["\u2013"] * 3
