"""The collectors as an experiment declares them, and how evenly a day's work lies on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arseg.treatments import Capacity, Collector

if TYPE_CHECKING:
    from arseg.runs.sections import Desk, Hours
    from arseg.treatments import Allocation


def capacity_of(declared: Hours) -> Capacity:
    """Return the collectors and their hours: the team where it is named, else so many who are alike.

    Examples
    --------
    >>> from arseg.runs.sections import Desk, Hours
    >>> capacity_of(Hours(team=[Desk(name="Ana", hours=5.0), Desk(name="Ben")])).minutes
    660.0
    """
    if not declared.team:
        return Capacity(declared.collectors, declared.hours_per_day)
    return Capacity(tuple(_collector(desk) for desk in declared.team), declared.hours_per_day)


def _collector(desk: Desk) -> Collector:
    return Collector(
        desk.name,
        hours=desk.hours,
        portfolios=tuple(desk.portfolios),
        languages=tuple(desk.languages),
        skills=tuple(desk.skills),
        max_customers=desk.max_customers,
    )


def balance_of(allocation: Allocation) -> dict[str, float]:
    """Return how evenly the collectors' days are filled: Gini coefficient and coefficient of variation."""
    return {"gini": allocation.gini, "variation": allocation.variation}
