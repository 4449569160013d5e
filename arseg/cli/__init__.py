"""The front door: ``arseg <verb>``.

Everything heavy is imported by the verb that needs it, so that ``arseg --help`` is there at once. The
verbs stand in the order in which the help lists them.
"""

from __future__ import annotations

from arseg.cli import book_verbs, run_verbs  # isort: skip
from arseg.cli import champion_verbs, forward_verbs, override_verb, experiment_verbs  # isort: skip
from arseg.cli import monitor_verbs, reproduce_verb  # isort: skip
from arseg.cli.front_door import app

__all__ = [
    "app",
    "book_verbs",
    "champion_verbs",
    "experiment_verbs",
    "forward_verbs",
    "main",
    "monitor_verbs",
    "override_verb",
    "reproduce_verb",
    "run_verbs",
]


def main() -> None:
    """Run the verb of the command line."""
    app()
