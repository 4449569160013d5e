from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from arseg.cli import app
from arseg.runs import reproduction
from arseg.runs.reproduction import Reproduction

RUN = "20260131T000000000000Z-abcdef"


@pytest.mark.parametrize(("differing", "code"), [((), 0), (("index.html",), 1)])
def test_bytes_that_differ_are_an_exit_code_of_one(
    monkeypatch: pytest.MonkeyPatch, differing: tuple[str, ...], code: int
) -> None:
    found = Reproduction(RUN, "2026-01-31-aaaaaaaa", differing, 7, ("the playbook's file is another",))
    monkeypatch.setattr(reproduction, "reproduce", lambda run_id, home: found if run_id == RUN else home)
    said = CliRunner().invoke(app, ["reproduce", RUN])
    assert said.exit_code == code
    assert said.output.splitlines()[-1] == "since then: the playbook's file is another"
    told = CliRunner().invoke(app, ["reproduce", RUN, "--json"])
    assert (told.exit_code, json.loads(told.output)["equal"]) == (code, code == 0)
