"""Every code block of the README and of `docs/` says its language, and runs, or is read by what would run it.

A block whose first line names a file after the language (```yaml own.yaml) is that file of the page's folder. Commands run in
one process; those that teach a model, start a server or need a publication are read by the command line's own parser.
"""

from __future__ import annotations

import ast
import importlib
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from typer.main import get_command
from typer.testing import CliRunner

from arseg.cli import app
from arseg.declarations import parse_declaration, validate
from arseg.features import parse_block
from arseg.ledger.storing.store import Ledger
from arseg.runs.experiment import Experiment

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LANGUAGES = {"python", "sh", "yaml", "sql", "text", "xml", "json", "ini"}

# Commands that do in a moment what they say, on what the page itself wrote.
RUN_FOR_REAL = {"layout", "load", "check"}
# Blocks that need Java or a publication of the reader's, and those that tests of their own run.
READ_ONLY = {
    "spark.md": "needs Java",
    "world.md": "tests/test_world_page.py runs it",
    "tracking.md": "needs a server of the reader's",
}

SMALLEST = """\
name: demo
ledger: demo
model: {name: DiscreteHazard}
policies: [{name: AgingBuckets}, {name: RiskTiers}, {name: Hysteresis, parameters: {policy: {name: RiskTiers}}}]
in_force: AgingBuckets
publish: RiskTiers
"""


class Block(NamedTuple):
    page: Path
    line: int
    language: str
    file: str
    text: str


def blocks_of(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"^```([^\n]*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        language, _, file = found[1].strip().partition(" ")
        yield Block(page, text.count("\n", 0, found.start()) + 1, language, file, found[2])


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
WITH_CODE = [page for page in PAGES if any(b.page == page and b.language != "text" for b in BLOCKS)]


def _id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def test_every_block_says_its_language() -> None:
    assert len(BLOCKS) > 80
    assert not [(_id(b.page), b.line, b.language) for b in BLOCKS if b.language not in LANGUAGES]


def test_every_page_that_is_only_read_is_there() -> None:
    assert set(READ_ONLY) <= {page.name for page in PAGES}


@pytest.fixture(name="home", scope="module")
def _home(small_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one folder for all pages, with a small ledger called demo."""
    home = tmp_path_factory.mktemp("reader")
    (home / "data" / "ledger").mkdir(parents=True)
    shutil.copy(small_ledger.path, home / "data" / "ledger" / "demo.duckdb")
    return home


@pytest.mark.parametrize("page", WITH_CODE, ids=_id)
def test_the_blocks_of_a_page_run_in_their_order(
    page: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    names: dict[str, Any] = {"__name__": "page"}
    for block in (b for b in BLOCKS if b.page == page):
        if block.file:
            target = home / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        try:
            _do(block, names)
        except Exception as problem:
            problem.add_note(f"the block in line {block.line} of {_id(page)}")
            raise


def _do(block: Block, names: dict[str, Any]) -> None:
    if block.language == "python" and block.page.name in READ_ONLY:
        _require_names(block)
    elif block.language == "python":
        _run_python(block, names)
    elif block.language == "sql":
        parse_block(block.text)
    elif block.language == "yaml":
        _read_yaml(block)
    elif block.language == "sh":
        for line in block.text.replace("\\\n", " ").splitlines():
            _run_command(line, block)


def _run_python(block: Block, names: dict[str, Any]) -> None:
    # Few trees and earlier key dates, so that the small book serves.
    text = block.text.replace("DiscreteHazard()", "DiscreteHazard(trees=5)").replace(
        "2025-08/2025-10", "2025-05/2025-06"
    )
    if block.page.name == "README.md" and "take_snapshots" in text:
        text = text.replace("2025-05/2025-06", "2025-06/2025-06")
    # The line numbers of the page, so that a traceback leads to it.
    code = compile("\n" * block.line + text, str(block.page), "exec")
    # A dataclass asks for the module in which it was written.
    import sys
    import types

    module = types.ModuleType("page")
    module.__dict__.update(names)
    sys.modules["page"] = module
    try:
        exec(code, module.__dict__)  # our own pages
    finally:
        del sys.modules["page"]
    names.update(module.__dict__)


def _require_names(block: Block) -> None:
    """Read a block, and find every name that it imports from us."""
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("arseg"):
            module = importlib.import_module(str(node.module))
            assert all(hasattr(module, alias.name) for alias in node.names), ast.unparse(node)


def _read_yaml(block: Block) -> None:
    from arseg.ledger.declared.layout import Layout

    path = Path(block.file or block.page.name)
    declared = yaml.safe_load(block.text)
    if "sources" in declared:
        validate(parse_declaration(block.text, path), Layout)
        return
    if "policies" in declared:
        own = [policy.get("label") or policy["name"] for policy in declared["policies"]]
        declared = {"in_force": own[0], "publish": own[-1], **declared}
    # Some keys of an experiment stand for the whole of a smallest one.
    text = (
        yaml.safe_dump({**yaml.safe_load(SMALLEST), **declared}) if "ledger" not in declared else block.text
    )
    validate(parse_declaration(text, path), Experiment)


def _run_command(line: str, block: Block) -> None:
    words = shlex.split(line, comments=True)
    if not words:
        return
    program = Path(words[0]).name
    if program == "arseg":
        _arseg(words[1:], block)
    elif program == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert all(re.search(rf"^{word}:", makefile, re.MULTILINE) for word in words[1:]), line
    elif program == "python":
        assert (ROOT / words[1]).is_file(), line
    elif program == "sed":
        subprocess.run(words, check=True)
    else:
        assert program in {"pip", "spark-submit"}, f"nothing here knows {program}"


def _arseg(words: list[str], block: Block) -> None:
    words, _, target = _redirected(words)
    if words[0] in RUN_FOR_REAL and block.page.name != "README.md" and _there(words):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
        if target:
            Path(target).write_text(done.stdout, encoding="utf-8")
        return
    command: Any = get_command(app)
    names = []
    while hasattr(command, "commands"):
        assert words[0] in command.commands, f"arseg has no command {words[0]!r}"
        command = command.commands[words[0]]
        names.append(words[0])
        words = words[1:]
    command.make_context(" ".join(names), list(words))


def _redirected(words: list[str]) -> tuple[list[str], str, str]:
    place = words.index(">") if ">" in words else len(words)
    return words[:place], *(words[place:] or ["", ""])  # type: ignore[return-value]


def _there(words: list[str]) -> bool:
    """Return whether the files of a load or a suggestion were written by the page; others are the reader's."""
    if words[0] == "load":
        return Path(words[1]).exists()
    if words[0] == "check":
        return Path("data", "ledger", f"{words[1]}.duckdb").exists() and "--as-of" not in words
    return words[1] != "suggest" or Path(words[2]).exists()
