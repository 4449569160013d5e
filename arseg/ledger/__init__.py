"""The ledger room: a receivables book on two clocks, what a key date may see of it, and what came after.

``read_ledger`` opens a stored book, ``take_snapshot`` gives the part of it that was known on a key date,
``observe_outcomes`` and ``observe_flows`` say what happened next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arseg.ledger.intake import load
    from arseg.ledger.later_load import LoadOptions
    from arseg.ledger.load_report import LoadReport
    from arseg.ledger.namesakes import possible_duplicates
    from arseg.ledger.outcomes import observe_flows, observe_outcomes
    from arseg.ledger.quality import QualityReport, check
    from arseg.ledger.restatement import RestatementAudit, audit_restatements
    from arseg.ledger.snapshot import Snapshot, take_snapshot
    from arseg.ledger.store import Ledger, read_ledger

# Imported when first asked for: features may see a snapshot, but nothing of outcomes.
_MODULES = {
    "Ledger": "store",
    "LoadOptions": "later_load",
    "LoadReport": "load_report",
    "QualityReport": "quality",
    "RestatementAudit": "restatement",
    "Snapshot": "snapshot",
    "audit_restatements": "restatement",
    "check": "quality",
    "load": "intake",
    "observe_flows": "outcomes",
    "observe_outcomes": "outcomes",
    "possible_duplicates": "namesakes",
    "read_ledger": "store",
    "take_snapshot": "snapshot",
}

__all__ = [
    "Ledger",
    "LoadOptions",
    "LoadReport",
    "QualityReport",
    "RestatementAudit",
    "Snapshot",
    "audit_restatements",
    "check",
    "load",
    "observe_flows",
    "observe_outcomes",
    "possible_duplicates",
    "read_ledger",
    "take_snapshot",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        from importlib import import_module

        return getattr(import_module(f"arseg.ledger.{_MODULES[name]}"), name)
    msg = f"module 'arseg.ledger' has no attribute {name!r}"
    raise AttributeError(msg)
