"""Which person-period rows a model learns from."""

from __future__ import annotations

import numpy as np
import pytest

from arseg.models.cause import fit_cause, fit_rough
from arseg.models.grid import ROW_COLUMNS
from arseg.models.growing import Capacity, TrainingRows
from arseg.models.row_sample import LOOKED_AT, Sampling, for_rare_causes

NAMES = ["x", *ROW_COLUMNS]


def draw_rows(count: int, seed: int = 0) -> TrainingRows:
    """Rows of which every second has ten times the hazard of the others."""
    rng = np.random.default_rng(seed)
    matrix = np.zeros((count, len(NAMES)), dtype=np.float32)
    matrix[:, 0] = rng.integers(0, 2, count)
    matrix[:, NAMES.index("interval_length")] = 1
    event = (rng.random(count) < 0.02 + 0.18 * matrix[:, 0]).astype(np.int64)
    return TrainingRows(matrix, NAMES, event, np.ones(count), rng.random(count) < 0.2)


def test_few_rows_are_all_kept_and_of_many_a_share() -> None:
    assert Sampling(1000, 0.25, 0).share(1000) == 1
    assert Sampling(1000, 0.25, 0).share(1001) == 0.25


def test_with_a_rough_hazard_ten_million_rows_are_looked_at() -> None:
    rough = fit_rough(draw_rows(2000), 1)
    assert Sampling(1000, 0.25, 0, rough).share(LOOKED_AT) == 1
    assert Sampling(1000, 0.25, 0, rough).share(4 * LOOKED_AT) == 0.25


def test_events_of_the_causes_asked_for_are_certain() -> None:
    assert Sampling(1, 0.1, 0, causes=(2, 3)).certain(np.array([0, 1, 2, 3])).tolist() == [
        False,
        False,
        True,
        True,
    ]


def test_without_a_rough_hazard_all_rows_are_alike() -> None:
    chance = Sampling(1, 0.1, 0).chance(draw_rows(5).matrix, 0.1, jobs=1)
    assert chance.tolist() == [0.1] * 5


def test_the_chance_is_twice_the_hazard_between_its_bounds() -> None:
    rows = draw_rows(20_000)
    rough = fit_rough(rows, 1)
    high = rows.matrix[:, 0] == 1
    chance = Sampling(1, 0.25, 0, rough).chance(rows.matrix, 1.0, jobs=1)
    assert chance[high].mean() == pytest.approx(0.4, abs=0.03)
    assert chance[~high].mean() == pytest.approx(0.05, abs=0.01)
    assert Sampling(1, 0.25, 0, rough).chance(rows.matrix, 0.3, jobs=1).max() == 0.3


def test_a_hazard_learnt_from_kept_rows_is_that_of_all_rows() -> None:
    rows = draw_rows(60_000)
    rough = fit_rough(draw_rows(5000, seed=1), 1)
    chance = Sampling(1, 0.25, 0, rough).chance(rows.matrix, 1.0, jobs=1)
    kept = (rows.event > 0) | (np.random.default_rng(5).random(len(chance)) < chance)
    assert kept.mean() < 0.4
    weight = np.where(rows.event > 0, 1, 1 / chance)[kept]
    some = TrainingRows(
        rows.matrix[kept], NAMES, rows.event[kept], weight, rows.held_out[kept], chance=chance[kept]
    )
    found = fit_cause(some, 1, Capacity(60, 15, 0.15, 1.0)).hazard(rows.matrix)
    high = rows.matrix[:, 0] == 1
    assert found[high].mean() == pytest.approx(0.2, rel=0.05)
    assert found[~high].mean() == pytest.approx(0.02, rel=0.15)


def test_too_few_events_make_a_rough_hazard_of_rates() -> None:
    rows = draw_rows(500)
    rows.event[:] = 0
    assert fit_rough(rows, 1).booster is None


def test_of_few_rows_all_are_for_all_causes() -> None:
    event = np.repeat([0, 1, 2, 3], 25)
    assert for_rare_causes(event, 1000, row_limit=1000, seed=0).causes == (1, 2, 3)
    # Forty rows for each of 25 events.
    assert for_rare_causes(event, 1000, row_limit=10, seed=0).share(1000) == 1
    drawn = for_rare_causes(event, 4000, row_limit=10, seed=0)
    assert drawn.causes == (2, 3)
    assert drawn.share(4000) == 0.25
