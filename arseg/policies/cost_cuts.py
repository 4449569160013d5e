"""Cuts of risk from what acting costs and what it is worth (science 5.1: by cost, not by quantiles).

A treatment is taken to bring in ``lift x amount x p`` of what is likely unpaid, as the worklist does, and to
cost its outlay and a collector's minutes. In ``p`` that is a straight line for each treatment; a dearer
treatment pays from where its line crosses that of the cheaper one::

    cut = (cost of the dearer - cost of the cheaper) / ((lift of the dearer - lift of the cheaper) x amount)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from arseg.policies.checks import checked_number
from arseg.schema import UsageError
from arseg.schema.shown import AsWritten


@dataclass(frozen=True)
class Effort(AsWritten):
    """What a segment's treatment takes and gives.

    Parameters
    ----------
    lift
        Share of the balance likely unpaid that it is assumed to bring in, 0 to 1.
    cost
        Outlay in the reporting currency.
    minutes
        Collector minutes.
    """

    lift: float = 0.0
    cost: float = 0.0
    minutes: float = 0.0

    def __post_init__(self) -> None:
        for name in ("lift", "cost", "minutes"):
            value = checked_number(getattr(self, name), name=f"Effort: {name}")
            object.__setattr__(self, name, value)
        if min(self.lift, self.cost, self.minutes) < 0 or self.lift > 1:
            raise UsageError(
                "Effort: a value is out of range",
                given=self,
                allowed="lift 0 to 1, cost and minutes from 0 on",
                do="write 0.2 for 20 %",
            )


class Cuts(NamedTuple):
    """Probabilities from which a customer is Medium and High: the parameters of ``RiskTiers``."""

    medium_from: float
    high_from: float


def cuts_from_cost(
    *, amount: float, minute_cost: float, high: Effort, medium: Effort, low: Effort | None = None
) -> Cuts:
    """Return the probabilities from which Medium and High pay for themselves.

    Parameters
    ----------
    amount
        Balance at stake of a typical customer, reporting currency.
    minute_cost
        What a collector's minute costs, reporting currency. Where hours are short it is the wage plus
        the shadow price of a minute: what the least valuable contact that still fits is worth per
        minute (science 4.6).
    high, medium, low
        The treatments of the segments; Low costs and brings nothing where None.

    Raises
    ------
    UsageError
        If a dearer treatment does not bring in more, a cut is not below 1, or Medium is nowhere the
        best. It says what would have to change.

    Examples
    --------
    A call of 12 minutes at 0.50 that lifts by 20 % pays over an e-mail of 0.40 that lifts by 5 % from
    5.60 / (0.15 x 250); the e-mail over nothing from 0.40 / (0.05 x 250).

    >>> cuts = cuts_from_cost(amount=250, minute_cost=0.5, high=Effort(lift=0.2, minutes=12),
    ...                       medium=Effort(lift=0.05, cost=0.4))
    >>> [round(cut, 4) for cut in cuts]
    [0.032, 0.1493]
    """
    amount = checked_number(amount, name="cuts_from_cost: amount")
    minute_cost = checked_number(minute_cost, name="cuts_from_cost: minute_cost")
    if amount <= 0 or minute_cost < 0:
        raise UsageError(
            "cuts_from_cost: the amount or the cost of a minute is out of range",
            given=f"amount={amount:g}, minute_cost={minute_cost:g}",
            allowed="amount above 0, minute_cost from 0 on",
            do="give both in the reporting currency",
        )
    costs = [effort.cost + effort.minutes * minute_cost for effort in (low or Effort(), medium, high)]
    lifts = [effort.lift for effort in (low or Effort(), medium, high)]
    medium_from = _crossing("Medium", costs[:2], lifts=lifts[:2], amount=amount)
    high_from = _crossing("High", costs[1:], lifts=lifts[1:], amount=amount)
    if medium_from >= high_from:
        raise UsageError(
            "cuts_from_cost: Medium is nowhere the best",
            given=f"Medium pays from {medium_from:.4g}, but High from {high_from:.4g}",
            allowed="Medium pays from a lower probability than High",
            do="make Medium cheaper, or use two segments",
        )
    return Cuts(medium_from, high_from)


def _crossing(name: str, costs: list[float], *, lifts: list[float], amount: float) -> float:
    """Return the probability from which the second of two treatments is worth more than the first."""
    dearer, better = costs[1] - costs[0], lifts[1] - lifts[0]
    if dearer < 0 or better <= 0:
        raise UsageError(
            f"cuts_from_cost: {name} does not take more and bring in more than the segment below",
            given=f"{dearer:+.4g} cost, {better:+.4g} lift",
            allowed="cost 0 or more, lift more",
            do=f"mend the effort of {name}",
        )
    cut = dearer / (better * amount)
    if cut >= 1:
        raise UsageError(
            f"cuts_from_cost: {name} pays at no probability",
            given=f"{dearer:.2f} more to bring in at most {better * amount:.2f} more",
            allowed=f"an amount above {dearer / better:,.2f}",
            do="raise the amount, or give fewer minutes to it",
        )
    return cut
