"""The page in headless Chromium: silent, inert, reachable by keyboard, readable, and no wider than its window."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from arseg.report import Findings, render_page, summarise, wording, write_index
from arseg.report.language import LANGUAGES

from .chromium import Chromium
from .hostile import hostile_strings, planted_everywhere
from .test_index import RUNS

pytestmark = pytest.mark.browser
ROWS = 120
AUDIT = Path(__file__).with_name("audit.js").read_text(encoding="utf-8")


@pytest.fixture(name="chromium", scope="module")
def _chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    browser = Chromium(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture(name="pages", scope="module")
def _pages(findings: Findings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for language in LANGUAGES:
        found[language] = folder / f"{language}.html"
        spoken = dataclasses.replace(findings, language=language)
        found[language].write_text(render_page(summarise(spoken)), encoding="utf-8")
    found["index"] = write_index(folder / "reports", RUNS)
    return found


@pytest.mark.parametrize("name", [*LANGUAGES, "index"])
@pytest.mark.parametrize("width", [360, 1440])
def test_a_page_fetches_nothing_says_nothing_and_fits_its_window(
    chromium: Chromium, pages: dict[str, Path], name: str, width: int
) -> None:
    assert chromium.open(pages[name], width=width) == []
    assert chromium.ask("document.documentElement.scrollWidth") <= width
    assert chromium.ask("document.querySelectorAll('.sort').length") > 0


@pytest.mark.parametrize("name", ["en", "de", "index"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_rule_of_accessibility_is_broken(
    chromium: Chromium, pages: dict[str, Path], name: str, theme: str
) -> None:
    chromium.open(pages[name], dark=theme == "dark")
    chromium.ask("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert chromium.ask(AUDIT) == []


def test_the_audit_sees_what_it_looks_for(chromium: Chromium, tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    broken.write_text(
        "<!doctype html><body><h3>x</h3><p style='color:#999;background:#fff'>pale</p><svg></svg><table><tr><th>a"
    )
    chromium.open(broken)
    said = " ".join(chromium.ask(AUDIT))
    for word in ("contrast", "no language", "no title", "main", "skips", "image", "caption", "scope"):
        assert word in said


@pytest.mark.parametrize("name", ["en", "index"])
def test_axe_finds_nothing_serious(chromium: Chromium, pages: dict[str, Path], name: str) -> None:
    axe = os.environ.get("ARSEG_AXE")
    if not axe:
        pytest.skip("ARSEG_AXE names no axe.min.js; the rules of audit.js are checked in any case")
    chromium.open(pages[name])
    chromium.ask(Path(axe).read_text(encoding="utf-8") + ";0")
    told = "axe.run().then(r => r.violations.map(v => [v.impact, v.id, v.nodes.length, v.nodes[0].html]))"
    assert [each for each in chromium.ask(told) if each[0] in {"serious", "critical"}] == []


def test_hostile_text_in_every_text_column_is_shown_as_it_is_and_does_nothing(
    chromium: Chromium, findings: Findings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strings = hostile_strings()
    assert len(set(strings)) >= 1_764
    # Each column gets other strings, so that a page of so few rows holds every one of them; all in all on request.
    rows = len(strings) if os.environ.get("ARSEG_ALL_HOSTILE") else ROWS
    for module in ("caseload.SHOWN_CUSTOMERS", "data_check.SOURCES_SHOWN"):
        monkeypatch.setattr(f"arseg.report.{module}", rows)
    hostile, planted = planted_everywhere(findings, strings, rows)
    assert all(any(each.startswith(f"{string}\N{MIDDLE DOT}") for each in planted) for string in strings)
    page = tmp_path / "hostile.html"
    page.write_text(render_page(summarise(hostile)), encoding="utf-8")
    assert chromium.open(page) == []
    tags = set(chromium.ask("[...new Set([...document.querySelectorAll('*')].map(e => e.localName))]"))
    assert not tags & {
        "iframe",
        "img",
        "object",
        "embed",
        "link",
        "base",
        "form",
        "video",
        "audio",
        "math",
        "template",
    }
    assert chromium.ask("document.scripts.length") == 1
    attributes = "[...new Set([...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()))]"
    assert not [
        name for name in chromium.ask(attributes) if name.startswith("on") or name in {"style", "src"}
    ]
    shown = set(
        chromium.ask("[...document.querySelectorAll('bdi,svg text,h1,title')].map(e => e.textContent)")
    )
    parts = shown | {text.partition("\n")[0] for text in shown}
    lost = [each for each in planted if not _shown(wording.visible(each), parts)]
    assert lost == []


def _shown(text: str, shown: set[str]) -> bool:
    # A policy stands in a sentence, a reason beside its count: there the text is part of what is shown.
    return text in shown or any(text in each for each in shown)


def test_every_control_is_reached_by_the_keyboard_and_shows_where_it_is(
    chromium: Chromium, pages: dict[str, Path]
) -> None:
    chromium.open(pages["en"])
    wanted = chromium.ask(
        "[...document.querySelectorAll('a,button,input,summary,[tabindex=\"0\"]')]"
        ".filter(e => e.localName === 'summary' || !e.closest('details:not([open])')).length"
    )
    reached = set()
    for _ in range(wanted + 5):
        chromium.press("Tab")
        told = chromium.ask(
            "(() => { const e = document.activeElement; const s = getComputedStyle(e);"
            " return [[...document.querySelectorAll('*')].indexOf(e), s.outlineStyle, e.tagName]; })()"
        )
        if told[2] != "BODY":
            assert told[1] != "none", told
            reached.add(told[0])
    assert len(reached) >= wanted


def test_a_table_is_sorted_filtered_and_folded_and_keeps_every_number(
    chromium: Chromium, pages: dict[str, Path]
) -> None:
    chromium.open(pages["de"])
    column = (
        "[...document.querySelector('#worklist').parentElement.querySelector('table.wide').tBodies[0].rows]"
        ".filter(r => !r.classList.contains('out')).map(r => Number(r.cells[5].dataset.v))"
    )
    before = chromium.ask(column)
    chromium.ask("document.querySelector('#worklist').parentElement.querySelectorAll('.sort')[5].focus()")
    chromium.press("Enter")
    assert chromium.ask(column) == sorted(before) != before
    assert chromium.ask("document.activeElement.closest('th').getAttribute('aria-sort')") == "ascending"
    customer = chromium.ask(
        "document.querySelector('#worklist').parentElement.querySelector('td.code').innerText"
    )
    chromium.ask(
        "(() => { const f = document.querySelector('#worklist').parentElement.querySelector('.filter');"
        f" f.value = '{customer}'; f.dispatchEvent(new Event('input')); }})()"
    )
    assert len(chromium.ask(column)) == 1
    chromium.ask("document.querySelector('#worklist .fold').click()")
    assert (
        chromium.ask("document.querySelector('#worklist').parentElement.innerText").strip() == "Arbeitsliste"
    )


def test_without_its_script_the_page_shows_the_same_text(chromium: Chromium, pages: dict[str, Path]) -> None:
    text = "[...document.querySelectorAll('td,h1,h2,h3,dd,dt,li,p')].map(e => e.textContent)"
    chromium.open(pages["en"])
    alive = chromium.ask(text)
    chromium.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        chromium.open(pages["en"])
        assert chromium.ask(text) == alive
    finally:
        chromium.send("Emulation.setScriptExecutionDisabled", value=False)
