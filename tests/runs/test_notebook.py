from __future__ import annotations

import json
import logging
from pathlib import Path

import nbformat
import pytest

from arseg.runs.journal import Run
from arseg.runs.limit_sections import Limits
from arseg.runs.notebook import Executed, check_interface, execute
from arseg.schema import DataError, UsageError

from .conftest import PARAMETERS, WriteNotebook

# As a stage does, but without the cost of importing the room.
FINISH = """\
import json, os, pathlib, sys
folder = pathlib.Path(config).parent / "finished"
folder.mkdir(exist_ok=True)
(folder / "01_ledger.json").write_text(json.dumps({"run_id": run_id, "peak_mib": 1}))
"""
SEEN = 'print(json.dumps([os.getcwd(), sys.executable, os.environ["OMP_NUM_THREADS"], os.environ["MPLBACKEND"]]))'


def run_it(run: Run, notebook: Path, **limits: int) -> Executed:
    parameters = {"config": str(run.record), "run_id": run.run_id}
    most = Limits(**{"stage_seconds": 120, **limits})
    return execute(notebook, run.home / "out {x}" / notebook.name, parameters, cwd=run.home, limits=most)


def output(run: Run) -> nbformat.NotebookNode:
    return nbformat.read(run.home / "out {x}" / "01_ledger.ipynb", as_version=4)


def test_a_stage_that_reaches_its_end_succeeds_in_our_own_interpreter(
    run: Run, write_notebook: WriteNotebook, capfd: pytest.CaptureFixture[str]
) -> None:
    import sys

    notebook = write_notebook(FINISH, SEEN)
    before = notebook.read_bytes()
    took = run_it(run, notebook)
    assert 0 < took.seconds < 120
    assert took.peak_mib == 1
    said = json.loads(output(run).cells[-1].outputs[0].text)
    assert said == [str(run.home), sys.executable, "1", "agg"]
    assert notebook.read_bytes() == before
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("papermill").level == logging.NOTSET
    assert [path.name for path in (run.home / "out {x}").iterdir()] == ["01_ledger.ipynb"]


def test_the_stage_itself_finishes_its_run(run: Run, write_notebook: WriteNotebook) -> None:
    notebook = write_notebook(
        "from arseg.runs import open_run\nrun = open_run(config, run_id)\nrun.save('told', {'dso': 1})",
        "run.finish('01_ledger')",
    )
    assert run_it(run, notebook).peak_mib > 10
    assert run.load("told") == {"dso": 1}


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            ("1 / 0", FINISH),
            r"01_ledger failed in cell 3 \(1 / 0\).*Given: ZeroDivisionError: division by zero\. ",
        ),
        (
            ("x = 1", "import sys; sys.exit(0)", FINISH),
            r"failed in cell 4 \(import sys; sys.exit\(0\)\).*without finishing",
        ),
        (
            ("x = 1", "import os; os._exit(137)", FINISH),
            r"failed in cell 4 \(import os.*DeadKernelError: Kernel died",
        ),
        (
            ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", FINISH),
            r"failed in cell 3 \(import os, signal.*DeadKernelError: Kernel died",
        ),
        (
            (
                "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 30,) * 2); bytearray(1 << 33)",
                FINISH,
            ),
            r"failed in cell 3 \(import resource.*MemoryError",
        ),
        (
            (f"{FINISH}\nsys.exit(0)",),
            r"failed in cell 3 \(import json.*it stopped without an error",
        ),
    ],
    ids=["exception", "sys.exit(0)", "os._exit(137)", "kill -9", "memory", "sys.exit(0) after the sentinel"],
)
def test_any_other_end_is_a_failure_that_names_notebook_and_cell(
    run: Run, write_notebook: WriteNotebook, cells: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DataError, match=message) as refused:
        run_it(run, write_notebook(*cells))
    assert refused.value.exit_code == 1
    assert str(run.home / "out {x}" / "01_ledger.ipynb") in refused.value.do
    assert output(run).cells


def test_a_stage_that_takes_too_long_is_stopped(run: Run, write_notebook: WriteNotebook) -> None:
    with pytest.raises(
        DataError, match=r"01_ledger took too much in cell 3 \(import time.*1 s a stage"
    ) as said:
        run_it(run, write_notebook("import time; time.sleep(300)", FINISH), stage_seconds=1)
    assert "raise the limit and run again with --resume" in said.value.do
    assert output(run).cells


def test_a_stage_that_holds_too_much_memory_is_stopped(run: Run, write_notebook: WriteNotebook) -> None:
    greedy = "import time\nheld = bytearray(b'x') * (600 << 20); time.sleep(300)"
    with pytest.raises(
        DataError,
        match=r"01_ledger took too much in cell 3 \(import time\)\. Given: \d{3,4} MiB.*Allowed: 400 MiB a stage, by"
        r" limits.stage_memory_mib",
    ):
        run_it(run, write_notebook(greedy, FINISH), stage_memory_mib=400)
    assert sorted(path.name for path in (run.home / "out {x}").iterdir()) == ["01_ledger.ipynb"]


