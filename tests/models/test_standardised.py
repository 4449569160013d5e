from __future__ import annotations

import json

import numpy as np
import pytest

from arseg.models.standardised import Standardised, fit_columns, strongest


@pytest.fixture(name="rng")
def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def kinds(columns: Standardised) -> list[tuple[int, str]]:
    return [(column.place, column.kind) for column in columns.columns]


def test_columns_have_mean_0_and_spread_1_by_weight(rng) -> None:
    values, weight = rng.normal(5, 3, (300, 4)), rng.random(300)
    made = fit_columns(values, weight).matrix(values)
    np.testing.assert_allclose(np.average(made, axis=0, weights=weight), 0, atol=1e-12)
    np.testing.assert_allclose(np.average(made**2, axis=0, weights=weight), 1)


def test_a_missing_value_is_the_median_and_said_so() -> None:
    values = np.array([[1.0], [2.0], [9.0], [np.nan]])
    columns = fit_columns(values, np.ones(4))
    assert kinds(columns) == [(0, "value"), (0, "missing")]
    made = columns.matrix(np.array([[np.nan], [2.0]]))
    assert made[0, 0] == made[1, 0]
    assert made[0, 1] > made[1, 1]


def test_the_median_counts_weights() -> None:
    values = np.array([[1.0], [2.0], [9.0], [np.nan]])
    assert fit_columns(values, np.array([1.0, 1.0, 3.0, 1.0])).columns[0].fill == 9.0


def test_a_gap_that_the_fit_never_saw_is_filled() -> None:
    columns = fit_columns(np.array([[1.0], [2.0], [4.0]]), np.ones(3))
    assert np.isfinite(columns.matrix(np.array([[np.nan]]))).all()


def test_constant_empty_and_repeated_columns_are_left_out(rng) -> None:
    x, z = rng.normal(size=(2, 100))
    values = np.column_stack([np.full(100, 3.0), x, np.full(100, np.nan), 2 * x - 1, z])
    assert kinds(fit_columns(values, np.ones(100))) == [(1, "value"), (4, "value")]


def test_gaps_that_come_together_are_said_once(rng) -> None:
    values = rng.normal(size=(100, 2))
    values[::4] = np.nan
    assert [kind for _, kind in kinds(fit_columns(values, np.ones(100)))].count("missing") == 1


def test_a_rare_flag_is_kept() -> None:
    values = np.zeros((1000, 1))
    values[:3] = 1.0
    assert kinds(fit_columns(values, np.ones(1000))) == [(0, "value")]


def test_long_tails_are_cut_and_money_enters_as_its_log(rng) -> None:
    money = rng.lognormal(5, 3, (1000, 1))
    columns = fit_columns(money, np.ones(1000))
    assert kinds(columns) == [(0, "log")]
    assert np.abs(columns.matrix(np.array([[0.0], [1e30]]))).max() < 5


def test_a_column_to_skip_is_no_column(rng) -> None:
    assert kinds(fit_columns(rng.normal(size=(50, 3)), np.ones(50), skip=(1,))) == [
        (0, "value"),
        (2, "value"),
    ]


def test_columns_survive_their_list(rng) -> None:
    values = rng.normal(size=(60, 3))
    values[::5, 1] = np.nan
    columns = fit_columns(values, np.ones(60))
    assert Standardised.from_list(json.loads(json.dumps(columns.to_list()))) == columns


def test_no_column_gives_no_matrix() -> None:
    assert fit_columns(np.ones((5, 2)), np.ones(5)).matrix(np.ones((5, 2))).shape == (5, 0)


def test_the_strongest_columns_are_those_that_say_most(rng) -> None:
    matrix = rng.normal(size=(2000, 5))
    residual = 0.2 * matrix[:, 3] - 0.4 * matrix[:, 1] + rng.normal(size=2000)
    assert strongest(matrix, residual, np.ones(2000), limit=2).tolist() == [1, 3]
    assert strongest(matrix, residual, np.ones(2000), limit=9).tolist() == [0, 1, 2, 3, 4]


def test_a_row_of_no_weight_says_nothing(rng) -> None:
    matrix = rng.normal(size=(200, 2))
    residual = np.concatenate([matrix[:100, 0], 9 * matrix[100:, 1]])
    weight = np.repeat([1.0, 0.0], 100)
    assert strongest(matrix, residual, weight, limit=1).tolist() == [0]
