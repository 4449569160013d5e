"""The schedules of docs/schedules: each is parsed or executed, and each command is one that arseg takes."""

from __future__ import annotations

import configparser
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import pytest
import typer
import yaml

from arseg.cli import app

FOLDER = Path(__file__).parents[1] / "docs" / "schedules"
VERBS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
# minute, hour, day of month, month, day of week
LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
WORD = r"(?:\*|\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)(?:/\d+)?"


def check_cron(fields: list[str]) -> None:
    """Check the five fields of a cron line: their form, and that every number is within its limits."""
    assert len(fields) == 5
    for field, (low, high) in zip(fields, LIMITS, strict=True):
        assert re.fullmatch(WORD, field), field
        for first, last in re.findall(r"(\d+)(?:-(\d+))?", field.partition("/")[0]):
            assert low <= int(first) <= int(last or first) <= high, field


def check_command(command: str) -> str:
    """Check that arseg takes the command, options and all; return its verb."""
    filled = re.sub(r"\$\{\w+:\+(.*?)\}", r"\1", command)
    words = shlex.split(re.sub(r"\{\{.*?\}\}|\$KEY_DATE", "2026-10-31", filled))
    at = next(place for place, word in enumerate(words) if word.rpartition("/")[2] == "arseg")
    verb, *rest = words[at + 1 :]
    assert verb in VERBS, f"arseg {verb}: no such verb"
    known = {option for parameter in VERBS[verb].params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known
    VERBS[verb].make_context(verb, rest, resilient_parsing=False)
    return verb


def test_the_cron_lines_are_in_form_and_call_verbs_of_arseg() -> None:
    lines = [line for line in (FOLDER / "arseg.cron").read_text(encoding="utf-8").splitlines() if line]
    jobs = [line for line in lines if not re.match(r"#|[A-Z_]+=", line)]
    verbs = []
    for job in jobs:
        *fields, command = job.split(maxsplit=5)
        check_cron(fields)
        assert "%" not in command, "cron takes it for a line break"
        done = re.fullmatch(r"cd /srv/arseg && (arseg [^>]*) >> journal/cron\.log 2>&1", command)
        assert done, command
        verbs.append(check_command(done[1]))
    assert verbs == ["run", "score", "upload"]


@pytest.mark.parametrize(
    "fields",
    ["60 5 2 * *", "15 24 2 * *", "15 5 0 * *", "15 5 6-2 * *", "15 5 2 13 *", "x 5 2 * *", "5 2 * *"],
)
def test_a_wrong_cron_line_would_be_found(fields: str) -> None:
    with pytest.raises(AssertionError):
        check_cron(fields.split())


@pytest.mark.parametrize(("name", "verb"), [("arseg-month-end", "run"), ("arseg-daily", "score")])
def test_a_service_and_its_timer_are_in_form_and_fit_together(name: str, verb: str) -> None:
    service, timer = (_unit(FOLDER / f"{name}.{kind}") for kind in ("service", "timer"))
    assert check_command(service["Service"]["ExecStart"]) == verb
    assert service["Service"]["Type"] == "oneshot"
    assert service["Service"]["RestartPreventExitStatus"] == "2", "wrong usage is not tried again"
    assert timer["Install"]["WantedBy"] == "timers.target"
    assert timer["Timer"]["Persistent"] == "true"
    calendar = r"(Mon\.\.Fri )?\*-\*-(\*|\d\d\.\.\d\d) \d\d:\d\d:00 Europe/Berlin"
    assert re.fullmatch(calendar, timer["Timer"]["OnCalendar"])


def _unit(path: Path) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text(encoding="utf-8"))
    return unit


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.timer")), ids=lambda path: path.name)
def test_systemd_itself_takes_the_calendar(path: Path) -> None:
    calendar = _unit(path)["Timer"]["OnCalendar"]
    subprocess.run(["systemd-analyze", "calendar", calendar], check=True, capture_output=True)


class Dag:
    """Stands for Airflow's: it knows its own arguments, and takes the tasks that are made within it."""

    made: list[Dag]
    current: Dag | None = None

    def __init__(
        self,
        dag_id: str,
        *,
        schedule: str,
        start_date: Any,
        catchup: bool,
        max_active_runs: int,
        default_args: dict[str, Any],
    ) -> None:
        self.dag_id, self.schedule, self.tasks = dag_id, schedule, list[Task]()
        assert start_date.tzinfo is not None
        assert (catchup, max_active_runs, default_args["retries"]) == (False, 1, 3)
        Dag.made.append(self)

    def __enter__(self) -> Self:
        Dag.current = self
        return self

    def __exit__(self, *_: object) -> None:
        Dag.current = None


class Task:
    """Stands for Airflow's BashOperator."""

    def __init__(self, *, task_id: str, bash_command: str, cwd: str) -> None:
        assert Dag.current is not None
        self.task_id, self.bash_command, self.cwd = task_id, bash_command, cwd
        self.after: Task | None = None
        Dag.current.tasks.append(self)

    def __rshift__(self, later: Task) -> Task:
        later.after = self
        return later


@pytest.mark.parametrize("place", ["airflow.providers.standard.operators.bash", "airflow.operators.bash"])
def test_the_airflow_file_makes_its_dags(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names = place.split(".")
    for end in range(1, len(names) + 1):
        monkeypatch.setitem(sys.modules, ".".join(names[:end]), ModuleType(".".join(names[:end])))
    if names[1] != "providers":
        monkeypatch.setitem(sys.modules, "airflow.providers", None)  # type: ignore[arg-type]
    sdk = ModuleType("airflow.sdk")
    monkeypatch.setitem(sys.modules, "airflow.sdk", sdk)
    for module in (sdk, sys.modules["airflow"]):
        vars(module)["DAG"] = Dag
    vars(sys.modules[place])["BashOperator"] = Task
    Dag.made = []
    runpy.run_path(str(FOLDER / "airflow_arseg.py"))
    assert [dag.dag_id for dag in Dag.made] == ["arseg_month_end", "arseg_daily"]
    verbs = []
    for dag in Dag.made:
        check_cron(dag.schedule.split())
        for task in dag.tasks:
            assert task.cwd == "/srv/arseg"
            verbs.append(check_command(task.bash_command))
    assert verbs == ["run", "upload", "score"]
    run, upload = Dag.made[0].tasks
    assert upload.after is run
    assert "--key-date {{" in run.bash_command, "a backfill stands on the day it is of"


def test_the_github_workflow_is_in_form_and_calls_verbs_of_arseg() -> None:
    told = yaml.safe_load((FOLDER / "github-actions.yaml").read_text(encoding="utf-8"))
    # YAML 1.1 reads the key "on" as true.
    on = told[True]
    crons = [each["cron"] for each in on["schedule"]]
    for cron in crons:
        check_cron(cron.split())
    verbs = []
    for job in told["jobs"].values():
        assert set(job) == {"if", "runs-on", "timeout-minutes", "defaults", "steps"}
        asked = re.search(r"github\.event\.schedule == '([^']*)'", job["if"])
        assert asked, job["if"]
        assert asked[1] in crons
        for step in job["steps"]:
            assert "${{" not in step["run"], "what a person types must not become a command"
            verbs.append(check_command(step["run"]))
    assert verbs == ["run", "upload", "score"]
    assert told["concurrency"]["cancel-in-progress"] is False


def test_no_schedule_holds_a_secret_and_the_readme_names_each() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"passw(or)?d\s*[=:]|//[^/\s]*:[^/\s]*@", text, re.IGNORECASE), path.name
        stem = path.name.replace(".timer", ".service")
        assert stem in readme or path.name == "README.md"
