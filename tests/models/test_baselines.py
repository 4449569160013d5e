from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.models import CustomerMeanDelay, KaplanMeierByTerms, aalen_johansen

HAND = pd.DataFrame({"event": [1, 2, 1, 0, 3, 1], "duration": [1, 2, 2, 2, 4, 400]})


def clocks(rows, **columns: object) -> pd.DataFrame:
    plain = {"days_past_due": 0, "terms_days": 30, "key_day": 19000}
    return pd.DataFrame({**plain, **columns}, index=range(rows))


def test_aalen_johansen_equals_the_sum_by_hand() -> None:
    found = aalen_johansen(HAND)
    # Day 1: 1 of 6 paid. Day 2: of 5 at risk one paid, one credited, one censored. Day 4: of 2 one written off.
    np.testing.assert_allclose(found[0, :4], [1 / 6, 1 / 6 + 5 / 6 / 5, 1 / 3, 1 / 3])
    np.testing.assert_allclose(found[1, :4], [0, 1 / 6, 1 / 6, 1 / 6])
    np.testing.assert_allclose(found[2, :4], [0, 0, 0, 1 / 2 * 1 / 2])
    # The payment on day 400 is open at the year.
    assert found[0, -1] == found[0, 3]


def test_without_censoring_incidence_is_the_share_that_left() -> None:
    rng = np.random.default_rng(0)
    y = pd.DataFrame({"event": rng.integers(1, 4, 500), "duration": rng.integers(1, 300, 500)})
    wanted = [((y["event"] == 2) & (y["duration"] <= day)).mean() for day in range(1, 366)]
    np.testing.assert_allclose(aalen_johansen(y)[1], wanted)


def test_weights_count_rows() -> None:
    weight = np.array([1, 2, 3, 1, 1, 2])
    repeated = HAND.loc[HAND.index.repeat(weight)]
    np.testing.assert_allclose(aalen_johansen(HAND, weight), aalen_johansen(repeated))


def test_a_book_of_one_stratum_has_its_plain_curve() -> None:
    model = KaplanMeierByTerms().fit(clocks(6), HAND)
    found = model.predict_cumulative_incidence(clocks(1), range(1, 366))
    np.testing.assert_allclose(found[0], aalen_johansen(HAND))


def test_a_large_stratum_keeps_its_own_curve_and_a_new_one_gets_the_bucket() -> None:
    rows = 4000
    X = clocks(rows, days_past_due=np.repeat([0, 40], rows // 2))
    y = pd.DataFrame({"event": 1, "duration": np.repeat([2, 20], rows // 2)})
    model = KaplanMeierByTerms().fit(X, y)
    asked = clocks(3, days_past_due=[0, 40, 40], terms_days=[30.0, 30.0, np.nan])
    found = model.predict_cumulative_incidence(asked, [10])[:, 0, 0]
    np.testing.assert_allclose(found, [1.0, 0.0, 0.0], atol=0.03)


def test_shrinkage_moves_a_thin_stratum_to_its_bucket() -> None:
    X = clocks(1010, terms_days=np.append(np.full(1000, 30), np.full(10, 90)))
    y = pd.DataFrame({"event": 1, "duration": np.append(np.full(1000, 50), np.full(10, 5))})
    thin = clocks(1, terms_days=90)
    own, shrunk = (
        KaplanMeierByTerms(shrinkage=k).fit(X, y).predict_cumulative_incidence(thin, [10])[0, 0, 0]
        for k in (0.0, 50.0)
    )
    assert own == 1.0
    assert shrunk == pytest.approx(10 / 60, abs=0.02)


def habits(rows, mean, count, **columns: object) -> pd.DataFrame:
    return clocks(rows, cleared_days_late_mean_12m=mean, cleared_count_12m=count, **columns)


@pytest.fixture(scope="module", name="mixed")
def _mixed() -> CustomerMeanDelay:
    """Half pay on the due day, half 30 days late, each give or take 3 days; seen 10 days before due."""
    rng = np.random.default_rng(4)
    late = np.repeat([0, 30], 2000)
    paid = late + rng.integers(-3, 4, 4000) + 10
    X = habits(4000, late.astype(float), 50, days_past_due=-10)
    return CustomerMeanDelay().fit(X, pd.DataFrame({"event": 1, "duration": paid}))


def test_a_late_customer_is_predicted_late(mixed) -> None:
    asked = habits(2, [0.0, 30.0], 50, days_past_due=-10)
    found = mixed.predict_cumulative_incidence(asked, [15, 25, 45])[:, 0]
    np.testing.assert_allclose(found, [[1, 1, 1], [0, 0, 1]], atol=0.12)


def test_an_unknown_customer_gets_the_mean_of_the_book(mixed) -> None:
    unknown = habits(1, [np.nan], 0, days_past_due=-10)
    middle = habits(1, [mixed.pool_], 1000, days_past_due=-10)
    np.testing.assert_allclose(
        *(mixed.predict_cumulative_incidence(X, [7, 20, 40]) for X in (unknown, middle))
    )
    assert mixed.pool_ == pytest.approx(15.0)


def test_what_has_passed_does_not_come_again(mixed) -> None:
    asked = habits(2, 0.0, 50, days_past_due=[-10, 1])
    found = mixed.predict_cumulative_incidence(asked, [2])[:, 0, 0]
    assert found[1] > found[0] + 0.3


def test_other_causes_get_their_share_over_the_year() -> None:
    y = pd.DataFrame({"event": [1] * 90 + [2] * 6 + [3] * 4, "duration": 20})
    found = CustomerMeanDelay().fit(clocks(100), y).predict_cumulative_incidence(clocks(1), [73, 365])
    np.testing.assert_allclose(found[0, 1], [0.06 / 5, 0.06])
    np.testing.assert_allclose(found[0, 2], [0.04 / 5, 0.04])


def test_delayed_entry_undoes_length_bias() -> None:
    """Items seen only because they were still open must not make the book look slow."""
    rng = np.random.default_rng(5)
    paid, seen = rng.integers(1, 61, 40_000), rng.integers(-20, 61, 40_000)
    still_open = paid > seen
    X = clocks(int(still_open.sum()), days_past_due=seen[still_open])
    y = pd.DataFrame({"event": 1, "duration": (paid - seen)[still_open]})
    found = CustomerMeanDelay().fit(X, y).predict_cumulative_incidence(clocks(1), [15, 30, 45])[0, 0]
    np.testing.assert_allclose(found, [0.25, 0.5, 0.75], atol=0.02)
