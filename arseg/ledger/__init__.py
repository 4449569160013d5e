"""The ledger room: a receivables book on two clocks, what a key date may see of it, and what came after.

``read_ledger`` opens a stored book, ``take_snapshot`` gives the part of it that was known on a key date,
``observe_outcomes`` and ``observe_flows`` say what happened next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arseg.ledger.decision_log import observe_decisions
    from arseg.ledger.desk_log import observe_contacts, observe_left_alone
    from arseg.ledger.loading.intake import load
    from arseg.ledger.loading.later_load import LoadOptions
    from arseg.ledger.loading.load_report import LoadReport
    from arseg.ledger.outcomes import observe_flows, observe_outcomes
    from arseg.ledger.quality.namesakes import possible_duplicates
    from arseg.ledger.quality.quality import QualityReport, check
    from arseg.ledger.quality.restatement import RestatementAudit, audit_restatements
    from arseg.ledger.receipts import observe_receipts
    from arseg.ledger.snapshot import Snapshot, take_snapshot
    from arseg.ledger.snapshots import Snapshots, take_snapshots
    from arseg.ledger.storing.store import Ledger, read_ledger

# Imported when first asked for: features may see a snapshot, but nothing of outcomes.
_MODULES = {
    "Ledger": "storing.store",
    "LoadOptions": "loading.later_load",
    "LoadReport": "loading.load_report",
    "QualityReport": "quality.quality",
    "RestatementAudit": "quality.restatement",
    "Snapshot": "snapshot",
    "Snapshots": "snapshots",
    "audit_restatements": "quality.restatement",
    "check": "quality.quality",
    "load": "loading.intake",
    "observe_contacts": "desk_log",
    "observe_decisions": "decision_log",
    "observe_flows": "outcomes",
    "observe_left_alone": "desk_log",
    "observe_outcomes": "outcomes",
    "observe_receipts": "receipts",
    "possible_duplicates": "quality.namesakes",
    "read_ledger": "storing.store",
    "take_snapshot": "snapshot",
    "take_snapshots": "snapshots",
}

__all__ = [
    "Ledger",
    "LoadOptions",
    "LoadReport",
    "QualityReport",
    "RestatementAudit",
    "Snapshot",
    "Snapshots",
    "audit_restatements",
    "check",
    "load",
    "observe_contacts",
    "observe_decisions",
    "observe_flows",
    "observe_left_alone",
    "observe_outcomes",
    "observe_receipts",
    "possible_duplicates",
    "read_ledger",
    "take_snapshot",
    "take_snapshots",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        from importlib import import_module

        return getattr(import_module(f"arseg.ledger.{_MODULES[name]}"), name)
    msg = f"module 'arseg.ledger' has no attribute {name!r}"
    raise AttributeError(msg)
