from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from arseg.runs import mlflow_aliases
from arseg.runs.champion import require_champion
from arseg.runs.mlflow_aliases import SHA_TAG, named_champion, point_champion, tell_mlflow

TOLD = {"sha256": "aa", "tags": {"approver": "A. Bee"}}


class Registry:
    """Three registered versions, two of one model."""

    def __init__(self) -> None:
        self.aliases: dict[str, str] = {"challenger": "3"}
        self.tags: dict[str, str] = {}

    def search_model_versions(self, asked: str) -> list[Any]:
        assert asked == "name='small'"
        digests = {"1": "aa", "2": "bb", "3": "aa"}
        return [SimpleNamespace(version=each, tags={SHA_TAG: sha}) for each, sha in digests.items()]

    def set_registered_model_alias(self, _name: str, alias: str, version: str) -> None:
        self.aliases[alias] = version

    def set_model_version_tag(self, _name: str, version: str, key: str, value: str) -> None:
        self.tags[f"{version}.{key}"] = value

    def get_registered_model(self, _name: str) -> Any:
        return SimpleNamespace(aliases=self.aliases)

    def delete_registered_model_alias(self, _name: str, alias: str) -> None:
        del self.aliases[alias]


@pytest.fixture(name="registry")
def _registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    made = Registry()
    fake = SimpleNamespace(MlflowClient=lambda: made, set_tracking_uri=lambda _uri: None)
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    return made


def test_the_newest_version_of_that_model_is_the_champion_and_no_challenger(registry: Registry) -> None:
    assert point_champion("small", TOLD) == 3
    assert registry.aliases == {"champion": "3"}
    assert registry.tags == {"3.arseg.approver": "A. Bee"}


def test_another_challenger_stays_and_a_model_that_is_not_there_is_nobody(registry: Registry) -> None:
    assert point_champion("small", TOLD | {"sha256": "bb"}) == 2
    assert registry.aliases == {"champion": "2", "challenger": "3"}
    assert point_champion("small", TOLD | {"sha256": "cc"}) is None


def test_it_is_told_who_approved_and_what_it_was_compared_with(champion_home: Path, month_home: Path) -> None:
    told = named_champion(champion_home, "small")
    assert told is not None
    assert told["sha256"] == require_champion(champion_home, "small").model_sha256
    assert told["tags"]["approved_until"] == "2026-01-15"
    assert told["tags"]["comparison"].startswith("log-loss ")
    assert named_champion(month_home, "small") is None


def test_the_process_says_what_it_could_not_do(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["mlflow_aliases", "sqlite:///x", "small"])
    for sha, said in (("aa", ""), ("cc", "the model of that edition is not registered there yet\n")):
        monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(TOLD | {"sha256": sha})))
        mlflow_aliases.main()
        assert capsys.readouterr().out == said
    assert registry.aliases == {"champion": "3"}


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (subprocess.CompletedProcess([], 0, "", ""), ""),
        (subprocess.CompletedProcess([], 0, "not there yet\n", ""), "not there yet"),
        (
            subprocess.CompletedProcess([], 1, "", "Traceback\nConnectionError: refused\n"),
            "ConnectionError: refused",
        ),
        (subprocess.CompletedProcess([], -9, "", ""), "it said nothing"),
        (subprocess.TimeoutExpired("x", 25), "no answer within 25 s"),
    ],
)
def test_a_promotion_stands_whatever_mlflow_does(
    champion_home: Path, monkeypatch: pytest.MonkeyPatch, done: Any, said: str
) -> None:
    def run(*_: Any, **options: Any) -> Any:
        assert options["timeout"] == 25
        if isinstance(done, Exception):
            raise done
        return done

    monkeypatch.setattr(subprocess, "run", run)
    assert tell_mlflow("sqlite:///x", "small", require_champion(champion_home, "small")) == said
