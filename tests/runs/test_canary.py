"""Every secret that a run may be given is a canary; none of them may be found in any byte that the run leaves."""

from __future__ import annotations

import gzip
import http.server
import os
import shutil
import threading
import traceback
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_output
from typer.testing import CliRunner

from arseg.cli import app
from arseg.runs.experiment import read_experiment
from arseg.runs.experiment_schema import written_out
from arseg.runs.journal import Run, create_run, read_journal, run_folders
from arseg.runs.kept_stage import Shelf
from arseg.runs.preparation import STAGES
from arseg.runs.publication import current, published
from arseg.runs.publication_sections import PublicationTargets
from arseg.runs.publication_sections import Target as Declared
from arseg.runs.sections import Tracking
from arseg.runs.spool import waiting
from arseg.runs.stage_hash import stage_hashes
from oracle.traces import everything, spellings, traces

from .without_kernels import NoTracker, moved

# Letters that an address, JSON, a shell and a page each spell in their own way.
SECRETS = {
    "target by variable": "c4n4ry-1/ä%2B<&>'z",
    "target by file": 'c4n4ry-2@:"\\\\ü z',
    "mlflow password": "c4n4ry-3+?#=&z",
    "mlflow password by variable": "c4n4ry-4-z",
    "mlflow token": "c4n4ry-5-z",
    "postgres password": "c4n4ry-6-z",
    "another's": "c4n4ry-7-z",
}
STAGE = "06_report"


class Echo(http.server.BaseHTTPRequestHandler):
    """A server that refuses everybody, and repeats all that it was told."""

    def do_GET(self) -> None:
        told = f"{self.requestline}\n{self.headers}".encode()
        self.send_response(403)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_POST = do_PUT = do_GET  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(name="mlflow")
def _mlflow() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://ann:{quote(SECRETS['mlflow password'], safe='')}@127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(name="address")
def _address(postgres_url: str) -> Iterator[str]:
    """Return a PostgreSQL server's address with a place for any password: it asks for none."""
    psycopg = pytest.importorskip("psycopg")
    if os.environ.get("PGHOST"):
        pytest.skip("the server of PGHOST has a password of its own")
    user, _, rest = postgres_url.removeprefix("postgresql://").partition("@")
    yield f"postgresql://{user}:{{}}@{rest}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS canary1, canary2 CASCADE")


