from __future__ import annotations

import io
import json
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from arseg.runs import mlflow_store, spool
from arseg.runs.mlflow_store import main, requirements


@pytest.fixture(name="filed")
def _filed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the runs that would be filed."""
    filed: list[str] = []

    def file_run(
        request: dict[str, Any], experiment_id: str, _home: Path, _register: object
    ) -> dict[str, Any]:
        assert experiment_id == f"{request['store']} {request['model_name']}"
        if request["run_name"] == "broken":
            raise OSError("no disk")
        filed.append(request["run_name"])
        return {"mlflow_run": request["run_name"], "model_version": None}

    monkeypatch.setattr(mlflow_store, "prepare", lambda uri, name, _home: f"{uri} {name}")
    monkeypatch.setattr(mlflow_store, "file_run", file_run)
    return filed


def wait(home: Path, number: int, *, store: str = "sqlite:///x", name: str = "") -> Path:
    folder = home / "journal" / f"20260101T00000000000{number}Z-abcdef"
    request = {"store": store, "model_name": "demo", "run_name": name or str(number)}
    spool.keep(folder, request, {}, home)
    return folder


def ask(monkeypatch: pytest.MonkeyPatch, home: Path, folder: Path | str, said: str) -> None:
    monkeypatch.setattr(sys, "argv", ["mlflow_store", "sqlite:///x", "demo", str(home), str(folder)])
    monkeypatch.setattr(sys, "stdin", io.StringIO(said))
    main()


def test_a_runs_own_request_is_filed_first_then_what_waits_for_the_same_store(
    filed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, other, own = wait(tmp_path, 1), wait(tmp_path, 2, store="sqlite:///y"), wait(tmp_path, 3)
    ask(monkeypatch, tmp_path, own, "file\n")
    assert filed == ["3", "1"]
    assert spool.waiting(tmp_path) == [other]
    for folder, name in ((own, "3"), (older, "1")):
        answer = json.loads((folder / spool.ANSWER).read_text(encoding="utf-8"))
        assert answer == {"mlflow_run": name, "model_version": None}


def test_a_run_that_never_asks_files_nothing(
    filed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = wait(tmp_path, 1)
    ask(monkeypatch, tmp_path, own, "")
    assert (filed, spool.waiting(tmp_path)) == ([], [own])


def test_without_a_run_of_its_own_it_files_all_that_waits(
    filed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait(tmp_path, 1)
    wait(tmp_path, 2)
    ask(monkeypatch, tmp_path, "", "file\n")
    assert (filed, spool.waiting(tmp_path)) == (["1", "2"], [])


def test_what_cannot_be_filed_goes_on_waiting(
    filed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = wait(tmp_path, 1, name="broken")
    with pytest.raises(OSError, match="no disk"):
        ask(monkeypatch, tmp_path, own, "file\n")
    assert (filed, spool.waiting(tmp_path)) == ([], [own])
    assert not (own / spool.ANSWER).exists()


def test_what_another_process_files_is_left_to_it(filed: list[str], tmp_path: Path) -> None:
    own = wait(tmp_path, 1)
    with spool.held(own) as ours:
        assert ours
        mlflow_store.file_spooled(own, tmp_path)
    assert filed == []
    mlflow_store.file_spooled(own, tmp_path)
    mlflow_store.file_spooled(own, tmp_path)
    assert filed == ["1"]


class Registry:
    """A registry whose challenger is of a day, or that has none."""

    def __init__(self, day: str | None) -> None:
        self._day = day

    def get_registered_model(self, _name: str) -> SimpleNamespace:
        return SimpleNamespace(aliases={"challenger": 1} if self._day is not None else {})

    def get_model_version(self, _name: str, _number: int) -> SimpleNamespace:
        return SimpleNamespace(tags={"arseg.key_date": self._day} if self._day else {})


@pytest.mark.parametrize(
    ("stands", "late"), [(None, False), ("", False), ("2026-09-30", False), ("2026-11-30", True)]
)
def test_a_model_that_waited_does_not_replace_a_later_challenger(stands: str | None, *, late: bool) -> None:
    assert mlflow_store._is_late(Registry(stands), "demo", {"key_date": "2026-10-31"}) is late
    assert mlflow_store._is_late(Registry(stands), "demo", {}) is False


def test_the_requirements_are_pinned_to_what_is_installed_and_bring_the_booster() -> None:
    pinned = dict(each.split("==") for each in requirements())
    assert all(version(name) == number for name, number in pinned.items())
    assert {"arseg", "mlflow", "numpy", "pandas", "scipy"} <= pinned.keys()
    assert len({"xgboost", "xgboost-cpu"} & pinned.keys()) == 1
