from __future__ import annotations

import re
import runpy
from pathlib import Path

from typer.main import get_command

from arseg.cli import app
from arseg.declarations import parse_declaration, validate
from arseg.policies import all_policies
from arseg.runs.experiment import Experiment

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_data_dictionary_is_what_the_schema_and_the_blocks_say() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "dictionary.py"))["text"]()
    assert (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8") == made, "run make dictionary"


def test_the_page_of_an_experiments_keys_is_what_its_types_say() -> None:
    module = runpy.run_path(str(ROOT / "docs" / "experiment.py"))
    made = module["text"]()
    assert (ROOT / "docs" / "experiment.md").read_text(encoding="utf-8") == made, "run make experiment"
    assert set(module["EXAMPLES"]) == {kind.__name__ for kind in all_policies()}
    for text in re.findall(r"```yaml\n(name: .*?)```", made, re.DOTALL):
        validate(parse_declaration(text, Path("experiment.md")), Experiment)
    missing = [
        line for line in made.splitlines() if line.startswith("| `") and line.rstrip(" |").endswith("|")
    ]
    assert not missing, "a key without a meaning"


def test_every_make_target_and_every_command_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`?make (\w+)", README):
        if target != "and":
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    asked = set(re.findall(r"\.venv/bin/arseg (\w+)", README))
    assert asked
    assert asked <= commands


def test_every_file_that_the_readme_points_to_exists() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).is_file(), link


def test_the_house_of_the_readme_names_every_room() -> None:
    drawn = README[README.index("## The house") : README.index("## The words")]
    rooms = {path.name for path in (ROOT / "arseg").iterdir() if (path / "__init__.py").is_file()}
    missing = [room for room in rooms if f"{room}/" not in drawn]
    assert not missing
