from __future__ import annotations

import numpy as np
import pytest

from arseg.backtest.intervals import Draws, draw_customers, ratio_interval
from arseg.schema import UsageError


def _clustered_book(seed: int, customers: int = 120) -> tuple[np.ndarray, np.ndarray, float]:
    """Late amount and amount per customer; each customer has its own latent late share."""
    rng = np.random.default_rng(seed)
    amount = rng.lognormal(8, 0.7, customers)
    return amount * rng.beta(2, 6, customers), amount, 2 / 8


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(200):
        late, amount, truth = _clustered_book(seed)
        low, high = ratio_interval(
            late[:, None], amount[:, None], draw_customers(len(late), draws=300, seed=seed)
        )
        covered += bool(low[0] <= truth <= high[0])
    assert 0.90 <= covered / 200 <= 0.99


def test_resampling_invoices_instead_of_customers_would_be_too_narrow() -> None:
    late, amount, _ = _clustered_book(1)
    each = 20
    rng = np.random.default_rng(5)
    invoices_late = np.repeat(late / each, each)
    invoices_amount = np.repeat(amount / each, each)
    picks = rng.integers(0, len(invoices_late), (300, len(invoices_late)))
    naive = invoices_late[picks].sum(axis=1) / invoices_amount[picks].sum(axis=1)
    low, high = ratio_interval(late[:, None], amount[:, None], draw_customers(len(late), draws=300, seed=1))
    assert (high - low)[0] > 2 * np.ptp(np.quantile(naive, [0.025, 0.975]))


def test_one_matrix_product_equals_the_loop_over_draws() -> None:
    late, amount, _ = _clustered_book(2, customers=30)
    draws = draw_customers(30, draws=50, seed=9)
    looped = [(w * late).sum() / (w * amount).sum() for w in draws.weights.astype(float)]
    low, high = ratio_interval(late[:, None], amount[:, None], draws)
    assert [low[0], high[0]] == pytest.approx(np.quantile(looped, [0.025, 0.975]))


def test_a_numerator_of_zeros_has_no_interval_because_zeros_prove_nothing() -> None:
    low, high = ratio_interval(np.zeros((50, 1)), np.ones((50, 1)), draw_customers(50, draws=20, seed=1))
    assert np.isnan(low[0])
    assert np.isnan(high[0])


def test_fewer_than_ten_customers_have_no_interval() -> None:
    denominator = np.zeros((50, 1))
    denominator[:9] = 1
    low, _ = ratio_interval(np.ones((50, 1)), denominator, draw_customers(50, draws=20, seed=1))
    assert np.isnan(low[0])


def test_the_same_seed_draws_the_same_customers() -> None:
    one, two = (draw_customers(40, draws=10, seed=4) for _ in range(2))
    assert (one.weights == two.weights).all()
    assert isinstance(one, Draws)
    assert (one.weights.sum(axis=1) == 40).all()


def test_no_customer_is_refused() -> None:
    with pytest.raises(UsageError, match=r"nothing can be drawn\. Given: 0 customers, 10 draws"):
        draw_customers(0, draws=10, seed=1)


def test_the_same_draw_is_made_once_and_nobody_can_change_it() -> None:
    first, again = (draw_customers(40, draws=20, seed=4) for _ in range(2))
    assert again is first
    assert draw_customers(40, draws=20, seed=5) is not first
    with pytest.raises(ValueError, match="read-only"):
        first.weights[0, 0] = 7


def test_the_draws_in_columns_are_the_draws() -> None:
    draws = draw_customers(30, draws=8, seed=3)
    assert draws.by_customer.shape == (30, 8)
    np.testing.assert_array_equal(draws.by_customer, draws.weights.T)
    assert draws.by_customer is draws.by_customer
