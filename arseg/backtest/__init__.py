"""What a policy was worth over past key dates, or that it cannot be known.

Four questions stay apart: discrimination (do scores separate later outcomes), replay (what happened to
those a policy would have picked), counterfactual (what would have happened), self-check (does the tool
recover a known truth). ``arseg.backtest.questions`` answers each; the parts that a data scientist takes by
themselves stand here.

The room carries the name of the verb ``arseg.backtest``, so the module itself can be called.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from arseg.backtest.chosen_cuts import CostCuts, ShareCuts
from arseg.backtest.claims import claims_table
from arseg.backtest.contest import BacktestResult, backtest, contest, mature_key_dates
from arseg.backtest.counterfactual import Counterfactual, look_back
from arseg.backtest.history_check import reproduce_history
from arseg.backtest.plan import Plan
from arseg.backtest.receivables_book import read_book
from arseg.backtest.receivables_report import report_receivables
from arseg.backtest.recorded import Recorded
from arseg.backtest.segment_discrimination import discriminate_segments, read_contacts
from arseg.backtest.selection import Selection, select_model
from arseg.backtest.standing import Standing, headline, take_standing
from arseg.backtest.walk_forward import Fold, Walk, walk_forward
from arseg.backtest.warned import warn_early

__all__ = [
    "BacktestResult",
    "CostCuts",
    "Counterfactual",
    "Fold",
    "Plan",
    "Recorded",
    "Selection",
    "ShareCuts",
    "Standing",
    "Walk",
    "backtest",
    "claims_table",
    "contest",
    "discriminate_segments",
    "headline",
    "look_back",
    "mature_key_dates",
    "read_book",
    "read_contacts",
    "report_receivables",
    "reproduce_history",
    "select_model",
    "take_standing",
    "walk_forward",
    "warn_early",
]


class _Verb(ModuleType):
    """Importing this room binds it as ``arseg.backtest``, over the verb of that name; so it is the verb too."""

    def __call__(self, *args: Any, **kwargs: Any) -> BacktestResult:
        return backtest(*args, **kwargs)


sys.modules[__name__].__class__ = _Verb
