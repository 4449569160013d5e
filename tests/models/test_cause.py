from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arseg.models.cause import CauseHazard, fit_cause
from arseg.models.grid import ROW_COLUMNS
from arseg.models.growing import UNKNOWN, Capacity, TrainingRows

NAMES = ["x", *ROW_COLUMNS]
FULL = Capacity(trees=60, leaves=15, learning_rate=0.15, l2=1.0)


def draw_rows(count, hazard, seed=0, **columns: object) -> TrainingRows:
    rng = np.random.default_rng(seed)
    matrix = np.zeros((count, len(NAMES)), dtype=np.float32)
    matrix[:, 0] = rng.integers(0, 2, count)
    matrix[:, NAMES.index("interval_length")] = columns.get("length", 1)
    matrix[:, NAMES.index("interval_due_age")] = columns.get("age", 5)
    event = (rng.random(count) < hazard(matrix[:, 0])).astype(np.int64)
    return TrainingRows(matrix, NAMES, event, np.ones(count), rng.random(count) < 0.2)


@pytest.fixture(scope="module", name="rows")
def _rows() -> TrainingRows:
    return draw_rows(20_000, lambda x: 0.05 + 0.2 * x)


def test_the_largest_tree_tells_its_leaves(rows) -> None:
    hazard = fit_cause(rows, 1, FULL)
    assert 2 <= hazard.leaves <= FULL.leaves
    assert fit_cause(rows, 3, FULL).leaves == 0


def test_a_cause_that_never_came_has_no_hazard(rows) -> None:
    hazard = fit_cause(rows, 3, FULL)
    assert hazard.booster is None
    assert hazard.hazard(rows.matrix).max() == 0
    assert not hazard.contributions(rows.matrix).any()


def test_nine_events_give_rates_and_ten_a_booster() -> None:
    for events, boosted in ((9, False), (10, True)):
        rows = draw_rows(1000, lambda x: 0 * x)
        rows.event[:events] = 2
        hazard = fit_cause(rows, 2, FULL)
        assert (hazard.booster is not None) == boosted
        assert hazard.hazard(rows.matrix).mean() == pytest.approx(events / 1000, rel=0.05)


def test_the_booster_finds_what_departs_from_the_rates(rows) -> None:
    found = fit_cause(rows, 1, FULL).hazard(rows.matrix)
    np.testing.assert_allclose(
        [found[rows.matrix[:, 0] == x].mean() for x in (0, 1)], [0.05, 0.25], atol=0.015
    )


def test_contributions_add_up_to_the_log_odds(rows) -> None:
    hazard = fit_cause(rows, 1, FULL)
    p = hazard.hazard(rows.matrix[:50])
    start = hazard.rates.hazard(rows.matrix[:50])
    shift = (
        np.log(p / (1 - p)) - np.log(start / (1 - start)) - hazard.contributions(rows.matrix[:50]).sum(axis=1)
    )
    # What is left is the booster's own bias, the same for every row.
    assert np.ptp(shift) < 1e-4


def test_noise_grows_few_trees() -> None:
    rows = draw_rows(3000, lambda x: 0 * x + 0.2)
    rows.matrix[:, 0] = np.random.default_rng(1).normal(size=3000)
    found = fit_cause(rows, 1, FULL).hazard(rows.matrix)
    assert found.std() < 0.03


def test_held_out_rows_count_in_the_final_booster() -> None:
    rows = draw_rows(4000, lambda x: 0 * x + 0.2)
    rows.event[:] = rows.held_out | (rows.event > 0)
    assert fit_cause(rows, 1, FULL).hazard(rows.matrix).mean() == pytest.approx(rows.event.mean(), rel=0.02)


def test_what_held_true_once_is_believed_as_far_as_the_latest_rows_bear_it_out() -> None:
    rows = draw_rows(20_000, lambda x: 0.05 + 0.2 * x)
    latest = np.arange(20_000) >= 16_000
    # Of late, the difference is gone.
    rows.event[latest] = np.random.default_rng(5).random(4000) < 0.15
    old, new = (fit_cause(replace(rows, latest=part), 1, FULL) for part in (None, latest))
    assert new.trees < old.trees / 2
    others = replace(rows, event=np.where(rows.event == 1, 2, 0))
    assert fit_cause(replace(others, latest=latest), 2, FULL).trees == fit_cause(others, 2, FULL).trees


def test_a_booster_learnt_from_filled_rows_takes_nan_for_unknown() -> None:
    rows = draw_rows(20_000, lambda x: 0.05 + 0.2 * x)
    holes = np.random.default_rng(3).random(20_000) < 0.3
    rows.matrix[holes, 0] = UNKNOWN
    hazard = fit_cause(replace(rows, filled=True), 1, FULL)
    asked = rows.matrix.copy()
    asked[holes, 0] = np.nan
    np.testing.assert_array_equal(hazard.hazard(asked), hazard.hazard(rows.matrix))
    assert hazard.hazard(asked)[holes].mean() == pytest.approx(rows.event[holes].mean(), rel=0.05)


def test_a_hazard_survives_its_dictionary(rows) -> None:
    hazard = fit_cause(rows, 1, FULL)
    again = CauseHazard.from_dict(hazard.to_dict())
    assert again == hazard
    np.testing.assert_array_equal(again.hazard(rows.matrix[:99]), hazard.hazard(rows.matrix[:99]))
