from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from arseg.ledger.declared.layout import read_layout, shipped_layouts

ROOT = Path(__file__).parents[1]
MADE: dict[Path, str] = runpy.run_path(str(ROOT / "docs" / "layouts.py"))["pages"]()


def test_there_is_a_page_per_shipped_layout_and_no_other() -> None:
    found = {path.stem for path in (ROOT / "docs" / "layouts").glob("*.md")}
    assert found == set(shipped_layouts())


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.stem)
def test_the_page_is_what_its_layout_says(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == MADE[path], "run make layouts"


@pytest.mark.parametrize("name", shipped_layouts())
def test_a_page_names_every_column_that_the_layout_reads_and_every_note(name: str) -> None:
    text = MADE[ROOT / "docs" / "layouts" / f"{name}.md"]
    layout = read_layout(name)
    for source in layout.sources:
        for column in {column for need in source.reads for column in need}:
            assert f"`{column}`" in text or any(feed.same_names for feed in source.feeds), column
        for note in source.notes:
            assert " ".join(note.split()) in text
    assert layout.title in text


def test_every_table_of_a_page_has_the_same_number_of_cells_in_each_row() -> None:
    for path, text in MADE.items():
        for block in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE):
            cells = {len(re.findall(r"(?<!\\)\|", line)) for line in block.strip().splitlines()}
            assert len(cells) == 1, (path, block)


def test_the_index_links_to_every_page() -> None:
    index = MADE[ROOT / "docs" / "layouts.md"]
    for name in shipped_layouts():
        assert f"[`{name}`](layouts/{name}.md)" in index
