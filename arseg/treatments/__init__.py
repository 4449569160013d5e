"""Treatments: from a segment to who does what today.

A playbook declares what each segment gets at each stage, safety rules keep it decent, the worklist
ranks it within the collectors' hours, and an export carries it out. Nothing is sent from here.
"""

from __future__ import annotations

from arseg.treatments.allocation import Allocation, allocate, allocate_hours, price_in_words, shadow_price
from arseg.treatments.allocation_capacity import Capacity, Collector
from arseg.treatments.export import read_worklist, write_worklist
from arseg.treatments.frequency import list_overlap, plan_in_words, plan_reach
from arseg.treatments.playbook import STAGES, Playbook, Treatment, read_playbook, stage_of
from arseg.treatments.safety import check_prescribed, check_safety
from arseg.treatments.worklist import Beside, Day, build_day, build_worklist

__all__ = [
    "STAGES",
    "Allocation",
    "Beside",
    "Capacity",
    "Collector",
    "Day",
    "Playbook",
    "Treatment",
    "allocate",
    "allocate_hours",
    "build_day",
    "build_worklist",
    "check_prescribed",
    "check_safety",
    "list_overlap",
    "plan_in_words",
    "plan_reach",
    "price_in_words",
    "read_playbook",
    "read_worklist",
    "shadow_price",
    "stage_of",
    "write_worklist",
]
