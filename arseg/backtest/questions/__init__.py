"""The four questions of a backtest, each with its own answer: tables that are published, and what limits them.

They are never put into one table or one chart (docs/backtest.md): a segment that separates outcomes need not be worth
anything, and what came under the treatments given is not what others would have caused.
"""

from __future__ import annotations

from arseg.backtest.questions.answer import QUESTIONS, Answer
from arseg.backtest.questions.changed import Asked, ask_counterfactual
from arseg.backtest.questions.checked import ask_self_check
from arseg.backtest.questions.replayed import ask_replay
from arseg.backtest.questions.separated import ask_discrimination

__all__ = [
    "QUESTIONS",
    "Answer",
    "Asked",
    "ask_counterfactual",
    "ask_discrimination",
    "ask_replay",
    "ask_self_check",
]
