from __future__ import annotations

import numpy as np
import pytest

from arseg.metrics import receivables as r

# Hand-checked golden values of science 1.1: sales Jan/Feb/Mar, receivables 210 on 31 March.
SALES, DAYS, UNPAID = [100.0, 80.0, 120.0], [31, 28, 31], [40.0, 70.0, 100.0]


def test_the_golden_values_of_the_three_month_book_hold() -> None:
    assert r.countback_dso(210, SALES, DAYS) == pytest.approx(62.1)
    assert r.simple_dso(210, sum(SALES), 90).item() == pytest.approx(63.0)
    assert r.simple_dso(210, SALES[-1], 31).item() == pytest.approx(54.25)
    assert r.sales_weighted_dso(UNPAID, SALES, DAYS).item() == pytest.approx(62.733, abs=5e-4)


def test_the_published_example_with_wrong_arithmetic_is_computed_right() -> None:
    assert r.simple_dso(4.6, 9.0, 90).item() == pytest.approx(46.0)


def test_best_possible_and_delinquent_days_add_up_to_simple_dso() -> None:
    simple = r.simple_dso(210, 300, 91)
    assert r.best_possible_dso(150, 300, 91) + r.average_days_delinquent(60, 300, 91) == pytest.approx(simple)


def test_no_sales_is_not_a_number_rather_than_zero_or_infinity() -> None:
    assert np.isnan(r.simple_dso(10, 0, 91))
    assert np.isnan(r.bad_debt_ratio(1, 0))
    assert np.isnan(r.collection_rate(1, -5))


def test_countback_beyond_the_history_says_so_instead_of_giving_the_history() -> None:
    assert r.countback_dso(1000, SALES, DAYS) == float("inf")
    assert r.countback_dso(0, SALES, DAYS) == 0


def test_countback_walks_over_a_month_without_sales() -> None:
    assert r.countback_dso(130, [100.0, 0.0, 120.0], DAYS) == pytest.approx(31 + 28 + 10 / 100 * 31)


def test_sales_weighted_dso_does_not_move_with_sales_growth() -> None:
    days = np.full(24, 30.0)
    unpaid_share = np.exp(-np.arange(24)[::-1] / 2.0)
    values = []
    for growth in (0.95, 1.0, 1.1):
        sales = 100 * growth ** np.arange(24)
        values.append(r.sales_weighted_dso(sales * unpaid_share, sales, days).item())
    assert np.ptp(values) < 1e-9


def test_sales_weighted_dso_serves_many_draws_in_one_call() -> None:
    both = r.sales_weighted_dso(np.array([UNPAID, UNPAID]), np.array([SALES, SALES]), DAYS)
    assert both.shape == (2,)
    assert both[0] == pytest.approx(62.733, abs=5e-4)


def test_windows_of_average_receivables_dso_add_up() -> None:
    first, second = (3000.0, 100.0), (5000.0, 150.0)
    pooled = r.average_receivables_dso(first[0] + second[0], first[1] + second[1]).item()
    weighted = (30.0 * 100 + 5000 / 150 * 150) / 250
    assert pooled == pytest.approx(weighted)
