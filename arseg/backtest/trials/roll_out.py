"""A phased roll-out: shadow, pilot, full, with a gate before each (capabilities S71, S72)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import pandas as pd

from arseg.schema import UsageError, parse_day

STAGES: Final = ("shadow", "pilot", "full")


@dataclass(frozen=True)
class Stage:
    """One stage of a roll-out and the gate at its end.

    Parameters
    ----------
    name
        shadow (segments are published, nobody is treated by them), pilot or full.
    share
        Of the customers that the policy treats, 0 to 1.
    days
        How long it lasts at least.
    customers
        How many must have been seen.
    measure
        What the gate looks at.
    worst
        Largest harm that the upper end of its interval may show, in the unit of the measure; more is worse.
    """

    name: str
    share: float
    days: int
    customers: int
    measure: str
    worst: float


@dataclass(frozen=True)
class RollOut:
    """A plan of stages, oldest first.

    Parameters
    ----------
    starts_on
        First day.
    stages
        Shadow first, full last, shares rising.
    seed
        Draws who is in the pilot; who is in stays in.

    Raises
    ------
    UsageError
        If stages are missing or out of order, or a share or a length is out of range.
    """

    starts_on: dt.date
    stages: tuple[Stage, ...]
    seed: int

    def __post_init__(self) -> None:
        names, shares = [stage.name for stage in self.stages], [stage.share for stage in self.stages]
        if not names or names[0] != "shadow" or names[-1] != "full" or set(names) - set(STAGES):
            _refuse("the stages of a roll-out", ", ".join(names) or "none", "shadow first, pilots, full last")
        if shares != sorted(shares) or shares[0] != 0 or shares[-1] != 1:
            _refuse("the shares of a roll-out", shares, "0 in the shadow, rising, 1 at the end")
        if any(stage.days < 1 or stage.customers < 0 for stage in self.stages):
            _refuse("the length of a stage", [stage.days for stage in self.stages], "1 day or more")

    def table(self) -> pd.DataFrame:
        """Return the plan: ``stage, share, from, until, customers, measure, worst``; earliest days."""
        rows, day = [], self.starts_on
        for stage in self.stages:
            end = day + dt.timedelta(days=stage.days - 1)
            rows.append((stage.name, stage.share, day, end, stage.customers, stage.measure, stage.worst))
            day = end + dt.timedelta(days=1)
        return pd.DataFrame(
            rows, columns=["stage", "share", "from", "until", "customers", "measure", "worst"]
        )

    def stage_on(self, day: str | dt.date, *, passed: int) -> Stage:
        """Return the stage in force when so many gates have been passed: a gate that is not passed holds the plan."""
        if not 0 <= passed < len(self.stages) or parse_day(day) < self.starts_on:
            _refuse(
                "the number of gates passed", passed, f"0 to {len(self.stages) - 1}, from {self.starts_on} on"
            )
        return self.stages[passed]


def judge_gate(stage: Stage, *, days: int, customers: int, high: float) -> tuple[bool, str]:
    """Return whether the gate at a stage's end is passed, and why not.

    Parameters
    ----------
    stage
        The stage.
    days, customers
        How long it has run, and how many it has seen.
    high
        Upper end of the measure's interval, as a difference to the policy in force.

    Examples
    --------
    >>> judge_gate(Stage("pilot", 0.1, 60, 200, "dso", 1.0), days=90, customers=120, high=0.4)
    (False, '120 customers seen, 200 needed')
    """
    if days < stage.days:
        return False, f"{days} days passed, {stage.days} needed"
    if customers < stage.customers:
        return False, f"{customers} customers seen, {stage.customers} needed"
    # NaN compares as false, so a measure that is not known does not pass.
    if not high <= stage.worst:
        return False, f"{stage.measure} may be worse by {high:g}, at most {stage.worst:g} is allowed"
    return True, "passed"


def _refuse(what: str, given: object, allowed: object) -> None:
    raise UsageError(f"{what} cannot be", given=given, allowed=allowed, do="mend the plan")