def test_a_wrong_configuration_found_by_a_stage_keeps_its_exit_code(
    run: Run, write_notebook: WriteNotebook
) -> None:
    raising = "class UsageError(Exception): pass\nraise UsageError('no policy of that name.\\nAllowed: two.')"
    with pytest.raises(
        UsageError, match=r"Given: UsageError: no policy of that name. Allowed: two\. Allowed: every"
    ):
        run_it(run, write_notebook(raising))


@pytest.mark.parametrize("content", [None, "", '{"run_id": "another", "peak_mib": 1}'])
def test_only_this_runs_own_sentinel_counts(
    run: Run, write_notebook: WriteNotebook, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    def run_cells(*_: object, **__: object) -> None:
        if content is not None:
            run.sentinel("01_ledger").write_text(content, encoding="utf-8")

    run.finish("01_ledger")
    monkeypatch.setattr("arseg.runs.notebook._run_cells", run_cells)
    with pytest.raises(DataError, match=r"failed in no cell.*without finishing"):
        run_it(run, write_notebook(FINISH))


@pytest.mark.parametrize(
    "names",
    [
        {"config"},
        {"config", "run_id", "cutoff"},
        {"config", "runid"},
        {"config", "run_id=1\nopen('PWNED', 'w')\ny"},
    ],
    ids=["missing", "unknown", "misspelt", "code"],
)
def test_other_parameters_are_refused_before_a_kernel_starts(
    run: Run, write_notebook: WriteNotebook, names: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("papermill.execute_notebook", lambda *_, **__: pytest.fail("a kernel started"))
    with pytest.raises(
        UsageError, match=r"notebook 01_ledger takes other parameters.*Allowed: config, run_id"
    ):
        execute(write_notebook(FINISH), run.home / "out.ipynb", dict.fromkeys(names, "x"), cwd=run.home)
    assert not (run.home / "PWNED").exists()


@pytest.mark.parametrize(
    "parameters",
    [
        "",
        'config: str = ""  # path\n',
        PARAMETERS + 'cutoff: str = ""  # day\n',
        'config = ""\nrun_id = ""\n',
        'config: str = ""\nrun_id: str = ""\n',
        'config: int = 0  # path\nrun_id: str = ""  # id\n',
    ],
    ids=["none", "one", "three", "untyped", "no help", "wrong type"],
)
def test_a_notebook_that_declares_other_parameters_is_refused(
    write_notebook: WriteNotebook, parameters: str
) -> None:
    given = {"config": "x", "run_id": "y"}
    with pytest.raises(UsageError, match="the parameters cell of notebook 01_ledger is not as it must be"):
        check_interface(write_notebook(FINISH, parameters=parameters), given)


def test_a_missing_or_broken_notebook_is_wrong_usage(tmp_path: Path) -> None:
    given = {"config": "x", "run_id": "y"}
    with pytest.raises(UsageError, match="a stage notebook is missing"):
        check_interface(tmp_path / "01_ledger.ipynb", given)
    (tmp_path / "01_ledger.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match="notebook 01_ledger cannot be read"):
        check_interface(tmp_path / "01_ledger.ipynb", given)


def test_a_refusal_of_ours_keeps_its_four_beats_and_says_where_it_was_raised(
    run: Run, write_notebook: WriteNotebook
) -> None:
    raising = "from arseg.schema import DataError\nraise DataError('no invoice is cleared', given='demo', allowed='one', do='load payments')"
    with pytest.raises(DataError) as refused:
        run_it(run, write_notebook(raising))
    said = str(refused.value)
    assert said.startswith("no invoice is cleared [notebook 01_ledger, cell 3 (from arseg.schema")
    assert said.endswith("]. Given: demo. Allowed: one. Do: load payments.")
    assert said.count("Given: ") == 1


def test_a_kernel_has_no_secret_to_show_when_it_ends_and_when_it_fails(
    run: Run,
    write_notebook: WriteNotebook,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    named = run.record.read_text(encoding="utf-8").replace('"uri_env": null', '"uri_env": "WHERE_IT_IS"')
    run.record.write_text(named, encoding="utf-8")
    for name, value in {
        "PGPASSWORD": "c4n4ry-1",
        "MLFLOW_TRACKING_PASSWORD": "c4n4ry-2",
        "WHERE_IT_IS": "c4n4ry-3",
        "MART": "postgresql://ann:c4n4ry-4@db/mart",
        "AWS_SECRET_ACCESS_KEY": "c4n4ry-5",
    }.items():
        monkeypatch.setenv(name, value)
    shows = "import os; print(sorted(os.environ.items())); kept = dict(os.environ)"
    with pytest.raises(DataError, match="failed in cell 4") as refused:
        run_it(run, write_notebook(shows, "raise RuntimeError(kept)", FINISH))
    assert "OMP_NUM_THREADS" in str(refused.value), "the cell showed its whole environment"
    written = b"".join(path.read_bytes() for path in run.home.rglob("*") if path.is_file())
    assert b"OMP_NUM_THREADS" in written
    assert b"c4n4ry" not in written + str(refused.value).encode() + "".join(capfd.readouterr()).encode()
