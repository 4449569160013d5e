from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from arseg.backtest import Plan, Walk
from arseg.features import Features
from arseg.ledger import Ledger
from arseg.models import DiscreteHazard, KaplanMeierByTerms, TimeToPayment
from arseg.schema import CUSTOMER_SCORES, ITEM_SCORES, PROFILE
from arseg.scores import FARTHER, WEEKS, Scores, late_day, score, score_chances

KEY_DATE = dt.date(2025, 6, 30)


@pytest.fixture(scope="module")
def walk(small_ledger: Ledger) -> Walk:
    return Walk(small_ledger, Plan(landmarks=4, fewest_events=20))


@pytest.fixture(scope="module", params=["KaplanMeierByTerms", "DiscreteHazard"])
def scored(request: pytest.FixtureRequest, walk: Walk) -> tuple[Features, TimeToPayment, Scores]:
    model = KaplanMeierByTerms() if request.param == "KaplanMeierByTerms" else DiscreteHazard(trees=15)
    model.fit(*walk.training(KEY_DATE))
    features = walk.landmark(KEY_DATE).features
    return features, model, score(features, model)


def test_every_open_item_and_every_customer_is_scored_once(
    scored: tuple[Features, TimeToPayment, Scores],
) -> None:
    features, _, scores = scored
    assert list(scores.items.columns) == list(ITEM_SCORES.names)
    # The last two come from an experiment's classifier.
    wanted = [name for name in CUSTOMER_SCORES.names if name not in ("p_bad", "points")]
    assert list(scores.customers.columns) == wanted
    assert scores.items["invoice_id"].tolist() == sorted(features.items["invoice_id"])
    assert scores.customers["customer_id"].tolist() == sorted(features.customers["customer_id"])
    assert not scores.items.drop(columns="reasons").isna().any(axis=None)


def test_probabilities_are_probabilities_and_days_lie_within_the_horizon(
    scored: tuple[Features, TimeToPayment, Scores],
) -> None:
    items = scored[2].items
    assert items[["p_unpaid_30", "p_write_off"]].to_numpy().min() >= -1e-12
    assert items[["p_unpaid_30", "p_write_off"]].to_numpy().max() <= 1 + 1e-12
    assert items["expected_days"].between(0, 365).all()
    weeks = scored[2].paid_by_week
    assert weeks.shape == (len(items), WEEKS)
    assert (np.diff(weeks, axis=1) >= -1e-12).all()


def test_the_numbers_are_read_off_the_models_own_curves(
    scored: tuple[Features, TimeToPayment, Scores],
) -> None:
    features, model, scores = scored
    matrix = features.matrix()
    curve = model.predict_cumulative_incidence(matrix, list(range(1, 366)))
    late = late_day(matrix["days_past_due"].to_numpy())
    row = np.arange(len(matrix))
    assert scores.items["p_unpaid_30"].to_numpy() == pytest.approx(
        1 - curve[:, :2].sum(axis=1)[row, late - 1]
    )
    assert scores.items["p_write_off"].to_numpy() == pytest.approx(curve[:, 2, -1])
    assert scores.paid_by_week[:, 1] == pytest.approx(curve[:, 0, 13])
    daily = np.column_stack([np.ones(len(matrix)), 1 - curve[:, :2].sum(axis=1)])
    exact = ((daily[:, 1:] + daily[:, :-1]) / 2).sum(axis=1)
    assert scores.items["expected_days"].to_numpy() == pytest.approx(exact, rel=0.02, abs=0.3)


def test_customers_are_their_items_weighted_by_balance(
    scored: tuple[Features, TimeToPayment, Scores],
) -> None:
    scores = scored[2]
    for customer, own in scores.items.groupby("customer_id"):
        row = scores.customers.set_index("customer_id").loc[customer]
        assert row["p_unpaid_30"] == pytest.approx(np.average(own["p_unpaid_30"], weights=own["balance"]))
        assert row["expected_loss"] == pytest.approx(own["expected_loss"].sum())
        assert row["open_balance"] == pytest.approx(own["balance"].sum())
        assert row["open_count"] == len(own)


def test_policies_read_the_customers_figures_and_words(
    scored: tuple[Features, TimeToPayment, Scores],
) -> None:
    features, _, scores = scored
    own = features.customers.set_index("customer_id")
    read = scores.customers.set_index("customer_id")
    for column, figure in (("cleared_count", "cleared_count_12m"), ("contacts_30d", "contact_count_30d")):
        assert read[column].tolist() == own.loc[read.index, figure].tolist()
    late = 1 - own.loc[read.index, "cleared_on_time_share_12m"]
    pd.testing.assert_series_equal(read["late_share"], late, check_names=False)
    words = features.profile.set_index("customer_id").loc[read.index]
    pd.testing.assert_frame_equal(read[list(PROFILE)], words)
    assert words["industry"].ne("").any()


def test_a_book_without_a_block_does_not_know_its_figures(small_ledger: Ledger) -> None:
    blocks = ["aging", "due_calendar", "exposure", "item", "payment_history", "relationship"]
    walk = Walk(small_ledger, Plan(landmarks=4, fewest_events=20), blocks=blocks)
    model = KaplanMeierByTerms().fit(*walk.training(KEY_DATE))
    customers = score(walk.landmark(KEY_DATE).features, model).customers
    assert customers["cleared_count"].notna().any()
    assert customers[["credit_score", "failure_risk", "promised_balance"]].isna().all(axis=None)


def test_only_a_model_with_contributions_gives_reasons(
    scored: tuple[Features, TimeToPayment, Scores],
) -> None:
    _, model, scores = scored
    said = (scores.customers["reasons"] != "").any()
    assert said == hasattr(model, "contributions")


def test_reasons_change_no_number(scored: tuple[Features, TimeToPayment, Scores]) -> None:
    features, model, scores = scored
    quiet = score(features, model, reasons=False)
    pd.testing.assert_frame_equal(quiet.items.drop(columns="reasons"), scores.items.drop(columns="reasons"))
    assert (quiet.customers["reasons"] == "").all()


def test_on_time_share_is_pulled_to_the_books_where_there_is_little_history(walk: Walk) -> None:
    features = walk.landmark(KEY_DATE).features
    model = KaplanMeierByTerms().fit(*walk.training(KEY_DATE))
    shares = score(features, model).customers.set_index("customer_id")["on_time_share"]
    own = features.customers.set_index("customer_id")
    raw = own["cleared_on_time_amount_share_12m"].reindex(shares.index)
    count = own["cleared_count_12m"].reindex(shares.index)
    book = (raw * count).sum() / count.sum()
    assert shares.to_numpy() == pytest.approx(((count * raw.fillna(0) + 5 * book) / (count + 5)).to_numpy())


def test_chances_alone_are_those_of_the_scores(scored: tuple[Features, TimeToPayment, Scores]) -> None:
    features, model, scores = scored
    found = score_chances(features, model)
    assert {*scores.customers} - {*found} == {*FARTHER, "reasons"}
    assert len(found) > 20
    same = scores.customers[list(found)]
    pd.testing.assert_frame_equal(found, same, check_exact=False, rtol=0, atol=1e-14)
