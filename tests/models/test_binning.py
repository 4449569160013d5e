from __future__ import annotations

import math

import numpy as np
import pytest

from arseg.models.binning import FALLING, RISING, BinRules, Bins, best_bins, make_bins

# 20 bad of 100: 4 of 40 up to the edge, 12 of 40 above it, 4 of 20 missing.
HAND = Bins((30.0,), (4.0, 12.0, 4.0), (36.0, 28.0, 16.0))


def test_weight_of_evidence_equals_the_logarithm_by_hand() -> None:
    # Book: 80 good to 20 bad, odds 4. Bins: 36/4 = 9, 28/12 = 7/3, 16/4 = 4.
    wanted = [math.log(9 / 4), math.log(7 / 12), 0.0]
    np.testing.assert_allclose(HAND.weight_of_evidence(0.0), wanted, atol=1e-8)


def test_information_value_equals_the_sum_by_hand() -> None:
    # Shares of good 0.45, 0.35, 0.2; of bad 0.2, 0.6, 0.2.
    wanted = [0.25 * math.log(9 / 4), -0.25 * math.log(7 / 12), 0.0]
    found = HAND.information_value(0.0)
    np.testing.assert_allclose(found, wanted, atol=1e-8)
    assert found.sum() == pytest.approx(0.3375, abs=5e-5)


def test_smoothing_adds_rows_of_the_books_mix() -> None:
    # Ten rows more in each bin: 8 good and 2 bad.
    wanted = [math.log(44 / 6 / 4), math.log(36 / 14 / 4), 0.0]
    np.testing.assert_allclose(HAND.weight_of_evidence(10.0), wanted)


@pytest.mark.parametrize("smoothing", [0.0, 1.0, 10.0])
def test_a_bin_without_rows_stands_at_zero(smoothing) -> None:
    bins = Bins((1.0,), (3.0, 5.0, 0.0), (30.0, 7.0, 0.0))
    assert bins.weight_of_evidence(smoothing)[2] == pytest.approx(0, abs=1e-12)


def test_a_pure_bin_has_a_finite_weight_of_evidence() -> None:
    assert np.isfinite(Bins((1.0,), (0.0, 9.0, 0.0), (9.0, 0.0, 0.0)).weight_of_evidence(0.0)).all()


def test_an_edge_belongs_to_the_bin_below_it() -> None:
    assert HAND.place(np.array([-np.inf, 30.0, 30.1, np.inf, np.nan])).tolist() == [0, 0, 1, 1, 2]


@pytest.mark.parametrize(
    ("edges", "names"),
    [
        ((), ("any value", "missing")),
        ((0.5,), ("up to 0.5", "over 0.5", "missing")),
        ((1000000.0, 2000000.0), ("up to 1e+06", "over 1e+06, up to 2e+06", "over 2e+06", "missing")),
        (
            (12.34561, 12.34562),
            ("up to 12.34561", "over 12.34561, up to 12.34562", "over 12.34562", "missing"),
        ),
    ],
)
def test_bins_are_named_as_short_as_they_can_be_told_apart(edges, names) -> None:
    counts = (1.0,) * (len(edges) + 2)
    assert Bins(edges, counts, counts).names == names


def test_a_turn_in_the_bad_rate_is_pooled_away() -> None:
    # Ten rows each at 1, 2, 3, 4, with 1, 4, 2, 6 bad: 4 and 2 of ten pool to 3 of ten.
    values = np.repeat([1.0, 2.0, 3.0, 4.0], 10)
    bad = np.concatenate([np.arange(10) < k for k in (1, 4, 2, 6)]).astype(float)
    bins = make_bins(values, bad, np.ones(40), BinRules(4, 6, 0.05, 0), RISING)
    assert bins == Bins((1.0, 3.0), (1.0, 6.0, 6.0, 0.0), (9.0, 14.0, 4.0, 0.0))


