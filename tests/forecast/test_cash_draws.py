from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.forecast import cash_draws
from arseg.forecast.cash_draws import Simulation, draw_cash
from arseg.forecast.dependence import Dependence
from arseg.forecast.open_book import OpenBook
from arseg.schema import DataError, UsageError

Make = Callable[..., OpenBook]
ALONE = Dependence(0, 0, 0, 0)


@pytest.mark.parametrize(
    "dependence", [ALONE, Dependence(0.8, 0, 0, 0), Dependence(0, 0, 0, 0.9), Dependence(0.5, 0.02, 0.02)]
)
def test_the_mean_of_the_futures_is_the_expected_cash(make_book: Make, dependence: Dependence) -> None:
    cube = draw_cash(make_book(), dependence=dependence, simulation=Simulation(draws=4000), by=["segment"])
    error = cube.draws.std(axis=0) / np.sqrt(len(cube.draws))
    assert (np.abs(cube.draws.mean(axis=0) - cube.expected) < 5 * error + 0.02 * cube.expected).all()
    assert cube.expected.sum() == pytest.approx(make_book().expected_by_week().sum())


def test_independent_items_have_the_variance_of_coin_tosses(make_book: Make) -> None:
    book = make_book()
    cube = draw_cash(book, dependence=ALONE, simulation=Simulation(draws=6000))
    chance = book.expected_by_week() / book.balance[:, None]
    exact = (book.balance[:, None] ** 2 * chance * (1 - chance)).sum(axis=0)
    assert cube.draws[:, 0].var(axis=0) == pytest.approx(exact, rel=0.1)


def test_a_customers_pace_gives_the_variance_of_the_integral(make_book: Make) -> None:
    # Oracle: V on a fine grid of the gamma distribution; given V, items are independent.
    from scipy.stats import gamma

    book, theta = make_book(30, 8), 0.8
    cube = draw_cash(book, dependence=Dependence(theta, 0, 0, 0), simulation=Simulation(draws=8000))
    hazard = Dependence(theta, 0, 0, 0).hazards(1 - book.incidence.sum(axis=1)[:, 6::7])
    grid = gamma(1 / theta, scale=theta).ppf((np.arange(400) + 0.5) / 400)
    share = 0.9 * -np.diff(np.exp(-grid[:, None, None] * hazard), axis=2, prepend=1.0)
    code = pd.factorize(book.items["customer_id"])[0]
    inside, between = np.zeros(13), np.zeros(13)
    for customer in range(30):
        own = code == customer
        money = book.balance[own][None, :, None]
        inside += (money**2 * share[:, own] * (1 - share[:, own])).sum(axis=1).mean(axis=0)
        between += (money * share[:, own]).sum(axis=1).var(axis=0)
    assert cube.draws[:, 0].var(axis=0) == pytest.approx(inside + between, rel=0.12)


def test_what_is_shared_widens_the_bands(make_book: Make) -> None:
    def width(dependence: Dependence) -> float:
        frame = draw_cash(make_book(6, 50), dependence=dependence).bands()
        return float((frame["high_80"] - frame["low_80"]).sum())

    alone = width(ALONE)
    assert width(Dependence(1.0, 0, 0, 0)) > 1.2 * alone
    assert width(Dependence(0, 0.05, 0.05, 0)) > 1.1 * alone
    assert width(Dependence(0, 0, 0, 0.9)) > 1.4 * alone


def test_items_alike_that_always_follow_their_customer_leave_as_one() -> None:
    items = pd.DataFrame(
        {"invoice_id": list("ijk"), "customer_id": ["a", "a", "b"], "balance": [1.0, 1.0, 10.0]}
    )
    incidence = np.zeros((3, 3, 13))
    incidence[:, 0] = np.linspace(0.05, 0.8, 13)
    book = OpenBook(items, incidence, 7 * np.arange(1, 14), pd.Timestamp("2026-10-31").date())
    drawn = draw_cash(book, dependence=Dependence(0, 0, 0, 1.0), simulation=Simulation(draws=300)).draws
    assert set(np.unique(drawn)) <= {0.0, 2.0, 10.0, 12.0}


