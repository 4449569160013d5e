from __future__ import annotations

import numpy as np
import pytest

from arseg.models.growing import Capacity, TrainingRows, grow
from arseg.models.size_search import Target, best_size, searched

SMALL = Capacity(trees=200, leaves=32, learning_rate=0.05, l2=1.0)


def rows_of(hazard: np.ndarray, columns: np.ndarray, seed: int = 0) -> tuple[TrainingRows, np.ndarray]:
    rng = np.random.default_rng(seed)
    event = (rng.random(len(hazard)) < hazard).astype(np.int64)
    names = [f"x{place}" for place in range(columns.shape[1])]
    rows = TrainingRows(
        columns.astype(np.float32), names, event, np.ones(len(hazard)), rng.random(len(hazard)) < 0.2
    )
    return rows, event == 1


def target_of(happened: np.ndarray, held_out: np.ndarray, weight: np.ndarray | None = None) -> Target:
    share = happened.mean()
    start = np.full(len(happened), np.log(share / (1 - share)), dtype=np.float32)
    return Target(happened, np.ones(len(happened)) if weight is None else weight, start, held_out)


def sized(rows: TrainingRows, happened: np.ndarray, held_out: np.ndarray, capacity: Capacity) -> Capacity:
    return best_size(rows, target_of(happened, held_out), capacity)


@pytest.fixture(scope="module", name="one_strong")
def _one_strong() -> tuple[TrainingRows, np.ndarray]:
    columns = np.random.default_rng(1).normal(size=(6000, 8))
    columns[:, 0] = columns[:, 0] > 0
    return rows_of(np.where(columns[:, 0] > 0, 0.4, 0.05), columns)


def test_one_strong_column_among_noise_is_learnt_by_small_trees(one_strong) -> None:
    rows, happened = one_strong
    found = sized(rows, happened, rows.held_out, SMALL)
    assert found.leaves == SMALL.leaves // 4
    target_of(happened, rows.held_out).put_on(rows)
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
    assert best_size(rows, target_of(happened, rows.held_out, heavy), SMALL) is SMALL


def test_of_very_many_rows_without_an_event_some_are_searched_and_every_event() -> None:
    rng = np.random.default_rng(3)
    columns = rng.normal(size=(130_000, 2))
    rows, happened = rows_of(np.full(130_000, 0.01), columns)
    part, target = searched(rows, target_of(happened, rows.held_out))
    assert target.happened.sum() == happened.sum()
    assert (~target.happened).sum() == -(-(~happened).sum() // 3)
    # One in three was taken, so the odds among them are three times as high.
    assert target.start[0] - target_of(happened, rows.held_out).start[0] == pytest.approx(np.log(3), abs=1e-6)
    assert len(part.event) == len(target.held_out) == len(part.matrix)
    assert part.event.sum() == happened.sum()


def test_few_rows_are_searched_all(one_strong) -> None:
    rows, happened = one_strong
    target = target_of(happened, rows.held_out)
    assert searched(rows, target) == (rows, target)


def test_a_part_of_the_rows_finds_the_size_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    columns = rng.normal(size=(60_000, 4))
    rows, happened = rows_of(1 / (1 + np.exp(4 - columns[:, 0] - columns[:, 1])), columns)
    small = Capacity(trees=300, leaves=4, learning_rate=0.1, l2=1.0)
    whole = sized(rows, happened, rows.held_out, small)
    monkeypatch.setattr("arseg.models.size_search._AT_LEAST", 10_000)
    monkeypatch.setattr("arseg.models.size_search._BESIDE", 2)
    part, _ = searched(rows, target_of(happened, rows.held_out))
    assert len(part.event) < 20_000
    assert sized(rows, happened, rows.held_out, small).trees == pytest.approx(whole.trees, rel=0.5)
