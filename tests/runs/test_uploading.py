from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from arseg.runs import spool
from arseg.runs.untold import Untold, keep
from arseg.runs.uploading import upload


def wait(home: Path, number: int, store: str) -> str:
    folder = home / "journal" / f"20260101T00000000000{number}Z-abcdef"
    spool.keep(folder, {"store": store, "model_name": "demo"}, {}, home)
    return folder.name


@pytest.fixture(name="answers")
def _answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Replace the process that files: it empties the spools for store ``good``, breaks on ``bad``, sleeps on ``slow``."""
    program = tmp_path / "program"
    program.write_text(
        f"""#!{sys.executable}
import pathlib, sys, time
_, module, store, name, home, folder = sys.argv[1:]
assert (module, name, folder, sys.stdin.readline()) == ("arseg.runs.mlflow_store", "demo", "", "file\\n")
if store == "slow":
    time.sleep(60)
if store == "bad":
    sys.exit("it refused")
for path in pathlib.Path(home).glob("journal/*/spool/tracking.json"):
    if '"good"' in path.read_text():
        path.unlink()
""",
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    return tmp_path / "home"


def test_every_store_gets_what_waits_for_it_and_the_rest_is_told(answers: Path) -> None:
    good, bad, also_good = (wait(answers, n, store) for n, store in enumerate(("good", "bad", "good")))
    found = upload(answers)
    assert found.filed == [good, also_good]
    assert found.waiting == [bad]
    assert found.problems == {"bad": "it refused"}
    assert json.loads(found.to_json())["waiting"] == [bad]


def test_a_store_that_never_answers_is_given_up(answers: Path) -> None:
    slow = wait(answers, 1, "slow")
    found = upload(answers, patience=0.5)
    assert (found.filed, found.waiting, found.problems) == ([], [slow], {"slow": "no answer within 0.5 s"})


def test_nothing_waits(answers: Path) -> None:
    answers.mkdir()
    nothing = {"filed": [], "waiting": [], "problems": {}, "told": [], "untold": []}
    assert upload(answers).to_json() == json.dumps(nothing, indent=1)


def test_a_promotion_that_mlflow_missed_is_told_and_one_that_it_misses_again_waits(
    answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for experiment, store in (("a", "good"), ("b", "bad"), ("c", "deaf")):
        keep(answers, Untold(experiment, store, "demo"))
    wait(answers, 1, "bad")
    asked = []

    def tell_mlflow(store: str, name: str, champion: object) -> str:
        asked.append((store, name, champion))
        return "it refused" if store == "deaf" else ""

    monkeypatch.setattr("arseg.runs.untold.tell_mlflow", tell_mlflow)
    monkeypatch.setattr(
        "arseg.runs.untold.champion_of", lambda _home, experiment: f"champion of {experiment}"
    )
    found = upload(answers)
    assert asked == [("good", "demo", "champion of a"), ("deaf", "demo", "champion of c")]
    assert (found.told, found.untold, found.whole) == (["a"], ["b", "c"], False)
    assert found.problems == {"bad": "it refused", "deaf": "it refused"}
