"""Progress is said to who waits, and to nobody else."""

from __future__ import annotations

import pytest

from arseg.ledger import announcing


def test_work_that_is_soon_over_needs_no_word(capsys: pytest.CaptureFixture[str]) -> None:
    with announcing.announced(["a", "b"]) as done:
        assert [done(1), done(2)] == [1, 2]
    assert capsys.readouterr() == ("", "")


def test_long_work_says_a_line_per_step_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(announcing, "PATIENCE", -1.0)
    with announcing.announced(["2026-01-31", "2026-02-28"]) as done:
        done(None)
        done(None)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "[##########..........] 1 of 2: 2026-01-31",
        "[####################] 2 of 2: 2026-02-28",
    ]
