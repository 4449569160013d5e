from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from arseg.runs.filing import FILED, KEY, MODEL_VERSION, file_run, flattened

RUN_ID = "20261031T120000000000Z-abcdef"


class DiedError(Exception):
    """The process, the connection or the server is gone."""


class Server:
    """MLflow as far as filing asks it, which dies at a chosen call: before it is obeyed, or after."""

    def __init__(self) -> None:
        self.runs: dict[str, SimpleNamespace] = {}
        self.models: list[SimpleNamespace] = []
        self.versions: list[SimpleNamespace] = []
        self.described: set[int] = set()
        self.calls = 0
        self._one = threading.Lock()
        self.die_at: int | None = None
        self.obeys = False

    def __getattribute__(self, name: str) -> Any:
        found = object.__getattribute__(self, name)
        return self._counted(found) if callable(found) and not name.startswith("_") else found

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **named: Any) -> Any:
            with self._one:
                self.calls += 1
                dies = self.calls == self.die_at
                if dies and not self.obeys:
                    raise DiedError
                answer = call(*args, **named)
                if dies:
                    raise DiedError
                return answer

        return counted

    def create_run(self, experiment: str, *, start_time: int, tags: dict[str, str], run_name: str) -> None:
        assert start_time == 1793448000000, "2026-10-31 12:00 UTC, when the run began"
        info = SimpleNamespace(run_id=f"m{len(self.runs)}", experiment_id=experiment, status="RUNNING")
        data = SimpleNamespace(tags=dict(tags), params={}, metrics=set())
        self.runs[info.run_id] = SimpleNamespace(
            info=info, data=data, artifacts=set(), name=run_name, gone=False
        )

    def search_runs(self, experiments: list[str], *, filter_string: str) -> list[SimpleNamespace]:
        assert filter_string == f"tags.`{KEY}` = '{RUN_ID}'"
        runs = [
            each for each in self.runs.values() if not each.gone and each.info.experiment_id in experiments
        ]
        return [each for each in runs if each.data.tags[KEY] == RUN_ID]

    def get_run(self, run_id: str) -> SimpleNamespace:
        return self.runs[run_id]

    def delete_run(self, run_id: str) -> None:
        self.runs[run_id].gone = True

    def set_tag(self, run_id: str, name: str, value: str) -> None:
        self.runs[run_id].data.tags[name] = value

    def log_batch(self, run_id: str, **pieces: list[Any]) -> None:
        data = self.runs[run_id].data
        for each in pieces.get("params", ()):
            assert data.params.setdefault(each[0], each[1]) == each[1], "a parameter never changes"
        data.metrics |= set(pieces.get("metrics", ()))
        data.tags.update(pieces.get("tags", ()))

    def log_artifact(self, run_id: str, path: str, under: str | None) -> None:
        assert Path(path).is_file()
        self.runs[run_id].artifacts.add((Path(path).name, under))

    def search_model_versions(self, asked: str) -> list[SimpleNamespace]:
        return [each for each in self.versions if asked == f"run_id = '{each.run_id}'"]

    def search_logged_models(self, *, experiment_ids: list[str], filter_string: str) -> list[SimpleNamespace]:
        assert experiment_ids == ["7"]
        return [each for each in self.models if filter_string == f"source_run_id = '{each.run_id}'"]

    def delete_logged_model(self, model_id: int) -> None:
        self.models = [each for each in self.models if each.model_id != model_id]

    def log_model(self, run_id: str) -> None:
        self.models.append(SimpleNamespace(model_id=len(self.models) + 100, run_id=run_id))

    def describe(self, number: int) -> None:
        self.described.add(number)

    def delete_model_version(self, name: str, number: str) -> None:
        assert name == "demo"
        self.versions = [each for each in self.versions if each.version != number]

    def register(self, run_id: str) -> int:
        self.versions.append(SimpleNamespace(version=str(len(self.versions) + 1), run_id=run_id))
        return len(self.versions)


