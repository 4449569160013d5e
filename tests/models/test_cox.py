from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.metrics import horizon_log_loss, mean_log_loss
from arseg.models import CoxPH, KaplanMeierByTerms, aalen_johansen
from arseg.models.cox import daily_baseline, incidence
from arseg.models.partial_likelihood import Spells
from arseg.models.row_order import row_keys
from arseg.schema import UsageError

TIMES = [7, 14, 30, 60, 90]


@pytest.fixture(scope="module", name="train")
def _train(draw) -> object:
    return draw(3000, seed=1)


@pytest.fixture(scope="module", name="test")
def _test(draw) -> object:
    return draw(1500, seed=99)


def plain(rows, seed=0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Items of one age and key date, whose time depends on one column only."""
    rng = np.random.default_rng(seed)
    speed = rng.normal(size=rows)
    paid = np.ceil(rng.exponential(30 * np.exp(-0.7 * speed)))
    followed = rng.integers(60, 200, rows)
    X = pd.DataFrame({"days_past_due": 0, "terms_days": 30, "key_day": 20000, "speed": speed})
    y = pd.DataFrame({"event": (paid <= followed).astype(int), "duration": np.minimum(paid, followed)})
    return X, y.astype(int)


def loss(model, train, test) -> float:
    found = model.fit(train.X, train.y).predict_cumulative_incidence(test.X, TIMES)
    y = test.y.assign(followed_days=test.followed_days)
    return mean_log_loss(horizon_log_loss(y, found, TIMES, horizons=TIMES))


def test_the_coefficients_are_those_of_statsmodels(train) -> None:
    from statsmodels.duration.hazard_regression import PHReg

    model = CoxPH(ridge=0.0).fit(train.X, train.y)
    curve = model.curves_[1]
    matrix = model.design_.matrix(train.X.to_numpy(dtype=float))[:, curve.places]
    paid = (train.y["event"] == 1).to_numpy().astype(int)
    theirs = PHReg(train.y["duration"].to_numpy(), matrix, status=paid, ties="breslow").fit(disp=0)
    np.testing.assert_allclose(curve.coefficients, theirs.params, atol=1e-5)


def test_on_the_due_clock_too(train) -> None:
    from statsmodels.duration.hazard_regression import PHReg

    model = CoxPH(clock="due", ridge=0.0).fit(train.X, train.y)
    curve = model.curves_[1]
    matrix = model.design_.matrix(train.X.to_numpy(dtype=float))[:, curve.places]
    paid = (train.y["event"] == 1).to_numpy().astype(int)
    age = train.X["days_past_due"].to_numpy() + 1000
    # Half a day on: statsmodels also counts the day of entry as one at risk.
    ends = age + train.y["duration"].to_numpy()
    theirs = PHReg(ends, matrix, status=paid, entry=age + 0.5, ties="breslow").fit(disp=0)
    np.testing.assert_allclose(curve.coefficients, theirs.params, atol=1e-4)


def test_the_truth_of_a_proportional_book_is_recovered() -> None:
    """Of a speed s the time is exponential with mean 30 exp(-0.7 s) days."""
    X, y = plain(6000)
    asked = X.iloc[:3].assign(speed=[-1.0, 0.0, 1.0])
    found = CoxPH().fit(X, y).predict_cumulative_incidence(asked, [10, 30])[:, 0]
    rate = np.exp(0.7 * np.array([-1.0, 0.0, 1.0])) / 30
    np.testing.assert_allclose(found, -np.expm1(-rate[:, None] * [10, 30]), atol=0.02)


def test_without_features_it_is_the_life_table(draw) -> None:
    book = draw(6000, seed=4)
    bare = book.X.assign(days_past_due=0, key_day=20000)[["days_past_due", "terms_days", "key_day"]]
    found = CoxPH().fit(bare.assign(terms_days=30), book.y)
    days = np.arange(1, 151)
    curves = found.predict_cumulative_incidence(bare.iloc[:1].assign(terms_days=30), days)[0]
    np.testing.assert_allclose(curves, aalen_johansen(book.y)[:, :150], atol=0.005)


def test_a_day_of_many_events_leaves_as_many_as_it_did() -> None:
    """Of 1,000 at risk 400 are paid on day 1: exp(-0.4) would leave 670 open."""
    spells = Spells(
        np.zeros(1000, int), np.repeat([1, 2], [400, 600]), np.arange(1000) < 400, np.ones(1000), 2
    )
    assert np.exp(-daily_baseline(spells, np.ones(1000))[0]) == pytest.approx(0.6, abs=0.005)


def test_a_day_that_nobody_was_followed_to_has_the_daily_rate() -> None:
    spells = Spells(np.zeros(4, int), np.array([1, 2, 2, 5]), np.array([1, 1, 0, 0], bool), np.ones(4), 9)
    assert daily_baseline(spells, np.ones(4))[-1] == pytest.approx(2 / 10)


def test_incidence_is_summed_over_the_survivors_of_all_causes() -> None:
    """Constant hazards a and b: F_a = a / (a + b) (1 - exp(-(a + b) t))."""
    hazards = np.tile(np.array([0.05, 0.02, 0.0])[:, None], (1, 40))[None]
    days = np.arange(1, 41)
    total = -np.expm1(-0.07 * days)
    found = incidence(hazards)[0]
    np.testing.assert_allclose(found, [5 / 7 * total, 2 / 7 * total, 0 * total], atol=1e-12)


def test_a_rare_cause_keeps_its_daily_rate() -> None:
    X, y = plain(500)
    y.iloc[:12, 0] = 3
    model = CoxPH().fit(X, y)
    rate = 12 / y["duration"].sum()
    assert model.curves_[3].coefficients == []
    np.testing.assert_allclose(model.curves_[3].baseline, rate)


def test_a_cause_unseen_in_training_is_never_predicted() -> None:
    X, y = plain(300)
    assert CoxPH().fit(X, y).predict_cumulative_incidence(X, [365])[:, 1:].max() == 0


def test_on_the_due_clock_it_beats_the_curves_by_terms(train, test) -> None:
    assert loss(CoxPH(clock="due"), train, test) < loss(KaplanMeierByTerms(), train, test) - 0.005


def test_the_due_clock_knows_where_the_due_date_is(train, test) -> None:
    assert loss(CoxPH(clock="due"), train, test) < loss(CoxPH(), train, test) - 0.03


def test_on_the_due_clock_delayed_entry_undoes_length_bias() -> None:
    """All pay at due + 1 .. 10, evenly; half the rows are first seen on day 5, if still open."""
    late = np.tile(np.arange(1, 11), 200)
    entry = np.repeat([0, 5], 1000)
    open_items = late > entry
    X = pd.DataFrame({"days_past_due": entry, "terms_days": 30, "key_day": 20000 + entry})[open_items]
    y = pd.DataFrame({"event": 1, "duration": late - entry})[open_items]
    asked = X.iloc[:1].assign(days_past_due=0)
    found = CoxPH(clock="due", ridge=1e6).fit(X, y).predict_cumulative_incidence(asked, [2, 5])[0, 0]
    np.testing.assert_allclose(found, [0.2, 0.5], atol=0.01)


def test_a_column_said_twice_and_one_that_tells_nothing_change_nothing(train) -> None:
    X = train.X.iloc[:800]
    y = train.y.iloc[:800]
    more = X.assign(again=X["balance"], twice=2 * X["run_weekday"] + 1, same=7.0, empty=np.nan)
    left, right = (CoxPH().fit(frame, y).predict_cumulative_incidence(more, TIMES) for frame in (X, more))
    np.testing.assert_allclose(left, right, atol=1e-9)


def test_a_column_that_tells_the_outcome_does_not_stop_it(train) -> None:
    X = train.X.iloc[:500].assign(told=train.y["event"].iloc[:500] == 1)
    found = CoxPH().fit(X, train.y.iloc[:500]).predict_cumulative_incidence(X, TIMES)
    assert np.isfinite(found).all()


def test_no_more_columns_than_asked_the_strongest_first(train) -> None:
    model = CoxPH(columns=1).fit(train.X, train.y)
    assert len(model.curves_[1].places) == 1
    one = model.design_.columns[model.curves_[1].places[0]]
    assert model.features_[one.place] in {"cleared_days_late_mean_12m", "days_past_due"}


def test_a_sample_of_the_rows_gives_nearly_the_same(train, test) -> None:
    whole, sampled = (
        CoxPH(row_limit=limit).fit(train.X, train.y).predict_cumulative_incidence(test.X, TIMES)
        for limit in (100_000, 1500)
    )
    np.testing.assert_allclose(sampled.mean(axis=0), whole.mean(axis=0), atol=0.02)


def test_the_sample_does_not_depend_on_the_order_of_rows(train) -> None:
    order = np.random.default_rng(0).permutation(len(train.X))
    left, right = (
        CoxPH(row_limit=500).fit(train.X.iloc[rows], train.y.iloc[rows])
        for rows in (np.arange(len(order)), order)
    )
    assert left.to_dict() == right.to_dict()


def test_key_day_is_no_feature(train) -> None:
    model = CoxPH().fit(train.X, train.y)
    assert "key_day" not in {model.features_[column.place] for column in model.design_.columns}


def test_a_row_of_any_weight_is_honoured(train) -> None:
    X, y = train.X.iloc[:400], train.y.iloc[:400]
    weight = 1.0 + (row_keys(X.to_numpy(dtype=float)) % np.uint64(3)).astype(int)
    repeated = np.repeat(np.arange(400), weight.astype(int))
    left = CoxPH().fit(X, y, weight)
    right = CoxPH().fit(X.iloc[repeated], y.iloc[repeated])
    assert left.to_dict() == right.to_dict()


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"clock": "calendar"}, "clock"),
        ({"ridge": -1.0}, "ridge"),
        ({"ridge": np.inf}, "ridge"),
        ({"columns": 0}, "columns"),
        ({"row_limit": 0}, "row_limit"),
    ],
)
def test_a_parameter_out_of_range_is_refused(parameters, named) -> None:
    with pytest.raises(UsageError, match=rf"parameters of CoxPH are out of range: \['{named}'\]"):
        CoxPH(**parameters)


def test_it_prints_as_written() -> None:
    assert repr(CoxPH(clock="due", columns=20)) == "CoxPH(clock='due', columns=20)"
