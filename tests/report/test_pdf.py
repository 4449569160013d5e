from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from arseg.report import Findings, render_page, summarise
from arseg.report.pdf import find_browser, print_pdf, timeless


def browser(folder: Path, script: str) -> str:
    path = folder / "browser"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_without_a_browser_it_says_what_to_do_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARSEG_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_browser() is None
    assert "ARSEG_BROWSER" in print_pdf(tmp_path / "page.html", tmp_path / "page.pdf")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("script", ["exit 3", "exit 0"])
def test_a_browser_that_fails_leaves_what_was_printed_before(tmp_path: Path, script: str) -> None:
    target = tmp_path / "page.pdf"
    target.write_bytes(b"before")
    assert "did not print" in print_pdf(tmp_path / "page.html", target, browser=browser(tmp_path, script))
    assert "did not print" in print_pdf(tmp_path / "page.html", target, browser=str(tmp_path / "absent"))
    assert target.read_bytes() == b"before"


def test_time_and_node_numbers_of_a_printing_are_taken_out_in_place() -> None:
    made = b"/CreationDate (D:20261128212400+00'00') /ID (node00000405) /H [(node00000405) (node00000409)]"
    later = b"/CreationDate (D:20261128212955+00'00') /ID (node00000406) /H [(node00000406) (node00000410)]"
    assert timeless(made) == timeless(later)
    assert len(timeless(made)) == len(made)


@pytest.mark.browser
def test_the_page_prints_on_a4_with_page_one_on_one_page_and_every_section(
    findings: Findings, tmp_path: Path
) -> None:
    if find_browser() is None:
        pytest.skip("Chromium is not installed")
    page, target = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_text(render_page(summarise(findings)), encoding="utf-8")
    assert print_pdf(page, target) == ""
    pdf = target.read_bytes()
    assert pdf.startswith(b"%PDF")
    boxes = set(re.findall(rb"/MediaBox \[([\d. ]+)\]", pdf))
    assert [round(float(side)) for side in boxes.pop().split()[2:]] == [595, 842]
    assert not boxes
    assert 5 <= len(re.findall(rb"/Type /Page\b(?!s)", pdf)) <= 16
