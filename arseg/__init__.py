"""Accounts-receivable risk segmentation that can prove its worth.

The verbs stand here; each is imported only when it is first asked for, so that
``arseg --help`` loads neither pandas nor mlflow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arseg.backtest.contest import backtest
    from arseg.features import build_features
    from arseg.ledger import observe_outcomes, read_ledger, take_snapshot, take_snapshots
    from arseg.report import tear_sheet
    from arseg.scores import score

__version__ = "0.1.0"

_ROOMS = {
    "backtest": "arseg.backtest.contest",
    "build_features": "arseg.features",
    "observe_outcomes": "arseg.ledger",
    "read_ledger": "arseg.ledger",
    "score": "arseg.scores",
    "take_snapshot": "arseg.ledger",
    "take_snapshots": "arseg.ledger",
    "tear_sheet": "arseg.report",
}

__all__ = [
    "backtest",
    "build_features",
    "observe_outcomes",
    "read_ledger",
    "score",
    "take_snapshot",
    "take_snapshots",
    "tear_sheet",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        from importlib import import_module

        return getattr(import_module(_ROOMS[name]), name)
    msg = f"module 'arseg' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
