from __future__ import annotations

import numpy as np

from arseg.world.book import World
from arseg.world.course import Course
from arseg.world.rewards import REWARD_DAYS, rewards


def test_a_reward_is_the_share_of_the_overdue_balance_that_comes_in_within_four_weeks(
    world: World, course: Course
) -> None:
    found, log, postings = rewards(world, course), course.reviews, course.postings
    sign = np.select([postings.kind == 0, postings.kind == 4], [1, -1], 0)
    for row in range(0, len(log.day), 37):
        if log.day[row] + REWARD_DAYS >= course.end:
            assert np.isnan(found[row])
            continue
        mine = (postings.customer == log.customer[row]) & (postings.value > log.day[row])
        mine &= postings.value <= log.day[row] + REWARD_DAYS
        euros = (sign * postings.cents)[mine].sum() / 100 * world.customers.rate[log.customer[row]]
        np.testing.assert_allclose(found[row], np.clip(euros / log.overdue[row], 0, 1), rtol=1e-9, atol=1e-9)


def test_rewards_are_shares_that_differ(world: World, course: Course) -> None:
    found = rewards(world, course)
    known = found[~np.isnan(found)]
    assert len(known) > 500
    assert ((known >= 0) & (known <= 1)).all()
    assert 0.3 < known.mean() < 0.9
    assert (known == 0).any()
    assert (known == 1).any()
