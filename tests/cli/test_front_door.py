from __future__ import annotations

import pytest
from typer.testing import CliRunner

from arseg.cli import front_door
from arseg.cli.front_door import INTERRUPTED, app
from arseg.schema import BusyError, DataError, UsageError


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (DataError("a", given="b", allowed="c", do="d"), 1),
        (UsageError("a", given="b", allowed="c", do="d"), 2),
        (BusyError("a", given="b", allowed="c", do="d"), 75),
        (OSError(28, "no room", "x"), 1),
        (KeyboardInterrupt(), INTERRUPTED),
    ],
)
def test_every_end_has_its_code_and_one_message(monkeypatch, problem, code) -> None:
    def fail(*_: object) -> None:
        raise problem

    monkeypatch.setattr("arseg.runs.standing.standing", fail)
    said = CliRunner().invoke(app, ["status"])
    assert said.exit_code == code
    assert said.stderr.startswith("arseg: ")
    assert said.stderr.count("\n") == 1


def test_a_fault_of_our_own_is_not_hidden(monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("arseg.runs.standing.standing", fail)
    assert isinstance(CliRunner().invoke(app, ["status"]).exception, ZeroDivisionError)


def test_the_home_is_here_by_default() -> None:
    assert str(front_door.HERE) == "."
