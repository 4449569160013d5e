from __future__ import annotations

import numpy as np

from arseg.world.agenda import Agenda


def test_every_row_comes_back_once_on_its_day() -> None:
    rng = np.random.default_rng(1)
    agenda, expected = Agenda(2), {}
    for _ in range(5):
        days, first, second = rng.integers(0, 9, (3, 40))
        agenda.add(days, first, second)
        for day, one, two in zip(days.tolist(), first.tolist(), second.tolist(), strict=True):
            expected.setdefault(day, []).append((one, two))
    for day in range(9):
        taken = agenda.take(day)
        assert list(zip(*taken.tolist(), strict=True)) == expected.get(day, [])
        assert agenda.take(day).shape == (2, 0)


def test_nothing_noted_is_nothing_taken() -> None:
    agenda = Agenda(3)
    none = np.empty(0, dtype=np.int64)
    agenda.add(none, none, none, none)
    assert agenda.take(0).shape == (3, 0)
