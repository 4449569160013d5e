from __future__ import annotations

import pytest

from arseg.backtest.questions import QUESTIONS, Answer


def test_there_are_four_questions_and_no_fifth() -> None:
    assert len(QUESTIONS) == 4
    with pytest.raises(AssertionError):
        Answer("summary", {})
