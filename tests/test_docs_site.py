"""The site: built with warnings as errors, without a network, and nothing in it loads or leads to what is not there."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import re
import runpy
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[1]
# The reference of one room stands for all: `make docs` makes it of every room, and docstrings are read below.
ROOM = "arseg.schema"
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


class _Page(HTMLParser):
    """What a page loads, where it leads, and which places it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places |= {given[name] for name in ("id", "name") if name in given}
        self.loads += [given["src"]] if "src" in given else []
        if tag == "link":
            self.loads.append(given.get("href", ""))
        elif "href" in given:
            self.links.append(given["href"])


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("sphinx") is None or importlib.util.find_spec("myst_parser") is None:
        pytest.skip("Sphinx or myst-parser is not installed: make setup")
    target = tmp_path_factory.mktemp("docs") / "site"
    # A proxy that nobody answers, so that a look-up would fail.
    nowhere = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    import os

    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "build.py"), str(target), "--rooms", ROOM],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **nowhere, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(name="pages", scope="module")
def _pages(site: Path) -> dict[Path, _Page]:
    return {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}


def test_every_page_is_in_the_site_and_the_first_leads_to_each_part(
    site: Path, pages: dict[Path, _Page]
) -> None:
    made = {path.relative_to(site).with_suffix("").as_posix() for path in pages}
    written = {
        path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in (ROOT / "docs").rglob("*.md")
    }
    assert written <= made
    assert {"commands", "measured", f"reference/{ROOM}"} <= made
    first = {urlsplit(link).path for link in pages[site / "index.html"].links}
    assert {
        "tutorial.html",
        "howto/policy.html",
        "concepts/clocks.html",
        "metrics.html",
        "measured.html",
    } <= first


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[Path, _Page]) -> None:
    loads = [load for page in pages.values() for load in page.loads]
    assert loads
    assert not [load for load in loads if urlsplit(load).scheme or load.startswith("//")]
    for style in site.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", text), style
    for script in site.rglob("*.js"):
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", script.read_text(encoding="utf-8"), flags=re.DOTALL)
        if script.name != "searchindex.js":
            assert not re.search(r"(fetch|import|src\s*=)\s*\(?\s*['\"](https?:)?//", text), script


def test_no_link_within_the_site_is_broken(site: Path, pages: dict[Path, _Page]) -> None:
    broken = []
    for path, page in pages.items():
        for link in [*page.links, *page.loads]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            fine = target.is_file()
            if fine and parts.fragment and target in pages:
                fine = unquote(parts.fragment) in pages[target].places
            if not fine:
                broken.append((path.relative_to(site).as_posix(), link))
    assert not broken


def test_the_page_of_commands_names_every_command_and_option(pages: dict[Path, _Page], site: Path) -> None:
    text = re.sub("<[^>]+>", "", (site / "commands.html").read_text(encoding="utf-8"))
    for said in ("arseg layout suggest", "arseg run", "--key-date", "--backfill", "--until"):
        assert said in text
    assert "commands.html" in {urlsplit(link).path for link in pages[site / "index.html"].links}


def _reference() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "reference.py"))


def test_the_reference_names_every_public_name_once() -> None:
    module = _reference()
    named = module["public_names"]()
    import arseg

    # Those that are quickly imported stand for all.
    for room in ("arseg.schema", "arseg.policies"):
        assert set(importlib.import_module(room).__all__) == set(named[room]), room
    assert len(module["pages"]()) >= 15
    every = [name for names in named.values() for name in names]
    assert set(arseg.__all__) <= set(every)
    assert len(every) > 1000
    text = "\n".join(module["pages"]().values())
    assert all(f".. automodule:: {one}\n" in text for one in named)


