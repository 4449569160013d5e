from __future__ import annotations

import numpy as np
import pytest

from arseg.models.card_features import uncorrelated, weigh
from arseg.models.classifier import LabelledRows
from arseg.schema import DataError


def rows_of(bad, weight=None) -> LabelledRows:
    bad = np.asarray(bad, dtype=float)
    weight = np.ones(len(bad)) if weight is None else np.asarray(weight, dtype=float)
    return LabelledRows([], np.zeros((len(bad), 0)), bad, weight)


# 10 of 100 bad at weight of evidence 1, 40 of 100 at -1.
TWO_CELLS = rows_of([1] * 10 + [0] * 90 + [1] * 40 + [0] * 60)
EVIDENCE = np.repeat([1.0, -1.0], 100)


def weigh_alone(evidence, rows) -> tuple[float, dict[str, float]]:
    """Weigh without smoothing."""
    return weigh(evidence, rows, {name: np.unique(values) for name, values in evidence.items()}, 0.0)


def test_two_cells_have_their_log_odds_by_hand() -> None:
    # a + b = ln 9, a - b = ln 1.5.
    intercept, slopes = weigh_alone({"x": EVIDENCE}, TWO_CELLS)
    assert intercept == pytest.approx((np.log(9) + np.log(1.5)) / 2, abs=1e-9)
    assert slopes == {"x": pytest.approx((np.log(9) - np.log(1.5)) / 2, abs=1e-9)}


def test_the_slope_solves_the_score_equations() -> None:
    rng = np.random.default_rng(0)
    evidence = {"a": rng.normal(size=800).round(1), "b": rng.normal(size=800).round(1)}
    bad = rng.random(800) < 1 / (1 + np.exp(1 + evidence["a"] + 0.5 * evidence["b"]))
    weight = rng.random(800) + 0.5
    intercept, slopes = weigh_alone(evidence, rows_of(bad, weight))
    odds = intercept + sum(slopes[name] * evidence[name] for name in evidence)
    missed = weight * ((1 - bad) - 1 / (1 + np.exp(-odds)))
    # At the maximum of the likelihood the residuals are orthogonal to every column.
    for column in (np.ones(800), *evidence.values()):
        assert missed @ column == pytest.approx(0, abs=1e-6)


def test_a_feature_that_speaks_against_its_bins_is_dropped_and_the_rest_fitted_again() -> None:
    # The order of columns is that of strength; "noise" repeats x with the sign turned, blurred.
    rng = np.random.default_rng(1)
    against = -EVIDENCE + rng.normal(0, 0.5, 200)
    alone = weigh_alone({"x": EVIDENCE}, TWO_CELLS)
    found = weigh_alone({"against": -EVIDENCE * 0.5, "x": EVIDENCE + 1e-3 * against}, TWO_CELLS)
    assert list(found[1]) == ["x"]
    assert found[1]["x"] == pytest.approx(alone[1]["x"], rel=0.01)


def test_without_a_feature_the_book_speaks() -> None:
    intercept, slopes = weigh_alone({}, TWO_CELLS)
    assert (intercept, slopes) == (pytest.approx(np.log(150 / 50)), {})
    intercept, slopes = weigh_alone({"against": -EVIDENCE}, TWO_CELLS)
    assert (intercept, slopes) == (pytest.approx(np.log(150 / 50)), {})


def test_the_weaker_of_two_alike_is_left_out_and_an_unlike_one_stays() -> None:
    rng = np.random.default_rng(0)
    strong = rng.normal(size=500)
    evidence = {"strong": strong, "alike": -strong + rng.normal(0, 0.3, 500), "other": rng.normal(size=500)}
    assert uncorrelated(evidence, np.ones(500), limit=0.7) == ["strong", "other"]
    assert uncorrelated(evidence, np.ones(500), limit=1.0) == ["strong", "alike", "other"]


def test_correlation_is_that_of_the_weighted_rows() -> None:
    rng = np.random.default_rng(3)
    one, weight = rng.normal(size=300), rng.integers(1, 4, 300)
    other = one + rng.normal(0, 1, 300)
    r = abs(np.corrcoef(np.repeat(one, weight), np.repeat(other, weight))[0, 1])
    evidence = {"one": one, "other": other}
    assert uncorrelated(evidence, weight.astype(float), limit=r + 1e-6) == ["one", "other"]
    assert uncorrelated(evidence, weight.astype(float), limit=r - 1e-6) == ["one"]


def test_features_that_tell_the_outcome_in_full_are_refused() -> None:
    bad = np.repeat([1.0, 0.0], 50)
    with pytest.raises(DataError, match=r"part good from bad without an error.*knows the outcome"):
        weigh_alone({"leak": np.where(bad > 0, -2.0, 2.0)}, rows_of(bad))


def test_the_rows_that_smooth_a_bin_smooth_the_regression() -> None:
    # Bins of 36 good to 4 bad and 0 good to 20 bad; ten rows more of 36:24 in each make 42:8 and 6:24.
    bad = [1] * 4 + [0] * 36 + [1] * 20
    woe = np.log([42 / 8, 6 / 24]) - np.log(36 / 24)
    evidence = np.repeat(woe, [40, 20])
    intercept, slopes = weigh({"x": evidence}, rows_of(bad), {"x": woe}, 10.0)
    assert intercept == pytest.approx(np.log(36 / 24), abs=1e-8)
    assert slopes == {"x": pytest.approx(1.0, abs=1e-8)}
