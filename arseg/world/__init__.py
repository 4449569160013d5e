"""A synthetic receivables book whose truth is known: the demo, and the test of every claim.

``synthesize`` writes ordinary ledger tables and, in a folder of its own, the truth that no other room may
read. ``draw_world`` gives the same world to be run again, with the same luck, under another contact policy.
"""

from __future__ import annotations

from arseg.world.book import World
from arseg.world.calendars import Calendar
from arseg.world.course import Course, draw_world, follow
from arseg.world.legacy import LEGACY_MODES, legacy_policy
from arseg.world.settings import WORLDS, Setting, setting_of
from arseg.world.simulate import Synthesis, synthesize
from arseg.world.so_far import Decide, LedgerSoFar

__all__ = [
    "LEGACY_MODES",
    "WORLDS",
    "Calendar",
    "Course",
    "Decide",
    "LedgerSoFar",
    "Setting",
    "Synthesis",
    "World",
    "draw_world",
    "follow",
    "legacy_policy",
    "setting_of",
    "synthesize",
]