def test_no_item_brings_more_than_its_balance_and_none_a_part(make_book: Make) -> None:
    book = make_book(1, 1)
    drawn = draw_cash(book, simulation=Simulation(draws=500)).draws
    assert set(np.unique(drawn)) <= {0.0, np.float32(book.balance[0])}
    assert (drawn.sum(axis=2) <= np.float32(book.balance[0])).all()


def test_days_sum_to_weeks_and_have_the_expected_mean(make_book: Make) -> None:
    book = make_book()
    simulation = Simulation(draws=4000)
    weekly = draw_cash(book, simulation=simulation)
    daily = draw_cash(book, simulation=replace(simulation, daily=True))
    assert daily.expected.shape == (1, 91)
    assert daily.by_week().draws.sum(axis=2) == pytest.approx(weekly.draws.sum(axis=2), rel=0.05)
    assert daily.by_week().expected == pytest.approx(weekly.expected)
    error = daily.draws.std(axis=0) / np.sqrt(4000)
    assert (np.abs(daily.draws.mean(axis=0) - daily.expected) < 5 * error + 0.03 * daily.expected).all()


def test_payments_fall_on_the_days_of_the_curve() -> None:
    # Everybody pays on day 3 or on day 10.
    paid = np.where(np.arange(1, 15) >= 10, 1.0, np.where(np.arange(1, 15) >= 3, 0.5, 0.0))
    items = pd.DataFrame({"invoice_id": ["i"], "customer_id": ["a"], "balance": [100.0]})
    incidence = np.zeros((1, 3, 14))
    incidence[0, 0] = paid
    book = OpenBook(items, incidence, np.arange(1, 15), pd.Timestamp("2026-10-31").date())
    drawn = draw_cash(book, simulation=Simulation(draws=500, weeks=2, daily=True)).draws[:, 0]
    assert set(np.flatnonzero(drawn.any(axis=0)) + 1) == {3, 10}


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_items_does_not_matter(random: object) -> None:
    rng = np.random.default_rng(random.randint(0, 10**6))  # type: ignore[attr-defined]
    n = 20
    items = pd.DataFrame(
        {
            "invoice_id": [f"i{k}" for k in range(n)],
            "customer_id": rng.choice(list("abcd"), n),
            "balance": rng.integers(1, 100, n).astype(float),
        }
    )
    incidence = np.sort(rng.uniform(0, 0.3, (n, 3, 13)), axis=2)
    order = rng.permutation(n)
    key_date = pd.Timestamp("2026-10-31").date()
    times = 7 * np.arange(1, 14)
    size = Simulation(draws=20)
    first = draw_cash(OpenBook(items, incidence, times, key_date), simulation=size)
    second = draw_cash(
        OpenBook(items.iloc[order].reset_index(drop=True), incidence[order], times, key_date), simulation=size
    )
    assert np.array_equal(first.draws, second.draws)


def test_blocks_never_part_a_customer_and_miss_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cash_draws, "BLOCK", 4)
    customers = np.repeat([0, 1, 2, 3], [3, 2, 9, 1])
    blocks = [block.tolist() for block in cash_draws._blocks(customers)]
    assert [row for block in blocks for row in block] == list(range(15))
    assert [len(block) for block in blocks] == [3, 2, 9, 1]
    assert list(cash_draws._blocks(np.array([], dtype=np.intp))) == []


def test_the_same_seed_gives_the_same_bytes_and_another_other_ones(make_book: Make) -> None:
    first, second, third = (
        draw_cash(make_book(), simulation=Simulation(draws=50, seed=seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.draws, second.draws)
    assert not np.array_equal(first.draws, third.draws)


def test_an_empty_book_brings_nothing_in_every_future(make_book: Make) -> None:
    book = make_book()
    empty = replace(book, items=book.items.iloc[:0], incidence=book.incidence[:0])
    assert draw_cash(empty).draws.sum() == 0


def test_what_cannot_be_drawn_is_refused(make_book: Make) -> None:
    with pytest.raises(UsageError, match="nothing is simulated"):
        Simulation(draws=0)
    with pytest.raises(UsageError, match="the cube is too large"):
        draw_cash(make_book(), simulation=Simulation(draws=10**6), by=["invoice_id"])
    with pytest.raises(DataError, match="items lacks columns"):
        draw_cash(make_book(), by=["entity"])
    with pytest.raises(DataError, match="not known on all days"):
        draw_cash(make_book(times=7 * np.arange(1, 14)), simulation=Simulation(daily=True))
