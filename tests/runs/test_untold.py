from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from arseg.runs import untold as module
from arseg.runs.untold import Untold, forget, keep, tell, untold

ONE = Untold("small", "$WHERE", "small-model")


def test_a_promotion_waits_until_its_own_store_was_told(tmp_path: Path) -> None:
    assert untold(tmp_path) == []
    keep(tmp_path, Untold("small", "sqlite:///x", "other"))
    keep(tmp_path, ONE)
    assert untold(tmp_path) == [ONE], "the last one of an experiment counts"
    forget(tmp_path, "small", "sqlite:///x")
    forget(tmp_path, "another", "$WHERE")
    assert untold(tmp_path) == [ONE]
    forget(tmp_path, "small", "$WHERE")
    assert untold(tmp_path) == []


def test_who_is_the_champion_now_is_told_and_what_was_not_taken_waits_on(
    champion_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, answers = [], ["no answer", ""]
    champion = module.champion_of(champion_home, "small")
    assert champion is not None
    monkeypatch.setattr(module, "champion_of", lambda _home, _experiment: champion)
    monkeypatch.setattr(module, "tell_mlflow", lambda *asked: told.append(asked) or answers.pop(0))
    keep(tmp_path, ONE)
    assert (tell(tmp_path, ONE), untold(tmp_path)) == ("no answer", [ONE])
    assert (tell(tmp_path, ONE), untold(tmp_path)) == ("", [])
    assert told == [("$WHERE", "small-model", champion)] * 2


def test_two_processes_never_tell_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TURN", 0)
    keep(tmp_path, ONE)
    with FileLock(tmp_path / "journal" / "untold" / "lock"):
        assert tell(tmp_path, ONE) == "another process tells it"
    assert untold(tmp_path) == [ONE]


def test_a_promotion_leaves_what_mlflow_was_not_told(champion_home: Path) -> None:
    (waits,) = untold(champion_home)
    assert (waits.experiment, waits.name) == ("small", "small")
    assert waits.store.startswith("sqlite:///")
