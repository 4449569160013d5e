"""A synthetic receivables book whose truth is known: the demo, and the test of every claim.

``synthesize`` writes ordinary ledger tables and, in a folder of its own, the truth that no other room may
read. ``draw_world`` and ``run`` replay the same world, with the same luck, under another contact policy.
"""

from __future__ import annotations

from arseg.world.course import Course, draw_world, run
from arseg.world.legacy import LEGACY_MODES
from arseg.world.simulate import Synthesis, synthesize

__all__ = ["LEGACY_MODES", "Course", "Synthesis", "draw_world", "run", "synthesize"]