def test_a_falling_feature_is_the_rising_one_read_backwards() -> None:
    rng = np.random.default_rng(0)
    values, weight = rng.integers(0, 30, 500).astype(float), np.ones(500)
    bad = (rng.random(500) < 0.1 + values / 60).astype(float)
    rules = BinRules(prebins=30, max_bins=30, min_share=0.0, min_events=0)
    rising, falling = (
        make_bins(sign * values, bad, weight, rules, way) for sign, way in ((1, RISING), (-1, FALLING))
    )
    # An edge belongs to the bin below it, so that the mirrored edge is the next value.
    assert rising.bad[:-1] == falling.bad[-2::-1]
    assert rising.good[:-1] == falling.good[-2::-1]


def test_the_direction_that_tells_more_is_taken() -> None:
    values = np.repeat([1.0, 2.0], 50)
    bad = np.concatenate([np.arange(50) < 20, np.arange(50) < 5]).astype(float)
    bins = best_bins(values, bad, np.ones(100), BinRules(), 0.0)
    assert bins.bad == (20.0, 5.0, 0.0)
    assert make_bins(values, bad, np.ones(100), BinRules(), RISING).edges == ()


@pytest.mark.parametrize("seed", range(10))
def test_bins_keep_their_rules_whatever_the_book(seed) -> None:
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(60, 2000))
    values = rng.choice([rng.normal(size=rows), rng.integers(0, 4, rows).astype(float), rng.pareto(1, rows)])
    bad = (rng.random(rows) < rng.uniform(0.05, 0.4)).astype(float)
    weight = rng.random(rows) + 0.5
    values[rng.random(rows) < 0.2] = np.nan
    rules = BinRules(int(rng.integers(2, 30)), int(rng.integers(2, 8)), 0.05, 4.0)
    for way in (RISING, FALLING):
        bins = make_bins(values, bad, weight, rules, way)
        told, good = np.array(bins.bad[:-1]), np.array(bins.good[:-1])
        # The share of bad rows never turns.
        assert (way * np.diff(told / (told + good)) > 0).all()
        assert len(told) <= rules.max_bins
        if len(told) > 1:
            assert (told + good).min() >= 0.05 * weight.sum() - 1e-6
            assert told.min() >= 4.0 - 1e-6
        # What is counted is what is placed.
        place = bins.place(values)
        np.testing.assert_allclose(np.bincount(place, weight * bad, len(bins.bad)), bins.bad)
        np.testing.assert_allclose(np.bincount(place, weight * (1 - bad), len(bins.bad)), bins.good)
        assert bins.information_value(10.0).min() >= -1e-12


def test_a_feature_that_tells_all_keeps_telling_where_events_are_few() -> None:
    values = np.arange(200.0)
    bins = best_bins(values, (values >= 180).astype(float), np.ones(200), BinRules(), 10.0)
    assert len(bins.edges) >= 1
    assert bins.information_value(10.0).sum() > 1


def test_of_many_bins_the_least_different_neighbours_join_first() -> None:
    values = np.repeat([1.0, 2.0, 3.0], 100)
    bad = np.concatenate([np.arange(100) < k for k in (10, 12, 60)]).astype(float)
    bins = make_bins(values, bad, np.ones(300), BinRules(3, 2, 0.05, 0), RISING)
    assert bins == Bins((2.0,), (22.0, 60.0, 0.0), (178.0, 40.0, 0.0))


def test_a_column_that_is_nowhere_known_is_one_missing_bin() -> None:
    bins = make_bins(np.full(4, np.nan), np.array([0.0, 1, 0, 0]), np.ones(4), BinRules(), RISING)
    assert bins == Bins((), (0.0, 1.0), (0.0, 3.0))
    assert bins.information_value(10.0).sum() == pytest.approx(0, abs=1e-12)


def test_bins_survive_their_dictionary() -> None:
    assert Bins.from_dict(HAND.to_dict()) == HAND
