"""What every decision was followed by: the reward that a contact policy is judged on, decision by decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from arseg.world.book import World
from arseg.world.draws import Floats
from arseg.world.measures import cash_of

if TYPE_CHECKING:
    from arseg.world.course import Course

REWARD_DAYS: Final = 28


def rewards(world: World, course: Course) -> Floats:
    """Return, for every decision of the review log, the share of the overdue balance that came in within four weeks.

    Payments less reversals of the customer, by value day, at most the balance; NaN where the four weeks are
    not over by the end of the course.
    """
    log, postings = course.reviews, course.postings
    cash = cash_of(world, postings)
    span = world.calendar.days + 2 * REWARD_DAYS
    moment = postings.customer * span + np.minimum(postings.value, span - 1)
    order = np.argsort(moment, kind="stable")
    moment, total = moment[order], np.r_[0.0, np.cumsum(cash[order])]
    evening = log.customer * span + log.day
    after, until = (np.searchsorted(moment, evening + days, side="right") for days in (0, REWARD_DAYS))
    share = np.clip((total[until] - total[after]) / log.overdue, 0.0, 1.0)
    return np.where(log.day + REWARD_DAYS < course.end, share, np.nan)
