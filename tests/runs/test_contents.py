from __future__ import annotations

import re
from pathlib import Path

from arseg.runs.contents import write_contents


def test_every_report_is_listed_newest_key_date_first(tmp_path: Path) -> None:
    for place in ("demo/2026-09-30", "demo/2026-10-31", "other/2025-12-31"):
        folder = tmp_path / "reports" / place
        folder.mkdir(parents=True)
        (folder / "index.html").write_text("", encoding="utf-8")
    (tmp_path / "reports" / "demo" / "2026-11-30").mkdir()
    page = write_contents(tmp_path)
    links = re.findall(r'href="([^"]+)"', page.read_text(encoding="utf-8"))
    assert links == [
        "demo/2026-10-31/index.html",
        "demo/2026-09-30/index.html",
        "other/2025-12-31/index.html",
    ]
    assert all((page.parent / link).is_file() for link in links)


def test_a_folder_name_is_text_and_never_markup(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "<b>&" / "2026-10-31"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("", encoding="utf-8")
    text = write_contents(tmp_path).read_text(encoding="utf-8")
    assert "<b>" not in text
    assert "&lt;b&gt;&amp;" in text


def test_a_home_without_reports_says_so_and_asks_nothing_of_the_network(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    text = write_contents(tmp_path).read_text(encoding="utf-8")
    assert "No report yet." in text
    assert "default-src 'none'" in text
    assert "http:" not in text
    assert "https:" not in text
