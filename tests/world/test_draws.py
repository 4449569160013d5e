from __future__ import annotations

import numpy as np

from arseg.world.draws import Purpose, roll, stream


def test_a_roll_does_not_depend_on_what_else_is_rolled() -> None:
    together = roll(7, Purpose.APPROVAL, np.arange(100), 5)
    alone = [roll(7, Purpose.APPROVAL, np.array([number]), 5)[0] for number in range(100)]
    np.testing.assert_array_equal(together, alone)


def test_rolls_are_even_and_unrelated_across_subjects_days_purposes_and_seeds() -> None:
    subject = np.arange(20_000)
    rolls = [
        roll(7, Purpose.APPROVAL, subject, 5),
        roll(7, Purpose.APPROVAL, subject, 6),
        roll(7, Purpose.REACH, subject, 5),
        roll(8, Purpose.APPROVAL, subject, 5),
        roll(7, Purpose.APPROVAL, subject + 1, 5),
    ]
    for one in rolls:
        assert one.min() >= 0
        assert one.max() < 1
        counts = np.histogram(one, bins=20, range=(0, 1))[0]
        assert ((counts - 1000) ** 2 / 1000).sum() < 45
    correlation = np.corrcoef(rolls) - np.eye(len(rolls))
    assert np.abs(correlation).max() < 0.03


def test_an_occasion_may_differ_by_subject() -> None:
    mixed = roll(7, Purpose.APPROVAL, np.array([1, 2]), np.array([3, 4]))
    assert mixed[1] == roll(7, Purpose.APPROVAL, np.array([2]), 4)[0]


def test_streams_of_two_purposes_differ_and_each_repeats() -> None:
    assert stream(1, Purpose.CREDIT).random() == stream(1, Purpose.CREDIT).random()
    assert stream(1, Purpose.CREDIT).random() != stream(1, Purpose.FATES).random()
