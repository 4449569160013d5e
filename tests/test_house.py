"""The house itself: sizes, names, one test file per module, a light front door."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "arseg").rglob("*.py"))
FORBIDDEN = {"utils", "util", "helpers", "helper", "core", "common", "base", "manager", "misc"}


def _id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=_id)
def test_a_module_has_at_most_300_lines_and_its_functions_40(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            assert not body or body[-1].end_lineno - body[0].lineno < 40, node.name  # type: ignore[operator]


@pytest.mark.parametrize("path", MODULES, ids=_id)
def test_a_module_has_a_name_of_the_trade_and_a_test_file_of_its_own(path: Path) -> None:
    assert path.stem.strip("_") not in FORBIDDEN
    if path.stem in ("__init__", "__main__"):
        return
    assert list((ROOT / "tests").rglob(f"test_{path.stem}.py")), f"tests/.../test_{path.stem}.py is missing"


def test_the_help_loads_neither_pandas_nor_mlflow() -> None:
    code = (
        "import sys; sys.argv = ['arseg', '--help']\n"
        "from arseg.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'pandas', 'mlflow', 'xgboost', 'duckdb', 'papermill', 'matplotlib', 'numpy'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "load" in done.stdout


def test_the_verb_backtest_stays_callable_after_its_room_was_imported() -> None:
    code = "import arseg.backtest.plan\nfrom arseg import backtest\nassert callable(backtest)\nimport arseg\nassert callable(arseg.backtest)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_verb_of_the_front_door_can_be_imported() -> None:
    import arseg

    for name in arseg.__all__:
        assert callable(getattr(arseg, name))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        arseg.nothing  # noqa: B018 (asking is the test)


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_no_file_of_the_project_names_a_registry_or_a_path_of_a_machine() -> None:
    words = ("pypi" + ".org", "python" + "hosted", "/home" + "/", "/ro" + "ot/")
    for path in [
        *MODULES,
        ROOT / "README.md",
        ROOT / "Makefile",
        ROOT / "requirements" / "lock.txt",
        ROOT / "pyproject.toml",
    ]:
        text = path.read_text(encoding="utf-8")
        assert not [word for word in words if word in text], path
