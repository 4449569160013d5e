"""Treatments: from a segment to who does what today.

A playbook declares what each segment gets at each stage, safety rules keep it decent, the worklist
ranks it within the collectors' hours, and an export carries it out. Nothing is sent from here.
"""

from __future__ import annotations

from arseg.treatments.allocation import Capacity, allocate, shadow_price
from arseg.treatments.export import read_worklist, write_worklist
from arseg.treatments.playbook import STAGES, Playbook, Treatment, read_playbook, stage_of
from arseg.treatments.safety import check_prescribed, check_safety
from arseg.treatments.worklist import build_worklist

__all__ = [
    "STAGES",
    "Capacity",
    "Playbook",
    "Treatment",
    "allocate",
    "build_worklist",
    "check_prescribed",
    "check_safety",
    "read_playbook",
    "read_worklist",
    "shadow_price",
    "stage_of",
    "write_worklist",
]