@pytest.fixture(name="server")
def _server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()

    @contextlib.contextmanager
    def start_run(run_id: str) -> Iterator[None]:
        info = server.runs[run_id].info
        info.status = "RUNNING"
        try:
            yield
        except DiedError:
            info.status = "FAILED"
            raise
        info.status = "FINISHED"

    mlflow, entities = ModuleType("mlflow"), ModuleType("mlflow.entities")
    vars(mlflow).update(MlflowClient=lambda: server, start_run=start_run, entities=entities)
    pair: Callable[..., tuple[Any, ...]] = lambda *told: told  # noqa: E731
    vars(entities).update(Metric=pair, Param=pair, RunTag=pair)
    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    monkeypatch.setitem(sys.modules, "mlflow.entities", entities)
    return server


@pytest.fixture(name="file")
def _file(server: Server, tmp_path: Path) -> Callable[[], dict[str, Any]]:
    (tmp_path / "model").mkdir()
    for name in ("index.html", "cash.svg"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    request = {
        "run_name": "2026-10-31",
        "model_name": "demo",
        "parameters": {"model": {"name": "DiscreteHazard"}, **{f"p{n}": n for n in range(150)}},
        "metrics": {"dso": 30.5, "unknown": None, "endless": float("inf"), "not": float("nan")},
        "tags": {KEY: RUN_ID},
        "artifacts": [["index.html", ""], ["cash.svg", "figures"]],
        "model_folder": "model",
    }

    def register(folder: str, name: str, number: int | None) -> int:
        assert (folder, name) == (str(tmp_path / "model"), "demo")
        run = next(run for run in server.runs.values() if run.info.status == "RUNNING")
        if number is None:
            server.log_model(run.info.run_id)
            number = server.register(run.info.run_id)
        server.describe(number)
        return number

    return lambda: file_run(request, "7", tmp_path, register)


def check_whole(server: Server, filed: dict[str, Any]) -> None:
    """Check that exactly one run stands, with everything in it."""
    alive = [run for run in server.runs.values() if not run.gone]
    assert [run.info.run_id for run in alive] == [filed["mlflow_run"]]
    (run,) = alive
    assert (run.info.status, run.name) == ("FINISHED", "2026-10-31")
    assert len(run.data.params) == 151
    assert run.data.params["model.name"] == "DiscreteHazard"
    assert run.data.metrics == {("dso", 30.5, 1793404800000, 0)}
    assert run.artifacts == {("index.html", None), ("cash.svg", "figures")}
    assert run.data.tags[FILED] == "whole"
    mine = [each for each in server.versions if each.run_id == run.info.run_id]
    assert server.described == {filed["model_version"]}
    assert [each.version for each in mine] == [run.data.tags[MODEL_VERSION]] == [str(filed["model_version"])]
    assert len([each for each in server.models if each.run_id == run.info.run_id]) == 1


def test_a_run_is_filed_once_however_often_it_is_asked(
    server: Server, file: Callable[[], dict[str, Any]]
) -> None:
    filed = file()
    assert filed == {"mlflow_run": "m0", "model_version": 1}
    check_whole(server, filed)
    before = server.calls
    assert file() == filed
    assert server.calls == before + 3, (
        "it is looked for before and behind creating it and in the end, and left alone"
    )
    check_whole(server, filed)


@pytest.mark.parametrize("obeys", [False, True], ids=["before it is obeyed", "after, with the answer lost"])
def test_whatever_call_dies_the_next_attempt_completes_the_same_run(
    server: Server, file: Callable[[], dict[str, Any]], *, obeys: bool
) -> None:
    file()
    total = server.calls
    assert total >= 12
    for die_at in range(1, total + 1):
        Server.__init__(server)
        server.die_at, server.obeys = die_at, obeys
        with pytest.raises(DiedError):
            file()
        server.die_at = None
        check_whole(server, file())


def test_of_two_runs_that_a_retried_request_made_one_is_left(
    server: Server, file: Callable[[], dict[str, Any]]
) -> None:
    make = Server.create_run

    def twice(*args: Any, **named: Any) -> None:
        make(server, *args, **named)
        make(server, *args, **named)

    object.__setattr__(server, "create_run", twice)
    check_whole(server, file())
    assert [run.gone for run in server.runs.values()] == [False, True]


def test_nested_parameters_get_dotted_names_and_lists_stay_whole() -> None:
    nested = {"a": {"b": {"c": 1}, "d": None}, "e": [{"f": 2}], "g": True, "h": "text"}
    expected = {"a.b.c": 1, "a.d": "null", "e": '[{"f": 2}]', "g": True, "h": "text"}
    assert dict(flattened(nested)) == expected
