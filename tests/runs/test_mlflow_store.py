from __future__ import annotations

import io
import json
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from arseg.runs import mlflow_store
from arseg.runs.mlflow_store import flattened, main, requirements


def test_nested_parameters_get_dotted_names_and_lists_stay_whole() -> None:
    nested = {"a": {"b": {"c": 1}, "d": None}, "e": [{"f": 2}], "g": True, "h": "text"}
    expected = {"a.b.c": 1, "a.d": "null", "e": '[{"f": 2}]', "g": True, "h": "text"}
    assert dict(flattened(nested)) == expected


@pytest.mark.parametrize(
    ("value", "kept"), [(1, True), (1.5, True), (float("nan"), False), (float("inf"), False), (None, False)]
)
def test_only_finite_numbers_are_metrics(value: object, *, kept: bool) -> None:
    assert mlflow_store._is_number(value) is kept


@pytest.fixture(name="asked")
def _asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    answer = tmp_path / "mlflow.json"
    monkeypatch.setattr(sys, "argv", ["mlflow_store", "sqlite:///x", "demo", str(tmp_path), str(answer)])
    monkeypatch.setattr(mlflow_store, "prepare", lambda uri, name, home: f"{uri} {name} {home == tmp_path}")
    monkeypatch.setattr(mlflow_store, "file_run", lambda request, experiment: {"got": [request, experiment]})
    return answer


def test_one_request_gets_one_answer(asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"run_name": "x"}\n'))
    main()
    answer = json.loads(asked.read_text(encoding="utf-8"))
    assert answer == {"got": [{"run_name": "x"}, "sqlite:///x demo True"]}


def test_a_run_that_never_asks_leaves_no_answer(asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    main()
    assert not asked.exists()


def test_the_requirements_are_pinned_to_what_is_installed_and_bring_the_booster() -> None:
    pinned = dict(each.split("==") for each in requirements())
    assert all(version(name) == number for name, number in pinned.items())
    assert {"arseg", "mlflow", "numpy", "pandas", "scipy"} <= pinned.keys()
    assert len({"xgboost", "xgboost-cpu"} & pinned.keys()) == 1