@pytest.fixture(name="kept")
def _kept(told_run: Run, tmp_path: Path, mlflow: str, address: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a run that is done but for its last stage, whose notebook shows all that its kernel can see."""
    home = tmp_path / "home"
    told = moved(told_run, home)
    targets = [
        Declared(kind="folder"),
        Declared(kind="duckdb", path="data/mart.duckdb"),
        Declared(kind="postgres", url_env="MART", tables_in="canary1"),
        Declared(kind="postgres", url_file="../mart.txt", tables_in="canary2"),
    ]
    declared = told.experiment.model_copy(
        update={
            "key_date": None,
            "publication": PublicationTargets(targets=targets),
            "tracking": Tracking(uri_env="WHERE"),
        }
    )
    (home / "small.yaml").write_text(written_out(declared), encoding="utf-8")
    shutil.copytree(Path(__file__).parents[2] / "notebooks", home / "notebooks")
    show(home, "import os, pathlib, sys; print(dict(os.environ), sys.argv, pathlib.Path(config).read_text())")
    monkeypatch.setenv("MART", address.format(quote(SECRETS["target by variable"], safe="")))
    (tmp_path / "mart.txt").write_text(address.format(quote(SECRETS["target by file"], safe="")))
    monkeypatch.setenv("WHERE", mlflow)
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", SECRETS["mlflow password by variable"])
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", SECRETS["mlflow token"])
    monkeypatch.setenv("PGPASSWORD", SECRETS["postgres password"])
    monkeypatch.setenv("SOMEBODY_ELSES_API_KEY", SECRETS["another's"])
    monkeypatch.setattr("arseg.runs.targets.retrying.WAITS", ())
    return sealed(told, home)


def sealed(told: Run, home: Path) -> Run:
    """Return an attempt at the run of ``small.yaml`` with every stage kept but the last."""
    run = create_run(
        read_experiment(home / "small.yaml"), key_date=told.key_date, home=home, ledger_hash=told.ledger_hash
    )
    shutil.rmtree(run.work)
    told.work.rename(run.work)
    shutil.rmtree(told.folder)
    hashes, shelf = stage_hashes(run, home / "notebooks", STAGES), Shelf(run)
    run.reports.mkdir(parents=True, exist_ok=True)
    for stage in STAGES:
        if stage != STAGE:
            run.finish(stage)
            (run.reports / f"{stage}.ipynb").write_text("{}", encoding="utf-8")
            shelf.seal(stage, hashes[stage], run.reports / f"{stage}.ipynb")
    return run


def show(home: Path, source: str, at: int = -1) -> str:
    """Put a cell into the last stage's notebook; return the notebook as it was."""
    path = home / "notebooks" / f"{STAGE}.ipynb"
    before = path.read_text(encoding="utf-8")
    content = nbformat.reads(before, as_version=4)
    content.cells.insert(at, new_code_cell(source, id=f"shown-{len(content.cells)}"))
    nbformat.write(content, path)
    return before


def say(home: Path, *words: str) -> tuple[int, str]:
    """Return how a verb ended, and all that it said, with the traceback where it left one."""
    done = CliRunner().invoke(app, [*words, "--home", str(home)])
    left = done.exc_info and not isinstance(done.exception, SystemExit)
    return done.exit_code, done.output + ("".join(traceback.format_exception(done.exception)) if left else "")


def test_no_secret_is_in_any_byte_of_a_run_that_publishes_nor_of_one_that_fails(
    kept: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    home, said = kept.home, []
    run = ("run", str(home / "small.yaml"), "--key-date", kept.key_date.isoformat())

    def ask(code: int | None, *words: str) -> str:
        ended, output = say(home, *words)
        said.append(output)
        assert ended == code or (code is None and ended), output
        return output

    # A cell falls over with all it knows, before its stage has written anything.
    with monkeypatch.context() as patch:
        patch.setattr("arseg.runs.month_end.Tracker", NoTracker)
        whole = show(
            home, "import os, sys\nheld = dict(os.environ)\nraise RuntimeError(held, sys.argv, run)", at=4
        )
        assert f"notebook {STAGE} failed in cell" in ask(1, *run, "--from", STAGE)
    executed = kept.reports / f"{STAGE}.ipynb"
    failed = executed.read_text(encoding="utf-8")
    assert "RuntimeError" in failed
    assert "'OMP_NUM_THREADS': '1'" in failed, "the kernel's environment is shown"
    (home / "failed.ipynb").write_text(failed, encoding="utf-8")
    (home / "notebooks" / executed.name).write_text(whole, encoding="utf-8")

    ask(0, *run, "--from", STAGE)
    edition = current(published(home, "small"))
    assert edition is not None
    assert [folder.name for folder in run_folders(home)] == [kept.run_id], "the stages before were kept"
    assert "403" in read_journal(kept.folder)[-2]["problem"], (
        "MLflow was asked, and repeated all in its answer"
    )
    assert waiting(home) == [kept.folder]
    ask(0, "verify")
    # A run that fails tells MLflow nothing.
    monkeypatch.setattr("arseg.runs.month_end.Tracker", NoTracker)

    # A target that is gone, and addresses that nobody can read.
    hidden = quote(SECRETS["target by variable"], safe="")
    monkeypatch.setenv("MART", f"postgresql://ann:{hidden}@127.0.0.1:1/mart")
    assert "127.0.0.1" in ask(1, *run, "--resume")
    ask(1, "verify")
    for unreadable in (
        "postgresql://ann:{}@[/mart",
        "postgresql://ann:{}@h/m?nothing={}",
        "host=h nothing={} {}",
    ):
        monkeypatch.setenv("MART", unreadable.replace("{}", SECRETS["target by variable"]))
        ask(None, *run, "--resume")
    ask(0, "status")
    assert current(published(home, "small")) == edition

    places = [*everything(home), *(("said", text.encode()) for text in (*said, *capfd.readouterr()))]
    assert len(places) > 300
    assert traces(SECRETS.values(), places) == []


@pytest.mark.parametrize("secret", SECRETS.values())
def test_the_search_finds_a_secret_wherever_and_however_it_stands(tmp_path: Path, secret: str) -> None:
    """The oracle of the test above can fail: each spelling, in each of the packings."""
    (tmp_path / "plain.log").write_bytes(
        b"".join(b"<" + each + b">" for each in sorted(spellings(secret))[:1])
    )
    (tmp_path / "packed.gz").write_bytes(gzip.compress(secret.encode("utf-16-le")))
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("sheet.xml", quote(secret, safe=""))
    pd.DataFrame({"said": [secret] * 1000}).to_parquet(tmp_path / "rows.parquet", compression="zstd")
    notebook = nbformat.v4.new_notebook(
        cells=[new_code_cell("x", outputs=[new_output("stream", text=f"it said {secret}!")])]
    )
    nbformat.write(notebook, tmp_path / "stage.ipynb")
    found = {each.partition(":")[0] for each in traces([secret], everything(tmp_path))}
    assert {
        "plain.log",
        "packed.gz unpacked",
        "book.xlsx/sheet.xml",
        "rows.parquet as rows",
        "stage.ipynb",
    } <= found
