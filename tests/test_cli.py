from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from arseg.cli import app
from arseg.ledger import LoadOptions
from arseg.runs import month_end
from arseg.runs.journal import read_journal
from arseg.runs.lock import exclusive
from arseg.runs.month_end import RunResult
from arseg.runs.publication import current, publish
from arseg.runs.publication_sections import PublicationTargets
from arseg.runs.staging import FROM_THE_START
from arseg.runs.surroundings import surroundings
from arseg.schema import DataError, UsageError

VERBS = ("synthesize", "load", "check", "run", "status", "verify", "rollback", "override", "lab", "ui")

HELP = """
import sys
sys.argv = ["arseg", "--help"]
from arseg.cli import main
try:
    main()
finally:
    heavy = {"pandas", "numpy", "mlflow", "papermill", "duckdb", "xgboost", "matplotlib"} & set(sys.modules)
    print("heavy:", sorted(heavy))
"""


def ask(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(name="finished")
def _finished(tmp_path: Path) -> RunResult:
    return RunResult(
        run_id="20261101T000000000000Z-000000",
        experiment="demo",
        key_date=dt.date(2026, 10, 31),
        version="2026-10-31-00000000",
        publication=tmp_path / "version",
        in_force=True,
        report=tmp_path / "index.html",
        worklist=tmp_path / "worklist.csv",
        tracked={"mlflow_run": "m1", "model_version": 1, "store": "sqlite:///x/mlflow.db"},
    )


def ending(monkeypatch: pytest.MonkeyPatch, end: object) -> list[dict[str, Any]]:
    """Let a run end with a result or an exception; collect what was asked."""
    asked: list[dict[str, Any]] = []

    def run_experiment(path: Path, **options: Any) -> object:
        asked.append({"path": path, **options})
        if isinstance(end, BaseException):
            raise end
        return end

    monkeypatch.setattr(month_end, "run_experiment", run_experiment)
    return asked


def test_help_lists_every_verb_and_loads_nothing_heavy() -> None:
    said = subprocess.run(
        [sys.executable, "-c", HELP], env=surroundings(), capture_output=True, text=True, check=True
    )
    assert "heavy: []" in said.stdout
    for verb in VERBS:
        assert f"  {verb} " in said.stdout
    assert said.stderr == ""


def test_a_run_ends_with_the_report_and_the_worklist(
    finished: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ending(monkeypatch, finished)
    said = ask("run", "experiments/demo.yaml", "--key-date", "2026-10-31", "--home", "somewhere")
    assert said.exit_code == 0
    assert said.stdout.splitlines()[-2:] == [f"report: {finished.report}", f"worklist: {finished.worklist}"]
    assert "mlflow: run m1 in sqlite:///" in said.stdout
    assert f"publication: {finished.publication}" in said.stdout
    expected = {"path": Path("experiments/demo.yaml"), "key_date": "2026-10-31", "home": Path("somewhere")}
    assert asked == [expected | {"begin": FROM_THE_START}]


def test_a_run_prints_one_json_object_where_asked(
    finished: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending(monkeypatch, finished)
    said = ask("run", "demo.yaml", "--json")
    assert json.loads(said.stdout)["key_date"] == "2026-10-31"


def test_an_older_month_says_that_it_is_not_in_force(
    finished: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = RunResult(**{**vars(finished), "in_force": False, "tracked": None})
    ending(monkeypatch, older)
    said = ask("run", "demo.yaml")
    assert "still the publication of a later key date" in said.stdout
    assert "mlflow" not in said.stdout


@pytest.mark.parametrize(
    ("end", "code", "message"),
    [
        (
            DataError("no", given=1, allowed=2, do="mend it"),
            1,
            "arseg: no. Given: 1. Allowed: 2. Do: mend it.\n",
        ),
        (
            UsageError("no", given=1, allowed=2, do="mend it"),
            2,
            "arseg: no. Given: 1. Allowed: 2. Do: mend it.\n",
        ),
        (KeyboardInterrupt(), 130, "arseg: interrupted\n"),
    ],
)
def test_a_refusal_is_one_message_and_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, end: BaseException, code: int, message: str
) -> None:
    ending(monkeypatch, end)
    said = ask("run", "demo.yaml")
    assert (said.exit_code, said.stderr, said.stdout) == (code, message, "")


def test_a_home_that_is_busy_exits_75(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        month_end,
        "read_experiment",
        lambda _path: SimpleNamespace(name="demo", publication=PublicationTargets()),
    )
    monkeypatch.setattr(month_end, "find_notebooks", lambda home: home)
    with exclusive(tmp_path, "arseg run demo"):
        said = ask("run", "demo.yaml", "--home", tmp_path)
    assert said.exit_code == 75
    assert said.stderr.startswith("arseg: another run holds the lock. Given: arseg run demo, process ")


@pytest.mark.parametrize(
    "words", [("run",), ("run", "a", "b"), ("nonsense",), ("load", "x"), ("run", "x.yaml", "--keydate", "y")]
)
def test_wrong_usage_exits_2(words: tuple[str, ...]) -> None:
    said = ask(*words)
    assert said.exit_code == 2
    assert "Usage" in said.stderr


def test_a_missing_experiment_or_ledger_is_one_message(tmp_path: Path) -> None:
    said = ask("run", tmp_path / "none.yaml", "--home", tmp_path)
    assert said.exit_code == 2
    assert said.stderr.startswith("arseg: the file does not exist. Given: ")
    said = ask("check", "none", "--home", tmp_path)
    assert said.exit_code in (1, 2)
    assert said.stderr.startswith("arseg: ")
    assert said.stderr.count("\n") == 1


def test_check_takes_the_only_ledger_and_exits_1_on_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ask("check", "--home", tmp_path)
    assert (said.exit_code, "none is loaded" in said.stderr) == (2, True)
    (tmp_path / "data" / "ledger").mkdir(parents=True)
    (tmp_path / "data" / "ledger" / "demo.duckdb").touch()

    @dataclass
    class Report:
        has_errors: bool
        findings: tuple[SimpleNamespace, ...]

        def to_json(self) -> str:
            return '{"findings": 1}'

    finding = SimpleNamespace(severity="error", code="orphan", message="a payment without an invoice")
    opened: list[Path] = []
    monkeypatch.setattr("arseg.ledger.read_ledger", opened.append, raising=False)
    for has_errors in (True, False):
        report = Report(has_errors, (finding,))
        monkeypatch.setattr("arseg.ledger.check", lambda _ledger, report=report, **_: report, raising=False)
        said = ask("check", "--home", tmp_path)
        assert said.exit_code == int(has_errors)
        assert said.stdout == "error    orphan: a payment without an invoice\n1 findings\n"
        assert json.loads(ask("check", "demo", "--home", tmp_path, "--json").stdout) == {"findings": 1}
    assert set(opened) == {tmp_path / "data" / "ledger" / "demo.duckdb"}


def test_load_passes_its_words_on_and_names_the_ledger_after_the_layout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[Any, ...]] = []

    class Report:
        def to_json(self) -> str:
            return "{}"

        def __str__(self) -> str:
            return "loaded"

    def load(*words: Any, **options: Any) -> Report:
        asked.append((*words, options))
        return Report()

    monkeypatch.setattr("arseg.ledger.load", load, raising=False)
    assert ask("load", "a.csv", "b", "--layout", "layouts/own.yaml").stdout == "loaded\n"
    assert ask("load", "a.csv", "--layout", "ibm_ar", "--into", "x", "--json").stdout == "{}\n"
    options = {"into": "own", "home": Path(), "options": LoadOptions()}
    assert asked[0] == (["a.csv", "b"], "layouts/own.yaml", options)
    more = ("--replace", "--extracted-on", "2024-01-31", "--backfill", "left out", "--allow-empty")
    assert ask("load", "a.csv", "--layout", "ibm_ar", *more).exit_code == 0
    assert asked[2][2]["options"] == LoadOptions(True, "2024-01-31", "left out", True)
    assert asked[1][2]["into"] == "x"


def test_synthesize_says_what_it_wrote(tmp_path: Path) -> None:
    said = ask("synthesize", tmp_path, "--customers", 5, "--months", 3, "--seed", 1)
    assert said.exit_code == 0
    assert said.stdout.startswith(f"{tmp_path}: ")
    assert " invoices" in said.stdout
    assert ask("synthesize", tmp_path, "--legacy", "nonsense").exit_code == 2


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "published" / "demo"
    for version in ("2026-09-30-00000000", "2026-10-31-00000000"):
        publish(
            {"index.html": version.encode()}, folder=folder, version=version, facts={"policy": "RiskTiers"}
        )
    return tmp_path


def test_status_names_the_version_in_force(home: Path) -> None:
    said = ask("status", "--home", home)
    assert said.exit_code == 0
    assert said.stdout == "demo: 2026-10-31-00000000 (policy RiskTiers, 2 versions)\nno run yet\n"
    assert json.loads(ask("status", "--home", home, "--json").stdout)["last_run"] is None


def test_verify_exits_1_where_a_byte_differs(home: Path) -> None:
    assert ask("verify", "--home", home).stdout == "2 versions as published\n"
    held = home / "data" / "published" / "demo" / "versions" / "2026-09-30-00000000" / "index.html"
    held.write_bytes(b"changed")
    said = ask("verify", "demo", "--home", home)
    assert (said.exit_code, said.stdout) == (1, "2026-09-30-00000000: index.html was changed\n")


def test_rollback_puts_the_version_before_in_force(home: Path) -> None:
    folder = home / "data" / "published" / "demo"
    assert ask("rollback", "demo", "--home", home).exit_code == 0
    assert current(folder) == folder / "versions" / "2026-09-30-00000000"
    assert ask("rollback", "demo", "--to", "2026-10-31-00000000", "--home", home).exit_code == 0
    said = ask("rollback", "other", "--home", home)
    assert said.exit_code == 2
    assert "nothing is published under that name. Given: other. Allowed: demo" in said.stderr


def test_lab_and_ui_end_with_the_exit_code_of_what_they_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(
        "arseg.runs.desk.open_lab", lambda *words, **options: asked.append((words, options)) or 3
    )
    monkeypatch.setattr("arseg.runs.desk.open_ui", lambda **options: asked.append(((), options)) or 4)
    assert ask("lab", "demo.yaml", "--port", 9000).exit_code == 3
    assert ask("ui").exit_code == 4
    assert asked[0][0] == (Path("demo.yaml"),)
    assert asked[0][1]["port"] == 9000
    assert asked[1][1] == {"port": 5000, "home": Path()}


def test_a_stopped_process_ends_as_an_interrupted_one(
    monkeypatch: pytest.MonkeyPatch, finished: RunResult
) -> None:
    import os
    import signal

    before = signal.getsignal(signal.SIGTERM)

    def stopped(_path: Path, **_: Any) -> RunResult:
        os.kill(os.getpid(), signal.SIGTERM)
        return finished

    monkeypatch.setattr(month_end, "run_experiment", stopped)
    try:
        assert ask("run", "demo.yaml").exit_code == 130
    finally:
        signal.signal(signal.SIGTERM, before)
    assert read_journal(Path("nowhere")) == []


@pytest.mark.parametrize("verb", ["verify", "status"])
def test_a_mistyped_home_is_not_an_empty_one(verb: str, tmp_path: Path) -> None:
    said = ask(verb, "--home", tmp_path / "mistyped")
    assert said.exit_code == 2
    assert "there is no such home" in said.stderr


def test_what_the_machine_refuses_is_one_message_too(tmp_path: Path) -> None:
    held = tmp_path / "a file"
    held.touch()
    said = ask("synthesize", held / "book", "--customers", 2, "--months", 1)
    assert said.exit_code == 1
    assert said.stderr.startswith("arseg: the machine refused: ")
    assert said.stderr.count("Given: ") == 1
