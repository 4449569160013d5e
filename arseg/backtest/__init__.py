"""What a policy was worth over past key dates, or that it cannot be known.

Four questions stay apart: discrimination (do scores separate later outcomes), replay (what happened to
those a policy would have picked), counterfactual (what would have happened), self-check (does the tool
recover a known truth). The first two are answered here.

The room carries the name of the verb ``arseg.backtest``, so the module itself can be called.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from arseg.backtest.contest import BacktestResult, backtest, contest, mature_key_dates
from arseg.backtest.plan import Plan
from arseg.backtest.selection import Selection, select_model
from arseg.backtest.standing import Standing, headline, take_standing
from arseg.backtest.walk_forward import Fold, Walk, walk_forward

__all__ = [
    "BacktestResult",
    "Fold",
    "Plan",
    "Selection",
    "Standing",
    "Walk",
    "backtest",
    "contest",
    "headline",
    "mature_key_dates",
    "select_model",
    "take_standing",
    "walk_forward",
]


class _Verb(ModuleType):
    """Importing this room binds it as ``arseg.backtest``, over the verb of that name; so it is the verb too."""

    def __call__(self, *args: Any, **kwargs: Any) -> BacktestResult:
        return backtest(*args, **kwargs)


sys.modules[__name__].__class__ = _Verb
