"""What stands behind the lab's notebooks: a workspace, a desk for policies, a bench for features, runs compared.

A cell asks for one thing and gets one result that shows itself; what takes long is done once, when the
desk is opened.
"""

from __future__ import annotations

from arseg.runs.lab.feature_bench import BlockTried, try_block
from arseg.runs.lab.policy_desk import PolicyDesk, Tried, open_desk
from arseg.runs.lab.run_comparison import RunsCompared, compare_runs, list_tracked
from arseg.runs.lab.workspace import demo_ledger

__all__ = [
    "BlockTried",
    "PolicyDesk",
    "RunsCompared",
    "Tried",
    "compare_runs",
    "demo_ledger",
    "list_tracked",
    "open_desk",
    "try_block",
]
