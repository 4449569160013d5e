"""Build the site: `make docs`. Pages of this folder and generated ones are put together aside, then Sphinx makes HTML.

Nothing is fetched, and what comes out loads nothing from anywhere. A warning of Sphinx, such as a broken link, is an error.
"""

from __future__ import annotations

import argparse
import os
import runpy
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

# In this order; a page that is not there is left out, and a page that nobody names stands under the last heading.
SECTIONS: dict[str, tuple[str, ...]] = {
    "Start": ("tutorial",),
    "How to": (
        "howto/own_export",
        "howto/feature",
        "howto/policy",
        "howto/month_end",
        "howto/report",
        "howto/tracking",
        "howto/holdout",
        "spark",
        "lab",
        "schedules/README",
        "champions",
        "monitoring",
        "targets",
    ),
    "Concepts": ("concepts/clocks", "concepts/four_questions", "concepts/dso", "backtest"),
    "Look up": ("commands", "experiment", "layouts", "data-dictionary", "metrics", "world"),
    "Measured": ("measured", "forecast", "models", "skill", "worklists", "flicker"),
}
REST = "More"


def build(target: Path, *, rooms: Sequence[str] | None = None) -> int:
    """Write the site; return the exit code of Sphinx.

    Parameters
    ----------
    target
        The folder; what it held is replaced.
    rooms
        Rooms of the package that the reference describes; all where None.
    """
    from sphinx.cmd.build import main

    with tempfile.TemporaryDirectory() as aside:
        pages = Path(aside) / "docs"
        put_together(pages, rooms=rooms)
        shutil.rmtree(target, ignore_errors=True)
        settings = ["--quiet", "--fail-on-warning", "--keep-going", "--builder", "html"]
        return main([*settings, "--doctree-dir", str(Path(aside) / "trees"), str(pages), str(target)])


def put_together(pages: Path, *, rooms: Sequence[str] | None = None) -> None:
    """Copy what is written, and write what is generated, into a folder beside which the results of benchmarks stand."""
    shutil.copytree(DOCS, pages, ignore=shutil.ignore_patterns("__pycache__"))
    # Pages show pictures of results by their path in the project.
    (pages.parent / "benchmarks").symlink_to(ROOT / "benchmarks", target_is_directory=True)
    for name in ("commands", "measured"):
        _write(pages / f"{name}.md", runpy.run_path(str(DOCS / f"{name}.py"))["text"]())
    reference = runpy.run_path(str(DOCS / "reference.py"))["pages"]()
    for room, text in reference.items():
        # A room that is left out keeps its place, so that links to it lead somewhere.
        left_out = rooms is not None and room not in rooms
        _write(pages / "reference" / f"{room}.rst", f"{room}\n{'=' * len(room)}\n" if left_out else text)
    for folder in _folders(pages):
        # A page about a folder of pages leads to them.
        with folder.with_suffix(".md").open("a", encoding="utf-8") as page:
            page.write(_tree([f"{folder.name}/*"], hidden=True))
    _write(pages / "index.md", (DOCS / "index.md").read_text(encoding="utf-8") + "".join(navigation(pages)))


def navigation(pages: Path) -> Iterator[str]:
    """Give the parts of the table of contents, from the pages that are there."""
    there = {path.relative_to(pages).with_suffix("").as_posix() for path in pages.rglob("*.md")} - {"index"}
    named = {name for names in SECTIONS.values() for name in names}
    led = tuple(f"{folder.name}/" for folder in _folders(pages))
    for heading, names in SECTIONS.items():
        yield _tree([name for name in names if name in there], caption=heading)
    yield _tree(["reference/*"], caption="Reference")
    rest = sorted(name for name in there - named if not name.startswith(led))
    if rest:
        yield _tree(rest, caption=REST)


def _folders(pages: Path) -> list[Path]:
    led = (path for path in sorted(pages.iterdir()) if path.is_dir() and path.with_suffix(".md").is_file())
    return [path for path in led if any(path.glob("*.md"))]


def _tree(entries: Sequence[str], *, caption: str = "", hidden: bool = False) -> str:
    options = [f":caption: {caption}"] * bool(caption) + [":hidden:"] * hidden + [":glob:", ":maxdepth: 1"]
    return "\n".join(["", "```{toctree}", *options, "", *entries, "```", ""])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", type=Path, nargs="?", default=ROOT / "site")
    parser.add_argument("--rooms", nargs="*", help="only these rooms in the reference")
    given = parser.parse_args()
    # The same site on every day.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "315532800")
    code = build(given.target, rooms=given.rooms)
    if not code:
        print(f"site: {given.target / 'index.html'}")  # noqa: T201 (the path is what is asked for)
    sys.exit(code)