def test_a_docstring_is_sound() -> None:
    """What Sphinx would warn of in the rooms that this file does not build."""
    pytest.importorskip("sphinx")
    from docutils.frontend import get_default_settings
    from docutils.parsers.rst import Parser
    from docutils.utils import SystemMessage, new_document
    from sphinx.ext.napoleon import Config, NumpyDocstring

    config = Config(napoleon_use_rtype=False, napoleon_use_ivar=True)
    settings = get_default_settings(Parser())
    settings.report_level, settings.halt_level, settings.warning_stream = 2, 2, ""
    wrong = []
    for path in sorted((ROOT / "arseg").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            said = ast.get_docstring(node) if isinstance(node, _DOCUMENTED) else None
            if not said or not any(mark in said for mark in "`*_|:=-"):
                continue  # plain words cannot be unsound
            document = new_document("", settings)
            try:
                Parser().parse(str(NumpyDocstring(said, config)), document)
            except SystemMessage as problem:
                wrong.append((path.relative_to(ROOT).as_posix(), getattr(node, "name", ""), str(problem)))
            if document.refnames:
                wrong.append(
                    (path.relative_to(ROOT).as_posix(), getattr(node, "name", ""), "a name_ leads nowhere")
                )
    assert not wrong


def test_a_pattern_in_a_type_has_a_name() -> None:
    """Written out in a key's type it would stand in the reference, and be read as markup."""
    wrong = [
        (path.relative_to(ROOT).as_posix(), node.lineno)
        for path in sorted((ROOT / "arseg").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.AnnAssign) and "pattern=" in ast.unparse(node.annotation)
    ]
    assert not wrong


def test_a_page_that_comes_later_finds_its_place(tmp_path: Path) -> None:
    navigation = runpy.run_path(str(ROOT / "docs" / "build.py"))["navigation"]
    for name in ("tutorial", "lab", "champions", "news", "layouts", "layouts/ours"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.md").write_text(f"# {name}\n", encoding="utf-8")
    parts = list(navigation(tmp_path))
    assert "\n\ntutorial\n" in parts[0]
    assert "lab\nchampions\n" in parts[1]
    assert "monitoring" not in parts[1]
    assert ":caption: More" in parts[-1]
    assert "\nnews\n" in parts[-1]
    assert "ours" not in "".join(parts)


def test_no_page_is_left_to_the_last_heading_and_none_is_named_that_is_not_there(site: Path) -> None:
    build = runpy.run_path(str(ROOT / "docs" / "build.py"))
    named = {name for names in build["SECTIONS"].values() for name in names}
    assert not [name for name in sorted(named) if not (site / f"{name}.html").is_file()]
    assert f'<p class="caption" role="heading"><span class="caption-text">{build["REST"]}' not in (
        site / "index.html"
    ).read_text(encoding="utf-8")


def test_the_page_of_benchmarks_has_every_file_row_and_figure(site: Path) -> None:
    text = (site / "measured.html").read_text(encoding="utf-8")
    results = ROOT / "benchmarks" / "results"
    rows = sum(len(json.loads(path.read_text(encoding="utf-8"))["rows"]) for path in results.glob("*.json"))
    tables = text.split('<div class="long">')[1:]
    assert len(tables) == len(list(results.glob("*.json")))
    # One row of each table is its head.
    assert sum(table.split("</table>")[0].count("<tr") - 1 for table in tables) == rows
    figures = {path.name for path in results.glob("*.png")}
    assert figures
    assert figures == set(re.findall(r'src="_images/([a-z_0-9]+\.png)"', text))


def test_a_section_is_shown_with_its_keys_and_not_with_the_bounds_that_pydantic_keeps() -> None:
    pytest.importorskip("sphinx")
    conf = runpy.run_path(str(ROOT / "docs" / "conf.py"))
    from arseg.runs.sections import Hours, Part

    def shown(thing: type) -> str:
        return str(conf["plain_signature"](None, "class", "", thing, None, "", "")[0])

    assert (
        shown(Part)
        == "(*, name: str, parameters: dict[str, ~pydantic.types.JsonValue] = ..., label: str | None = None)"
    )
    assert shown(Hours).startswith("(*, collectors: int = 2, hours_per_day: float = 6.0")
    assert conf["plain_signature"](None, "class", "", dict, None, "", "") is None
    assert conf["own_members"](None, "class", "set", re.sub, None, None) is True
    assert conf["own_members"](None, "class", "fits", Part.named.fget, None, None) is None
