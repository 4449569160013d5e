from __future__ import annotations

import numpy as np
import pytest

from arseg.models.growing import PLENTY, Capacity, TrainingRows, best_size, grow

SMALL = Capacity(trees=200, leaves=32, learning_rate=0.05, l2=1.0)


def rows_of(hazard: np.ndarray, columns: np.ndarray, seed: int = 0) -> tuple[TrainingRows, np.ndarray]:
    rng = np.random.default_rng(seed)
    event = (rng.random(len(hazard)) < hazard).astype(np.int64)
    names = [f"x{place}" for place in range(columns.shape[1])]
    rows = TrainingRows(
        columns.astype(np.float32), names, event, np.ones(len(hazard)), rng.random(len(hazard)) < 0.2
    )
    start = np.full(len(hazard), np.log(event.mean() / (1 - event.mean())), dtype=np.float32)
    rows.quantised.set_info(label=event.astype(np.float32), weight=rows.weight, base_margin=start)
    return rows, event == 1


def sized(rows: TrainingRows, happened: np.ndarray, held_out: np.ndarray, capacity: Capacity) -> Capacity:
    return best_size(rows, held_out, happened, rows.weight, capacity)


@pytest.fixture(scope="module", name="one_strong")
def _one_strong() -> tuple[TrainingRows, np.ndarray]:
    columns = np.random.default_rng(1).normal(size=(6000, 8))
    columns[:, 0] = columns[:, 0] > 0
    return rows_of(np.where(columns[:, 0] > 0, 0.4, 0.05), columns)


def test_one_strong_column_among_noise_is_learnt_by_small_trees(one_strong) -> None:
    rows, happened = one_strong
    found = sized(rows, happened, rows.held_out, SMALL)
    assert found.leaves == SMALL.leaves // 4
    learnt = grow(rows, found, trees=found.trees).inplace_predict(
        rows.matrix, base_margin=np.full(6000, 0.0, dtype=np.float32), predict_type="margin"
    )
    said = learnt[rows.matrix[:, 0] > 0].mean() - learnt[rows.matrix[:, 0] == 0].mean()
    assert said == pytest.approx(np.log(0.4 / 0.6) - np.log(0.05 / 0.95), rel=0.08)


def test_what_hangs_together_is_learnt_by_large_ones() -> None:
    columns = np.random.default_rng(2).integers(0, 2, (6000, 5)).astype(float)
    together = columns.sum(axis=1) % 2 > 0
    rows, happened = rows_of(np.where(together, 0.5, 0.05), columns)
    assert sized(rows, happened, rows.held_out, SMALL).leaves == SMALL.leaves


def test_rows_held_out_at_random_are_made_up_for_and_the_latest_are_not(one_strong) -> None:
    rows, happened = one_strong
    random = sized(rows, happened, rows.held_out, SMALL)
    asked = TrainingRows(
        rows.matrix, rows.names, rows.event, rows.weight, rows.held_out, latest=rows.held_out
    )
    asked.__dict__["quantised"] = rows.quantised
    latest = sized(asked, happened, asked.latest, SMALL)
    assert random.trees == round(latest.trees * len(rows.event) / (~rows.held_out).sum())


def test_too_few_held_out_events_choose_nothing(one_strong) -> None:
    rows, happened = one_strong
    few = np.zeros(len(happened), dtype=bool)
    few[np.flatnonzero(happened)[:4]] = True
    assert sized(rows, happened, few, SMALL) == Capacity(20, 32, 0.05, 1.0)


def test_so_many_events_are_not_searched(one_strong) -> None:
    rows, happened = one_strong
    heavy = rows.weight * 100_000 / happened.sum()
    assert best_size(rows, rows.held_out, happened, heavy, SMALL) is SMALL


def test_capacity_grows_with_the_events() -> None:
    leaves = [Capacity(150, 63, 0.15, 1.0).for_events(e).leaves for e in (10, 1000, 5000, PLENTY)]
    assert leaves == [4, 6, 33, 63]
    l2 = [Capacity(150, 63, 0.15, 1.0).for_events(e).l2 for e in (10, 1000, 5000, PLENTY)]
    assert l2 == sorted(l2, reverse=True)
