from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from arseg.models.declared_prior import DeclaredPrior
from arseg.schema import DataError, UsageError


def clocks(ages) -> pd.DataFrame:
    return pd.DataFrame({"days_past_due": ages, "terms_days": 30, "key_day": 19000}, index=range(len(ages)))


def ready(**declared: float) -> DeclaredPrior:
    y = pd.DataFrame({"event": [0], "duration": [5]})
    return DeclaredPrior(**declared).fit(clocks([0]), y)


def paid(model, ages, days) -> np.ndarray:
    return model.predict_cumulative_incidence(clocks(ages), days)[:, 0, :]


def test_a_new_item_is_paid_by_the_declared_quartiles() -> None:
    model = ready(median_days_late=6.0, spread=10.0, loss_rate=0.0)
    # From far before the due date nothing has been paid: due is day 300.
    found = paid(model, [-300], [296, 306, 316])[0]
    # What would have been paid before the key date, 1/(r(r+t)) on the far side, is all but nothing.
    np.testing.assert_allclose(found, [0.25, 0.5, 0.75], atol=1e-3)


def test_it_is_students_t_given_that_the_item_is_still_open() -> None:
    model = ready(median_days_late=6.0, spread=10.0, loss_rate=0.0)
    t = stats.t(df=2, loc=6.0, scale=10.0 / stats.t(df=2).ppf(0.75))
    days = np.array([1, 7, 30, 90, 365])
    for age in (-60, -5, 0, 6, 45, 400, 5000):
        wanted = 1 - t.sf(age + days) / t.sf(age)
        np.testing.assert_allclose(paid(model, [age], days)[0], wanted, rtol=1e-7, atol=1e-12)


def test_lost_items_are_the_declared_share_of_new_ones_and_more_of_old_ones() -> None:
    model = ready(loss_rate=0.01)
    lost = model.predict_cumulative_incidence(clocks([-300, 0, 90, 365, 4000]), [365])[:, 2, 0]
    assert lost[0] == pytest.approx(0.01, rel=0.01)
    assert (np.diff(lost) > 0).all()
    # By Bayes at 90 days past due: 0.01 lost against 0.99 x P(paid later than that).
    late = stats.t(df=2, loc=5.0, scale=10.0 / stats.t(df=2).ppf(0.75)).sf(90)
    assert lost[2] == pytest.approx(0.01 / (0.01 + 0.99 * late))


def test_write_offs_come_evenly_over_the_year_and_credits_not_at_all() -> None:
    found = ready().predict_cumulative_incidence(clocks([30]), [73, 365])
    assert found[0, 2, 0] == pytest.approx(found[0, 2, 1] / 5)
    assert not found[:, 1].any()


def test_what_is_declared_is_told_whatever_was_seen() -> None:
    rng = np.random.default_rng(0)
    y = pd.DataFrame({"event": rng.integers(0, 4, 50), "duration": rng.integers(1, 99, 50)})
    seen = DeclaredPrior().fit(clocks([5] * 50), y)
    np.testing.assert_array_equal(paid(seen, [3], [30]), paid(ready(), [3], [30]))
    assert seen.to_dict() == ready().to_dict()


def test_it_stands_in_where_no_item_left_the_book_yet() -> None:
    open_items = pd.DataFrame({"event": [0, 0], "duration": [5, 6]})
    found = DeclaredPrior().fit(clocks([0, 1]), open_items).predict_cumulative_incidence(clocks([0]), [30])
    assert 0 < found[0, 0, 0] < 1


def test_it_stands_in_where_there_is_no_row_at_all() -> None:
    none = pd.DataFrame({"event": [], "duration": []})
    assert paid(DeclaredPrior().fit(clocks([]), none), [0], [30]).shape == (1, 1)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ({"event": [1, 5], "duration": [2, 2]}, "unknown event"),
        ({"event": [0, 0], "duration": [0, 2]}, "below one day"),
        ({"event": [0], "duration": [2]}, "X and y differ in length"),
        ({"event": [0, 0]}, "exactly the columns"),
        ({"event": []}, "exactly the columns"),
    ],
)
def test_an_impossible_target_is_refused_all_the_same(y, message) -> None:
    with pytest.raises(DataError, match=message):
        DeclaredPrior().fit(clocks([0, 0]), pd.DataFrame(y))


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("spread", 0),
        ("spread", float("nan")),
        ("loss_rate", 1.0),
        ("loss_rate", -0.1),
        ("median_days_late", 400),
    ],
)
def test_a_declaration_out_of_its_range_is_refused(parameter, value) -> None:
    with pytest.raises(UsageError, match=f"DeclaredPrior: {parameter} is out of its range"):
        DeclaredPrior(**{parameter: value})
