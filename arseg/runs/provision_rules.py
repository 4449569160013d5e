"""What an experiment asks of the provision, read before a stage runs: who only checks it needs none of what computes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arseg.forecast import LossScenario, Outlook, Rules

if TYPE_CHECKING:
    from arseg.runs.experiment import Experiment


def rules_of(experiment: Experiment) -> Rules:
    """Return what the provision follows.

    Raises
    ------
    UsageError
        If scenarios, weights or the expedient do not fit.
    """
    asked = experiment.provision
    views = tuple(LossScenario(view.name, view.weight, view.scalar) for view in asked.scenarios)
    return Rules(
        outlook=Outlook(asked.forward_looking, views, (asked.cap[0], asked.cap[1])),
        subsequent_collections=asked.subsequent_collections,
        monotone=asked.monotone,
        tolerance=asked.tolerance,
    )
